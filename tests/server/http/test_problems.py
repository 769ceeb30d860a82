"""Every refusal has one body, and every code of a refused request can be reached."""

from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any

import pytest
from aiohttp import FormData, web

from postbroker.appkeys import SETTINGS, SIGNALS
from postbroker.errors import error_codes
from postbroker.store.database import DatabaseBusyError, StorageFullError
from server.doubles.database import TroubledDatabase
from server.doubles.extension import FakeBrowser, RefusedError
from server.doubles.files import picture, video
from server.http.agent import Agent, Answer
from server.http.conftest import NewAgent

NOBODY = "33333333-3333-4333-8333-333333333333"
FIELDS = {
    "type": str,
    "title": str,
    "status": int,
    "detail": str,
    "code": str,
    "error": str,
    "message": str,
    "actor": str,
    "safeToRetry": bool,
    "suggestedAction": str,
    "autoFixable": bool,
    "traceId": str,
    "suggested_action": str,
    "auto_fixable": bool,
    "trace_id": str,
}
OF_THE_DASHBOARD = {"SESSION_REQUIRED", "CSRF_FAILED", "AUTHORIZATION_REFUSED"}
OF_CONNECTIONS = {
    "CONNECTION_ENDED", "CONNECTION_REMOVED", "CONNECTION_REPLACED", "CONSENT_EXPIRED",
    "CONSENT_MISMATCH", "CONSENT_REFUSED", "CREDENTIALS_UNREADABLE", "PLATFORM_REFUSED",
}  # fmt: skip
"""What a connection says of itself, or a platform of it: services/connecting/ has them all."""

Refuse = Callable[["Scene"], Awaitable[Answer]]


class Scene:
    """A broker and those who come to it."""

    def __init__(
        self, app: web.Application, agent: Agent, new_agent: NewAgent, database: TroubledDatabase
    ) -> None:
        self.app = app
        self.agent = agent
        self.new_agent = new_agent
        self.database = database

    async def browser(self) -> FakeBrowser:
        return await FakeBrowser.pair(str(self.agent.client.make_url("/")), self.agent.key)

    async def in_trouble(self, trouble: Exception) -> Answer:
        self.database.trouble = trouble
        answer = await self.agent.tweet(whenOffline="queue")
        self.database.trouble = None
        return answer

    async def refused(self, asked: Awaitable[Any]) -> Answer:
        """What the browser heard."""
        with pytest.raises(RefusedError) as refused:
            await asked
        return Answer(refused.value.status, {}, "", refused.value.problem)


async def bad_request(scene: Scene) -> Answer:
    return await scene.agent.post("/v1/jobs/tweet", data="{")


async def validation_failed(scene: Scene) -> Answer:
    return await scene.agent.tweet(text="")


async def content_too_long(scene: Scene) -> Answer:
    return await scene.agent.tweet(text="x" * 281)


async def unsupported_platform(scene: Scene) -> Answer:
    return await scene.agent.tweet(platform="myspace")


async def unsupported_media_config(scene: Scene) -> Answer:
    return await scene.agent.tweet(mediaPaths=["a.png"] * 5)


async def unsupported_media_type(scene: Scene) -> Answer:
    return await scene.agent.post("/v1/media/upload-url", {"filename": "a.svg"})


async def mixed_media_not_supported(scene: Scene) -> Answer:
    still = await scene.agent.upload("a.png", picture())
    film = await scene.agent.upload("a.mp4", video(seconds=4))
    return await scene.agent.tweet(platform="linkedin", mediaPaths=[still["url"], film["url"]])


async def media_not_available(scene: Scene) -> Answer:
    return await scene.agent.tweet(mediaPaths=["http://127.0.0.1/a.png"])


async def upload_refused(scene: Scene) -> Answer:
    return await scene.agent.ask("PUT", "/media/nothing/token", data=b"bytes")


async def media_in_use(scene: Scene) -> Answer:
    media = await scene.agent.upload("a.png", picture())
    await scene.agent.create(mediaPaths=[media["url"]], whenOffline="queue")
    return await scene.agent.ask("DELETE", f"/v1/media/{media['id']}")


async def media_upload_failed(scene: Scene) -> Answer:
    place = scene.app[SETTINGS].data_dir / "media" / "kept"
    place.parent.mkdir()
    place.write_text("a file where a folder should be")
    form = FormData()
    form.add_field("file", picture(), filename="a.png")
    return await scene.agent.post("/v1/media/upload", data=form)


