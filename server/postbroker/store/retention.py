"""What goes when a job is pruned: its text and history, not what tells it from the next one."""

import json
from collections.abc import Sequence
from datetime import datetime

from postbroker.domain.job import ENDINGS
from postbroker.store.database import Connection
from postbroker.store.instants import to_ms


async def select_prunable(
    connection: Connection, after: int, span: int, before: datetime
) -> tuple[int, list[str]] | None:
    """Ids of jobs that ended before an instant among the `span` numbers that follow `after`.

    With the number to go on after; None when there are no jobs that old any more.
    """
    first = await connection.fetch_one(
        "SELECT number, created_at FROM jobs WHERE number > :after ORDER BY number LIMIT 1",
        after=after,
    )
    if first is None or first["created_at"] >= to_ms(before):
        return None
    last = first["number"] + span - 1
    rows = await connection.fetch(
        "SELECT id FROM jobs WHERE number > :after AND number <= :last AND pruned_at IS NULL "  # noqa: S608
        f"AND state {connection.dialect.in_strings.format(name='states')} "
        "AND updated_at < :before ORDER BY number",
        after=after,
        last=last,
        states=json.dumps(sorted(ENDINGS)),
        before=to_ms(before),
    )
    return last, [row["id"] for row in rows]


async def prune_jobs(connection: Connection, job_ids: Sequence[str], now: datetime) -> None:
    """Take text and history from jobs; ids, keys, links, hashes and outcomes stay."""
    these = connection.dialect.in_strings.format(name="ids")
    ids = json.dumps(job_ids)
    for table in ("events", "attempts"):
        await connection.execute(f"DELETE FROM {table} WHERE job_id {these}", ids=ids)  # noqa: S608
    await connection.execute(
        f"UPDATE deliveries SET state = '{{}}', details = '{{}}' WHERE job_id {these}",  # noqa: S608
        ids=ids,
    )
    await connection.execute(
        "UPDATE jobs SET text = '', media_paths = '[]', options = '{}', report = '{}', "  # noqa: S608
        "hint_url = NULL, error = NULL, evidence = NULL, pruned_at = :now "
        f"WHERE id {these}",
        ids=ids,
        now=to_ms(now),
    )
