"""Every database that is installed here, one after the other."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from postbroker.store.database import Database
from postbroker.store.instants import to_ms
from postbroker.store.postgres import open_postgres
from postbroker.store.sqlite import open_sqlite
from postbroker.store.workspaces import Workspace, insert_workspace
from server.doubles.clock import START, StillClock


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The suite runs on SQLite in memory and in a file, or on PostgreSQL with --postgres."""
    if "database" in metafunc.fixturenames:
        over = ["postgres"] if metafunc.config.getoption("--postgres") else ["memory", "file"]
        metafunc.parametrize("database", over, indirect=True)


@pytest.fixture
async def database(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    still_clock: StillClock,
    postgres_url: str | None,
) -> AsyncIterator[Database]:
    """A fresh database of the kind that the suite runs on."""
    now_ms = to_ms(still_clock.now())
    if postgres_url is not None:
        database: Database = await open_postgres(postgres_url, now_ms)
    else:
        path = tmp_path / "postbroker.db" if request.param == "file" else None
        database = await open_sqlite(path, now_ms)
    yield database
    await database.close()


@pytest.fixture
async def stored_workspace(database: Database) -> Workspace:
    workspace = Workspace(
        id="22222222-2222-4222-8222-222222222222",
        name="Ours",
        is_paused=False,
        created_at=START,
    )
    await database.write(lambda tx: insert_workspace(tx, workspace))
    return workspace
