"""What agents ask before, with and after a post: checks, waits, retries, and what is known."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from postbroker.appkeys import JOBS
from postbroker.errors import error_codes
from server.doubles.extension import FakeBrowser
from server.doubles.files import picture
from server.http.agent import Agent
from server.samples import TEXT


async def failed(agent: Agent, browser: FakeBrowser, code: str = "not_logged_in") -> Any:
    """A job that its browser gave up before the press."""
    job = await agent.create()
    leased = await browser.pull()
    assert leased is not None
    await browser.ack(leased, "failed", error_code=code, error="it did not go")
    return job


class TestValidating:
    async def test_a_good_post_is_measured_and_not_accepted(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        answer = await agent.post("/v1/posts/validate", {"text": TEXT})
        assert answer.body == {
            "valid": True,
            "platform": "x",
            "problems": [],
            "length": len(TEXT),
            "lengthMax": 280,
            "unit": "weighted",
        }
        assert (await agent.get("/v1/jobs")).body["jobs"] == []
        assert (await agent.create())["status"] == "queued"

    async def test_every_wrong_field_is_named(self, agent: Agent, browser: FakeBrowser) -> None:
        body = {"text": "a" * 300, "mediaPaths": ["https://127.0.0.1/none.jpg"]}
        answer = await agent.post("/v1/posts/validate", body)
        assert (answer.status, answer.body["valid"], answer.body["actor"]) == (200, False, "agent")
        assert [row["field"] for row in answer.body["problems"]] == ["text", "mediaPaths.0"]
        assert answer.body["length"] == 300

    async def test_an_unknown_platform_is_a_wrong_field(self, agent: Agent) -> None:
        answer = await agent.post("/v1/posts/validate", {"text": TEXT, "platform": "xx"})
        assert [row["code"] for row in answer.body["problems"]] == ["UNSUPPORTED_PLATFORM"]
        assert "length" not in answer.body

    async def test_what_is_not_the_fault_of_a_field_says_who_must_act(self, agent: Agent) -> None:
        answer = await agent.post("/v1/posts/validate", {"text": TEXT})
        assert answer.body["code"] == "EXTENSION_NOT_PAIRED"
        assert (answer.body["actor"], answer.body["valid"]) == ("user", False)

    async def test_a_repetition_is_found_before_it_is_sent(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        await agent.create()
        answer = await agent.post("/v1/posts/validate", {"text": TEXT})
        assert answer.body["code"] == "duplicate_content"

    async def test_a_missing_login_is_named_with_its_browser(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        answer = await agent.post("/v1/posts/validate", {"text": TEXT, "account": "@bob"})
        assert answer.body["valid"] is True
        assert answer.body["waitingFor"] == "login"
        named = "The user must log in to x.com as @bob in the browser «Test browser»"
        assert answer.body["suggestedAction"].startswith(named)

    async def test_a_key_that_was_used_does_not_matter(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        await agent.create(idempotencyKey="once")
        body = {"text": "another text", "idempotencyKey": "once"}
        assert (await agent.post("/v1/posts/validate", body)).body["valid"] is True

    async def test_a_fetched_file_is_not_kept(self, agent: Agent, browser: FakeBrowser) -> None:
        media = await agent.upload("cat.png", picture())
        body = {"text": TEXT, "mediaPaths": [media["url"]]}
        assert (await agent.post("/v1/posts/validate", body)).body["valid"] is True
        assert len((await agent.get("/v1/media")).body["media"]) == 1  # an upload stays


class TestCreating:
    async def test_without_a_wait_the_accepted_job_is_answered_whole(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        answer = await agent.post("/v1/posts", {"text": TEXT})
        assert (answer.status, answer.body["status"]) == (201, "queued")
        assert answer.headers["Location"] == f"/v1/jobs/{answer.body['id']}"
        assert answer.body["details"]["state"] == "queued"

    async def test_with_a_wait_the_end_is_answered(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        asked = asyncio.create_task(agent.post("/v1/posts", {"text": TEXT, "wait": 30}))
        await browser.publish_next()
        answer = await asked
        assert answer.body["status"] == "succeeded"
        assert answer.body["postUrl"].startswith("https://x.com/ada/status/")

    async def test_the_same_key_is_answered_with_the_same_job(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        body = {"text": TEXT, "idempotencyKey": "once"}
        first, again = await agent.post("/v1/posts", body), await agent.post("/v1/posts", body)
        assert first.body["id"] == again.body["id"]
        assert again.headers["Idempotent-Replayed"] == "true"


class TestRetrying:
    async def test_a_failed_job_is_sent_again_once(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        job = await failed(agent, browser)
        first = await agent.post(f"/v1/jobs/{job['id']}/retry")
        assert (first.status, first.body["status"]) == (201, "queued")
        assert first.body["id"] != job["id"]
        assert first.body["text"] == TEXT
        again = await agent.post(f"/v1/jobs/{job['id']}/retry")
        assert again.body["id"] == first.body["id"]
        assert again.headers["Idempotent-Replayed"] == "true"
        assert (await browser.publish_next()).status == "published"

    async def test_a_retry_that_failed_too_is_retried_by_its_own_id(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        job = await failed(agent, browser)
        second = (await agent.post(f"/v1/jobs/{job['id']}/retry")).body
        leased = await browser.pull()
        assert leased is not None
        await browser.ack(leased, "failed", error_code="not_logged_in", error="still nobody")
        third = (await agent.post(f"/v1/jobs/{second['id']}/retry")).body
        assert third["id"] not in (job["id"], second["id"])

    async def test_files_and_target_come_along(self, agent: Agent, browser: FakeBrowser) -> None:
        media = await agent.upload("cat.png", picture())
        job = await agent.create(mediaPaths=[media["url"]])
        await agent.post(f"/v1/jobs/{job['id']}/cancel")
        again = (await agent.post(f"/v1/jobs/{job['id']}/retry")).body
        assert again["mediaPaths"] == [media["url"]]
        leased = await browser.pull()
        assert leased is not None
        assert [each.id for each in leased.job.media] == [media["id"]]

    async def test_without_its_file_a_post_is_not_sent_again(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        media = await agent.upload("cat.png", picture())
        job = await agent.create(mediaPaths=[media["url"]])
        await agent.post(f"/v1/jobs/{job['id']}/cancel")
        await agent.ask("DELETE", f"/v1/media/{media['id']}")
        answer = await agent.post(f"/v1/jobs/{job['id']}/retry")
        assert answer.code == "MEDIA_NOT_AVAILABLE"

    @pytest.mark.parametrize("outcome", ["published", "unknown"])
    async def test_what_may_be_live_is_not_sent_again(
        self, agent: Agent, browser: FakeBrowser, outcome: str
    ) -> None:
        job = await agent.create()
        leased = await browser.pull()
        assert leased is not None
        if outcome == "published":
            await browser.publish(leased)
        else:
            await browser.permit(leased)
            await browser.ack(leased, "unknown", stage="pressed")
        answer = await agent.post(f"/v1/jobs/{job['id']}/retry")
        assert (answer.status, answer.code) == (409, "INVALID_STATUS_TRANSITION")

    async def test_a_job_under_way_is_not_sent_again(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        job = await agent.create()
        answer = await agent.post(f"/v1/jobs/{job['id']}/retry")
        assert answer.code == "INVALID_STATUS_TRANSITION"
        assert "has not ended" in answer.body["detail"]

    async def test_a_repetition_that_was_sent_meanwhile_is_refused(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        job = await failed(agent, browser)
        await agent.create()
        answer = await agent.post(f"/v1/jobs/{job['id']}/retry")
        assert answer.code == "duplicate_content"

    async def test_another_workspace_has_no_such_job(
        self, agent: Agent, browser: FakeBrowser, stranger: Agent
    ) -> None:
        job = await failed(agent, browser)
        answer = await stranger.post(f"/v1/jobs/{job['id']}/retry")
        assert (answer.status, answer.code) == (404, "JOB_NOT_FOUND")


class TestNamingThePerson:
    async def test_a_failed_job_says_where_to_log_in(
        self, agent: Agent, browser: FakeBrowser, stranger: Agent
    ) -> None:
        job = await failed(agent, browser)
        named = "The user must log in to x.com in the browser «Test browser»; then retry the post."
        assert (await agent.read(job["id"]))["details"]["suggestedAction"] == named
        others = (await stranger.read(job["id"]))["details"]["suggestedAction"]
        assert "Test browser" not in others

    async def test_the_status_of_a_platform_names_a_missing_login(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        assert "nextStep" not in (await agent.get("/v1/account/status?platform=x")).body
        await browser.hello(logged_in=False)
        status = (await agent.get("/v1/account/status?platform=x")).body
        assert status["nextStep"] == "The user must log in to x.com in the browser «Test browser»."
        assert "nextStep" not in (await agent.get("/v1/account/status")).body

    async def test_the_status_of_an_unknown_platform_is_refused(self, agent: Agent) -> None:
        answer = await agent.get("/v1/account/status?platform=myspace")
        assert (answer.status, answer.code) == (400, "UNSUPPORTED_PLATFORM")


class TestWhatIsKnown:
    async def test_platforms_are_listed_with_their_limits(self, agent: Agent) -> None:
        answer = await Agent(agent.client).get("/v1/platforms")
        x = next(row for row in answer.body["platforms"] if row["id"] == "x")
        assert (x["text"]["max"], x["places"], x["maturity"]) == (280, ["feed"], "beta")
        assert [row["id"] for row in answer.body["platforms"]] == sorted(
            row["id"] for row in answer.body["platforms"]
        )

    async def test_every_code_is_listed_and_explained(self, agent: Agent) -> None:
        listed = (await agent.get("/v1/errors")).body["errors"]
        assert {row["code"] for row in listed} == {*error_codes()}
        answer = await agent.get("/v1/errors/Not_Logged_In")
        assert (answer.body["code"], answer.body["actor"]) == ("not_logged_in", "user")

    async def test_a_misspelt_code_is_answered_with_the_likeliest(self, agent: Agent) -> None:
        answer = await agent.get("/v1/errors/not_loged_in")
        assert (answer.status, answer.code) == (404, "NOT_FOUND")
        assert "did you mean not_logged_in?" in answer.body["detail"]


async def test_who_waits_hears_of_every_event_once(
    app: web.Application, agent: Agent, browser: FakeBrowser
) -> None:
    job = await agent.create()
    heard = list[str]()

    async def hear(event: Any) -> None:
        heard.append(event.name)

    waiting = asyncio.create_task(app[JOBS].wait(job["id"], None, 30, hear))
    await browser.publish_next()
    assert (await waiting).state == "published"
    assert heard[:2] == ["queued", "leased"]
    assert heard[-1] == "published"
    assert heard.count("leased") == 1
