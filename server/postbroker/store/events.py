"""The append-only event log: numbered per job without gaps, numbered over all for streams."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from postbroker.domain.job import Job
from postbroker.store.database import Connection, Row
from postbroker.store.instants import from_ms, to_ms


@dataclass(frozen=True, slots=True)
class Event:
    """A thing that happened to a job."""

    id: int
    workspace_id: str
    job_id: str
    sequence: int
    name: str
    state: str
    step: str | None
    data: dict[str, Any]
    happened_at: datetime


async def insert_events(
    connection: Connection, happened: Iterable[tuple[Job, str, dict[str, Any]]], now: datetime
) -> None:
    """Append an event of each job: its name and data, in the transaction that changed the job."""
    now_ms = to_ms(now)
    await connection.execute_many(
        "INSERT INTO events (workspace_id, job_id, sequence, name, state, step, data, happened_at) "
        "VALUES (:workspace_id, :job_id, :sequence, :name, :state, :step, :data, :now)",
        [
            {
                "workspace_id": job.workspace_id,
                "job_id": job.id,
                "sequence": job.event_count,
                "name": name,
                "state": job.state,
                "step": job.step,
                "data": json.dumps(data) if data else "{}",
                "now": now_ms,
            }
            for job, name, data in happened
        ],
    )


async def select_events_of_job(
    connection: Connection, job_id: str, after_id: int = 0
) -> list[Event]:
    """What happened to a job, in order."""
    rows = await connection.fetch(
        "SELECT * FROM events WHERE job_id = :job_id AND id > :after ORDER BY sequence",
        job_id=job_id,
        after=after_id,
    )
    return [_from_row(row) for row in rows]


async def select_events(
    connection: Connection, workspace_id: str, after_id: int, limit: int
) -> list[Event]:
    """What happened in a workspace after an event, in order."""
    rows = await connection.fetch_log(
        "SELECT * FROM events WHERE workspace_id = :workspace_id AND id > :after "
        "ORDER BY id LIMIT :limit",
        workspace_id=workspace_id,
        after=after_id,
        limit=limit,
    )
    return [_from_row(row) for row in rows]


async def select_last_event_id(connection: Connection, workspace_id: str) -> int:
    """The newest event's id; 0 when there is none."""
    row = await connection.fetch_one(
        "SELECT MAX(id) AS id FROM events WHERE workspace_id = :workspace_id",
        workspace_id=workspace_id,
    )
    return (row["id"] if row else None) or 0


def _from_row(row: Row) -> Event:
    return Event(
        id=row["id"],
        workspace_id=row["workspace_id"],
        job_id=row["job_id"],
        sequence=row["sequence"],
        name=row["name"],
        state=row["state"],
        step=row["step"],
        data=json.loads(row["data"]),
        happened_at=from_ms(row["happened_at"]),
    )
