"""The broker's services over a fresh database, under a clock that stands still."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from postbroker.app import Services, build_services
from postbroker.domain.caller import Caller
from postbroker.domain.job import Job
from postbroker.services.secrets import Vault
from postbroker.services.signals import Signals
from postbroker.settings import Settings
from postbroker.store.browsers import Browser
from postbroker.store.database import Database
from postbroker.store.instants import to_ms
from postbroker.store.postgres import open_postgres
from postbroker.store.sqlite import open_sqlite
from postbroker.store.workspaces import Workspace
from server.doubles.clock import StillClock
from server.doubles.postgres import new_schema, running_cluster
from server.steps import enqueue, fall_silent, get_permit, pair, take

SECRET_KEY = "the secret key of an installation that tests itself"


@pytest.fixture
def still_clock() -> StillClock:
    return StillClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path, secret_key=SECRET_KEY, pacing=False, confirm_first_post=False
    )


@pytest.fixture
def vault() -> Vault:
    return Vault(SECRET_KEY)


@pytest.fixture
async def signals() -> Signals:
    return Signals()


@pytest.fixture(scope="session")
def postgres_cluster(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The address of a cluster of our own with --postgres, else None."""
    if not request.config.getoption("--postgres"):
        yield None
        return
    with running_cluster() as cluster:
        yield cluster.url


@pytest.fixture
async def postgres_url(postgres_cluster: str | None) -> str | None:
    """An empty place in the cluster, for one test."""
    return await new_schema(postgres_cluster) if postgres_cluster else None


@pytest.fixture
async def database(still_clock: StillClock, postgres_url: str | None) -> AsyncIterator[Database]:
    """SQLite in memory, or PostgreSQL with --postgres."""
    now_ms = to_ms(still_clock.now())
    database = await (
        open_postgres(postgres_url, now_ms) if postgres_url else open_sqlite(None, now_ms)
    )
    yield database
    await database.close()


@pytest.fixture
def services(
    settings: Settings, database: Database, still_clock: StillClock, signals: Signals, vault: Vault
) -> Services:
    return build_services(settings, database, still_clock, signals, vault)


@pytest.fixture
def services_with(
    settings: Settings, database: Database, still_clock: StillClock, signals: Signals, vault: Vault
) -> Callable[..., Services]:
    """Services over the same database, under the settings but for those that are given."""

    def build(**changes: object) -> Services:
        changed = settings.model_copy(update=changes)
        return build_services(changed, database, still_clock, signals, vault)

    return build


@pytest.fixture
async def workspace(services: Services) -> Workspace:
    workspace, _ = await services.workspaces.ensure_first()
    return workspace


@pytest.fixture
async def caller(services: Services, workspace: Workspace) -> Caller:
    """An agent whose key may do everything."""
    _, secret = await services.keys.create(workspace.id, "agent")
    return await services.keys.authenticate(secret)


@pytest.fixture
async def paired_browser(services: Services, caller: Caller) -> Browser:
    return await pair(services, caller)


@pytest.fixture
async def queued_job(services: Services, caller: Caller, paired_browser: Browser) -> Job:
    return await enqueue(services, caller)


@pytest.fixture
async def leased_job(services: Services, paired_browser: Browser, queued_job: Job) -> Job:
    return await take(services, paired_browser)


@pytest.fixture
async def committing_job(services: Services, paired_browser: Browser, leased_job: Job) -> Job:
    return await get_permit(services, paired_browser, leased_job)


@pytest.fixture
async def doubtful_job(services: Services, still_clock: StillClock, committing_job: Job) -> Job:
    return await fall_silent(services, still_clock, committing_job)
