"""Services of a broker whose X is a platform with OAuth 2.0 on loopback."""

from collections.abc import AsyncIterator, Callable

import pytest

from postbroker.app import Services, build_services
from postbroker.clock import Clock
from postbroker.platforms.adapter import PlatformAdapter
from postbroker.services.secrets import Vault
from postbroker.services.signals import Signals
from postbroker.settings import Settings
from postbroker.store.database import Database
from server.doubles.clock import StillClock
from server.doubles.oauth_platform import OAuthMember, OAuthPlatform

MEMBER = OAuthMember()


@pytest.fixture
async def platform() -> AsyncIterator[OAuthPlatform]:
    platform = OAuthPlatform()
    async with platform.server:
        yield platform


@pytest.fixture
def settings(settings: Settings, platform: OAuthPlatform) -> Settings:
    return platform.reached_by(settings)


@pytest.fixture
async def services_with(
    settings: Settings, database: Database, still_clock: StillClock, signals: Signals, vault: Vault
) -> AsyncIterator[Callable[..., Services]]:
    """Services with an adapter for X, under the settings, but for what is given."""
    made = list[Services]()

    def build(
        adapter: PlatformAdapter = MEMBER,
        database: Database = database,
        clock: Clock = still_clock,
        **changes: object,
    ) -> Services:
        changed = settings.model_copy(update=changes)
        services = build_services(changed, database, clock, signals, vault, adapters={"x": adapter})
        made.append(services)
        return services

    yield build
    for each in made:
        await each.renewal.close()
        await each.access.calls.close()


@pytest.fixture
def services(services_with: Callable[..., Services]) -> Services:
    return services_with()
