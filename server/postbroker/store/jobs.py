"""Jobs in the database: one row each, written back whole by compare-and-set on state and epoch."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any

from postbroker.domain.job import HeldLease, Job, JobState
from postbroker.domain.lease import Holding
from postbroker.store.database import Connection, Row, StaleRowError
from postbroker.store.instants import from_ms, to_ms

FIXED = (
    "id", "workspace_id", "platform", "kind", "text", "text_sha256", "media_paths", "options",
    "is_sandbox", "key_id", "idempotency_key", "fingerprint", "content_key",
    "asked_route", "created_at", "expires_at",
)  # fmt: skip
CHANGING = (
    "state", "route", "account", "account_id", "updated_at", "deadline_at", "due_at", "attempt",
    "presses", "epoch", "lease_id", "lease_browser_id", "lease_purpose", "lease_expires_at",
    "lease_limit_at", "stage", "step", "permit_id", "permitted_at", "composed_account",
    "poster_id", "looks", "absences", "hint_url", "post_url", "part_urls", "error_code", "error",
    "evidence", "report", "event_count",
)  # fmt: skip

NEW = (
    *FIXED, "state", "route", "account", "account_id", "updated_at", "deadline_at", "due_at",
    "stage", "report", "event_count",
)  # fmt: skip
"""What a new job has; no browser had it yet."""

_INSERT = (
    f"INSERT INTO jobs ({', '.join(NEW)}, attempt, presses, epoch, looks, absences) "  # noqa: S608
    f"VALUES ({', '.join(f':{column}' for column in NEW)}, 0, 0, 0, 0, 0)"
)
_COLUMNS = {name: (name,) for name in CHANGING if not name.startswith("lease_")} | {
    "lease": tuple(name for name in CHANGING if name.startswith("lease_"))
}
"""What of a job changes, and the columns that hold it."""
_changing = attrgetter(*_COLUMNS)

_COUNTS = ("attempt", "presses", "epoch", "looks", "absences", "event_count")

_IS_HELD = "lease_id IS NOT NULL AND (state <> 'outcome_unknown' OR lease_purpose = 'verify')"

_CONNECTED = (
    "JOIN connections ON connections.account_id = jobs.account_id "
    "AND connections.state = 'connected' WHERE jobs.route = 'api'"
)
_DUE_BY_API = (
    "jobs.deadline_at IS NOT NULL AND jobs.due_at <= :now AND ("
    "(jobs.state = 'queued' AND jobs.expires_at > :now) OR (jobs.state = 'outcome_unknown' "
    "AND (jobs.lease_id IS NULL OR jobs.lease_purpose = 'publish')))"
)

MET_BY_A_LOOK = timedelta(hours=1)
"""A look for a post reads the newest ones: what is older than this before its permit is not met."""


async def insert_jobs(connection: Connection, jobs: Sequence[Job]) -> None:
    """Add new jobs. Raises UniqueError when an idempotency key is taken."""
    await connection.execute_many(_INSERT, [_to_row(job, NEW) for job in jobs])


async def update_jobs(connection: Connection, changes: Iterable[tuple[Job, Job]]) -> None:
    """Replace each first job by the second, where they differ.

    Raises StaleRowError when a row is not as the first any more, UniqueError when another job has
    the same live post.
    """
    alike = defaultdict[tuple[str, ...], list[dict[str, Any]]](list)
    for before, after in changes:
        columns = _changed_columns(before, after)
        row = _to_row(after, columns)
        row |= {"id": before.id, "state_before": before.state, "epoch_before": before.epoch}
        alike[columns].append(row)
    for columns, rows in alike.items():
        if await connection.execute_many(_update(columns), rows) != len(rows):
            states = ", ".join(f"{row['id']} {row['state_before']}" for row in rows)
            raise StaleRowError(f"not as it was any more, of these jobs: {states}")


def _changed_columns(before: Job, after: Job) -> tuple[str, ...]:
    values = zip(_COLUMNS.values(), _changing(before), _changing(after), strict=True)
    return tuple(column for columns, old, new in values if old != new for column in columns)


@lru_cache(maxsize=1000)
def _update(columns: tuple[str, ...]) -> str:
    """The statement that sets these columns, and only these: the indexes of others rest."""
    cast = [f"CAST(:{column} AS {_type(column)})" for column in columns]
    values = ["CAST(:id AS TEXT)", "CAST(:state_before AS TEXT)", "CAST(:epoch_before AS BIGINT)"]
    new = [f"{column} = new.column{place}" for place, column in enumerate(columns, 4)]
    return (
        f"UPDATE jobs SET {', '.join(new) or 'state = state'} "  # noqa: S608
        f"FROM (VALUES ({', '.join(values + cast)})) AS new "
        "WHERE jobs.id = new.column1 AND jobs.state = new.column2 AND jobs.epoch = new.column3"
    )


def _type(column: str) -> str:
    return "BIGINT" if column in _COUNTS or column.endswith("_at") else "TEXT"


async def select_job(
    connection: Connection, job_id: str, workspace_id: str | None = None
) -> Job | None:
    """One job; with a workspace, only if it is there."""
    row = await connection.fetch_one(
        "SELECT * FROM jobs WHERE id = :id "
        "AND (CAST(:workspace_id AS TEXT) IS NULL OR workspace_id = :workspace_id)",
        id=job_id,
        workspace_id=workspace_id,
    )
    return _from_row(row) if row else None


async def lock_job(
    connection: Connection, job_id: str, workspace_id: str | None = None
) -> Job | None:
    """One job that nobody else may change before this transaction ends."""
    row = await connection.fetch_one(
        "SELECT * FROM jobs WHERE id = :id "  # noqa: S608  what is added is a word of ours
        "AND (CAST(:workspace_id AS TEXT) IS NULL OR workspace_id = :workspace_id) "
        f"{connection.dialect.for_update}",
        id=job_id,
        workspace_id=workspace_id,
    )
    return _from_row(row) if row else None


async def lock_jobs(connection: Connection, job_ids: Sequence[str]) -> dict[str, Job]:
    """Jobs by their ids, which nobody else may change before this transaction ends."""
    ids = connection.dialect.in_strings.format(name="ids")
    # Always in the same order, so that no two who lock several wait for each other.
    jobs = await _select(
        connection,
        f"WHERE id {ids} ORDER BY id {connection.dialect.for_update}",
        ids=json.dumps(job_ids),
    )
    return {job.id: job for job in jobs}


async def select_jobs_by_key(
    connection: Connection, workspace_id: str, idempotency_keys: Sequence[str]
) -> list[Job]:
    """The jobs that were accepted under these idempotency keys."""
    # Without IS NOT NULL, which SQLite would take for a range and look through all keys.
    keys = connection.dialect.in_strings.format(name="keys")
    return await _select(
        connection,
        f"WHERE workspace_id = :workspace_id AND idempotency_key {keys}",
        workspace_id=workspace_id,
        keys=json.dumps(idempotency_keys),
    )


async def select_jobs_by_content(
    connection: Connection, content_keys: Sequence[str], since: datetime
) -> dict[str, str]:
    """The newest job of each of these contents that was accepted since then, by its key.

    What ended without a post stands in nobody's way.
    """
    keys = connection.dialect.in_strings.format(name="keys")
    rows = await connection.fetch(
        f"SELECT content_key, id FROM jobs WHERE content_key {keys} "  # noqa: S608
        "AND created_at >= :since AND state NOT IN ('failed', 'canceled', 'expired') "
        "ORDER BY number",
        keys=json.dumps(content_keys),
        since=to_ms(since),
    )
    return {row["content_key"]: row["id"] for row in rows}


async def select_job_by_post_url(
    connection: Connection, workspace_id: str, post_url: str
) -> Job | None:
    """The job that a live post satisfies."""
    row = await connection.fetch_one(
        "SELECT * FROM jobs WHERE workspace_id = :workspace_id AND post_url = :post_url",
        workspace_id=workspace_id,
        post_url=post_url,
    )
    return _from_row(row) if row else None


async def select_thread_by_part(
    connection: Connection, workspace_id: str, part_url: str
) -> str | None:
    """The id of the job whose thread has this live post."""
    rows = await connection.fetch(
        "SELECT id, part_urls FROM jobs "
        "WHERE workspace_id = :workspace_id AND part_urls IS NOT NULL",
        workspace_id=workspace_id,
    )
    return next((row["id"] for row in rows if part_url in json.loads(row["part_urls"])), None)


async def select_post_urls(connection: Connection, job: Job) -> list[str]:
    """Live posts that a look for this job's post may meet and that are not the one looked for."""
    rows = await connection.fetch(
        "SELECT post_url, part_urls FROM jobs "
        "WHERE workspace_id = :workspace_id AND post_url IS NOT NULL "
        "AND platform = :platform AND id <> :id AND updated_at >= :since",
        workspace_id=job.workspace_id,
        platform=job.platform,
        id=job.id,
        since=to_ms((job.permitted_at or job.created_at) - MET_BY_A_LOOK),
    )
    others = ([row["post_url"], *json.loads(row["part_urls"] or "[]")] for row in rows)
    return [*dict.fromkeys(url for urls in (job.part_urls, *others) for url in urls)]


