"""Media in the database: what a file is, and which jobs use it; the bytes lie elsewhere."""

import json
from collections.abc import Sequence
from datetime import datetime

from postbroker.domain.media import Attached, Facts, Media, MediaState
from postbroker.store.database import Connection, Row
from postbroker.store.instants import from_ms, to_ms

_COLUMNS = (
    "id", "workspace_id", "file_name", "content_type", "state", "alt", "size_max", "size", "sha256",
    "width", "height", "frames", "seconds", "created_at", "usable_until", "added_by",
)  # fmt: skip
_FOUND = (
    "file_name", "content_type", "state", "size", "sha256", "width", "height", "frames", "seconds",
)  # fmt: skip
_IS_IN_USE = (
    "EXISTS (SELECT 1 FROM job_media JOIN jobs ON jobs.id = job_media.job_id "
    "WHERE job_media.media_id = media.id AND jobs.deadline_at IS NOT NULL)"
)


async def insert_media(connection: Connection, media: Media) -> None:
    """Add a file."""
    await connection.execute(
        f"INSERT INTO media ({', '.join(_COLUMNS)}) "  # noqa: S608
        f"VALUES ({', '.join(f':{column}' for column in _COLUMNS)})",
        **_to_row(media),
    )


async def move_media(
    connection: Connection, media_id: str, before: MediaState, after: MediaState
) -> bool:
    """Bring a file from one state into another; False when it is not in the first any more."""
    changed = await connection.execute(
        "UPDATE media SET state = :after WHERE id = :id AND state = :before",
        id=media_id,
        before=before,
        after=after,
    )
    return changed == 1


async def update_found(connection: Connection, media: Media) -> None:
    """Write what was found in a file that was looked through."""
    row = _to_row(media)
    await connection.execute(
        f"UPDATE media SET {', '.join(f'{c} = :{c}' for c in _FOUND)} "  # noqa: S608
        "WHERE id = :id AND state = 'checking'",
        id=media.id,
        **{column: row[column] for column in _FOUND},
    )


async def select_media(
    connection: Connection, media_id: str, workspace_id: str | None = None
) -> Media | None:
    """One file; with a workspace, only if it is there."""
    row = await connection.fetch_one(
        "SELECT * FROM media WHERE id = :id AND state <> 'gone' "
        "AND (CAST(:workspace_id AS TEXT) IS NULL OR workspace_id = :workspace_id)",
        id=media_id,
        workspace_id=workspace_id,
    )
    return _from_row(row) if row else None


async def select_media_page(
    connection: Connection,
    workspace_id: str,
    before: tuple[int, str] | None,
    limit: int,
    added_by: str | None = None,
) -> list[Media]:
    """A workspace's files, or those of one credential, newest first, from before one on."""
    created_at, media_id = before or (None, None)
    rows = await connection.fetch(
        "SELECT * FROM media WHERE workspace_id = :workspace_id AND state <> 'gone' "
        "AND (CAST(:added_by AS TEXT) IS NULL OR added_by = :added_by) "
        "AND (CAST(:created_at AS BIGINT) IS NULL OR created_at < :created_at "
        "OR (created_at = :created_at AND id < :id)) "
        "ORDER BY created_at DESC, id DESC LIMIT :limit",
        workspace_id=workspace_id,
        created_at=created_at,
        id=media_id,
        limit=limit,
        added_by=added_by,
    )
    return [_from_row(row) for row in rows]


def place_of(media: Media) -> tuple[int, str]:
    """Where a file stands in its workspace's list."""
    return to_ms(media.created_at), media.id


async def sum_sizes(connection: Connection, workspace_id: str) -> int:
    """How many bytes a workspace's files have, expected ones as large as they may become."""
    row = await connection.fetch_one(
        "SELECT COALESCE(SUM(COALESCE(size, size_max, 0)), 0) AS total FROM media "
        "WHERE workspace_id = :workspace_id",
        workspace_id=workspace_id,
    )
    return int(row["total"]) if row else 0


async def is_in_use(connection: Connection, media_id: str) -> bool:
    """True while a job that has not ended has the file."""
    return bool(
        await connection.fetch_one(
            f"SELECT 1 AS found FROM media WHERE id = :id AND {_IS_IN_USE}",  # noqa: S608
            id=media_id,
        )
    )


async def hold_ready(connection: Connection, media_ids: Sequence[str]) -> set[str]:
    """Those files that are there, and stay until this transaction ends."""
    these = connection.dialect.in_strings.format(name="ids")
    rows = await connection.fetch(
        f"SELECT id FROM media WHERE id {these} AND state = 'ready' "  # noqa: S608
        f"ORDER BY id {connection.dialect.for_update}",
        ids=json.dumps(media_ids),
    )
    return {row["id"] for row in rows}


