"""The history checker: what clients saw of a broker that died, against what its database says."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import asyncpg

from postbroker.domain.job import ENDINGS
from postbroker.domain.outcome import LOOKS_FOR_PROOF

NO_PROOF_OF_ABSENCE = ("unseen", "found")
"""Looks that break a row of absences; a look that was never reported is none."""

Row = Mapping[str, Any]
Kind = Literal["lost", "doubled", "gap", "refused"]

QUERIES = {
    "jobs": "SELECT id, idempotency_key, text, state, epoch, post_url, event_count FROM jobs",
    "attempts": (
        "SELECT job_id, epoch, lease_id, purpose, started_at, ended_at, permit_id, outcome, stage "
        "FROM attempts ORDER BY job_id, epoch"
    ),
    "events": (
        "SELECT job_id, MIN(sequence) AS first, MAX(sequence) AS last, COUNT(*) AS number "
        "FROM events GROUP BY job_id"
    ),
}


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that a browser was given."""

    job_id: str
    epoch: int
    id: str


@dataclass(frozen=True, slots=True)
class Log:
    """What the broker answered to its clients, and what they did on the platform."""

    jobs: dict[str, str] = field(default_factory=dict)
    """The id of every accepted job by its idempotency key."""
    texts: dict[str, str] = field(default_factory=dict)
    """What was to be posted, by idempotency key."""
    leases: list[Lease] = field(default_factory=list)
    permits: list[tuple[str, str]] = field(default_factory=list)
    """The lease and the id of every permit."""
    ends: dict[str, str] = field(default_factory=dict)
    """The final state of every job whose end was told."""
    told: dict[str, list[int]] = field(default_factory=dict)
    """The numbers of the events that a reader of the workspace's stream was told, by job."""
    posts: dict[str, str] = field(default_factory=dict)
    """The platform's own record: the text of every post by its address."""
    refusals: list[str] = field(default_factory=list)
    """Answers that no client should get."""

    def copy(self) -> "Log":
        """As it is now: what must be in the database that is read next."""
        return Log(
            dict(self.jobs), dict(self.texts), list(self.leases), list(self.permits),
            dict(self.ends), {job_id: list(numbers) for job_id, numbers in self.told.items()},
            dict(self.posts), list(self.refusals),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tables:
    """What the database says, as of one instant."""

    jobs: dict[str, Row]
    attempts: dict[str, list[Row]]
    events: dict[str, Row]

    @classmethod
    def of(cls, jobs: Iterable[Row], attempts: Iterable[Row], events: Iterable[Row]) -> "Tables":
        """The rows of the queries, by job."""
        by_job = defaultdict[str, list[Row]](list)
        for attempt in attempts:
            by_job[attempt["job_id"]].append(attempt)
        return cls(
            {job["id"]: job for job in jobs}, by_job, {event["job_id"]: event for event in events}
        )


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken promise."""

    kind: Kind
    words: str


def read_sqlite(path: Path) -> Tables:
    """The tables of a database file, which a broker may be using."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        return tables_of(connection)


def tables_of(connection: sqlite3.Connection) -> Tables:
    """The tables that a connection sees."""
    return Tables.of(*[_rows(connection, query) for query in QUERIES.values()])


def _rows(connection: sqlite3.Connection, query: str) -> list[Row]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


async def read_postgres(url: str) -> Tables:
    """The tables of a PostgreSQL database."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return Tables.of(*[await connection.fetch(query) for query in QUERIES.values()])
    finally:
        await connection.close()


def violations(before: Log, tables: Tables, after: Log) -> list[Violation]:
    """Every broken promise; the log as it was before the tables were read, and after."""
    return [
        *(Violation("refused", words) for words in after.refusals),
        *(Violation("lost", words) for words in _lost(before, tables)),
        *(Violation("doubled", words) for words in _doubled(tables, after)),
        *(Violation("gap", words) for words in _gaps(before, tables)),
    ]


def _lost(log: Log, tables: Tables) -> Iterator[str]:
    """What was answered and is not there, or not so."""
    for key, job_id in log.jobs.items():
        job = tables.jobs.get(job_id)
        if job is None:
            yield f"job {job_id} was answered and is gone"
        elif (job["idempotency_key"], job["text"]) != (key, log.texts[key]):
            yield f"job {job_id} was answered with another key or text"
    attempts = {each["lease_id"]: each for rows in tables.attempts.values() for each in rows}
    for lease in log.leases:
        attempt = attempts.get(lease.id)
        if attempt is None or (attempt["job_id"], attempt["epoch"]) != (lease.job_id, lease.epoch):
            yield f"lease {lease.id} of job {lease.job_id} was answered and is gone"
    for lease_id, permit_id in log.permits:
        if lease_id not in attempts or attempts[lease_id]["permit_id"] != permit_id:
            yield f"permit {permit_id} was answered and is gone"
    for job_id, state in log.ends.items():
        if (now := tables.jobs.get(job_id)) is None or now["state"] != state:
            yield f"job {job_id} was answered as {state} and is not so any more"


def _doubled(tables: Tables, log: Log) -> Iterator[str]:
    """What happened twice and may happen once."""
    for text, times in Counter(log.posts.values()).items():
        if times > 1:
            yield f"{text!r} was posted {times} times"
    for (job_id, epoch), times in Counter((each.job_id, each.epoch) for each in log.leases).items():
        if times > 1:
            yield f"epoch {epoch} of job {job_id} was leased {times} times"
    for job_id, times in Counter(log.jobs.values()).items():
        if times > 1:
            yield f"job {job_id} answers {times} keys"
    posted = Counter(log.posts.values())
    for job in tables.jobs.values():
        yield from _leased_twice(job, tables.attempts.get(job["id"], []))
        if job["state"] == "published" and log.posts.get(job["post_url"]) != job["text"]:
            yield f"job {job['id']} is published and not live"
        if job["state"] in ENDINGS - {"published"} and posted[job["text"]]:
            yield f"job {job['id']} is {job['state']} and live"


def _leased_twice(job: Row, attempts: Sequence[Row]) -> Iterator[str]:
    epochs = [attempt["epoch"] for attempt in attempts]
    if epochs != list(range(1, job["epoch"] + 1)):
        yield f"job {job['id']} is in epoch {job['epoch']}, its leases had {epochs}"
    for earlier, later in pairwise(attempts):
        if earlier["ended_at"] is None or earlier["ended_at"] > later["started_at"]:
            yield f"two leases of job {job['id']} were alive at once: {epochs}"
    is_proven, absences = True, 0
    for attempt in attempts:
        if attempt["permit_id"] is not None:
            if not is_proven:
                yield f"job {job['id']} had a second permit without proof: {_story(attempts)}"
            is_proven = attempt["outcome"] == "failed" and attempt["stage"] == "preparing"
            absences = 0
        elif attempt["outcome"] == "absent":
            absences += 1
            is_proven = is_proven or absences >= LOOKS_FOR_PROOF
        elif attempt["outcome"] in NO_PROOF_OF_ABSENCE:
            absences = 0


def _story(attempts: Sequence[Row]) -> str:
    return ", ".join(
        f"{each['epoch']} {each['purpose']} {each['outcome']} {each['stage']}"
        f"{' permitted' * (each['permit_id'] is not None)}"
        for each in attempts
    )


def _gaps(log: Log, tables: Tables) -> Iterator[str]:
    """Jobs whose events are not numbered from 1 without a gap, in the log or in the stream."""
    for job_id, numbers in log.told.items():
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"of job {job_id} the stream told the events {numbers}"
    for job in tables.jobs.values():
        event, last = tables.events.get(job["id"]), job["event_count"]
        # (job, sequence) is unique, so these three say all.
        if event is None or (event["first"], event["last"], event["number"]) != (1, last, last):
            yield f"job {job['id']} counts {last} events, the log has {event and dict(event)}"