async def select_queued(
    connection: Connection, workspace_id: str, now: datetime, limit: int
) -> list[Job]:
    """Jobs that browsers may lease for publishing, longest due first."""
    return await _select(
        connection,
        "WHERE workspace_id = :workspace_id AND state = 'queued' AND route = 'tab' "
        "AND due_at <= :now AND expires_at > :now ORDER BY due_at, number LIMIT :limit",
        workspace_id=workspace_id,
        now=to_ms(now),
        limit=limit,
    )


async def select_first_queued(
    connection: Connection, workspace_id: str, now: datetime, limit: int
) -> list[Job]:
    """The first of each account among all jobs that browsers may lease, longest due first."""
    rows = await connection.fetch(
        "SELECT * FROM (SELECT jobs.*, ROW_NUMBER() OVER "
        "(PARTITION BY platform, is_sandbox, account ORDER BY due_at, number) AS place "
        "FROM jobs WHERE workspace_id = :workspace_id AND state = 'queued' AND route = 'tab' "
        "AND due_at <= :now AND expires_at > :now) AS waiting "
        "WHERE place = 1 ORDER BY due_at, number LIMIT :limit",
        workspace_id=workspace_id,
        now=to_ms(now),
        limit=limit,
    )
    return [_from_row(row) for row in rows]


