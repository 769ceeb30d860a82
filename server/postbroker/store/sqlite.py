"""The default database: one SQLite file, one writer, durable commits shared by all who wait.

WAL with synchronous=FULL: a commit is on disk before it is answered
(sqlite.org/pragma.html#pragma_synchronous).
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from postbroker.store.database import (
    Connection,
    DatabaseBusyError,
    Row,
    StorageFullError,
    UniqueError,
    migrate,
)
from postbroker.store.dialect import SQLITE, Dialect

T = TypeVar("T")

BUSY_MILLISECONDS = 5000
BATCH = 500
"""Writes that may share one commit."""


class SQLiteConnection:
    """Statements on one connection."""

    def __init__(self, raw: aiosqlite.Connection) -> None:
        self._raw = raw

    async def execute(self, sql: str, /, **values: object) -> int:
        """Run a statement; returns how many rows it changed."""
        with _named_errors():
            async with self._raw.execute(sql, values) as cursor:
                return cursor.rowcount

    async def fetch(self, sql: str, /, **values: object) -> list[Row]:
        """All rows."""
        with _named_errors():
            rows: list[Any] = list(await self._raw.execute_fetchall(sql, values))
        return rows

    async def fetch_one(self, sql: str, /, **values: object) -> Row | None:
        """The first row, or None."""
        rows = await self.fetch(sql, **values)
        return rows[0] if rows else None


class _named_errors:
    """Gives SQLite's errors the names the store knows."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        match error:
            case sqlite3.IntegrityError() if "UNIQUE" in str(error):
                raise UniqueError(str(error)) from error
            case sqlite3.OperationalError() if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                raise StorageFullError(str(error)) from error
            case sqlite3.OperationalError() if error.sqlite_errorcode in (
                sqlite3.SQLITE_BUSY,
                sqlite3.SQLITE_LOCKED,
            ):
                raise DatabaseBusyError(str(error)) from error


Item = tuple[Callable[[Connection], Awaitable[Any]], asyncio.Future[Any]]


class SQLiteDatabase:
    """Writes queue up; all that wait while a commit is being synced share the next one."""

    def __init__(self, writer: aiosqlite.Connection, reader: aiosqlite.Connection | None) -> None:
        self._writer = SQLiteConnection(writer)
        self._reader = SQLiteConnection(reader) if reader else None
        self._raw = [connection for connection in (writer, reader) if connection]
        self._waiting: list[Item] = []
        self._wake = asyncio.Event()
        self._closing = False
        self._drainer = asyncio.create_task(self._drain(), name="database writer")

    @property
    def dialect(self) -> Dialect:
        """SQLite's fragments."""
        return SQLITE

    async def write(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Run `work` in a transaction of its own; returns after its commit is durable."""
        if self._closing:
            raise DatabaseBusyError("the database is closed")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, future))
        self._wake.set()
        return await future

    async def read(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Run `work` on the reading connection; a database in memory has the writer only."""
        return await (work(self._reader) if self._reader else self.write(work))

    async def close(self) -> None:
        """Commit what waits, then close."""
        self._closing = True
        self._wake.set()
        await self._drainer
        for connection in self._raw:
            await connection.close()

    async def _drain(self) -> None:
        while self._waiting or not self._closing:
            await self._wake.wait()
            self._wake.clear()
            while batch := self._waiting[:BATCH]:
                del self._waiting[:BATCH]
                await self._commit(batch)

    async def _commit(self, batch: list[Item]) -> None:
        """One transaction for the whole batch. An item that fails is undone alone."""
        results: list[tuple[asyncio.Future[Any], Any]] = []
        try:
            await self._writer.execute("BEGIN IMMEDIATE")
            for work, future in batch:
                await self._writer.execute("SAVEPOINT item")
                try:
                    results.append((future, await work(self._writer)))
                except Exception as error:
                    await self._writer.execute("ROLLBACK TO item")
                    _settle(future, error)
                await self._writer.execute("RELEASE item")
            await self._writer.execute("COMMIT")
        except Exception as error:
            with suppress(sqlite3.Error):
                await self._writer.execute("ROLLBACK")
            for _, future in batch:
                _settle(future, error)
        else:
            for future, result in results:
                if not future.done():
                    future.set_result(result)


def _settle(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


async def open_sqlite(path: Path | None, now_ms: int) -> SQLiteDatabase:
    """Open or make the database file, its tables up to date; in memory when `path` is None."""
    writer = await _connect(":memory:" if path is None else str(path))
    await migrate_in_one(SQLiteConnection(writer), now_ms)
    return SQLiteDatabase(writer, await _connect(str(path)) if path else None)


async def migrate_in_one(connection: Connection, now_ms: int) -> None:
    """All missing migrations in one transaction."""
    await connection.execute("BEGIN IMMEDIATE")
    try:
        await migrate(connection, SQLITE, now_ms)
    except BaseException:
        await connection.execute("ROLLBACK")
        raise
    await connection.execute("COMMIT")


async def _connect(path: str) -> aiosqlite.Connection:
    connection = await aiosqlite.connect(path, isolation_level=None, cached_statements=256)
    connection.row_factory = sqlite3.Row
    for pragma in (
        f"busy_timeout={BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        await connection.execute_fetchall(f"PRAGMA {pragma}")
    return connection
