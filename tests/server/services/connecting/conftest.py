"""Services of a broker whose X is a platform with OAuth 2.0 on loopback."""

from collections.abc import AsyncIterator, Callable
from ipaddress import ip_network

import pytest

from postbroker.app import Services, build_services
from postbroker.services.secrets import Vault
from postbroker.services.signals import Signals
from postbroker.settings import AtPlatform, Settings
from postbroker.store.database import Database
from server.doubles.clock import StillClock
from server.doubles.oauth_platform import (
    CLIENT_ID,
    CLIENT_SECRET,
    OAuthMember,
    OAuthPlatform,
)

ADAPTERS = {"x": OAuthMember()}


@pytest.fixture
async def platform() -> AsyncIterator[OAuthPlatform]:
    platform = OAuthPlatform()
    async with platform.server:
        yield platform


@pytest.fixture
def settings(settings: Settings, platform: OAuthPlatform) -> Settings:
    at = AtPlatform.model_validate(
        {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "url": platform.url}
    )
    inside = (ip_network("127.0.0.0/8"),)
    return settings.model_copy(update={"platforms": {"x": at}, "fetch_from": inside})


@pytest.fixture
async def services(
    settings: Settings, database: Database, still_clock: StillClock, signals: Signals, vault: Vault
) -> AsyncIterator[Services]:
    services = build_services(settings, database, still_clock, signals, vault, adapters=ADAPTERS)
    yield services
    await services.renewal.close()
    await services.access.calls.close()


@pytest.fixture
async def services_with_adapter(
    settings: Settings, database: Database, still_clock: StillClock, signals: Signals, vault: Vault
) -> AsyncIterator[Callable[[OAuthMember], Services]]:
    """Services over the same database, with another adapter for X."""
    made = list[Services]()

    def build(adapter: OAuthMember) -> Services:
        made.append(
            build_services(settings, database, still_clock, signals, vault, adapters={"x": adapter})
        )
        return made[-1]

    yield build
    for each in made:
        await each.access.calls.close()


@pytest.fixture
async def services_with_settings(
    settings: Settings, database: Database, still_clock: StillClock, signals: Signals, vault: Vault
) -> AsyncIterator[Callable[..., Services]]:
    """Services over the same database, under the settings but for those that are given."""
    made = list[Services]()

    def build(**changes: object) -> Services:
        changed = settings.model_copy(update=changes)
        made.append(
            build_services(changed, database, still_clock, signals, vault, adapters=ADAPTERS)
        )
        return made[-1]

    yield build
    for each in made:
        await each.access.calls.close()
