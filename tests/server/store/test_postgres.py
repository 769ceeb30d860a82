"""What only PostgreSQL can get wrong: transactions side by side, and a server that is away."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from postbroker.clock import SystemClock
from postbroker.store.database import Connection, Database, DatabaseBusyError, Failed
from postbroker.store.events import insert_events, select_events
from postbroker.store.instants import to_ms
from postbroker.store.jobs import insert_jobs
from postbroker.store.postgres import open_postgres
from postbroker.store.workspaces import Workspace
from server.doubles.clock import START
from server.doubles.postgres import free_port
from server.samples import a_job
from server.steps import add_workspace

LOOK_SECONDS = 0.2
"""Enough for a reader to get as far as it can."""
MANY_TOPICS = 1000


@pytest.fixture
async def postgres(postgres_url: str | None) -> AsyncIterator[Database]:
    if postgres_url is None:
        pytest.skip("needs PostgreSQL: make test-postgres")
    database = await open_postgres(postgres_url, to_ms(START))
    yield database
    await database.close()


@pytest.fixture
async def place(postgres: Database) -> Workspace:
    return await add_workspace(postgres)


@pytest.mark.parametrize("begins_first", [True, False])
async def test_an_event_that_is_committed_late_is_not_passed_over(
    postgres: Database, place: Workspace, begins_first: bool
) -> None:
    early, late = (a_job(id=name, workspace_id=place.id, event_count=1) for name in ("a", "b"))
    may_begin, may_commit, is_numbered = (asyncio.Event() for _ in range(3))
    if begins_first:
        may_begin.set()

    async def commit_late(tx: Connection) -> None:
        await may_begin.wait()
        await insert_jobs(tx, [early])
        await insert_events(tx, [(early, "queued", {})], START)
        is_numbered.set()
        await may_commit.wait()

    async def commit(tx: Connection) -> None:
        if begins_first:
            await is_numbered.wait()
        await insert_jobs(tx, [late])
        may_begin.set()
        await is_numbered.wait()
        await insert_events(tx, [(late, "queued", {})], START)

    writer = asyncio.create_task(postgres.write(commit_late))
    await postgres.write(commit)
    reader = asyncio.create_task(postgres.read(lambda tx: select_events(tx, place.id, 0, 10)))
    await SystemClock().sleep(LOOK_SECONDS)
    may_commit.set()
    await writer
    told = [event.job_id for event in await reader]
    last = (await postgres.read(lambda tx: select_events(tx, place.id, 0, 10)))[-1].id
    told += [e.job_id for e in await postgres.read(lambda tx: select_events(tx, place.id, last, 9))]
    assert told == ["a", "b"]


async def test_a_commit_may_wake_very_many(postgres: Database) -> None:
    topics = [f"job {number:036}" for number in range(MANY_TOPICS)]
    heard, is_listening = set[str](), asyncio.Event()
    has_all = asyncio.Event()

    def wake(*some: str) -> None:
        heard.update(some)
        if len(heard) == len(topics):
            has_all.set()

    async def notify(tx: Connection) -> None:
        tx.notify(*topics)

    postgres.hear(wake, is_listening.set)
    await is_listening.wait()
    await postgres.write(notify)
    await has_all.wait()
    assert heard == set(topics)


async def test_a_batch_that_was_cut_off_is_not_done_again(postgres: Database) -> None:
    done = list[list[int]]()
    both, has_begun = asyncio.Event(), asyncio.Event()

    async def work(tx: Connection, items: list[int]) -> list[Failed | None]:
        done.append(items)
        if items == [0]:  # the others gather meanwhile
            has_begun.set()
            await both.wait()
            return [None]
        await tx.fetch("SELECT pg_terminate_backend(pg_backend_pid())")
        return [None] * len(items)

    first = asyncio.create_task(postgres.write_each(work, 0))
    await has_begun.wait()
    others = [asyncio.create_task(postgres.write_each(work, number)) for number in (1, 2)]
    await SystemClock().sleep(0)
    both.set()
    await first
    results = await asyncio.gather(*others, return_exceptions=True)
    assert [type(result) for result in results] == [DatabaseBusyError] * 2
    assert done == [[0], [1, 2]]


async def test_a_server_that_is_away_is_busy_for_readers_too(postgres: Database) -> None:
    async def cut(tx: Connection) -> None:
        await tx.fetch("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(DatabaseBusyError):
        await postgres.read(cut)
    with pytest.raises(DatabaseBusyError):
        await postgres.write(cut)
    assert await postgres.read(lambda tx: tx.fetch_one("SELECT 1 AS one")) is not None


async def test_a_database_that_nobody_serves_cannot_be_opened(postgres: Database) -> None:
    with pytest.raises(DatabaseBusyError):
        await open_postgres(f"postgresql://postbroker@127.0.0.1:{free_port()}/postgres", 0)