async def insert_job_media(
    connection: Connection, attached: Sequence[tuple[str, Sequence[Attached]]]
) -> None:
    """Write down which files jobs have, in the order of the post."""
    rows = [
        {
            "id": f"{job_id}.{place}",
            "job_id": job_id,
            "place": place,
            "media_id": each.media.id,
            "alt": each.alt,
        }
        for job_id, files in attached
        for place, each in enumerate(files)
    ]
    await connection.execute_many(
        "INSERT INTO job_media (id, job_id, place, media_id, alt) "
        "VALUES (:id, :job_id, :place, :media_id, :alt)",
        rows,
    )


async def select_job_media(
    connection: Connection, job_ids: Sequence[str]
) -> list[tuple[str, Attached]]:
    """The files of jobs, each with its job's id, in the order of the post."""
    these = connection.dialect.in_strings.format(name="ids")
    rows = await connection.fetch(
        "SELECT media.*, job_media.job_id, job_media.place, job_media.alt AS job_alt "  # noqa: S608
        f"FROM job_media JOIN media ON media.id = job_media.media_id WHERE job_id {these} "
        "ORDER BY job_id, place",
        ids=json.dumps(job_ids),
    )
    return [
        (row["job_id"], Attached(_from_row(row), row["job_alt"], f"mediaPaths.{row['place']}"))
        for row in rows
    ]


async def select_jobs_with_video(connection: Connection, job_ids: Sequence[str]) -> set[str]:
    """Those of these jobs that have a video among their files."""
    these = connection.dialect.in_strings.format(name="ids")
    rows = await connection.fetch(
        "SELECT DISTINCT job_media.job_id FROM job_media "  # noqa: S608
        "JOIN media ON media.id = job_media.media_id "
        f"WHERE job_media.job_id {these} AND media.content_type LIKE 'video/%'",
        ids=json.dumps(job_ids),
    )
    return {row["job_id"] for row in rows}


async def mark_gone(connection: Connection, media_id: str) -> bool:
    """Let nobody take the file any more; False when a job uses it."""
    await hold_ready(connection, [media_id])
    changed = await connection.execute(
        f"UPDATE media SET state = 'gone' WHERE id = :id AND NOT {_IS_IN_USE}",  # noqa: S608
        id=media_id,
    )
    return changed == 1


async def select_outdated(
    connection: Connection, ready_before: datetime, expected_before: datetime, limit: int
) -> list[str]:
    """Ids of files whose time is over and that no job uses, oldest first."""
    rows = await connection.fetch(
        "SELECT id FROM media WHERE (created_at < :ready "  # noqa: S608
        "OR (state IN ('expected', 'checking') AND created_at < :expected) OR state = 'gone') "
        f"AND NOT {_IS_IN_USE} ORDER BY created_at LIMIT :limit",
        ready=to_ms(ready_before),
        expected=to_ms(expected_before),
        limit=limit,
    )
    return [row["id"] for row in rows]


async def delete_media(connection: Connection, media_id: str) -> None:
    """Forget a file whose bytes are gone, and that ended jobs had it."""
    await connection.execute("DELETE FROM media WHERE id = :id", id=media_id)


def _to_row(media: Media) -> dict[str, object]:
    facts = media.facts
    return {
        "id": media.id,
        "workspace_id": media.workspace_id,
        "file_name": media.file_name,
        "content_type": media.content_type,
        "state": media.state,
        "alt": media.alt,
        "size_max": media.size_max,
        "size": facts and facts.size,
        "sha256": facts and facts.sha256,
        "width": facts and facts.width,
        "height": facts and facts.height,
        "frames": facts and facts.frames,
        "seconds": facts and facts.seconds,
        "created_at": to_ms(media.created_at),
        "usable_until": to_ms(media.usable_until),
        "added_by": media.added_by,
    }


def _from_row(row: Row) -> Media:
    facts = None
    if row["size"] is not None:
        facts = Facts(
            content_type=row["content_type"],
            size=row["size"],
            sha256=row["sha256"],
            width=row["width"],
            height=row["height"],
            frames=row["frames"],
            seconds=row["seconds"],
        )
    return Media(
        id=row["id"],
        workspace_id=row["workspace_id"],
        file_name=row["file_name"],
        content_type=row["content_type"],
        state=row["state"],
        created_at=from_ms(row["created_at"]),
        usable_until=from_ms(row["usable_until"]),
        alt=row["alt"],
        size_max=row["size_max"],
        facts=facts,
        added_by=row["added_by"],
    )
