"""Attempts: every lease that was ever given, and how it ended."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from postbroker.domain.job import HeldLease, Job
from postbroker.store.database import Connection, Row
from postbroker.store.instants import from_ms, to_ms


@dataclass(frozen=True, slots=True)
class Attempt:
    """One lease of a job."""

    lease_id: str
    job_id: str
    epoch: int
    number: int
    browser_id: str
    purpose: str
    started_at: datetime
    permit_id: str | None
    permitted_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    stage: str | None
    error_code: str | None
    error: str | None
    evidence: dict[str, Any] | None
    report_sha256: str | None


async def insert_attempt(connection: Connection, job: Job, lease: HeldLease, now: datetime) -> None:
    """Write down that a lease began."""
    await connection.execute(
        "INSERT INTO attempts (lease_id, job_id, epoch, number, browser_id, purpose, started_at) "
        "VALUES (:lease_id, :job_id, :epoch, :number, :browser_id, :purpose, :now)",
        lease_id=lease.id,
        job_id=job.id,
        epoch=lease.epoch,
        number=job.attempt,
        browser_id=lease.browser_id,
        purpose=lease.purpose,
        now=to_ms(now),
    )


async def update_attempt_permit(
    connection: Connection, lease_id: str, permit_id: str, now: datetime
) -> None:
    """Write down that the holder got its permit."""
    await connection.execute(
        "UPDATE attempts SET permit_id = :permit_id, permitted_at = :now "
        "WHERE lease_id = :lease_id",
        lease_id=lease_id,
        permit_id=permit_id,
        now=to_ms(now),
    )


async def update_attempt_end(
    connection: Connection,
    lease_id: str,
    *,
    outcome: str,
    stage: str,
    error_code: str | None,
    error: str | None,
    now: datetime,
    evidence: dict[str, Any] | None = None,
    report_sha256: str | None = None,
) -> None:
    """Write down how a lease ended; a later report replaces a sweep's word."""
    await connection.execute(
        "UPDATE attempts SET ended_at = :now, outcome = :outcome, stage = :stage, "
        "error_code = :error_code, error = :error, evidence = :evidence, "
        "report_sha256 = :report_sha256 WHERE lease_id = :lease_id",
        lease_id=lease_id,
        outcome=outcome,
        stage=stage,
        error_code=error_code,
        error=error,
        evidence=None if evidence is None else json.dumps(evidence),
        report_sha256=report_sha256,
        now=to_ms(now),
    )


async def select_attempt(connection: Connection, lease_id: str) -> Attempt | None:
    """One lease, live or over."""
    row = await connection.fetch_one(
        "SELECT * FROM attempts WHERE lease_id = :lease_id", lease_id=lease_id
    )
    return _from_row(row) if row else None


async def select_attempts(connection: Connection, job_id: str) -> list[Attempt]:
    """All leases of a job, in order."""
    rows = await connection.fetch(
        "SELECT * FROM attempts WHERE job_id = :job_id ORDER BY epoch", job_id=job_id
    )
    return [_from_row(row) for row in rows]


def _from_row(row: Row) -> Attempt:
    return Attempt(
        lease_id=row["lease_id"],
        job_id=row["job_id"],
        epoch=row["epoch"],
        number=row["number"],
        browser_id=row["browser_id"],
        purpose=row["purpose"],
        started_at=from_ms(row["started_at"]),
        permit_id=row["permit_id"],
        permitted_at=from_ms(row["permitted_at"]),
        ended_at=from_ms(row["ended_at"]),
        outcome=row["outcome"],
        stage=row["stage"],
        error_code=row["error_code"],
        error=row["error"],
        evidence=None if row["evidence"] is None else json.loads(row["evidence"]),
        report_sha256=row["report_sha256"],
    )
