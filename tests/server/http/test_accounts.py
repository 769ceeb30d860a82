"""Accounts and questions over the wire."""

import pytest

from postbroker.settings import Settings
from server.doubles.extension import FakeBrowser
from server.http.agent import Agent
from server.http.conftest import NewAgent


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"pacing": True, "confirm_first_post": True})


@pytest.fixture
async def person(new_agent: NewAgent) -> Agent:
    """Somebody whose key may say yes to posts."""
    return await new_agent("posts.approve", "accounts.read", "accounts.write", "posts.read")


async def account_id(agent: Agent) -> str:
    """The one account there is."""
    [account] = (await agent.get("/v1/accounts")).body["accounts"]
    return str(account["id"])


class TestAccounts:
    async def test_an_account_says_who_where_and_whether_it_may_post(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        [account] = (await agent.get("/v1/accounts")).body["accounts"]
        assert account["platform"] == "x"
        assert account["handle"] == "@ada"
        assert (account["status"], account["mode"], account["confirmed"]) == (
            "active",
            "first",
            False,
        )
        assert len(account["browserIds"]) == 1
        assert account["pacing"]["gapSeconds"] == 180
        assert "nextAllowedAt" not in account
        one = (await agent.get(f"/v1/accounts/{account['id']}")).body
        assert one["logins"][0]["browser"] == "Test browser"

    async def test_an_agent_pauses_and_a_person_lets_it_go_on(
        self, agent: Agent, person: Agent, browser: FakeBrowser
    ) -> None:
        path = f"/v1/accounts/{await account_id(agent)}"
        paused = await agent.ask("PATCH", path, json={"paused": True})
        assert (paused.status, paused.body["status"]) == (200, "paused")
        refused = await agent.ask("PATCH", path, json={"paused": False})
        assert (refused.status, refused.code) == (403, "FORBIDDEN")
        resumed = await person.ask("PATCH", path, json={"paused": False})
        assert resumed.body["status"] == "active"

    async def test_pacing_is_changed_and_put_back(
        self, agent: Agent, person: Agent, browser: FakeBrowser
    ) -> None:
        path = f"/v1/accounts/{await account_id(agent)}"
        own = {"gapSeconds": 60, "quietFrom": "22:00", "quietUntil": "07:00", "zone": "Asia/Tokyo"}
        slow = await person.ask("PATCH", path, json={"pacing": own})
        assert slow.body["pacing"] == {"jitterSeconds": 60, "postsPerDay": 20} | own
        usual = await person.ask("PATCH", path, json={"pacing": {}})
        assert usual.body["pacing"]["gapSeconds"] == 180

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"mode": "never"}, "mode"),
            ({"paused": "yes"}, "paused"),
            ({"pacing": {"gapSeconds": -1}}, "pacing.gapSeconds"),
            ({"pacing": {"zone": "Mars/Phobos"}}, "pacing.zone"),
            ({"pacing": {"quietFrom": "25:00"}}, "pacing.quietFrom"),
            ({"speed": 3}, "speed"),
        ],
    )
    async def test_what_is_wrong_is_named(
        self, person: Agent, browser: FakeBrowser, body: dict[str, object], field: str
    ) -> None:
        path = f"/v1/accounts/{await account_id(person)}"
        answer = await person.ask("PATCH", path, json=body)
        assert answer.status == 400, answer.text
        assert answer.fields == [field]

    async def test_an_account_of_others_is_not_found(
        self, agent: Agent, stranger: Agent, browser: FakeBrowser
    ) -> None:
        path = f"/v1/accounts/{await account_id(agent)}"
        assert (await stranger.get(path)).status == 404
        assert (await stranger.ask("PATCH", path, json={"paused": True})).status == 404


class TestQuestions:
    async def test_an_agent_sees_that_its_job_waits_for_a_person(
        self, agent: Agent, browser: FakeBrowser
    ) -> None:
        job = await agent.read((await agent.create())["id"])
        assert job["status"] == "queued"
        details = job["details"]
        assert (details["state"], details["actor"]) == ("awaiting_approval", "user")
        assert details["waitingFor"] == "approval"
        assert job["id"] in details["suggestedAction"]

    async def test_an_agent_cannot_say_yes_to_its_own_post(
        self, agent: Agent, person: Agent, browser: FakeBrowser
    ) -> None:
        path = f"/v1/jobs/{(await agent.create())['id']}"
        for answer in ("approve", "reject"):
            refused = await agent.post(f"{path}/{answer}")
            assert (refused.status, refused.code) == (403, "FORBIDDEN")
            assert "posts.approve" in refused.text
        approved = await person.post(f"{path}/approve")
        assert approved.body["details"]["state"] == "queued"
        assert await browser.pull() is not None

    async def test_a_no_tells_the_agent(
        self, agent: Agent, person: Agent, browser: FakeBrowser
    ) -> None:
        job_id = (await agent.create())["id"]
        assert (await person.post(f"/v1/jobs/{job_id}/reject")).status == 200
        job = await agent.read(job_id)
        assert (job["status"], job["errorCode"]) == ("failed", "rejected")

    async def test_the_extension_asks_and_answers(self, agent: Agent, browser: FakeBrowser) -> None:
        first, second = await agent.create(text="first"), await agent.create(text="second")
        hello = await browser.hello()
        assert (hello.questions, hello.may_ask) == (2, True)
        shown = (await browser.questions()).questions
        assert [(each.id, each.texts, each.account) for each in shown] == [
            (second["id"], ["second"], "@ada"),
            (first["id"], ["first"], "@ada"),
        ]
        left = await browser.answer(first["id"], "no")
        assert [each.id for each in left.questions] == [second["id"]]
        assert (await browser.answer(second["id"], "always")).questions == []
        leased = await browser.pull()
        assert leased is not None
        assert leased.job.id == second["id"]

    async def test_waiting_for_the_gap_says_until_when(
        self, agent: Agent, person: Agent, browser: FakeBrowser
    ) -> None:
        first = await agent.create(text="first")
        await person.post(f"/v1/jobs/{first['id']}/approve")
        leased = await browser.pull()
        assert leased is not None
        await browser.publish(leased)
        details = (await agent.read((await agent.create(text="second"))["id"]))["details"]
        assert (details["state"], details["waitingFor"]) == ("queued", "account")
        assert details["waitingBecause"].startswith("pacing: next post of @ada in ")
        assert details["actor"] == "nobody"
        account = (await agent.get("/v1/accounts")).body["accounts"][0]
        assert details["notBefore"] == account["nextAllowedAt"]
