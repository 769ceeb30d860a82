"""The default database: one SQLite file, one writer, durable commits shared by all who wait.

WAL with synchronous=FULL: a commit is on disk before it is answered (SQLite's page on pragmas, read
2026-11-24). A whole batch runs as one call in aiosqlite's thread, because hops between threads cost
more than the statements.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import aiosqlite

from postbroker.store.database import (
    Connection,
    DatabaseBusyError,
    DatabaseDamagedError,
    Failed,
    Row,
    StorageFullError,
    UniqueError,
    Work,
    WorkOnMany,
    migrate,
)
from postbroker.store.dialect import SQLITE, Dialect
from postbroker.store.many import filled_statements
from postbroker.store.reserve import Reserve
from postbroker.store.thread import ThreadQueue

T = TypeVar("T")
Item = TypeVar("Item")

BUSY_MILLISECONDS = 5000
CACHE_KIB = 64 << 10
"""Holds the ends of all indexes, where new rows come in, however long the tables are."""
LOG_PAGES = 4000
"""The log grows to 16 MB before it goes into the file: a page that changes often goes once."""
PREPARED = 256
"""Statements that a connection keeps ready."""
CHECKED_BYTES = 1 << 30
"""A gigabyte is read through in a second or two."""
SOUND = "ok"
PRIMARY_CODE = 0xFF
"""The part of an extended result code that says what kind of error it is."""


class SQLiteConnection:
    """Statements on one connection, run where they are called: inside the database's thread."""

    def __init__(self, raw: sqlite3.Connection, reserve: Reserve | None = None) -> None:
        self._raw = raw
        self._reserve = reserve

    @property
    def dialect(self) -> Dialect:
        """SQLite's fragments."""
        return SQLITE

    async def execute(self, sql: str, /, **values: object) -> int:
        """Run a statement; returns how many rows it changed."""
        return self._call(sql, values).rowcount

    async def fetch(self, sql: str, /, **values: object) -> list[Row]:
        """All rows."""
        cursor = self._call(sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    async def fetch_one(self, sql: str, /, **values: object) -> Row | None:
        """The first row, or None."""
        rows = await self.fetch(sql, **values)
        return rows[0] if rows else None

    async def fetch_log(self, sql: str, /, **values: object) -> list[Row]:
        """All rows: there is one writer, so they are committed as they are numbered."""
        return await self.fetch(sql, **values)

    async def execute_many(self, sql: str, rows: Sequence[Mapping[str, object]], /) -> int:
        """Run a statement with `VALUES (…)` for all rows; returns how many rows it changed.

        Each call into SQLite gives up the interpreter's lock and waits for it afterwards: under
        load 0.4 ms, so one call for many rows costs a fraction of several.
        """
        return sum(
            self._call(text, values).rowcount
            for text, values in filled_statements(sql, rows, _mark)
        )

    async def lock(self, name: str) -> None:
        """Every writer is alone here."""

    def notify(self, *topics: str) -> None:
        """There is no other process to wake."""

    def has_room(self) -> bool:
        """False while the disk has space only for what is under way."""
        return self._reserve is None or self._reserve.hold()

    def _call(self, sql: str, values: dict[str, object] | list[object]) -> sqlite3.Cursor:
        try:
            return self._raw.execute(sql, values)
        except sqlite3.Error as error:
            raise named_error(error) from error


def _mark(_number: int) -> str:
    return "?"


class SQLiteDatabase:
    """Writes queue up; all that wait while a commit is being synced share the next one."""

    def __init__(
        self,
        writer: aiosqlite.Connection,
        reader: aiosqlite.Connection | None,
        reserve: Reserve | None = None,
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._is_closing = False
        self._writes: ThreadQueue[tuple[WorkOnMany[Any, Any], Any]] = ThreadQueue(
            writer, partial(_run_to_the_last, reserve=reserve)
        )
        self._reads: ThreadQueue[Work[Any]] = ThreadQueue(reader or writer, _run_reads)

    @property
    def dialect(self) -> Dialect:
        """SQLite's fragments."""
        return SQLITE

    async def write(self, work: Work[T]) -> T:
        """Run `work` in a transaction of its own; returns after its commit is durable."""
        return await self.write_each(_on_its_own(work), None)

    async def write_each(self, work: WorkOnMany[Item, T], item: Item) -> T:
        """Like `write`, together with all other items that wait for `work`."""
        if self._is_closing:
            raise DatabaseBusyError("the database is closed")
        result: T = await self._writes.add((work, item))
        return result

    async def read(self, work: Work[T]) -> T:
        """Run `work` on the reading connection; a database in memory has the writer only."""
        if self._reader is None:
            return await self.write(work)
        result: T = await self._reads.add(work)
        return result

    def hear(self, wake: Callable[..., None], catch_up: Callable[[], None]) -> None:
        """There is no other process to hear."""

    async def close(self) -> None:
        """Commit what waits, then close."""
        self._is_closing = True
        await self._writes.finish()
        await self._reads.finish()
        for connection in filter(None, (self._reader, self._writer)):
            await connection.close()


def _on_its_own(work: Work[T]) -> WorkOnMany[None, T]:
    """A work that shares its transaction, and nothing else."""

    async def run(tx: Connection, _nothing: list[None]) -> list[T | Failed]:
        return [await work(tx)]

    return run


def _run_to_the_last(
    raw: sqlite3.Connection,
    waiting: list[tuple[WorkOnMany[Any, Any], Any]],
    reserve: Reserve | None,
) -> list[Any]:
    """A batch; on a full disk once more with the space that was kept aside."""
    try:
        return _run_batch(raw, waiting, reserve)
    except StorageFullError:
        if reserve is None or not reserve.release():
            raise
        return _run_batch(raw, waiting, reserve)


def _run_batch(
    raw: sqlite3.Connection,
    waiting: list[tuple[WorkOnMany[Any, Any], Any]],
    reserve: Reserve | None,
) -> list[Any]:
    """One transaction. An item that fails is undone alone, and its result is Failed."""
    try:
        return _commit(raw, lambda: _run_together(raw, waiting, reserve))
    except (DatabaseBusyError, StorageFullError):
        raise
    except Exception:
        if len(waiting) == 1:
            raise
        # One of them fails, which is rare: once more, each to be undone alone.
        return _commit(raw, lambda: [_run_item(raw, each, reserve) for each in waiting])


def _commit(raw: sqlite3.Connection, run: Callable[[], list[Any]]) -> list[Any]:
    try:
        raw.execute("BEGIN IMMEDIATE")
        results = run()
        raw.execute("COMMIT")
    except Exception as error:
        with suppress(sqlite3.Error):
            raw.execute("ROLLBACK")
        if (named := named_error(error)) is error:
            raise
        raise named from error
    return results


def _run_together(
    raw: sqlite3.Connection,
    waiting: list[tuple[WorkOnMany[Any, Any], Any]],
    reserve: Reserve | None,
) -> list[Any]:
    """Each work once, on all items that wait for it."""
    results: list[Any] = [None] * len(waiting)
    places = defaultdict[WorkOnMany[Any, Any], list[int]](list)
    for place, (work, _) in enumerate(waiting):
        places[work].append(place)
    for work, mine in places.items():
        done = _run_one(
            raw, partial(_on_items, work, [waiting[place][1] for place in mine]), reserve
        )
        for place, result in zip(mine, done, strict=True):
            results[place] = result
    return results


async def _on_items(
    work: WorkOnMany[Item, T], items: list[Item], tx: Connection
) -> list[T | Failed]:
    return await work(tx, items)


def _run_item(
    raw: sqlite3.Connection, one: tuple[WorkOnMany[Any, T], Any], reserve: Reserve | None
) -> T | Failed:
    """One of many in a transaction, undone alone when it fails."""
    raw.execute("SAVEPOINT item")
    result: T | Failed
    try:
        [result] = _run_together(raw, [one], reserve)
    except Exception as error:
        # On a full disk SQLite undoes this item or everything, as it can.
        if isinstance(error, StorageFullError) or not raw.in_transaction:
            raise
        raw.execute("ROLLBACK TO item")
        result = Failed(error)
    raw.execute("RELEASE item")
    return result


def _run_reads(raw: sqlite3.Connection, works: list[Work[Any]]) -> list[Any]:
    """Reads that share one hop to the thread, and nothing else."""
    results: list[Any] = []
    for work in works:
        try:
            results.append(_run_one(raw, work))
        except Exception as error:
            results.append(Failed(error))
    return results


def _run_one(raw: sqlite3.Connection, work: Work[T], reserve: Reserve | None = None) -> T:
    """Drive `work` to its end right here: it awaits statements only, and those never suspend."""
    coroutine = cast(Coroutine[Any, Any, T], work(SQLiteConnection(raw, reserve)))
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return cast(T, stop.value)
    coroutine.close()
    raise RuntimeError("work inside a transaction may wait for its statements only")


async def _in_thread(
    connection: aiosqlite.Connection, function: Callable[..., T], *arguments: object
) -> T:
    """One call inside the connection's thread. aiosqlite offers it for its own methods only."""
    call = cast(Callable[..., Awaitable[T]], connection._execute)
    return await call(function, connection._conn, *arguments)


def named_error(error: Exception) -> Exception:
    """SQLite's error under the name the store knows."""
    if not isinstance(error, sqlite3.Error):
        return error
    match getattr(error, "sqlite_errorcode", 0) & PRIMARY_CODE:
        case sqlite3.SQLITE_CONSTRAINT if "UNIQUE" in str(error):
            return UniqueError(str(error))
        case sqlite3.SQLITE_FULL:
            return StorageFullError(str(error))
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return DatabaseBusyError(str(error))
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return DatabaseDamagedError(str(error))
        case _:
            return error


async def open_sqlite(
    path: Path | None, now_ms: int, *, check: bool = False, reserve: Reserve | None = None
) -> SQLiteDatabase:
    """Open or make the database file, its tables up to date; in memory when `path` is None.

    `check` reads it through first, unless it is too large for a start to wait for that. Raises
    SchemaTooNewError when a newer version of the program wrote it, DatabaseDamagedError.
    """
    writer = await _connect(":memory:" if path is None else str(path))
    try:
        if check:
            await _in_thread(writer, _check)
        await _in_thread(writer, _migrate, now_ms)
    except BaseException:
        await writer.close()
        raise
    if path is None:
        return SQLiteDatabase(writer, None)
    reader = await _connect(str(path))
    await reader.execute_fetchall("PRAGMA query_only=ON")
    if reserve is not None:
        reserve.hold()
    return SQLiteDatabase(writer, reader, reserve)


def _check(raw: sqlite3.Connection) -> None:
    try:
        [(pages,)], [(size,)] = raw.execute("PRAGMA page_count"), raw.execute("PRAGMA page_size")
        if pages * size > CHECKED_BYTES:
            return
        [(found,)] = raw.execute("PRAGMA quick_check(1)")
    except sqlite3.Error as error:
        raise named_error(error) from error
    if found != SOUND:
        raise DatabaseDamagedError(" ".join(found.split()))


def _migrate(raw: sqlite3.Connection, now_ms: int) -> None:
    """All missing migrations, or none."""
    raw.execute("BEGIN IMMEDIATE")
    try:
        _run_one(raw, lambda connection: migrate(connection, SQLITE, now_ms))
        raw.execute("COMMIT")
    except BaseException:
        raw.execute("ROLLBACK")
        raise


async def _connect(path: str) -> aiosqlite.Connection:
    connection = await aiosqlite.connect(path, isolation_level=None, cached_statements=PREPARED)
    try:
        for pragma in (
            f"busy_timeout={BUSY_MILLISECONDS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"cache_size={-CACHE_KIB}",
            f"wal_autocheckpoint={LOG_PAGES}",
        ):
            await connection.execute_fetchall(f"PRAGMA {pragma}")
    except BaseException as error:
        # Its thread would keep the program from ending.
        await connection.close()
        if isinstance(error, sqlite3.Error):
            raise named_error(error) from error
        raise
    return connection