async def select_api_workspaces(connection: Connection, now: datetime) -> list[str]:
    """Where something is to be done by an official API now."""
    rows = await connection.fetch(
        f"SELECT DISTINCT jobs.workspace_id FROM jobs {_CONNECTED} AND {_DUE_BY_API}",  # noqa: S608
        now=to_ms(now),
    )
    return [row["workspace_id"] for row in rows]


async def select_due_by_api(
    connection: Connection, workspace_id: str, now: datetime, limit: int
) -> list[tuple[Job, str]]:
    """What is to be done by official APIs, longest due first, each with its connection's id.

    Of the jobs that wait to be published, the first of each account: more do not go out at once.
    """
    rows = await connection.fetch(
        "SELECT * FROM (SELECT jobs.*, connections.id AS connection_id, ROW_NUMBER() OVER "  # noqa: S608
        "(PARTITION BY jobs.account_id, jobs.state ORDER BY jobs.due_at, jobs.number) AS place "
        f"FROM jobs {_CONNECTED} AND jobs.workspace_id = :workspace_id AND {_DUE_BY_API}) AS due "
        "WHERE place = 1 OR state = 'outcome_unknown' "
        "ORDER BY CASE state WHEN 'outcome_unknown' THEN 0 ELSE 1 END, due_at, number LIMIT :limit",
        workspace_id=workspace_id,
        now=to_ms(now),
        limit=limit,
    )
    return [(_from_row(row), row["connection_id"]) for row in rows]


async def select_in_doubt(
    connection: Connection, workspace_id: str, now: datetime, limit: int
) -> list[Job]:
    """Jobs that a browser should look for now, longest due first."""
    return await _select(
        connection,
        "WHERE workspace_id = :workspace_id AND state = 'outcome_unknown' AND route = 'tab' "
        "AND deadline_at IS NOT NULL AND due_at <= :now "
        "AND (lease_id IS NULL OR lease_purpose = 'publish') ORDER BY due_at, number LIMIT :limit",
        workspace_id=workspace_id,
        now=to_ms(now),
        limit=limit,
    )


async def select_posters_in_doubt(
    connection: Connection, now: datetime
) -> list[tuple[str, str | None]]:
    """Where a browser should look for a post now: the workspace, and the browser that pressed."""
    rows = await connection.fetch(
        "SELECT DISTINCT workspace_id, poster_id FROM jobs WHERE state = 'outcome_unknown' "
        "AND route = 'tab' AND deadline_at IS NOT NULL AND due_at <= :now "
        "AND (lease_id IS NULL OR lease_purpose = 'publish')",
        now=to_ms(now),
    )
    return [(row["workspace_id"], row["poster_id"]) for row in rows]


