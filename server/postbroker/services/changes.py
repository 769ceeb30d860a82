"""The one way in which a job changes: its row and its next event in the same transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from postbroker.domain.job import Job
from postbroker.services.signals import Signals, events_of, job_topic, pulls_of
from postbroker.store.attempts import update_attempt_end
from postbroker.store.database import Connection
from postbroker.store.events import insert_events
from postbroker.store.jobs import insert_jobs, update_job


async def add_jobs(tx: Connection, jobs: Sequence[Job], now: datetime) -> None:
    """Accept queued jobs. Raises UniqueError when an idempotency key is taken."""
    await insert_jobs(tx, jobs)
    await insert_events(tx, jobs, "queued", {}, now)
    tx.notify(*(topic for job in jobs for topic in _topics(job)))


async def change_job(
    tx: Connection,
    before: Job,
    after: Job,
    name: str,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> Job:
    """Replace `before` by `after` and append the event `name`."""
    after = replace(after, event_count=before.event_count + 1, updated_at=now)
    await update_job(tx, before, after)
    await insert_events(tx, [after], name, data or {}, now)
    tx.notify(*_topics(after))
    return after


async def drop_lease(
    tx: Connection, before: Job, after: Job, outcome: Literal["lost", "canceled"], now: datetime
) -> None:
    """Write down that the attempt ended without a report; a later report may replace that word."""
    if before.lease is not None:
        await update_attempt_end(
            tx,
            before.lease.id,
            outcome=outcome,
            stage=before.stage,
            error_code=after.error_code,
            error=after.error,
            now=now,
        )


def announce(signals: Signals, job: Job) -> None:
    """After the commit: wake whoever waits for this job or may take it, in this process."""
    signals.wake(*_topics(job))


def _topics(job: Job) -> list[str]:
    topics = [job_topic(job.id), events_of(job.workspace_id)]
    if job.state not in ("leased", "committing"):  # whoever held it is free for another
        topics.append(pulls_of(job.workspace_id))
    return topics
