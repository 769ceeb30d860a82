"""Accounts on servers that a person names: registered apps, pasted tokens, app passwords."""

from collections.abc import AsyncIterator, Callable

import pytest

from postbroker.app import Services
from postbroker.contract.connections import StartConnection
from postbroker.domain.caller import Caller
from postbroker.errors import BrokerError
from postbroker.store.connections import ConnectionRecord
from server.doubles.clock import StillClock
from server.doubles.platforms.api import LOOPBACK
from server.doubles.platforms.bluesky import BlueskyStandIn
from server.doubles.platforms.mastodon import TOKEN, MastodonStandIn
from server.doubles.platforms.stand_in import StandIn


@pytest.fixture
async def services(services_with: Callable[..., Services]) -> AsyncIterator[Services]:
    """Services that may call this machine."""
    services = services_with(fetch_from=LOOPBACK)
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


async def connect(services: Services, caller: Caller, bluesky: BlueskyStandIn) -> ConnectionRecord:
    """The account, connected by what a person types."""
    assert bluesky.typed is not None
    wanted = wish("bluesky", bluesky, **bluesky.typed)
    return (await services.connecting.start(caller, wanted)).record


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
    record = await connect(services, caller, bluesky)
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
    connected = await connect(services, caller, bluesky)
    still_clock.move(hours=3)
    bluesky.break_at("refresh", "expired")
    with pytest.raises(Exception, match="over"):
        await services.apis.open(caller.workspace_id, connected.id)
    record = await services.connections.get(caller, connected.id)
    assert record.state == "disconnected"
    assert record.credentials is None


async def test_a_server_in_trouble_disconnects_nobody(
    services: Services, caller: Caller, bluesky: BlueskyStandIn, still_clock: StillClock
) -> None:
    connected = await connect(services, caller, bluesky)
    still_clock.move(hours=3)
    bluesky.break_at("refresh", "dropped")
    await services.apis.open(caller.workspace_id, connected.id)
    record = await services.connections.get(caller, connected.id)
    assert record.state == "connected"
