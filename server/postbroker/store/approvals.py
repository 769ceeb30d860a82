"""Approvals: which jobs a person said yes to, and what exactly they said yes to."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from postbroker.store.database import Connection
from postbroker.store.instants import from_ms, to_ms


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's yes."""

    job_id: str
    text_sha256: str
    media: tuple[str, ...]
    """The files of the post, in order."""
    approved_by: str
    approved_at: datetime


async def insert_approval(connection: Connection, approval: Approval) -> None:
    """Write down a yes; a second one to the same job changes nothing."""
    await connection.execute(
        "INSERT INTO approvals (job_id, text_sha256, media, approved_by, approved_at) "
        "VALUES (:job_id, :text_sha256, :media, :approved_by, :approved_at) "
        "ON CONFLICT (job_id) DO NOTHING",
        job_id=approval.job_id,
        text_sha256=approval.text_sha256,
        media=json.dumps(approval.media),
        approved_by=approval.approved_by,
        approved_at=to_ms(approval.approved_at),
    )


async def select_approvals(connection: Connection, job_ids: Sequence[str]) -> dict[str, Approval]:
    """The approvals of these jobs, by job."""
    ids = connection.dialect.in_strings.format(name="ids")
    rows = await connection.fetch(
        f"SELECT * FROM approvals WHERE job_id {ids}",  # noqa: S608  a word of ours
        ids=json.dumps(job_ids),
    )
    return {
        row["job_id"]: Approval(
            job_id=row["job_id"],
            text_sha256=row["text_sha256"],
            media=tuple(json.loads(row["media"])),
            approved_by=row["approved_by"],
            approved_at=from_ms(row["approved_at"]),
        )
        for row in rows
    }
