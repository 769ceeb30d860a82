"""A post by an official API, from the request to its numbers, through the whole broker."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from postbroker.app import build_app
from postbroker.services.secrets import Vault
from postbroker.settings import Settings
from server.doubles.clock import StillClock
from server.doubles.database import TroubledDatabase
from server.doubles.platforms.connected import LOOPBACK
from server.doubles.platforms.tiny import Tiny, TinyAdapter
from server.http.agent import Agent
from server.http.conftest import NewAgent


@pytest.fixture
async def platform(still_clock: StillClock) -> AsyncIterator[Tiny]:
    async with Tiny(still_clock) as platform:
        yield platform


@pytest.fixture
def settings(settings: Settings) -> Settings:
    given = {**settings.model_dump(exclude_unset=True), "confirm_first_post": True}
    return Settings(**given | {"fetch_from": LOOPBACK})


@pytest.fixture
def app(
    settings: Settings, troubled_database: TroubledDatabase, still_clock: StillClock, vault: Vault
) -> web.Application:
    database, adapters = troubled_database.as_database(), {"x": TinyAdapter("x", "C")}
    url = "http://127.0.0.1"
    return build_app(settings, database, still_clock, vault, url, adapters=adapters)


@pytest.fixture
async def connected(agent: Agent, platform: Tiny) -> None:
    wanted = {"platform": "x", "server": platform.url, "fields": {"token": "secret-token"}}
    answer = await agent.post("/v1/connections/start", wanted)
    assert answer.body["status"] == "connected", answer.text


@pytest.mark.usefixtures("connected")
class TestByApi:
    async def test_it_goes_out_after_a_yes_that_knows_the_price(
        self, agent: Agent, new_agent: NewAgent, platform: Tiny
    ) -> None:
        job = await agent.create()
        details = (await agent.get(f"/v1/jobs/{job['id']}")).body["details"]
        assert (details["route"], details["waitingFor"]) == ("api", "approval")
        assert details["cost"].startswith("0.015 USD")
        assert platform.ledger == []
        person = await new_agent("posts.approve", "posts.read")
        await person.post(f"/v1/jobs/{job['id']}/approve", {})
        done = (await agent.get(f"/v1/jobs/{job['id']}?wait=10")).body
        assert (done["status"], done["postUrl"]) == ("succeeded", "https://tiny.example/ada/1")
        assert len(platform.ledger) == 1

    async def test_its_numbers_are_told_and_it_can_be_removed(
        self, agent: Agent, new_agent: NewAgent, platform: Tiny
    ) -> None:
        job = await agent.create(route="api")
        person = await new_agent("posts.approve", "posts.read")
        await person.post(f"/v1/jobs/{job['id']}/approve", {})
        await agent.get(f"/v1/jobs/{job['id']}?wait=10")
        numbers = (await agent.get(f"/v1/posts/{job['id']}/numbers")).body
        assert numbers["numbers"] == {"likes": 10}
        gone = await agent.post(f"/v1/posts/{job['id']}/delete", {})
        assert gone.body["details"]["report"]["removedAt"]
        assert platform.live == []

    async def test_a_preference_is_kept_and_told(self, agent: Agent) -> None:
        [account] = (await agent.get("/v1/accounts")).body["accounts"]
        assert account["route"] == "auto"
        changed = await agent.ask("PATCH", f"/v1/accounts/{account['id']}", json={"route": "tab"})
        assert changed.body["route"] == "tab"
        answer = await agent.tweet(whenOffline="queue")
        details = (await agent.get(f"/v1/jobs/{answer.body['id']}")).body["details"]
        assert details["route"] == "tab"

    async def test_another_word_for_a_way_is_refused(self, agent: Agent) -> None:
        answer = await agent.tweet(route="pigeon")
        assert (answer.status, answer.code) == (400, "VALIDATION_FAILED")
        assert answer.body["errors"][0]["field"] == "route"
