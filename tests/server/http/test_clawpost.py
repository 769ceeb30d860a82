"""What Claw Post clients rely on: the published page, byte for byte."""

import asyncio
from typing import Any

import pytest

from postbroker.catalogue import load_platforms
from postbroker.contract.extension import PullAnswer
from postbroker.store.workspaces import Workspace
from server.doubles.clock import START, StillClock
from server.doubles.extension import FakeBrowser
from server.http.agent import Agent
from server.http.conftest import NewAgent

CREATED = ["id", "tenantId", "text", "platform", "status", "createdAt", "updatedAt", "mediaPaths"]
START_MS = int(START.timestamp() * 1000)
NOBODY = "33333333-3333-4333-8333-333333333333"


class TestCreating:
    async def test_the_answer_has_the_published_fields_and_no_others(
        self, agent: Agent, browser: FakeBrowser, workspace: Workspace
    ) -> None:
        answer = await agent.tweet(text="Hello from my AI agent!", platform="x", mediaPaths=[])
        assert answer.status == 201
        assert list(answer.body) == CREATED
        assert answer.body | {"id": "uuid"} == {
            "id": "uuid",
            "tenantId": workspace.id,
            "text": "Hello from my AI agent!",
            "platform": "x",
            "status": "queued",
            "createdAt": START_MS,
            "updatedAt": START_MS,
            "mediaPaths": [],
        }
        assert answer.headers["Location"] == f"/v1/jobs/{answer.body['id']}"
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"

    async def test_the_page_s_own_body_is_taken(self, agent: Agent, browser: FakeBrowser) -> None:
        body = {
            "text": "Hello from my AI agent!",
            "platform": "x",
            "mediaPaths": [],
            "idempotencyKey": "optional-unique-key",
            "platformPayload": {},
        }
        assert (await agent.post("/v1/jobs/tweet", body)).status == 201

    async def test_only_the_text_is_needed(self, agent: Agent, browser: FakeBrowser) -> None:
        job = await agent.create(text="Hello from Claw Post!")
        assert (job["platform"], job["mediaPaths"]) == ("x", [])

    async def test_fields_of_later_clients_are_taken(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        job = await agent.create(
            platform="facebook", groupId="1577315533418837", tenantId="anything"
        )
        assert job["status"] == "queued"

    @pytest.mark.parametrize(
        "nulls", [{"platform": None}, {"mediaPaths": None}, {"idempotencyKey": None}]
    )
    async def test_null_means_absent(
        self, agent: Agent, browser: FakeBrowser, nulls: dict[str, None]
    ) -> None:
        assert (await agent.create(**nulls))["platform"] == "x"

    async def test_the_key_may_come_as_a_bearer_token(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        bearer = {"Authorization": f"Bearer {agent.key}"}
        answer = await Agent(agent.client).tweet(headers=bearer)
        assert answer.status == 201

    @pytest.mark.parametrize(
        "text",
        [
            "<b>bold</b> <script>alert(1)</script>",
            "{{ 7 * 7 }} ${x} {% if %}",
            "Robert'); DROP TABLE jobs;--",
            "=HYPERLINK(1)",
            "Grüße 👩\u200d🚀 \u202eabc\u202c",
        ],
    )
    async def test_a_text_reaches_the_browser_as_it_was_sent(
        self, agent: Agent, browser: FakeBrowser, text: str
    ) -> None:
        job = await agent.create(text=text)
        pulled = await browser.pull()
        assert pulled is not None
        assert pulled.job.text == job["text"] == (await agent.read(job["id"]))["text"] == text


class TestReading:
    async def test_a_published_job_tells_where_the_post_is_without_a_key(
        self, agent: Agent, browser: FakeBrowser, leased: PullAnswer
    ) -> None:
        await browser.publish(leased, "https://x.com/ada/status/1234567890")
        job = await Agent(agent.client).read(leased.job.id)
        assert job | {"details": {}} == {
            "id": leased.job.id,
            "platform": "x",
            "status": "succeeded",
            "postUrl": "https://x.com/ada/status/1234567890",
            "details": {},
            "createdAt": START_MS,
            "updatedAt": START_MS,
        }

    async def test_whoever_has_no_key_of_the_workspace_sees_no_text(
        self, agent: Agent, stranger: Agent, new_agent: NewAgent, browser: FakeBrowser
    ) -> None:
        job = await agent.create(text="between us")
        for other in (Agent(agent.client), stranger, await new_agent("usage.read")):
            answer = await other.get(f"/v1/jobs/{job['id']}")
            assert answer.status == 200
            assert "between us" not in answer.text
            assert not {"text", "tenantId", "mediaPaths"} & answer.body.keys()
        assert (await agent.read(job["id"]))["text"] == "between us"

    async def test_a_client_meets_no_other_status_than_the_four(
        self, agent: Agent, browser: FakeBrowser, still_clock: StillClock
    ) -> None:
        job_id = (await agent.create())["id"]
        seen = [(await agent.read(job_id))["status"]]
        leased = await browser.pull()
        assert leased is not None
        seen.append((await agent.read(job_id))["status"])
        await browser.permit(leased)
        seen.append((await agent.read(job_id))["status"])
        await browser.ack(leased, "unknown")
        seen.append((await agent.read(job_id))["status"])
        await agent.post(f"/v1/jobs/{job_id}/settle", {"postUrl": None})
        seen.append((await agent.read(job_id))["status"])
        assert seen == ["queued", "processing", "processing", "processing", "failed"]

    async def test_a_failure_has_a_code_and_a_sentence(
        self, agent: Agent, browser: FakeBrowser, leased: PullAnswer
    ) -> None:
        await browser.ack(
            leased, "failed", "preparing", error_code="not_logged_in", error="Nobody is logged in."
        )
        job = await agent.read(leased.job.id)
        assert (job["status"], job["errorCode"], job["error"]) == (
            "failed",
            "not_logged_in",
            "Nobody is logged in.",
        )
        assert job["details"]["actor"] == "user"
        assert job["details"]["safeToRetry"] is True
        assert "log" in job["details"]["suggestedAction"]

    async def test_a_network_error_after_the_press_is_no_failure(
        self, agent: Agent, browser: FakeBrowser, leased: PullAnswer
    ) -> None:
        await browser.permit(leased)
        await browser.ack(leased, "failed", error_code="network_error")
        job = await agent.read(leased.job.id)
        assert (job["status"], "errorCode" in job) == ("processing", False)
        assert job["details"]["state"] == "outcome_unknown"

    async def test_a_read_may_wait_for_the_end(
        self, agent: Agent, browser: FakeBrowser, leased: PullAnswer
    ) -> None:
        waiting = [
            asyncio.create_task(agent.get(f"/v1/jobs/{leased.job.id}?wait=30")),
            asyncio.create_task(
                agent.get(
                    f"/v1/jobs/{leased.job.id}", headers={"Prefer": "wait=30, handling=lenient"}
                )
            ),
        ]
        await agent.get("/livez")
        await browser.publish(leased)
        assert [(await each).body["status"] for each in waiting] == ["succeeded"] * 2

    @pytest.mark.parametrize("wait", ["-1", "301", "soon", "nan", "inf"])
    async def test_a_wait_that_makes_no_sense_is_refused(self, agent: Agent, wait: str) -> None:
        answer = await agent.get(f"/v1/jobs/{NOBODY}?wait={wait}")
        assert (answer.status, answer.fields) == (400, ["wait"])

    async def test_a_preference_for_something_else_is_ignored(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        job = await agent.create()
        answer = await agent.get(f"/v1/jobs/{job['id']}", headers={"Prefer": "respond-async"})
        assert answer.body["status"] == "queued"

    @pytest.mark.parametrize(
        "job_id", ["1", "..%2f..%2fetc", "' OR 1=1 --", "x" * 1000, NOBODY[:-1] + "z", "%ff"]
    )
    async def test_what_is_no_id_is_refused(self, agent: Agent, job_id: str) -> None:
        answer = await agent.get(f"/v1/jobs/{job_id}")
        assert (answer.status, answer.code, answer.fields) == (400, "VALIDATION_FAILED", ["id"])

    async def test_a_job_that_is_not_there_is_missing(self, agent: Agent) -> None:
        answer = await agent.get(f"/v1/jobs/{NOBODY}")
        assert (answer.status, answer.code) == (404, "JOB_NOT_FOUND")


class TestListing:
    async def test_pages_are_followed_by_their_cursor(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        created = [(await agent.create())["id"] for _ in range(5)]
        first = (await agent.get("/v1/jobs?limit=3")).body
        second = (await agent.get(f"/v1/jobs?limit=3&cursor={first['nextCursor']}")).body
        listed = [job["id"] for job in first["jobs"] + second["jobs"]]
        assert listed == created[::-1]
        assert "nextCursor" not in second

    async def test_filters_can_be_put_together(self, agent: Agent, browser: FakeBrowser) -> None:
        keyed = await agent.create(idempotencyKey="one")
        await agent.create()
        found = await agent.get("/v1/jobs?status=queued&platform=x&idempotencyKey=one")
        assert [job["id"] for job in found.body["jobs"]] == [keyed["id"]]
        none = await agent.get("/v1/jobs?status=failed")
        assert none.body == {"jobs": []}

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("limit=many", "limit"),
            ("status=published", "status"),
            ("cursor=forged", "cursor"),
            ("platform=X!", "platform"),
            ("order=asc", "order"),
        ],
    )
    async def test_a_filter_that_makes_no_sense_is_refused(
        self, agent: Agent, query: str, field: str
    ) -> None:
        answer = await agent.get(f"/v1/jobs?{query}")
        assert (answer.status, answer.fields) == (400, [field])

    async def test_a_stranger_s_list_is_empty(
        self, agent: Agent, stranger: Agent, browser: FakeBrowser
    ) -> None:
        await agent.create()
        assert (await stranger.get("/v1/jobs")).body == {"jobs": []}


class TestChanging:
    async def test_a_job_is_canceled(self, agent: Agent, browser: FakeBrowser) -> None:
        job = await agent.create()
        answer = await agent.post(f"/v1/jobs/{job['id']}/cancel")
        assert (answer.status, answer.body["status"], answer.body["errorCode"]) == (
            200,
            "failed",
            "canceled",
        )
        assert await browser.pull() is None

    async def test_after_the_permit_canceling_is_refused(
        self, agent: Agent, browser: FakeBrowser, leased: PullAnswer
    ) -> None:
        await browser.permit(leased)
        answer = await agent.post(f"/v1/jobs/{leased.job.id}/cancel")
        assert (answer.status, answer.code) == (409, "INVALID_STATUS_TRANSITION")

    async def test_a_person_s_word_settles_a_doubt(
        self, agent: Agent, browser: FakeBrowser, leased: PullAnswer
    ) -> None:
        await browser.permit(leased)
        await browser.ack(leased, "unknown")
        path = f"/v1/jobs/{leased.job.id}"
        assert (await agent.post(f"{path}/look-again")).body["status"] == "processing"
        answer = await agent.post(f"{path}/settle", {"postUrl": "https://x.com/ada/status/9"})
        assert (answer.body["status"], answer.body["postUrl"]) == (
            "succeeded",
            "https://x.com/ada/status/9",
        )

    async def test_settling_says_where_or_null(
        self, agent: Agent, browser: FakeBrowser, leased: PullAnswer
    ) -> None:
        answer = await agent.post(f"/v1/jobs/{leased.job.id}/settle", {})
        assert (answer.status, answer.fields) == (400, ["postUrl"])

    @pytest.mark.parametrize("verb", ["cancel", "settle", "look-again"])
    async def test_a_stranger_s_job_is_missing_like_one_that_never_was(
        self, agent: Agent, stranger: Agent, browser: FakeBrowser, verb: str
    ) -> None:
        job = await agent.create()
        body = {"postUrl": None} if verb == "settle" else None
        answers = [
            await stranger.post(f"/v1/jobs/{job_id}/{verb}", body) for job_id in (job["id"], NOBODY)
        ]
        for answer in answers:
            answer.body.pop("traceId"), answer.body.pop("trace_id")
        assert answers[0].body == answers[1].body
        assert answers[0].status == 404
        assert (await agent.read(job["id"]))["status"] == "queued"

    async def test_the_path_says_which_job(self, agent: Agent, browser: FakeBrowser) -> None:
        one, two = await agent.create(), await agent.create()
        await agent.post(f"/v1/jobs/{one['id']}/cancel", {"id": two["id"]})
        assert (await agent.read(one["id"]))["status"] == "failed"
        assert (await agent.read(two["id"]))["status"] == "queued"


class TestIdempotency:
    async def test_the_same_request_twice_is_one_job(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        first = await agent.tweet(idempotencyKey="one")
        second = await agent.tweet(idempotencyKey="one")
        assert (first.status, first.body) == (second.status, second.body)
        assert "Idempotent-Replayed" not in first.headers
        assert second.headers["Idempotent-Replayed"] == "true"

    @pytest.mark.parametrize("header", ["one", '"one"', " one "])
    async def test_the_key_may_come_in_a_header(
        self, agent: Agent, browser: FakeBrowser, header: str
    ) -> None:
        first = await agent.tweet(idempotencyKey="one")
        second = await agent.tweet(headers={"Idempotency-Key": header})
        assert first.body == second.body

    async def test_two_different_keys_in_one_request_are_refused(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        answer = await agent.tweet(headers={"Idempotency-Key": "one"}, idempotencyKey="two")
        assert (answer.status, answer.code) == (400, "BAD_REQUEST")

    async def test_another_text_under_the_same_key_is_refused_with_the_first_job_s_id(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        job = await agent.create(idempotencyKey="one")
        answer = await agent.tweet(text="another", idempotencyKey="one")
        assert (answer.status, answer.code) == (422, "IDEMPOTENCY_KEY_REUSED")
        assert answer.body["details"] == {"jobId": job["id"]}

    @pytest.mark.parametrize("key", ["", "x" * 256, "two words", "tab\t", "nul\0", "é"])
    async def test_a_key_has_1_to_255_visible_characters(
        self, agent: Agent, browser: FakeBrowser, key: str
    ) -> None:
        answer = await agent.tweet(idempotencyKey=key)
        assert (answer.status, answer.fields) == (400, ["idempotencyKey"])

    async def test_a_stranger_s_key_is_another_key(
        self, agent: Agent, stranger: Agent, browser: FakeBrowser
    ) -> None:
        ours = await agent.create(idempotencyKey="one")
        theirs = await stranger.create(idempotencyKey="one", text="else", whenOffline="queue")
        assert ours["id"] != theirs["id"]

    async def test_fifty_requests_at_once_make_one_job(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        answers = await asyncio.gather(*(agent.tweet(idempotencyKey="one") for _ in range(50)))
        assert len({answer.body["id"] for answer in answers}) == 1
        assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1


class TestRefusing:
    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"text": ""}, "text"),
            ({"text": " \n\u200b\u2060"}, "text"),
            ({"text": 5}, "text"),
            ({"text": ["a"]}, "text"),
            ({"text": None}, "text"),
            ({"text": "x" * 281}, "text"),
            ({"text": "x" * 100_001}, "text"),
            ({"platform": ["x"]}, "platform"),
            ({"platform": 7}, "platform"),
            ({"platform": "myspace"}, "platform"),
            ({"mediaPaths": "a.png"}, "mediaPaths"),
            ({"mediaPaths": ["a.png"]}, "mediaPaths.0"),
            ({"media": [{"alt": "a boat"}]}, "media.0.url"),
            ({"mediaPaths": [7]}, "mediaPaths.0"),
            ({"platformPayload": []}, "platformPayload"),
            ({"sandbox": "yes"}, "sandbox"),
            ({"whenOffline": "maybe"}, "whenOffline"),
            ({"account": "two words"}, "account"),
            ({"expiresInSeconds": 9}, "expiresInSeconds"),
            ({"expiresInSeconds": -60}, "expiresInSeconds"),
            ({"expiresInSeconds": 2_592_001}, "expiresInSeconds"),
            ({"expiresInSeconds": 60.5}, "expiresInSeconds"),
            ({"expiresInSeconds": "60"}, "expiresInSeconds"),
            ({"expiresInSeconds": True}, "expiresInSeconds"),
            ({"expiresInSeconds": 10**400}, "expiresInSeconds"),
        ],
    )
    async def test_the_field_that_is_wrong_is_named(
        self, agent: Agent, browser: FakeBrowser, fields: dict[str, Any], field: str
    ) -> None:
        answer = await agent.tweet(**fields)
        assert (answer.status, answer.fields) == (400, [field])
        assert (await agent.get("/v1/jobs")).body == {"jobs": []}

    @pytest.mark.parametrize(
        ("misspelt", "meant"),
        [("platfrom", "platform"), ("mediaPath", "mediaPaths"), ("texts", "text")],
    )
    async def test_a_misspelt_field_is_answered_with_the_right_one(
        self, agent: Agent, browser: FakeBrowser, misspelt: str, meant: str
    ) -> None:
        misspelt_field: dict[str, Any] = {misspelt: "x"}
        answer = await agent.tweet(**misspelt_field)
        assert (answer.status, answer.fields) == (400, [misspelt])
        assert f"did you mean {meant}?" in answer.body["message"]

    async def test_a_field_like_no_other_is_refused_without_a_guess(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        answer = await agent.tweet(zzz=1)
        assert answer.body["errors"][0]["message"] == "there is no such field"

    async def test_an_unknown_platform_is_answered_with_the_known_ones(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        answer = await agent.tweet(platform="myspace")
        assert answer.code == "UNSUPPORTED_PLATFORM"
        assert f"none of: {', '.join(load_platforms())}" in answer.body["message"]

    async def test_without_a_browser_the_answer_says_so_as_published(self, agent: Agent) -> None:
        answer = await agent.tweet()
        assert (answer.status, answer.code) == (503, "EXTENSION_NOT_PAIRED")
        assert answer.body["actor"] == "user"
        assert "pair" in answer.body["suggestedAction"]

    async def test_a_post_may_wait_for_a_browser(self, agent: Agent, url: str) -> None:
        job = await agent.create(whenOffline="queue")
        browser = await FakeBrowser.pair(url, agent.key)
        leased = await browser.pull()
        await browser.close()
        assert leased is not None
        assert leased.job.id == job["id"]


class TestUsage:
    async def test_jobs_are_counted(
        self, agent: Agent, browser: FakeBrowser, workspace: Workspace
    ) -> None:
        await agent.create()
        answer = await agent.get("/v1/usage?tenantId=anything")
        assert answer.body == {
            "tenantId": workspace.id,
            "total": 1,
            "today": 1,
            "byStatus": {"queued": 1},
        }


class TestAccountStatus:
    async def test_first_the_user_pairs_a_browser(self, agent: Agent, workspace: Workspace) -> None:
        status = (await agent.get("/v1/account/status")).body
        assert (status["tenantId"], status["paired"], status["online"]) == (
            workspace.id,
            False,
            False,
        )
        assert "pairs a browser" in status["nextStep"]

    async def test_then_posts_can_go_out(self, agent: Agent, browser: FakeBrowser) -> None:
        await agent.create()
        status = (await agent.get("/v1/account/status")).body
        assert (status["paired"], status["online"], status["queued"]) == (True, True, 1)
        assert status["browsers"][0]["platforms"] == [
            {"platform": "x", "loggedIn": True, "account": "@ada"}
        ]
        assert "nextStep" not in status

    async def test_a_silent_browser_is_to_be_started(
        self, agent: Agent, browser: FakeBrowser, still_clock: StillClock
    ) -> None:
        still_clock.move(61)
        status = (await agent.get("/v1/account/status")).body
        assert (status["paired"], status["online"]) == (True, False)
        assert "starts the browser with the extension (Test browser)" in status["nextStep"]

    async def test_a_paused_browser_is_to_be_resumed(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        await browser.hello(paused=True)
        status = (await agent.get("/v1/account/status")).body
        assert "presses Resume" in status["nextStep"]
