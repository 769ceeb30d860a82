"""How many requests each credential took within the minute, and how many it made in all."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from postbroker.store.database import Connection


@dataclass(frozen=True, slots=True)
class Meter:
    """What was taken of a minute's requests, over all processes."""

    minute: int
    """Minutes since 1970."""
    taken: int
    requests: int
    """How many were made in all, as far as their processes told."""


async def select_meter(connection: Connection, subject_id: str) -> Meter | None:
    """What a credential took; None before its first request."""
    row = await connection.fetch_one(
        "SELECT minute, taken, requests FROM meters WHERE subject_id = :id", id=subject_id
    )
    return Meter(row["minute"], row["taken"], row["requests"]) if row else None


async def select_request_counts(
    connection: Connection, subject_ids: Sequence[str]
) -> dict[str, int]:
    """How many requests each credential made in all."""
    ids = connection.dialect.in_strings.format(name="ids")
    rows = await connection.fetch(
        f"SELECT subject_id, requests FROM meters WHERE subject_id {ids}",  # noqa: S608
        ids=json.dumps(subject_ids),
    )
    counts = {row["subject_id"]: row["requests"] for row in rows}
    return {each: counts.get(each, 0) for each in subject_ids}


async def save_meter(connection: Connection, subject_id: str, meter: Meter) -> None:
    """Write what a credential took."""
    await connection.execute(
        "INSERT INTO meters (subject_id, minute, taken, requests) "
        "VALUES (:id, :minute, :taken, :requests) ON CONFLICT (subject_id) DO UPDATE SET "
        "minute = excluded.minute, taken = excluded.taken, requests = excluded.requests",
        id=subject_id,
        minute=meter.minute,
        taken=meter.taken,
        requests=meter.requests,
    )
