"""Accounts on servers that a person names: registered apps, pasted tokens, app passwords."""

from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest

from postbroker.app import Services, build_services
from postbroker.contract.connections import StartConnection
from postbroker.domain.caller import Caller
from postbroker.errors import BrokerError
from postbroker.services.secrets import Vault
from postbroker.services.signals import Signals
from postbroker.settings import Settings
from postbroker.store.database import Database
from server.doubles.clock import StillClock
from server.doubles.platforms.bluesky import BlueskyStandIn
from server.doubles.platforms.mastodon import TOKEN, MastodonStandIn
from server.doubles.platforms.stand_in import StandIn


@pytest.fixture
async def services(
    settings: Settings, database: Database, still_clock: StillClock, signals: Signals, vault: Vault
) -> AsyncIterator[Services]:
    """Services that may call this machine."""
    inside = settings.model_copy(update={"fetch_from": (ip_network("127.0.0.0/8"),)})
    services = build_services(inside, database, still_clock, signals, vault)
    yield services
    await services.renewal.close()
    await services.access.calls.close()


@pytest.fixture
async def mastodon(still_clock: StillClock) -> AsyncIterator[MastodonStandIn]:
    async with MastodonStandIn(still_clock) as platform:
        yield platform
    assert platform.notes == []


@pytest.fixture
async def bluesky(still_clock: StillClock) -> AsyncIterator[BlueskyStandIn]:
    async with BlueskyStandIn(still_clock) as platform:
        yield platform
    assert platform.notes == []


def wish(platform: str, there: StandIn, **fields: str) -> StartConnection:
    return StartConnection(platform=platform, server=there.url, fields=fields)


async def test_mastodon_is_connected_by_an_app_that_registers_itself(
    services: Services, caller: Caller, mastodon: MastodonStandIn
) -> None:
    started = await services.connecting.start(caller, wish("mastodon", mastodon))
    assert started.authorize_url is not None
    answer = mastodon.consent(started.authorize_url)
    record = await services.connecting.finish("mastodon", answer, None)
    assert (record.state, record.handle) == ("connected", "ada@social.example")
    capabilities = await services.apis.capabilities(record.id)
    assert capabilities.text.max == 1000
    await services.connections.remove(caller, record.id)
    assert mastodon.revoked_tokens == 1


async def test_mastodon_is_connected_by_a_pasted_token(
    services: Services, caller: Caller, mastodon: MastodonStandIn
) -> None:
    wanted = wish("mastodon", mastodon, access_token=TOKEN)
    record = (await services.connecting.start(caller, wanted)).record
    assert (record.state, record.handle) == ("connected", "ada@social.example")


async def test_a_wrong_token_connects_nobody(
    services: Services, caller: Caller, mastodon: MastodonStandIn
) -> None:
    with pytest.raises(BrokerError) as refused:
        await services.connecting.start(caller, wish("mastodon", mastodon, access_token="wrong"))
    assert "invalid" in refused.value.detail


async def test_bluesky_is_connected_by_an_app_password_and_its_session_renewed(
    services: Services, caller: Caller, bluesky: BlueskyStandIn, still_clock: StillClock
) -> None:
    assert bluesky.typed is not None
    started = await services.connecting.start(caller, wish("bluesky", bluesky, **bluesky.typed))
    record = started.record
    assert (record.state, record.handle) == ("connected", "ada.test")
    kept = services.access.unlock(record).credentials
    assert bluesky.typed["app_password"] not in kept.values()
    still_clock.move(hours=3)
    api = await services.apis.open(caller.workspace_id, record.id)
    assert bluesky.refreshed == 1
    assert api.credentials["refresh_token"] == "secret-refresh-jwt.2"


async def test_a_session_that_cannot_be_renewed_disconnects(
    services: Services, caller: Caller, bluesky: BlueskyStandIn, still_clock: StillClock
) -> None:
    assert bluesky.typed is not None
    started = await services.connecting.start(caller, wish("bluesky", bluesky, **bluesky.typed))
    still_clock.move(hours=3)
    bluesky.break_at("refresh", "expired")
    with pytest.raises(Exception, match="over"):
        await services.apis.open(caller.workspace_id, started.record.id)
    record = await services.connections.get(caller, started.record.id)
    assert record.state == "disconnected"
    assert record.credentials is None


async def test_a_server_in_trouble_disconnects_nobody(
    services: Services, caller: Caller, bluesky: BlueskyStandIn, still_clock: StillClock
) -> None:
    assert bluesky.typed is not None
    started = await services.connecting.start(caller, wish("bluesky", bluesky, **bluesky.typed))
    still_clock.move(hours=3)
    bluesky.break_at("refresh", "dropped")
    await services.apis.open(caller.workspace_id, started.record.id)
    record = await services.connections.get(caller, started.record.id)
    assert record.state == "connected"
