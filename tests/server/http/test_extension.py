"""The extension's wire, end to end: hello, pull, progress, permit, ack, look."""

import asyncio
from typing import Any

import pytest

from postbroker.contract.extension import Evidence, PullAnswer
from server.doubles.clock import StillClock
from server.doubles.extension import FakeBrowser, RefusedError
from server.http.agent import Agent

POST_URL = "https://x.com/ada/status/1001"


async def refused(asked: Any) -> RefusedError:
    with pytest.raises(RefusedError) as refusal:
        await asked
    return refusal.value


class TestHello:
    async def test_a_browser_hears_the_broker_s_numbers(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        answer = await browser.hello()
        assert (answer.browser_name, answer.workspace) == ("Test browser", "My workspace")
        assert (answer.paused, answer.outdated, answer.next_jobs) == (False, False, [])
        assert (answer.poll_wait_seconds, answer.renew_seconds) == (20, 15)

    @pytest.mark.parametrize("version", [-1, 2**31, 10**30])
    async def test_a_version_that_no_database_can_hold_is_refused(
        self, agent: Agent, browser: FakeBrowser, version: int
    ) -> None:
        answer = await Agent(agent.client).post(
            "/v1/extension/hello",
            {"extensionVersion": "0.1.0", "protocolVersion": version},
            headers={"Authorization": f"Bearer {browser.token}"},
        )
        assert (answer.status, answer.fields) == (400, ["protocolVersion"])

    async def test_a_browser_hears_which_jobs_come_next(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        for number in range(4):
            await agent.create(text=f"{number} " + "x" * 200)
        jobs = (await browser.hello()).next_jobs
        assert len(jobs) == 3
        assert all(len(job.text) == 80 and job.state == "queued" for job in jobs)


class TestPull:
    async def test_a_browser_gets_all_it_needs_and_no_more(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        job = await agent.create(account="@ada", sandbox=True, platformPayload={"a": [1, {}]})
        async with agent.client.get(
            "/v1/extension/pull", headers={"Authorization": f"Bearer {browser.token}"}
        ) as response:
            pulled = await response.json()
        assert pulled["job"].pop("textSha256")
        assert pulled.pop("lease").keys() == {"id", "epoch", "expiresInSeconds"}
        assert pulled == {
            "job": {
                "id": job["id"],
                "kind": "post",
                "platform": "x",
                "text": job["text"],
                "media": [],
                "account": "@ada",
                "options": {"a": [1, {}]},
                "sandbox": True,
                "exclude": [],
            },
            "purpose": "publish",
        }

    async def test_without_a_job_there_is_nothing(self, browser: FakeBrowser) -> None:
        assert await browser.pull() is None
        assert await browser.pull(wait=0.01) is None

    async def test_a_pull_that_waits_is_answered_by_the_next_job(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        waiting = asyncio.create_task(browser.pull(wait=20))
        await agent.get("/livez")  # by now the pull waits
        job = await agent.create()
        leased = await waiting
        assert leased is not None
        assert leased.job.id == job["id"]

    async def test_an_outdated_extension_gets_no_job(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        bearer = {"Authorization": f"Bearer {browser.token}"}
        hello = {"extensionVersion": "0.0.1", "protocolVersion": 0}
        caller = Agent(agent.client)
        answer = await caller.post("/v1/extension/hello", hello, headers=bearer)
        assert answer.body["outdated"] is True
        pulled = await caller.get("/v1/extension/pull", headers=bearer)
        assert (pulled.status, pulled.code) == (426, "EXTENSION_OUTDATED")

    @pytest.mark.parametrize("wait", ["-1", "61", "x"])
    async def test_a_wait_that_makes_no_sense_is_refused(
        self, agent: Agent, browser: FakeBrowser, wait: str
    ) -> None:
        bearer = {"Authorization": f"Bearer {browser.token}"}
        answer = await Agent(agent.client).get(f"/v1/extension/pull?wait={wait}", headers=bearer)
        assert (answer.status, answer.fields) == (400, ["wait"])


class TestPublishing:
    async def test_a_job_goes_out_under_one_permit(
        self, agent: Agent, browser: FakeBrowser, leased: PullAnswer
    ) -> None:
        progress = await browser.progress(leased, "insert_text", "20 of 20")
        assert (progress.expires_in_seconds, progress.stop) == (60, None)
        permit = await browser.permit(leased)
        assert permit.expires_in_seconds == 10
        again = await refused(browser.permit(leased))
        assert (again.status, again.problem["details"]) == (409, {"reason": "not_leased"})
        answer = await browser.ack(
            leased, "published", post_url=POST_URL, evidence=browser.seen_live(leased)
        )
        assert answer.status == "published"
        assert (await agent.read(leased.job.id))["postUrl"] == POST_URL

    async def test_an_ack_sent_twice_is_answered_alike(
        self, browser: FakeBrowser, leased: PullAnswer
    ) -> None:
        await browser.permit(leased)
        told: dict[str, Any] = {"post_url": POST_URL, "evidence": browser.seen_live(leased)}
        assert await browser.ack(leased, "published", **told) == await browser.ack(
            leased, "published", **told
        )

    async def test_success_without_evidence_is_looked_into(
        self, agent: Agent, browser: FakeBrowser, leased: PullAnswer, still_clock: StillClock
    ) -> None:
        await browser.permit(leased)
        answer = await browser.ack(leased, "published", post_url=POST_URL)
        assert answer.status == "outcome_unknown"
        still_clock.move(10)
        looking = await browser.pull()
        assert looking is not None
        assert (looking.purpose, looking.job.account) == ("verify", "@ada")
        assert looking.job.permitted_seconds_ago == 10
        assert looking.previous is not None
        assert (looking.previous.stage, looking.previous.post_url) == ("pressed", POST_URL)
        found = await browser.ack(
            looking,
            "found",
            "preparing",
            post_url=POST_URL,
            evidence=browser.seen_live(looking),
        )
        assert found.status == "published"

    async def test_a_lost_lease_is_told_so(
        self, agent: Agent, browser: FakeBrowser, leased: PullAnswer
    ) -> None:
        await agent.post(f"/v1/jobs/{leased.job.id}/cancel")
        for asked in (
            browser.progress(leased, "insert_text"),
            browser.permit(leased),
            browser.ack(leased, "unknown"),
        ):
            refusal = await refused(asked)
            assert (refusal.status, refusal.code) == (409, "LEASE_LOST")
            assert refusal.problem["details"] == {"state": "canceled"}

    async def test_what_the_page_said_can_be_read_by_its_own_workspace(
        self, agent: Agent, browser: FakeBrowser, leased: PullAnswer
    ) -> None:
        await browser.ack(
            leased,
            "failed",
            "preparing",
            error_code="group_not_approved",
            details={"notice": "Your request is pending."},
        )
        job = await agent.read(leased.job.id)
        assert job["details"]["report"] == {"notice": "Your request is pending."}

    @pytest.mark.parametrize(
        "change",
        [
            {"outcome": "perhaps"},
            {"stage": "done"},
            {"postUrl": "javascript:alert(1)"},
            {"postUrl": "https://x.com/" + "a" * 2100},
            {"errorCode": "Not A Code"},
            {"error": "x" * 2001},
            {"epoch": 0},
            {"epoch": "1"},
            {"leaseId": "short"},
            {"evidence": {"source": "hearsay"}},
            {"evidence": {"source": "network", "httpStatus": "403"}},
            {"retryAfterSeconds": -1},
            {"steps": ["click"]},
        ],
    )
    async def test_a_report_that_makes_no_sense_is_refused_and_changes_nothing(
        self, agent: Agent, browser: FakeBrowser, leased: PullAnswer, change: dict[str, Any]
    ) -> None:
        report = {
            "jobId": leased.job.id,
            "leaseId": leased.lease.id,
            "epoch": leased.lease.epoch,
            "outcome": "failed",
            "stage": "preparing",
        }
        bearer = {"Authorization": f"Bearer {browser.token}"}
        answer = await Agent(agent.client).post(
            "/v1/extension/ack", report | change, headers=bearer
        )
        assert (answer.status, answer.code) == (400, "VALIDATION_FAILED")
        assert (await agent.read(leased.job.id))["details"]["state"] == "leased"

    async def test_an_address_that_cannot_be_read_is_no_evidence(
        self, browser: FakeBrowser, leased: PullAnswer
    ) -> None:
        await browser.permit(leased)
        evidence = Evidence(source="toast")
        answer = await browser.ack(leased, "published", post_url="https://[", evidence=evidence)
        assert answer.status == "outcome_unknown"

    async def test_the_broker_sweeps_by_itself(
        self, agent: Agent, leased: PullAnswer, still_clock: StillClock
    ) -> None:
        while (job := await agent.read(leased.job.id))["status"] in ("queued", "processing"):
            still_clock.move(hours=1)
        assert job["errorCode"] == "expired"


async def test_of_a_platform_that_is_told_twice_the_last_word_counts(
    agent: Agent, browser: FakeBrowser
) -> None:
    told = [
        {"platform": "linkedin", "loggedIn": True, "account": "ada"},
        {"platform": "linkedin", "loggedIn": True, "account": "bob"},
    ]
    answer = await Agent(agent.client).post(
        "/v1/extension/hello",
        {"extensionVersion": "1", "protocolVersion": 1, "platforms": told},
        headers={"Authorization": f"Bearer {browser.token}"},
    )
    accounts = (await agent.get("/v1/accounts")).body["accounts"]
    assert answer.status == 200
    assert [each["handle"] for each in accounts if each["platform"] == "linkedin"] == ["bob"]