async def select_holdings(connection: Connection, workspace_id: str) -> list[Holding]:
    """What browsers are working on, verify leases included."""
    rows = await connection.fetch(
        "SELECT lease_browser_id, platform, is_sandbox, "  # noqa: S608
        "COALESCE(composed_account, account) AS account FROM jobs "
        f"WHERE workspace_id = :workspace_id AND {_IS_HELD}",
        workspace_id=workspace_id,
    )
    return [
        Holding(
            browser_id=row["lease_browser_id"],
            platform=row["platform"],
            sandbox=bool(row["is_sandbox"]),
            account=row["account"],
        )
        for row in rows
    ]


async def select_held_by(connection: Connection, workspace_id: str, browser_id: str) -> list[Job]:
    """Jobs a browser is working on, verify leases included."""
    return await _select(
        connection,
        f"WHERE workspace_id = :workspace_id AND lease_browser_id = :browser_id AND {_IS_HELD}",
        workspace_id=workspace_id,
        browser_id=browser_id,
    )


async def select_held_by_api(connection: Connection) -> list[Job]:
    """Jobs that are under way by official APIs, verify leases included."""
    return await _select(
        connection, f"WHERE route = 'api' AND deadline_at IS NOT NULL AND {_IS_HELD}"
    )


async def select_overdue(connection: Connection, now: datetime, limit: int) -> list[Job]:
    """Jobs whose deadline or lease is over; a wait between two attempts has a deadline too."""
    rows = {
        job.id: job
        for instant in ("deadline_at", "lease_expires_at")
        for job in await _select(
            connection,
            f"WHERE {instant} IS NOT NULL AND {instant} <= :now ORDER BY {instant} LIMIT :limit "
            + connection.dialect.skip_locked,
            now=to_ms(now),
            limit=limit,
        )
    }
    return list(rows.values())


async def select_jobs(
    connection: Connection,
    workspace_id: str,
    *,
    states: Sequence[tuple[JobState, bool | None]] = (),
    platform: str | None = None,
    idempotency_key: str | None = None,
    before_number: int | None = None,
    limit: int,
) -> list[tuple[int, Job]]:
    """A page of jobs with their numbers, newest first.

    `states` pairs a state with whether it must have ended.
    """
    values: dict[str, object] = {"workspace_id": workspace_id, "limit": limit}
    conditions = ["workspace_id = :workspace_id"]
    if states:
        values |= {f"state_{i}": state for i, (state, _) in enumerate(states)}
        ended = {None: "", True: " AND deadline_at IS NULL", False: " AND deadline_at IS NOT NULL"}
        either = (
            f"(state = :state_{i}{ended[has_ended]})" for i, (_, has_ended) in enumerate(states)
        )
        conditions.append(f"({' OR '.join(either)})")
    for column, value in (("platform", platform), ("idempotency_key", idempotency_key)):
        if value is not None:
            conditions.append(f"{column} = :{column}")
            values[column] = value
    if before_number is not None:
        conditions.append("number < :before")
        values["before"] = before_number
    rows = await connection.fetch(
        f"SELECT * FROM jobs WHERE {' AND '.join(conditions)} ORDER BY number DESC LIMIT :limit",  # noqa: S608
        **values,
    )
    return [(row["number"], _from_row(row)) for row in rows]


async def count_by_state(
    connection: Connection, workspace_id: str, since: datetime | None = None
) -> dict[tuple[JobState, bool], int]:
    """How many jobs are in each state, told apart by whether they have ended."""
    rows = await connection.fetch(
        "SELECT state, CASE WHEN deadline_at IS NULL THEN 1 ELSE 0 END AS has_ended, "
        "COUNT(*) AS jobs FROM jobs "
        "WHERE workspace_id = :workspace_id AND created_at >= :since GROUP BY 1, 2",
        workspace_id=workspace_id,
        since=to_ms(since) if since else 0,
    )
    return {(row["state"], bool(row["has_ended"])): row["jobs"] for row in rows}


async def count_by_account(
    connection: Connection, workspace_id: str, since: datetime | None, key_id: str | None
) -> list[tuple[str, str | None, JobState, bool, int]]:
    """How many jobs each account has in each state: platform, handle, state, whether ended, number.

    With a key only those that it sent.
    """
    rows = await connection.fetch(
        "SELECT platform, COALESCE(account, composed_account) AS handle, state, "
        "CASE WHEN deadline_at IS NULL THEN 1 ELSE 0 END AS has_ended, COUNT(*) AS jobs FROM jobs "
        "WHERE workspace_id = :workspace_id AND created_at >= :since "
        "AND (CAST(:key_id AS TEXT) IS NULL OR key_id = :key_id) GROUP BY 1, 2, 3, 4",
        workspace_id=workspace_id,
        since=to_ms(since) if since else 0,
        key_id=key_id,
    )
    return [
        (row["platform"], row["handle"], row["state"], bool(row["has_ended"]), row["jobs"])
        for row in rows
    ]


