"""The event log: no gap, no repetition, the same order for everybody."""

import asyncio
from dataclasses import replace

import pytest

from postbroker.domain.job import Job
from postbroker.services.changes import change_job
from postbroker.store.database import Connection, Database, UniqueError
from postbroker.store.events import (
    insert_events,
    select_events,
    select_events_of_job,
    select_last_event_id,
)
from postbroker.store.jobs import insert_jobs, select_job
from postbroker.store.workspaces import Workspace
from server.doubles.clock import START
from server.samples import a_job


@pytest.fixture
async def job(database: Database, stored_workspace: Workspace) -> Job:
    job = a_job(workspace_id=stored_workspace.id, event_count=1)

    async def work(tx: Connection) -> None:
        await insert_jobs(tx, [job])
        await insert_events(tx, [(job, "queued", {})], START)

    await database.write(work)
    return job


async def test_an_event_comes_back_as_it_went_in(database: Database, job: Job) -> None:
    (event,) = await database.read(lambda tx: select_events_of_job(tx, job.id))
    assert (event.workspace_id, event.job_id, event.sequence) == (job.workspace_id, job.id, 1)
    assert (event.name, event.state, event.data, event.happened_at) == (
        "queued",
        "queued",
        {},
        START,
    )
    assert event.id == await database.read(lambda tx: select_last_event_id(tx, job.workspace_id))


async def test_a_hundred_changes_at_once_are_numbered_without_a_gap(
    database: Database, job: Job
) -> None:
    async def change(tx: Connection, number: int) -> None:
        await tx.lock(job.id)
        before = await select_job(tx, job.id)
        assert before is not None
        await change_job(tx, before, replace(before, step="press"), "step", START, {"n": number})

    await asyncio.gather(
        *(database.write(lambda tx, n=n: change(tx, n)) for n in range(100))  # type: ignore[misc]
    )
    events = await database.read(lambda tx: select_events_of_job(tx, job.id))
    assert [event.sequence for event in events] == list(range(1, 102))
    assert [event.id for event in events] == sorted(event.id for event in events)
    assert {event.data.get("n") for event in events} == {None, *range(100)}


async def test_a_number_is_given_once(database: Database, job: Job) -> None:
    with pytest.raises(UniqueError):
        await database.write(lambda tx: insert_events(tx, [(job, "again", {})], START))


async def test_a_page_holds_the_workspace_s_events_after_an_event(
    database: Database, job: Job
) -> None:
    more = [replace(job, event_count=number) for number in range(2, 6)]
    await database.write(lambda tx: insert_events(tx, [(each, "step", {}) for each in more], START))
    first = await database.read(lambda tx: select_events(tx, job.workspace_id, 0, 3))
    rest = await database.read(lambda tx: select_events(tx, job.workspace_id, first[-1].id, 3))
    assert [event.sequence for event in first + rest] == [1, 2, 3, 4, 5]
    assert await database.read(lambda tx: select_events(tx, "elsewhere", 0, 3)) == []
    of_job = await database.read(lambda tx: select_events_of_job(tx, job.id, first[-1].id))
    assert of_job == rest


async def test_without_events_the_last_is_none(database: Database) -> None:
    assert await database.read(lambda tx: select_last_event_id(tx, "elsewhere")) == 0
