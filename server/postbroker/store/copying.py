"""Copies an installation from one database to another, of whatever kinds, and checks the copy.

Each table is made equal page by page, so a copy that was broken off, or begun while the broker
still ran, is taken up by running it again: what is equal is left alone.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass

from postbroker.store.database import Connection, Database, Row

PAGE = 500
HASH_RANGE = 1 << 256

Key = str | int


@dataclass(frozen=True, slots=True)
class Table:
    """A table and the column that its rows go by."""

    name: str
    key: str
    before_all: Key = ""
    """Comes before every key."""


TABLES = (
    Table("workspaces", "id"),
    Table("users", "id"),
    Table("used_links", "nonce"),
    Table("sessions", "token_hash"),
    Table("keys", "id"),
    Table("registrations", "id"),
    Table("guesses", "id", 0),
    Table("browsers", "id"),
    Table("accounts", "id"),
    Table("logins", "id"),
    Table("meters", "subject_id"),
    Table("clients", "id"),
    Table("grants", "id"),
    Table("grant_codes", "code_hash"),
    Table("grant_tokens", "token_hash"),
    Table("device_logins", "device_hash"),
    Table("connections", "id"),
    Table("jobs", "number", 0),
    Table("approvals", "job_id"),
    Table("attempts", "lease_id"),
    Table("deliveries", "id"),
    Table("limits", "id"),
    Table("events", "id", 0),
    Table("media", "id"),
    Table("job_media", "id"),
)
"""All but the migrations, which opening a database writes; a row comes after those it names."""


class OtherInstallationError(Exception):
    """The target holds what the source does not know: it is another one, or has gone on alone."""


@dataclass(frozen=True, slots=True)
class TableCopy:
    """How a table came over."""

    name: str
    rows: int
    """What the source has."""
    written: int
    removed: int
    is_equal: bool
    """Both have the same rows, by count and by hash."""


async def copy_all(source: Database, target: Database) -> AsyncIterator[TableCopy]:
    """Make the target equal to the source, table by table.

    Raises OtherInstallationError, before anything is written, when the target is no earlier copy.
    """
    await _check_target(source, target)
    for table in TABLES:
        removed = await _remove_unknown(source, target, table)
        written = 0
        async for rows in _pages(source, table):
            written += await _bring(target, table, rows)
        if restart := target.dialect.restart_identity:
            sql = restart.format(table=table.name, key=table.key)
            if isinstance(table.before_all, int):
                await target.write(lambda tx, sql=sql: tx.fetch(sql))  # type: ignore[misc]
        wanted, found = await _summary(source, table), await _summary(target, table)
        yield TableCopy(table.name, wanted[0], written, removed, wanted == found)


async def _check_target(source: Database, target: Database) -> None:
    jobs = next(table for table in TABLES if table.name == "jobs")
    workspaces = TABLES[0]
    async for rows in _pages(target, workspaces):
        known = await _by_key(source, workspaces, [row["id"] for row in rows])
        if len(known) < len(rows):
            raise OtherInstallationError("the target holds another installation")
    async for rows in _pages(target, jobs):
        origins = await _by_key(source, jobs, [row["number"] for row in rows])
        for row in rows:
            origin = origins.get(row["number"])
            if origin is None or origin["id"] != row["id"]:
                raise OtherInstallationError(f"the source knows nothing of job {row['id']}")
            if origin["event_count"] < row["event_count"]:
                raise OtherInstallationError(f"job {row['id']} has gone on in the target")


async def _remove_unknown(source: Database, target: Database, table: Table) -> int:
    """Delete what the source has deleted since an earlier copy."""
    removed = 0
    async for rows in _pages(target, table):
        keys = [row[table.key] for row in rows]
        known = await _by_key(source, table, keys)
        if gone := [key for key in keys if key not in known]:
            these, values = _one_of(gone)
            sql = f"DELETE FROM {table.name} WHERE {table.key} IN ({these})"  # noqa: S608
            removed += await target.write(
                lambda tx, sql=sql, values=values: tx.execute(sql, **values)  # type: ignore[misc]
            )
    return removed


async def _bring(target: Database, table: Table, rows: Sequence[Row]) -> int:
    """Write those rows that the target lacks or has otherwise; how many."""
    there = await _by_key(target, table, [row[table.key] for row in rows])
    new = [dict(row) for row in rows if row[table.key] not in there]
    changed = [
        dict(row)
        for row in rows
        if row[table.key] in there and dict(row) != dict(there[row[table.key]])
    ]

    async def bring(tx: Connection) -> None:
        for row in changed:
            await tx.execute(_update(table, row), **row)
        if new:
            await tx.execute_many(_insert(table, new[0]), new)

    if new or changed:
        await target.write(bring)
    return len(new) + len(changed)


async def _pages(database: Database, table: Table) -> AsyncIterator[list[Row]]:
    after = table.before_all
    while True:
        rows = await database.read(lambda tx, after=after: _page(tx, table, after))  # type: ignore[misc]
        if not rows:
            return
        yield rows
        after = rows[-1][table.key]


async def _page(tx: Connection, table: Table, after: Key) -> list[Row]:
    return await tx.fetch(
        f"SELECT * FROM {table.name} WHERE {table.key} > :after "  # noqa: S608
        f"ORDER BY {table.key} LIMIT {PAGE}",
        after=after,
    )


async def _by_key(database: Database, table: Table, keys: Iterable[Key]) -> dict[Key, Row]:
    these, values = _one_of(keys)
    sql = f"SELECT * FROM {table.name} WHERE {table.key} IN ({these})"  # noqa: S608
    rows = await database.read(lambda tx: tx.fetch(sql, **values))
    return {row[table.key]: row for row in rows}


async def _summary(database: Database, table: Table) -> tuple[int, int]:
    """How many rows, and a hash that does not depend on how a database sorts."""
    count = total = 0
    async for rows in _pages(database, table):
        for row in rows:
            content = json.dumps(sorted(dict(row).items()))
            total += int.from_bytes(hashlib.sha256(content.encode()).digest())
        count += len(rows)
    return count, total % HASH_RANGE


def _one_of(keys: Iterable[Key]) -> tuple[str, dict[str, Key]]:
    values = {f"key_{number}": key for number, key in enumerate(keys)}
    return ", ".join(f":{name}" for name in values), values


def _insert(table: Table, row: Iterable[str]) -> str:
    columns = list(row)
    places = ", ".join(f":{column}" for column in columns)
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608


def _update(table: Table, row: Iterable[str]) -> str:
    changes = ", ".join(f"{column} = :{column}" for column in row if column != table.key)
    return f"UPDATE {table.name} SET {changes} WHERE {table.key} = :{table.key}"  # noqa: S608