async def conflicting_credentials(scene: Scene) -> Answer:
    return await scene.agent.get("/v1/usage", headers={"Authorization": "Bearer another"})


async def unauthorized(scene: Scene) -> Answer:
    return await Agent(scene.agent.client).get("/v1/usage")


async def wrong_credential(scene: Scene) -> Answer:
    return await Agent(scene.agent.client, "a token").get("/v1/usage")


async def forbidden(scene: Scene) -> Answer:
    return await (await scene.new_agent("posts.read")).tweet()


async def quota_exceeded(scene: Scene) -> Answer:
    for _ in range(scene.app[SETTINGS].daily_posts):
        await scene.agent.create(whenOffline="queue")
    return await scene.agent.tweet(whenOffline="queue")


async def rate_limited(scene: Scene) -> Answer:
    made = await scene.agent.post("/v1/keys", {"label": "slow", "requestsPerMinute": 1})
    slow = Agent(scene.agent.client, made.body["key"])
    await slow.get("/v1/usage")
    return await slow.get("/v1/usage")


async def not_found(scene: Scene) -> Answer:
    return await scene.agent.get("/v1/nothing")


async def job_not_found(scene: Scene) -> Answer:
    return await scene.agent.get(f"/v1/jobs/{NOBODY}")


async def pairing_code_invalid(scene: Scene) -> Answer:
    return await scene.agent.post("/v1/connect/pair", {"code": "000000"})


async def pairing_closed(scene: Scene) -> Answer:
    for _ in range(5):
        await pairing_code_invalid(scene)
    return await pairing_code_invalid(scene)


async def method_not_allowed(scene: Scene) -> Answer:
    return await scene.agent.ask("DELETE", "/v1/jobs")


async def not_acceptable(scene: Scene) -> Answer:
    return await scene.agent.get("/v1/jobs", headers={"Accept": "text/html"})


async def invalid_status_transition(scene: Scene) -> Answer:
    job = await scene.agent.create(whenOffline="queue")
    return await scene.agent.post(f"/v1/jobs/{job['id']}/settle", {"postUrl": None})


async def lease_lost(scene: Scene) -> Answer:
    browser = await scene.browser()
    job = await scene.agent.create()
    leased = await browser.pull()
    await scene.agent.post(f"/v1/jobs/{job['id']}/cancel")
    assert leased is not None
    answer = await scene.refused(browser.progress(leased, "insert_text"))
    await browser.close()
    return answer


async def permit_refused(scene: Scene) -> Answer:
    browser = await scene.browser()
    await scene.agent.create()
    leased = await browser.pull()
    assert leased is not None
    answer = await scene.refused(browser.permit(leased, text_sha256="0" * 64))
    await browser.close()
    return answer


async def payload_too_large(scene: Scene) -> Answer:
    return await scene.agent.post("/v1/jobs/tweet", data=BytesIO(b" " * (10 << 20)))


async def unsupported_content_type(scene: Scene) -> Answer:
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    return await scene.agent.post("/v1/jobs/tweet", data=b"--x--", headers=form)


async def idempotency_key_reused(scene: Scene) -> Answer:
    await scene.agent.create(whenOffline="queue", idempotencyKey="one")
    return await scene.agent.tweet(text="another", idempotencyKey="one")


async def extension_outdated(scene: Scene) -> Answer:
    body = {"name": "Old", "extensionVersion": "0.0.1", "protocolVersion": 0}
    return await scene.agent.post("/v1/connect/register", body)


async def internal_error(scene: Scene) -> Answer:
    return await scene.in_trouble(RuntimeError("the secret of the stack"))


async def extension_not_paired(scene: Scene) -> Answer:
    return await scene.agent.tweet()


async def account_not_connected(scene: Scene) -> Answer:
    return await scene.agent.tweet(platform="bluesky")


async def app_not_configured(scene: Scene) -> Answer:
    return await scene.agent.post("/v1/connections/start", {"platform": "youtube"})


async def platform_unreachable(scene: Scene) -> Answer:
    fields = {"handle": "ada.test", "app_password": "abcd"}
    body = {"platform": "bluesky", "server": "http://127.0.0.1:9", "fields": fields}
    return await scene.agent.post("/v1/connections/start", body)


