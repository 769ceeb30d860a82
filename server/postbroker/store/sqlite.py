"""The default database: one SQLite file, one writer, durable commits shared by all who wait.

WAL with synchronous=FULL: a commit is on disk before it is answered (SQLite's page on pragmas, read
2026-11-24). A whole batch runs as one call in aiosqlite's thread, because hops between threads cost
more than the statements.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import aiosqlite

from postbroker.store.database import (
    DatabaseBusyError,
    Row,
    StorageFullError,
    UniqueError,
    Work,
    migrate,
)
from postbroker.store.dialect import SQLITE, Dialect

T = TypeVar("T")

BUSY_MILLISECONDS = 5000
BATCH = 500
"""Writes that may share one commit."""
PRIMARY_CODE = 0xFF
"""The part of an extended result code that says what kind of error it is."""


class SQLiteConnection:
    """Statements on one connection, run where they are called: inside the database's thread."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw

    @property
    def dialect(self) -> Dialect:
        """SQLite's fragments."""
        return SQLITE

    async def execute(self, sql: str, /, **values: object) -> int:
        """Run a statement; returns how many rows it changed."""
        return self._run(sql, values).rowcount

    async def fetch(self, sql: str, /, **values: object) -> list[Row]:
        """All rows."""
        return self._run(sql, values).fetchall()

    async def fetch_one(self, sql: str, /, **values: object) -> Row | None:
        """The first row, or None."""
        rows = self._run(sql, values).fetchall()
        return rows[0] if rows else None

    async def execute_many(self, sql: str, rows: Sequence[Mapping[str, object]], /) -> None:
        """Run a statement once for each row."""
        try:
            self._raw.executemany(sql, rows)
        except sqlite3.Error as error:
            raise _named(error) from error

    async def lock(self, name: str) -> None:
        """Every writer is alone here."""

    def notify(self, *topics: str) -> None:
        """There is no other process to wake."""

    def _run(self, sql: str, values: dict[str, object]) -> sqlite3.Cursor:
        try:
            return self._raw.execute(sql, values)
        except sqlite3.Error as error:
            raise _named(error) from error


class SQLiteDatabase:
    """Writes queue up; all that wait while a commit is being synced share the next one."""

    def __init__(self, writer: aiosqlite.Connection, reader: aiosqlite.Connection | None) -> None:
        self._writer = writer
        self._reader = reader
        self._waiting: list[tuple[Work[Any], asyncio.Future[Any]]] = []
        self._wake = asyncio.Event()
        self._closing = False
        self._drainer = asyncio.create_task(self._drain(), name="database writer")

    @property
    def dialect(self) -> Dialect:
        """SQLite's fragments."""
        return SQLITE

    async def write(self, work: Work[T]) -> T:
        """Run `work` in a transaction of its own; returns after its commit is durable."""
        if self._closing:
            raise DatabaseBusyError("the database is closed")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, future))
        self._wake.set()
        return await future

    async def read(self, work: Work[T]) -> T:
        """Run `work` on the reading connection; a database in memory has the writer only."""
        if self._reader is None:
            return await self.write(work)
        return await _in_thread(self._reader, _run_one, work)

    def hear(self, wake: Callable[..., None], catch_up: Callable[[], None]) -> None:
        """There is no other process to hear."""

    async def close(self) -> None:
        """Commit what waits, then close."""
        self._closing = True
        self._wake.set()
        await self._drainer
        for connection in filter(None, (self._reader, self._writer)):
            await connection.close()

    async def _drain(self) -> None:
        while self._waiting or not self._closing:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
                await self._commit([item for item in batch if not item[1].done()])

    async def _commit(self, batch: list[tuple[Work[Any], asyncio.Future[Any]]]) -> None:
        """Answer each caller with its own result, after the commit it shares."""
        try:
            results = await _in_thread(self._writer, _run_batch, [work for work, _ in batch])
        except Exception as error:
            results = [_Failed(error)] * len(batch)
        for (_, future), result in zip(batch, results, strict=True):
            if future.done():
                continue
            if isinstance(result, _Failed):
                future.set_exception(result.error)
            else:
                future.set_result(result)


@dataclass(frozen=True, slots=True)
class _Failed:
    """What an item raised, told apart from an error that it returned: that one is committed."""

    error: Exception


def _run_batch(raw: sqlite3.Connection, works: list[Work[Any]]) -> list[Any]:
    """One transaction. An item that fails is undone alone, and its result is _Failed."""
    results: list[Any] = []
    try:
        raw.execute("BEGIN IMMEDIATE")
        for work in works:
            raw.execute("SAVEPOINT item")
            try:
                results.append(_run_one(raw, work))
            except Exception as error:
                if not raw.in_transaction:  # SQLite undid everything, as it does on a full disk
                    raise
                raw.execute("ROLLBACK TO item")
                results.append(_Failed(error))
            raw.execute("RELEASE item")
        raw.execute("COMMIT")
    except Exception as error:
        with suppress(sqlite3.Error):
            raw.execute("ROLLBACK")
        raise _named(error) from error
    return results


def _run_one(raw: sqlite3.Connection, work: Work[T]) -> T:
    """Drive `work` to its end right here: it awaits statements only, and those never suspend."""
    coroutine = cast(Coroutine[Any, Any, T], work(SQLiteConnection(raw)))
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


def _named(error: Exception) -> Exception:
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
        case _:
            return error


async def open_sqlite(path: Path | None, now_ms: int) -> SQLiteDatabase:
    """Open or make the database file, its tables up to date; in memory when `path` is None.

    Raises SchemaTooNewError when a newer version of the program wrote it.
    """
    writer = await _connect(":memory:" if path is None else str(path))
    try:
        await _in_thread(writer, _migrate, now_ms)
    except BaseException:
        await writer.close()
        raise
    if path is None:
        return SQLiteDatabase(writer, None)
    reader = await _connect(str(path))
    await reader.execute_fetchall("PRAGMA query_only=ON")
    return SQLiteDatabase(writer, reader)


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
    connection = await aiosqlite.connect(path, isolation_level=None, cached_statements=256)
    connection.row_factory = sqlite3.Row
    try:
        for pragma in (
            f"busy_timeout={BUSY_MILLISECONDS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            await connection.execute_fetchall(f"PRAGMA {pragma}")
    except BaseException:
        # Its thread would keep the program from ending.
        await connection.close()
        raise
    return connection