async def _select(connection: Connection, where: str, **values: object) -> list[Job]:
    rows = await connection.fetch(f"SELECT * FROM jobs {where}", **values)  # noqa: S608
    return [_from_row(row) for row in rows]


def _to_row(job: Job, columns: Iterable[str]) -> dict[str, Any]:
    return {column: _TO_COLUMN[column](job) for column in columns}


def _instant(name: str) -> Callable[[Job], int | None]:
    get = attrgetter(name)
    return lambda job: to_ms(get(job))


def _of_lease(name: str) -> Callable[[Job], Any]:
    get = attrgetter(name)
    return lambda job: None if job.lease is None else get(job.lease)


_TO_COLUMN: dict[str, Callable[[Job], Any]] = {
    **{name: attrgetter(name) for name in FIXED + CHANGING},
    **{name: _instant(name) for name in FIXED + CHANGING if name.endswith("_at")},
    "media_paths": lambda job: json.dumps(job.media_paths) if job.media_paths else "[]",
    "options": lambda job: json.dumps(job.options) if job.options else "{}",
    "is_sandbox": lambda job: int(job.sandbox),
    "lease_id": _of_lease("id"),
    "lease_browser_id": _of_lease("browser_id"),
    "lease_purpose": _of_lease("purpose"),
    "lease_expires_at": lambda job: to_ms(job.lease.expires_at) if job.lease else None,
    "lease_limit_at": lambda job: to_ms(job.lease.limit_at) if job.lease else None,
    "part_urls": lambda job: json.dumps(job.part_urls) if job.part_urls else None,
    "evidence": lambda job: None if job.evidence is None else json.dumps(job.evidence),
    "report": lambda job: json.dumps(job.report) if job.report else "{}",
}


def _from_row(row: Row) -> Job:
    lease = None
    if row["lease_id"] is not None:
        lease = HeldLease(
            id=row["lease_id"],
            epoch=row["epoch"],
            browser_id=row["lease_browser_id"],
            purpose=row["lease_purpose"],
            expires_at=from_ms(row["lease_expires_at"]),
            limit_at=from_ms(row["lease_limit_at"]),
        )
    return Job(
        id=row["id"],
        workspace_id=row["workspace_id"],
        platform=row["platform"],
        kind=row["kind"],
        text=row["text"],
        text_sha256=row["text_sha256"],
        media_paths=tuple(json.loads(row["media_paths"])) if row["media_paths"] != "[]" else (),
        options=_object(row["options"]),
        account=row["account"],
        asked_route=row["asked_route"],
        route=row["route"],
        account_id=row["account_id"],
        sandbox=bool(row["is_sandbox"]),
        key_id=row["key_id"],
        idempotency_key=row["idempotency_key"],
        fingerprint=row["fingerprint"],
        content_key=row["content_key"],
        state=row["state"],
        created_at=from_ms(row["created_at"]),
        updated_at=from_ms(row["updated_at"]),
        expires_at=from_ms(row["expires_at"]),
        deadline_at=from_ms(row["deadline_at"]),
        due_at=from_ms(row["due_at"]),
        attempt=row["attempt"],
        presses=row["presses"],
        epoch=row["epoch"],
        lease=lease,
        stage=row["stage"],
        step=row["step"],
        permit_id=row["permit_id"],
        permitted_at=from_ms(row["permitted_at"]),
        composed_account=row["composed_account"],
        poster_id=row["poster_id"],
        looks=row["looks"],
        absences=row["absences"],
        hint_url=row["hint_url"],
        post_url=row["post_url"],
        part_urls=tuple(json.loads(row["part_urls"])) if row["part_urls"] else (),
        error_code=row["error_code"],
        error=row["error"],
        evidence=None if row["evidence"] is None else json.loads(row["evidence"]),
        report=_object(row["report"]),
        event_count=row["event_count"],
        pruned_at=from_ms(row["pruned_at"]),
    )


def _object(text: str) -> dict[str, Any]:
    return {} if text == "{}" else json.loads(text)  # most are empty