async def shutting_down(scene: Scene) -> Answer:
    scene.app[SIGNALS].close()
    return await scene.agent.get("/v1/usage")


async def database_busy(scene: Scene) -> Answer:
    return await scene.in_trouble(DatabaseBusyError("locked"))


async def storage_full(scene: Scene) -> Answer:
    return await scene.in_trouble(StorageFullError("full"))


REFUSALS: dict[str, Refuse] = {
    refuse.__name__.upper(): refuse
    for refuse in (
        bad_request,
        validation_failed,
        content_too_long,
        unsupported_platform,
        unsupported_media_config,
        unsupported_media_type,
        mixed_media_not_supported,
        media_not_available,
        upload_refused,
        media_in_use,
        media_upload_failed,
        conflicting_credentials,
        unauthorized,
        wrong_credential,
        forbidden,
        quota_exceeded,
        rate_limited,
        not_found,
        job_not_found,
        pairing_code_invalid,
        pairing_closed,
        method_not_allowed,
        not_acceptable,
        invalid_status_transition,
        lease_lost,
        permit_refused,
        payload_too_large,
        unsupported_content_type,
        idempotency_key_reused,
        extension_outdated,
        internal_error,
        extension_not_paired,
        account_not_connected,
        app_not_configured,
        platform_unreachable,
        shutting_down,
        database_busy,
        storage_full,
    )
}


@pytest.fixture
def settings(settings: Any) -> Any:
    return settings.model_copy(update={"daily_posts": 2})


@pytest.fixture
def scene(
    app: web.Application,
    agent: Agent,
    new_agent: NewAgent,
    troubled_database: TroubledDatabase,
) -> Scene:
    return Scene(app, agent, new_agent, troubled_database)


def test_every_code_of_a_refused_request_is_reached() -> None:
    codes = {code.code for code in error_codes().values() if code.kind == "request"}
    assert REFUSALS.keys() | OF_THE_DASHBOARD | OF_CONNECTIONS == codes


@pytest.mark.parametrize("code", sorted(REFUSALS))
async def test_a_refusal_is_as_the_table_of_codes_says(scene: Scene, code: str) -> None:
    answer = await REFUSALS[code](scene)
    row = error_codes()[code]
    assert (answer.status, answer.code) == (row.status, code)
    assert {name: type(answer.body[name]) for name in FIELDS} == FIELDS
    assert (answer.body["actor"], answer.body["safeToRetry"]) == (row.actor, row.safe_to_retry)
    assert answer.body["error"] == answer.body["title"] == row.title
    assert answer.body["message"] == answer.body["detail"] != ""
    assert answer.body["suggested_action"] == answer.body["suggestedAction"] == row.suggested_action
    assert answer.body["auto_fixable"] == answer.body["autoFixable"] == (row.actor == "agent")


@pytest.mark.parametrize(
    ("refuse", "seconds"), [(shutting_down, "5"), (database_busy, "5"), (pairing_closed, "600")]
)
async def test_where_waiting_helps_the_answer_says_how_long(
    scene: Scene, refuse: Refuse, seconds: str
) -> None:
    answer = await refuse(scene)
    assert answer.headers["Retry-After"] == seconds
    assert answer.body["retryAfterSeconds"] == float(seconds)


async def test_a_problem_is_sent_as_one(scene: Scene) -> None:
    answer = await validation_failed(scene)
    assert answer.headers["Content-Type"] == "application/problem+json; charset=utf-8"
    assert answer.body["errors"] == [
        {"field": "text", "code": "VALIDATION_FAILED", "message": "the text is empty"}
    ]


async def test_an_error_of_ours_tells_nothing_of_itself(scene: Scene) -> None:
    answer = await internal_error(scene)
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


async def test_a_wrong_method_is_answered_with_the_right_ones(scene: Scene) -> None:
    answer = await method_not_allowed(scene)
    assert set(answer.headers["Allow"].split(",")) == {"GET", " HEAD", " OPTIONS"}


async def test_accepted_jobs_can_be_read_while_the_disk_is_full(scene: Scene) -> None:
    job = await scene.agent.create(whenOffline="queue")
    scene.database.trouble = StorageFullError("full")
    answer = await scene.agent.get(f"/v1/jobs/{job['id']}")
    assert answer.body["status"] == "queued"
