"""A job and its event change together, and whoever waits hears of it."""

from dataclasses import replace

import pytest

from postbroker.app import Services
from postbroker.domain.job import Job, JobState
from postbroker.services.changes import announce, change_job, drop_lease
from postbroker.services.signals import PUBLISHER, Signals, events_of, job_topic, pulls_of
from postbroker.store.database import Connection, Database, StaleRowError
from server.doubles.clock import START
from server.samples import a_job


async def test_a_change_and_its_event_are_written_together_or_not_at_all(
    services: Services, queued_job: Job, database: Database
) -> None:
    async def change_and_fail(tx: Connection) -> None:
        await change_job(tx, queued_job, replace(queued_job, step="press"), "step", START)
        raise KeyError("on purpose")

    with pytest.raises(KeyError):
        await database.write(change_and_fail)
    events, _ = await services.jobs.history(queued_job)
    assert await services.jobs.get(queued_job.id, None) == queued_job
    assert len(events) == 1


async def test_events_are_numbered_on(
    services: Services, queued_job: Job, database: Database
) -> None:
    async def change(tx: Connection) -> None:
        once = await change_job(tx, queued_job, queued_job, "first", START, {"n": 1})
        await change_job(tx, once, once, "second", START)

    await database.write(change)
    events, _ = await services.jobs.history(queued_job)
    assert [(event.sequence, event.name, event.data) for event in events] == [
        (1, "queued", {}),
        (2, "first", {"n": 1}),
        (3, "second", {}),
    ]


async def test_a_job_that_is_not_as_it_was_read_is_not_overwritten(
    queued_job: Job, database: Database
) -> None:
    stale = replace(queued_job, epoch=7)
    with pytest.raises(StaleRowError):
        await database.write(lambda tx: change_job(tx, stale, stale, "step", START))


async def test_an_attempt_without_a_report_keeps_why_it_ended(
    services: Services, leased_job: Job, database: Database
) -> None:
    after = replace(leased_job, error_code="browser_lost", error="silent")
    await database.write(lambda tx: drop_lease(tx, leased_job, after, "lost", START))
    _, (attempt,) = await services.jobs.history(leased_job)
    assert (attempt.outcome, attempt.stage, attempt.error_code, attempt.ended_at) == (
        "lost",
        "preparing",
        "browser_lost",
        START,
    )


async def test_without_a_lease_there_is_no_attempt_to_end(
    services: Services, queued_job: Job, database: Database
) -> None:
    await database.write(lambda tx: drop_lease(tx, queued_job, queued_job, "lost", START))
    assert (await services.jobs.history(queued_job))[1] == []


@pytest.mark.parametrize(
    ("state", "wakes_pulls"),
    [
        ("queued", True),
        ("published", True),
        ("failed", True),
        ("canceled", True),
        ("retry_wait", True),
        ("outcome_unknown", True),
        ("leased", False),
        ("committing", False),
    ],
)
async def test_browsers_are_woken_when_a_job_waits_or_lets_one_go(
    signals: Signals, state: JobState, wakes_pulls: bool
) -> None:
    job = a_job(state)
    async with (
        signals.listen(pulls_of(job.workspace_id)) as pull,
        signals.listen(job_topic(job.id)) as reader,
        signals.listen(events_of(job.workspace_id)) as stream,
    ):
        announce(signals, job)
        assert await pull.wait(0) is wakes_pulls
        assert await reader.wait(0)
        assert await stream.wait(0)


@pytest.mark.parametrize(("state", "wakes_pulls"), [("queued", True), ("leased", False)])
async def test_a_job_of_an_official_api_wakes_its_publisher_and_browsers_once_it_lets_go(
    signals: Signals, state: JobState, wakes_pulls: bool
) -> None:
    job = replace(a_job(state), route="api")
    async with (
        signals.listen(PUBLISHER) as publisher,
        signals.listen(pulls_of(job.workspace_id)) as pull,
    ):
        announce(signals, job)
        assert await publisher.wait(0)
        assert await pull.wait(0) is wakes_pulls
