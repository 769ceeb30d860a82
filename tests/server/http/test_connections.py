"""Connections over HTTP: who may connect, what is told, and that no secret is."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from postbroker.app import build_app
from postbroker.platforms.adapter import PlatformAdapter
from postbroker.platforms.registry import load_adapters
from postbroker.services.secrets import Vault
from postbroker.settings import Settings
from server.doubles.clock import StillClock
from server.doubles.database import TroubledDatabase
from server.doubles.oauth_platform import OAuthMember, OAuthPlatform
from server.http.agent import Agent
from server.http.conftest import NewAgent

START = "/v1/connections/start"
X = {"platform": "x"}


@pytest.fixture
async def platform() -> AsyncIterator[OAuthPlatform]:
    platform = OAuthPlatform()
    async with platform.server:
        yield platform


@pytest.fixture
def app(
    settings: Settings,
    troubled_database: TroubledDatabase,
    still_clock: StillClock,
    vault: Vault,
    platform: OAuthPlatform,
) -> web.Application:
    settings = platform.reached_by(settings)
    adapters: dict[str, PlatformAdapter] = {**load_adapters(), "x": OAuthMember()}
    database = troubled_database.as_database()
    return build_app(settings, database, still_clock, vault, "http://127.0.0.1", adapters)


async def connect(agent: Agent, platform: OAuthPlatform) -> dict[str, Any]:
    """A connected account, as the agent reads it."""
    begun = (await agent.post(START, X)).body
    back = platform.consent(begun["authorizeUrl"])
    page = await agent.get(f"/oauth/x/callback?code={back['code']}&state={back['state']}")
    assert page.status == 200
    connection: dict[str, Any] = (await agent.get(f"/v1/connections/{begun['id']}")).body
    return connection


async def test_the_consent_page_is_told_once_to_who_begins(agent: Agent) -> None:
    begun = await agent.post(START, X)
    assert begun.status == 201
    assert begun.headers["Location"] == f"/v1/connections/{begun.body['id']}"
    again = await agent.get(f"/v1/connections/{begun.body['id']}")
    assert again.body["status"] == "pending"
    assert "authorizeUrl" not in again.body


async def test_what_is_connected_is_listed_without_its_secrets(
    agent: Agent, platform: OAuthPlatform
) -> None:
    connection = await connect(agent, platform)
    assert (connection["status"], connection["handle"]) == ("connected", "Ada")
    listed = (await agent.get("/v1/connections")).body
    assert [each["id"] for each in listed["connections"]] == [connection["id"]]
    assert "planted" not in str([connection, listed])


async def test_health_names_who_must_act(agent: Agent, platform: OAuthPlatform) -> None:
    await connect(agent, platform)
    health = (await agent.get("/v1/connections/health?check=true")).body
    assert (health["connectedAccounts"], health["failingAccounts"]) == (1, 0)
    platform.is_locked = True
    health = (await agent.get("/v1/connections/health?check=true&platform=x")).body
    assert (health["connectedAccounts"], health["failingAccounts"]) == (0, 1)
    assert "postbroker connect x" in health["accounts"][0]["nextStep"]
    assert (await agent.get("/v1/connections/health?platform=tiktok")).body["accounts"] == []


async def test_an_account_says_what_it_can_do(
    agent: Agent, platform: OAuthPlatform, still_clock: StillClock
) -> None:
    account = f"/v1/accounts/{(await connect(agent, platform))['accountId']}"
    still_clock.move(minutes=1)
    capabilities = (await agent.get(f"{account}/capabilities")).body
    assert (capabilities["ageSeconds"], capabilities["text"]["max"]) == (60, 280)
    assert (await agent.get(f"{account}/capabilities?refresh=true")).body["ageSeconds"] == 0
    settings = (await agent.get(f"{account}/settings")).body
    assert settings["supported"]
    assert "board" in settings["jsonSchema"]["properties"]
    assert [a["id"] for a in (await agent.get(f"{account}/actions")).body["actions"]] == ["boards"]
    boards = (await agent.post(f"{account}/actions/boards", {})).body["targets"]
    assert boards == [{"id": "7", "name": "Engines", "more": {}}]


async def test_platforms_say_what_is_missing(agent: Agent) -> None:
    platforms = (await agent.get("/v1/connections/platforms")).body["platforms"]
    by_id = {each["platform"]: each for each in platforms}
    [oauth] = by_id["youtube"]["ways"]
    assert not oauth["ready"]
    assert "POSTBROKER_YOUTUBE_CLIENT_ID" in oauth["missing"]
    assert oauth["redirectUri"] == "http://127.0.0.1/oauth/youtube/callback"
    assert by_id["x"]["ways"][0]["ready"]
    assert by_id["x"]["costPerPost"] == "0.015 USD"


async def test_letting_go(agent: Agent, platform: OAuthPlatform) -> None:
    connection = await connect(agent, platform)
    removed = await agent.delete(f"/v1/connections/{connection['id']}")
    assert (removed.status, removed.body["error"]["code"]) == (200, "CONNECTION_REMOVED")
    assert (await agent.get("/v1/connections/health")).body["accounts"] == []
    account = f"/v1/accounts/{connection['accountId']}"
    refused = await agent.get(f"{account}/capabilities")
    assert (refused.status, refused.body["code"]) == (409, "ACCOUNT_NOT_CONNECTED")
    assert (await agent.delete(account)).status == 204
    assert (await agent.get(account)).status == 404
    assert (await agent.delete(account)).status == 404


async def test_who_may_only_read_connects_and_removes_nothing(
    agent: Agent, new_agent: NewAgent, platform: OAuthPlatform
) -> None:
    connection = await connect(agent, platform)
    reader = await new_agent("accounts.read")
    assert (await reader.get("/v1/connections")).status == 200
    assert (await reader.post(START, X)).status == 403
    assert (await reader.delete(f"/v1/connections/{connection['id']}")).status == 403
    assert (await reader.delete(f"/v1/accounts/{connection['accountId']}")).status == 403


async def test_another_workspace_sees_nothing(
    agent: Agent, stranger: Agent, platform: OAuthPlatform
) -> None:
    connection = await connect(agent, platform)
    assert (await stranger.get("/v1/connections")).body["connections"] == []
    assert (await stranger.get(f"/v1/connections/{connection['id']}")).status == 404
    assert (await stranger.delete(f"/v1/connections/{connection['id']}")).status == 404


async def test_what_was_entered_wrongly_is_not_repeated(agent: Agent) -> None:
    fields = {"handle": "ada.test", "app_password": "a-planted-password"}
    body = {"platform": "bluesky", "server": "http://127.0.0.1:9", "fields": fields}
    refused = await agent.post(START, body)
    assert (refused.status, refused.body["code"]) == (503, "PLATFORM_UNREACHABLE")
    assert refused.headers["Retry-After"] == "60"
    refused = await agent.post(START, body | {"fields": {**fields, "more": "a-planted-password"}})
    assert refused.status == 400
    assert "planted" not in str(refused.body)
