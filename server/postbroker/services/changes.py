"""The one way in which a job changes: its row and its next event in the same transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from postbroker.domain.job import Job
from postbroker.services.signals import PUBLISHER, Signals, events_of, job_topic, pulls_of
from postbroker.store.attempts import AttemptEnd, update_attempt_ends
from postbroker.store.database import Connection
from postbroker.store.events import insert_events
from postbroker.store.jobs import insert_jobs, update_jobs


@dataclass(frozen=True, slots=True)
class Change:
    """A job as it was read, as it is to be, and the event that says so."""

    before: Job
    after: Job
    name: str
    data: dict[str, Any] = field(default_factory=dict)
    end: AttemptEnd | None = None
    """How a lease of the job ended with this."""


async def add_jobs(
    tx: Connection, jobs: Sequence[Job], data: Sequence[dict[str, Any]], now: datetime
) -> None:
    """Accept jobs, also those that await a yes, each with what its first event says.

    Raises UniqueError when a key is taken.
    """
    await insert_jobs(tx, jobs)
    told = zip(jobs, data, strict=True)
    await insert_events(tx, ((job, job.state, each) for job, each in told), now)
    tx.notify(*(topic for job in jobs for topic in _topics(job)))


async def change_jobs(tx: Connection, changes: Sequence[Change], now: datetime) -> list[Job]:
    """Make the changes, each with its event; the jobs as they are now, in the same order."""
    after = [
        replace(each.after, event_count=each.before.event_count + 1, updated_at=now)
        for each in changes
    ]
    pairs = [*zip(changes, after, strict=True)]
    await update_jobs(tx, ((each.before, job) for each, job in pairs))
    await update_attempt_ends(tx, filter(None, (each.end for each in changes)), now)
    await insert_events(tx, ((job, each.name, each.data) for each, job in pairs), now)
    tx.notify(*(topic for job in after for topic in _topics(job)))
    return after


async def change_job(
    tx: Connection,
    before: Job,
    after: Job,
    name: str,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> Job:
    """Replace `before` by `after` and append the event `name`."""
    [changed] = await change_jobs(tx, [Change(before, after, name, data or {})], now)
    return changed


def dropped_lease(
    before: Job, after: Job, outcome: Literal["lost", "canceled"]
) -> AttemptEnd | None:
    """How an attempt ended without a report; a later report may replace that word."""
    if before.lease is None:
        return None
    return AttemptEnd(
        before.lease.id, outcome, before.stage, error_code=after.error_code, error=after.error
    )


async def drop_lease(
    tx: Connection, before: Job, after: Job, outcome: Literal["lost", "canceled"], now: datetime
) -> None:
    """Write down that the attempt ended without a report."""
    await update_attempt_ends(tx, filter(None, [dropped_lease(before, after, outcome)]), now)


def announce(signals: Signals, job: Job) -> None:
    """After the commit: wake whoever waits for this job or may take it, in this process."""
    signals.wake(*_topics(job))


def _topics(job: Job) -> list[str]:
    topics = [job_topic(job.id), events_of(job.workspace_id)]
    if job.route == "api":
        topics.append(PUBLISHER)
    if job.state not in ("leased", "committing"):  # whoever held it is free for another
        topics.append(pulls_of(job.workspace_id))
    return topics
