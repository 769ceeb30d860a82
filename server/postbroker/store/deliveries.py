"""Deliveries: what an official API was told of a job so far, a row for each part of a thread."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from postbroker.store.database import Connection, Row
from postbroker.store.instants import from_ms, to_ms


@dataclass(frozen=True, slots=True)
class Delivery:
    """One post on its way through an official API."""

    job_id: str
    part: int
    """Of a thread, from 0 on; 0 for any other job."""
    connection_id: str
    """The account's connection that worked on it last."""
    created_at: datetime
    state: dict[str, Any] = field(default_factory=dict)
    """What the adapter must remember; without secrets."""
    is_pending: bool = False
    """True while the platform has it and works on it."""
    remote_id: str | None = None
    """The platform's own id, once it is live."""
    url: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    """What the platform said of the live post."""
    deleted_at: datetime | None = None
    """When it was removed from the platform through the broker."""

    @property
    def id(self) -> str:
        """The same for every try at the same post: the key that platforms know it by."""
        return f"{self.job_id}-{self.part}"


async def select_deliveries(
    connection: Connection, job_ids: Sequence[str]
) -> dict[str, list[Delivery]]:
    """The deliveries of these jobs, in the order of their parts."""
    ids = connection.dialect.in_strings.format(name="ids")
    rows = await connection.fetch(
        f"SELECT * FROM deliveries WHERE job_id {ids} ORDER BY job_id, part",  # noqa: S608
        ids=json.dumps(job_ids),
    )
    found: dict[str, list[Delivery]] = {job_id: [] for job_id in job_ids}
    for row in rows:
        found[row["job_id"]].append(_from_row(row))
    return found


async def save_delivery(connection: Connection, delivery: Delivery, now: datetime) -> None:
    """Add a delivery, or write it back whole. What is live stays so."""
    await connection.execute(
        "INSERT INTO deliveries (id, job_id, part, connection_id, state, is_pending, remote_id, "
        "url, details, created_at, updated_at, deleted_at) VALUES (:id, :job_id, :part, "
        ":connection_id, :state, :is_pending, :remote_id, :url, :details, :created_at, :now, "
        ":deleted_at) ON CONFLICT (id) DO UPDATE SET connection_id = excluded.connection_id, "
        "state = excluded.state, is_pending = excluded.is_pending, "
        "remote_id = COALESCE(excluded.remote_id, deliveries.remote_id), "
        "url = COALESCE(excluded.url, deliveries.url), details = excluded.details, "
        "updated_at = excluded.updated_at, deleted_at = excluded.deleted_at",
        id=delivery.id,
        job_id=delivery.job_id,
        part=delivery.part,
        connection_id=delivery.connection_id,
        state=json.dumps(delivery.state),
        is_pending=int(delivery.is_pending),
        remote_id=delivery.remote_id,
        url=delivery.url,
        details=json.dumps(delivery.details),
        created_at=to_ms(delivery.created_at),
        now=to_ms(now),
        deleted_at=to_ms(delivery.deleted_at),
    )


def _from_row(row: Row) -> Delivery:
    return Delivery(
        job_id=row["job_id"],
        part=row["part"],
        connection_id=row["connection_id"],
        created_at=from_ms(row["created_at"]),
        state=json.loads(row["state"]),
        is_pending=bool(row["is_pending"]),
        remote_id=row["remote_id"],
        url=row["url"],
        details=json.loads(row["details"]),
        deleted_at=from_ms(row["deleted_at"]),
    )
