"""Attempts: every lease that was ever given, and how it ended."""

import json
from collections.abc import Iterable, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class AttemptEnd:
    """How a lease ended."""

    lease_id: str
    outcome: str
    stage: str
    error_code: str | None
    error: str | None
    evidence: dict[str, Any] | None = None
    report_sha256: str | None = None


async def insert_attempts(
    connection: Connection, leased: Iterable[tuple[Job, HeldLease]], now: datetime
) -> None:
    """Write down that leases began."""
    await connection.execute_many(
        "INSERT INTO attempts (lease_id, job_id, epoch, number, browser_id, purpose, started_at) "
        "VALUES (:lease_id, :job_id, :epoch, :number, :browser_id, :purpose, :now)",
        [
            {
                "lease_id": lease.id,
                "job_id": job.id,
                "epoch": lease.epoch,
                "number": job.attempt,
                "browser_id": lease.browser_id,
                "purpose": lease.purpose,
                "now": to_ms(now),
            }
            for job, lease in leased
        ],
    )


async def update_attempt_permits(
    connection: Connection, permits: Mapping[str, str], now: datetime
) -> None:
    """Write down that the holders of leases, by id, got these permits."""
    await connection.execute_many(
        "UPDATE attempts SET permit_id = new.column2, permitted_at = new.column3 "
        "FROM (VALUES (CAST(:lease_id AS TEXT), CAST(:permit_id AS TEXT), CAST(:now AS BIGINT))) "
        "AS new WHERE attempts.lease_id = new.column1",
        [
            {"lease_id": lease_id, "permit_id": permit_id, "now": to_ms(now)}
            for lease_id, permit_id in permits.items()
        ],
    )


async def update_attempt_ends(
    connection: Connection, ends: Iterable[AttemptEnd], now: datetime
) -> None:
    """Write down how leases ended; a later report replaces a sweep's word."""
    await connection.execute_many(
        "UPDATE attempts SET ended_at = new.column2, outcome = new.column3, stage = new.column4, "
        "error_code = new.column5, error = new.column6, evidence = new.column7, "
        "report_sha256 = new.column8 "
        "FROM (VALUES (CAST(:lease_id AS TEXT), CAST(:now AS BIGINT), CAST(:outcome AS TEXT), "
        "CAST(:stage AS TEXT), CAST(:error_code AS TEXT), CAST(:error AS TEXT), "
        "CAST(:evidence AS TEXT), CAST(:report_sha256 AS TEXT))) "
        "AS new WHERE attempts.lease_id = new.column1",
        [
            {
                "lease_id": end.lease_id,
                "now": to_ms(now),
                "outcome": end.outcome,
                "stage": end.stage,
                "error_code": end.error_code,
                "error": end.error,
                "evidence": None if end.evidence is None else json.dumps(end.evidence),
                "report_sha256": end.report_sha256,
            }
            for end in ends
        ],
    )


async def select_attempts_by_lease(
    connection: Connection, lease_ids: Sequence[str]
) -> dict[str, Attempt]:
    """These leases, live or over, by their ids."""
    ids = connection.dialect.in_strings.format(name="ids")
    rows = await connection.fetch(
        f"SELECT * FROM attempts WHERE lease_id {ids}",  # noqa: S608
        ids=json.dumps(lease_ids),
    )
    return {row["lease_id"]: _from_row(row) for row in rows}


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
