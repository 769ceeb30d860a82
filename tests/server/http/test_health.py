"""Whether the process lives, and whether it takes work."""

import pytest
from aiohttp import web

from postbroker import __version__
from postbroker.appkeys import SIGNALS
from postbroker.store.database import StorageFullError
from server.doubles.database import TroubledDatabase
from server.http.agent import Agent


async def test_a_process_that_answers_lives(agent: Agent) -> None:
    answer = await Agent(agent.client).get("/livez")
    assert (answer.status, answer.body) == (200, {"ok": True})


@pytest.mark.parametrize("path", ["/readyz", "/health"])
async def test_a_broker_that_can_write_takes_work(agent: Agent, path: str) -> None:
    answer = await Agent(agent.client).get(path)
    assert answer.status == 200
    assert answer.body["version"] == __version__
    assert all(answer.body["checks"].values())


async def test_a_broker_that_cannot_write_takes_none_and_says_why(
    agent: Agent, troubled_database: TroubledDatabase
) -> None:
    troubled_database.trouble = StorageFullError("full")
    answer = await agent.get("/readyz")
    assert (answer.status, answer.body["ok"]) == (503, False)
    assert answer.body["checks"]["database"] is False
    assert (await agent.get("/livez")).status == 200


async def test_a_broker_that_stops_takes_no_work(agent: Agent, app: web.Application) -> None:
    app[SIGNALS].close()
    answer = await agent.get("/readyz")
    assert (answer.status, answer.body["checks"]["running"]) == (503, False)
