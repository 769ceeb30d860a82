"""A broker that publishes by itself to a platform on loopback, with one connected account."""

from collections.abc import AsyncIterator, Callable

import pytest

from postbroker.app import Services, build_services
from postbroker.domain.caller import Caller
from postbroker.domain.job import Job
from postbroker.platforms.adapter import PlatformAdapter, RetryClass
from postbroker.services.secrets import Vault
from postbroker.services.signals import Signals
from postbroker.settings import Settings
from postbroker.store.database import Database
from postbroker.store.workspaces import Workspace
from server.doubles.clock import StillClock
from server.doubles.platforms.connected import LOOPBACK, connect, post
from server.doubles.platforms.stand_in import StandIn
from server.doubles.platforms.tiny import Tiny, TinyAdapter


@pytest.fixture
def retry_class() -> RetryClass:
    return "B"


@pytest.fixture
async def platform(still_clock: StillClock, retry_class: RetryClass) -> AsyncIterator[Tiny]:
    async with Tiny(still_clock, keeps_keys=retry_class == "A") as platform:
        yield platform
    assert platform.notes == []


@pytest.fixture
def adapter(retry_class: RetryClass) -> TinyAdapter:
    return TinyAdapter("bluesky", retry_class)


@pytest.fixture
async def build(
    settings: Settings,
    database: Database,
    still_clock: StillClock,
    signals: Signals,
    vault: Vault,
    adapter: PlatformAdapter,
) -> AsyncIterator[Callable[..., Services]]:
    """A broker over the same database, under the settings but for those that are given."""
    reaching = {**settings.model_dump(exclude_unset=True), "fetch_from": LOOPBACK}
    built = list[Services]()

    def build(**changes: object) -> Services:
        services = build_services(
            Settings(**{**reaching, **changes}),
            database,
            still_clock,
            signals,
            vault,
            adapters={adapter.info.id: adapter},
        )
        built.append(services)
        return services

    yield build
    for services in built:
        await services.access.calls.close()


@pytest.fixture
def services(build: Callable[..., Services]) -> Services:
    return build()


@pytest.fixture
async def connection_id(
    services: Services,
    database: Database,
    workspace: Workspace,
    adapter: PlatformAdapter,
    platform: StandIn,
) -> str:
    return await connect(services, database, workspace.id, adapter.info.id, platform)


@pytest.fixture
async def job(services: Services, caller: Caller, connection_id: str) -> Job:
    return await post(services, caller)
