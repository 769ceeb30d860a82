"""SQLite: durable at each commit, quick however many jobs there are, and done when it is closed."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from postbroker.store import jobs as jobs_store
from postbroker.store.database import (
    Connection,
    Database,
    DatabaseBusyError,
    SchemaTooNewError,
    StorageFullError,
)
from postbroker.store.sqlite import open_sqlite
from postbroker.store.workspaces import insert_used_link
from server.doubles.clock import START

THREAD_ENDS_WITHIN_SECONDS = 5
QUERIES_OF_EVERY_SECOND = {
    "select_queued": "jobs_queued",
    "select_in_doubt": "jobs_in_doubt",
    "select_posters_in_doubt": "jobs_in_doubt",
    "select_holdings": "jobs_held",
    "select_held_by": "jobs_held",
    "select_jobs_by_key": "jobs_idempotency",
    "select_jobs_by_content": "jobs_content",
    "select_overdue": "jobs_deadline jobs_lease_end",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "postbroker.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    database = await open_sqlite(path, 0)
    yield database
    await database.close()


@contextmanager
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    """The file as another process sees it."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


class TestSettings:
    @pytest.mark.parametrize("way", ["read", "write"])
    async def test_commits_are_durable_and_owners_must_exist(
        self, database: Database, way: str
    ) -> None:
        async def look(tx: Connection) -> tuple[object, ...]:
            rows = [
                await tx.fetch_one(f"PRAGMA {name}")
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
            return tuple(next(iter(dict(row or {}).values())) for row in rows)

        full = 2
        assert await getattr(database, way)(look) == ("wal", full, 1)

    async def test_a_reader_cannot_write(self, database: Database) -> None:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await database.read(lambda tx: insert_used_link(tx, "one", START))


class Explaining:
    """A connection that keeps how SQLite would find the rows instead of fetching them."""

    def __init__(self, connection: Connection) -> None:
        self.plans: list[str] = []
        self._connection = connection
        self.dialect = connection.dialect

    async def fetch(self, statement: str, /, **values: object) -> list[object]:
        rows = await self._connection.fetch(f"EXPLAIN QUERY PLAN {statement}", **values)
        self.plans += [row["detail"] for row in rows]
        return []


class TestSpeed:
    @pytest.mark.parametrize(("query", "indexes"), QUERIES_OF_EVERY_SECOND.items())
    async def test_what_is_asked_every_second_looks_at_no_finished_job(
        self, database: Database, query: str, indexes: str
    ) -> None:
        arguments = {
            "select_queued": ("workspace", START, 50),
            "select_in_doubt": ("workspace", START, 50),
            "select_posters_in_doubt": (START,),
            "select_holdings": ("workspace",),
            "select_held_by": ("workspace", "browser"),
            "select_jobs_by_key": ("workspace", ["key"]),
            "select_jobs_by_content": (["content"], START),
            "select_overdue": (START, 100),
        }[query]

        async def explain(tx: Connection) -> list[str]:
            explaining = Explaining(tx)
            await getattr(jobs_store, query)(explaining, *arguments)
            return explaining.plans

        plans = await database.read(explain)
        assert not [plan for plan in plans if "idempotency_key>" in plan]
        touching = [plan for plan in plans if "jobs" in plan]
        assert len(touching) == len(indexes.split())
        for plan, index in zip(touching, indexes.split(), strict=True):
            assert f"INDEX {index}" in plan, plan

    async def test_writes_that_wait_together_share_a_commit(self, database: Database) -> None:
        statements: list[str] = []

        async def note(tx: Connection, number: int) -> None:
            await insert_used_link(tx, str(number), START)

        async def trace(tx: Connection) -> None:
            tx._raw.set_trace_callback(statements.append)  # type: ignore[attr-defined]

        await database.write(trace)
        await asyncio.gather(
            *(database.write(lambda tx, n=n: note(tx, n)) for n in range(100))  # type: ignore[misc]
        )
        assert 1 <= statements.count("COMMIT") <= 3


class TestTrouble:
    async def test_another_process_that_keeps_the_file_locked_is_waited_for_and_then_named(
        self, path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def impatient(tx: Connection) -> None:
            await tx.fetch("PRAGMA busy_timeout = 1")

        await database.write(impatient)
        with raw(path) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(DatabaseBusyError):
                await database.write(lambda tx: insert_used_link(tx, "one", START))
            other.execute("ROLLBACK")
        await database.write(lambda tx: insert_used_link(tx, "one", START))

    async def test_a_full_disk_is_named_and_nothing_is_half_written(
        self, path: Path, database: Database
    ) -> None:
        async def fill(tx: Connection, text: str) -> None:
            await insert_used_link(tx, "before", START)
            await insert_used_link(tx, text, START)

        async def set_limit(tx: Connection, pages: int) -> None:
            await tx.fetch(f"PRAGMA max_page_count = {pages}")

        await database.write(lambda tx: set_limit(tx, 1))
        with pytest.raises(StorageFullError):
            await database.write(lambda tx: fill(tx, "x" * 2_000_000))
        with pytest.raises(StorageFullError):
            await asyncio.gather(
                *(database.write(lambda tx: fill(tx, "x" * 2_000_000)) for _ in range(2))
            )
        await database.write(lambda tx: set_limit(tx, 1_000_000))
        await database.write(lambda tx: fill(tx, "small"))
        with raw(path) as other:
            assert other.execute("SELECT COUNT(*) FROM used_links").fetchone() == (2,)

    async def test_work_that_waits_for_something_else_is_refused(self, database: Database) -> None:
        async def dawdle(tx: Connection) -> None:
            await insert_used_link(tx, "one", START)
            await asyncio.sleep(0)  # noqa: TID251  anything that is no statement

        with pytest.raises(RuntimeError, match="statements only"):
            await database.write(dawdle)
        await database.write(lambda tx: insert_used_link(tx, "one", START))

    async def test_a_constraint_that_is_not_about_uniqueness_keeps_its_own_name(
        self, database: Database
    ) -> None:
        with pytest.raises(sqlite3.IntegrityError, match="NOT NULL"):
            await database.write(
                lambda tx: tx.execute("INSERT INTO used_links (nonce) VALUES ('one')")
            )


class TestOpening:
    async def test_a_file_of_a_newer_version_is_refused_and_let_go(self, path: Path) -> None:
        await (await open_sqlite(path, 0)).close()
        with raw(path) as other:
            other.execute("INSERT INTO migrations VALUES (9999, 'future', 0)")
        before = set(threading.enumerate())
        with pytest.raises(SchemaTooNewError):
            await open_sqlite(path, 0)
        for thread in set(threading.enumerate()) - before:
            thread.join(THREAD_ENDS_WITHIN_SECONDS)
            assert not thread.is_alive(), "it would keep the program from ending"

    async def test_what_was_written_is_there_after_opening_again(self, path: Path) -> None:
        database = await open_sqlite(path, 0)
        await database.write(lambda tx: insert_used_link(tx, "one", START))
        await database.close()
        again = await open_sqlite(path, 0)
        rows = await again.read(lambda tx: tx.fetch("SELECT nonce FROM used_links"))
        await again.close()
        assert [row["nonce"] for row in rows] == ["one"]

    async def test_a_migration_that_fails_leaves_nothing_behind(
        self, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "0001_half.sql").write_text("CREATE TABLE half (a TEXT);\nCREATE nonsense;\n")
        monkeypatch.setattr("postbroker.store.database.MIGRATIONS", tmp_path)
        with pytest.raises(sqlite3.OperationalError):
            await open_sqlite(path, 0)
        with raw(path) as other:
            assert other.execute("SELECT name FROM sqlite_master").fetchall() == []


class TestClosing:
    async def test_what_waits_is_written_first_and_then_nothing_more(self, path: Path) -> None:
        database = await open_sqlite(path, 0)
        writing = [
            asyncio.create_task(database.write(lambda tx, n=n: insert_used_link(tx, n, START)))  # type: ignore[misc]
            for n in ("one", "two")
        ]
        await asyncio.sleep(0)  # noqa: TID251  lets the writing begin
        await database.close()
        await asyncio.gather(*writing)
        with pytest.raises(DatabaseBusyError, match="closed"):
            await database.write(lambda tx: insert_used_link(tx, "three", START))
        with raw(path) as other:
            assert other.execute("SELECT COUNT(*) FROM used_links").fetchone() == (2,)

    async def test_who_gives_up_waiting_hinders_nobody(self, database: Database) -> None:
        impatient = asyncio.create_task(
            database.write(lambda tx: insert_used_link(tx, "one", START))
        )
        await asyncio.sleep(0)  # noqa: TID251  lets the writing begin
        impatient.cancel()
        await database.write(lambda tx: insert_used_link(tx, "two", START))
        with pytest.raises(asyncio.CancelledError):
            await impatient
