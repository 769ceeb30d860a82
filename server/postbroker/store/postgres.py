"""PostgreSQL, for several broker processes on one database: the same SQL, the same services.

Statements are written with `:name`; asyncpg wants `$1`. Wakes for other processes travel with the
commit as notifications (LISTEN/NOTIFY), so that none is sent for a change that was undone.
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any, TypeVar

import asyncpg
import regex

from postbroker.store.batches import BatchedWrites
from postbroker.store.database import (
    DatabaseBusyError,
    Row,
    StaleRowError,
    StorageFullError,
    UniqueError,
    Work,
    WorkOnMany,
    migrate,
)
from postbroker.store.dialect import POSTGRES, Dialect
from postbroker.store.many import statements

T = TypeVar("T")
Item = TypeVar("Item")
CHANNEL = "postbroker"
CONNECTIONS = 10
PREPARED = 256
"""Statements that a connection keeps ready."""
TRIES = 5
"""How often a transaction is run again that another one got in the way of."""
REACHED_WITHIN_SECONDS = 5
"""How long a transaction waits for a connection of its own."""
ANSWERED_WITHIN_SECONDS = 30
"""How long a statement may take: a machine that lost its power closes no connection."""
PROBE_SECONDS = 15
"""How often a silent connection is asked whether it lives."""
RECONNECT_SECONDS = 1.0
LONGEST_MESSAGE = 7900
"""PostgreSQL takes a notification of less than 8000 bytes."""
SETTLED_WITHIN_SECONDS = 2
"""A transaction of ours takes milliseconds; what hangs must not hold up every stream."""
MIGRATION_LOCK = 7_201_126

OPEN_TRANSACTIONS = (
    "SELECT backend_xid FROM pg_stat_activity "
    "WHERE datname = current_database() AND backend_xid IS NOT NULL"
)
A_MOMENT = "SELECT pg_sleep(0.005)"

_NAME = regex.compile(r"(?<!:):([a-z_][a-z0-9_]*)")
_IN_THE_WAY = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
_AWAY = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # it stops, it crashed, it starts
    asyncpg.TooManyConnectionsError,
)


class CleanConnection(asyncpg.Connection):  # type: ignore[misc]
    """A connection that is as it was when a transaction of ours is over."""

    def get_reset_query(self) -> str:
        """Nothing: asking for it would cost a round trip each time."""
        return ""


class PostgresConnection:
    """Statements on one connection, inside one transaction."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.topics: set[str] = set()

    @property
    def dialect(self) -> Dialect:
        """PostgreSQL's fragments."""
        return POSTGRES

    async def execute(self, sql: str, /, **values: object) -> int:
        """Run a statement; returns how many rows it changed."""
        text, arguments = _positional(sql, values)
        return _count(await self._raw.execute(text, *arguments))

    async def fetch(self, sql: str, /, **values: object) -> list[Row]:
        """All rows."""
        text, arguments = _positional(sql, values)
        rows: list[Row] = await self._raw.fetch(text, *arguments)
        return rows

    async def fetch_one(self, sql: str, /, **values: object) -> Row | None:
        """The first row, or None."""
        rows = await self.fetch(sql, **values)
        return rows[0] if rows else None

    async def fetch_log(self, sql: str, /, **values: object) -> list[Row]:
        """All rows, once everybody is done who may still commit one with a lower number.

        Rows are numbered before they are committed, so a row can come to stand before one that was
        read already; who goes on after the last one read would never see it.
        """
        rows = await self.fetch(sql, **values)
        if not rows:
            return rows
        undecided = await self._open_transactions()
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLED_WITHIN_SECONDS):
                while undecided:
                    await self._raw.execute(A_MOMENT)
                    undecided &= await self._open_transactions()
        last = rows[-1]["id"]
        return [row for row in await self.fetch(sql, **values) if row["id"] <= last]

    async def _open_transactions(self) -> set[int]:
        """All that have changed something and are not over, by their numbers."""
        return {row["backend_xid"] for row in await self._raw.fetch(OPEN_TRANSACTIONS)}

    async def execute_many(self, sql: str, rows: Sequence[Mapping[str, object]], /) -> int:
        """Run a statement with `VALUES (…)` for all rows; returns how many rows it changed."""
        return sum(
            [
                _count(await self._raw.execute(text, *values))
                for text, values in statements(sql, rows, _mark)
            ]
        )

    async def lock(self, name: str) -> None:
        """Wait until no other transaction holds `name`; held until this one ends."""
        await self._raw.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", name)

    def notify(self, *topics: str) -> None:
        """Wake those who wait for the topics in every process, once this is committed."""
        self.topics.update(topics)

    def has_room(self) -> bool:
        """Its disk is another machine's."""
        return True


class PostgresDatabase:
    """A pool of connections; transactions run side by side and share PostgreSQL's syncs."""

    def __init__(self, pool: Any, url: str) -> None:
        self._pool = pool
        self._url = url
        self._listener: asyncio.Task[None] | None = None
        self._batches = BatchedWrites(self.write)

    @property
    def dialect(self) -> Dialect:
        """PostgreSQL's fragments."""
        return POSTGRES

    async def write(self, work: Work[T]) -> T:
        """Run `work` in a transaction; returns after its commit is durable.

        A transaction that another one got in the way of is run again, so `work` must do nothing but
        statements.
        """
        for last in (*[False] * (TRIES - 1), True):
            try:
                return await self._once(work)
            except StaleRowError:
                if last:
                    raise
            except _IN_THE_WAY as error:
                if last:
                    raise DatabaseBusyError(str(error)) from error
        raise AssertionError("the last try returns or raises")

    async def write_each(self, work: WorkOnMany[Item, T], item: Item) -> T:
        """Like `write`, together with all other items that wait for `work`."""
        return await self._batches.add(work, item)

    async def read(self, work: Work[T]) -> T:
        """Run `work`, which only reads, on any connection."""
        with _named_errors():
            async with self._pool.acquire(timeout=REACHED_WITHIN_SECONDS) as raw:
                return await work(PostgresConnection(raw))

    async def close(self) -> None:
        """Finish what is under way, then close."""
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener
        await self._batches.finish()
        await self._pool.close()

    def hear(self, wake: Callable[..., None], catch_up: Callable[[], None]) -> None:
        """Call `wake` with the topics of every process's commits, and `catch_up` after a gap."""
        self._listener = asyncio.create_task(self._listen(wake, catch_up), name="listener")

    async def _once(self, work: Work[T]) -> T:
        with _named_errors():
            async with (
                self._pool.acquire(timeout=REACHED_WITHIN_SECONDS) as raw,
                raw.transaction(),
            ):
                connection = PostgresConnection(raw)
                result = await work(connection)
                for message in _messages(sorted(connection.topics)):
                    await raw.execute("SELECT pg_notify($1, $2)", CHANNEL, message)
        return result

    async def _listen(self, wake: Callable[..., None], catch_up: Callable[[], None]) -> None:
        while True:
            with suppress(DatabaseBusyError), _named_errors():
                raw = await asyncpg.connect(self._url, timeout=REACHED_WITHIN_SECONDS)
                lost = asyncio.Event()
                raw.add_termination_listener(lambda _, lost=lost: lost.set())
                await raw.add_listener(CHANNEL, lambda *message: wake(*json.loads(message[3])))
                catch_up()
                try:
                    while not await _is_set(lost, PROBE_SECONDS):
                        await raw.execute("SELECT 1", timeout=REACHED_WITHIN_SECONDS)
                finally:
                    with suppress(Exception):
                        await raw.close(timeout=1)
            await asyncio.sleep(RECONNECT_SECONDS)  # noqa: TID251  no time of the protocol


async def _is_set(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


@contextmanager
def _named_errors() -> Iterator[None]:
    """asyncpg's errors under the names the store knows."""
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        raise UniqueError(str(error)) from error
    except asyncpg.DiskFullError as error:
        raise StorageFullError(str(error)) from error
    except asyncpg.DataError:  # an InterfaceError too, and a mistake of ours
        raise
    except _AWAY as error:
        raise DatabaseBusyError(f"the database cannot be reached: {error}") from error


def _messages(topics: Sequence[str]) -> Iterator[str]:
    """The topics in as few notifications as may be."""
    start = length = 0
    for place, topic in enumerate(topics):
        size = len(json.dumps(topic)) + len(", ")
        if length + size > LONGEST_MESSAGE:
            yield json.dumps(topics[start:place])
            start, length = place, 0
        length += size
    if topics:
        yield json.dumps(topics[start:])


def _mark(number: int) -> str:
    return f"${number}"


def _count(status: str) -> int:
    """How many rows a statement changed, by the word that PostgreSQL ends it with."""
    return int(count) if (count := status.rpartition(" ")[2]).isdigit() else 0


def _positional(sql: str, values: dict[str, object]) -> tuple[str, list[object]]:
    names, text = _names(sql)
    return text, [values[name] for name in names]


@lru_cache(maxsize=1000)
def _names(sql: str) -> tuple[tuple[str, ...], str]:
    """The names in the order of their numbers, and the statement with numbers for names."""
    names = tuple(dict.fromkeys(_NAME.findall(sql)))
    numbers = {name: f"${number}" for number, name in enumerate(names, 1)}
    return names, _NAME.sub(lambda found: numbers[found[1]], sql)


async def open_postgres(url: str, now_ms: int) -> PostgresDatabase:
    """Connect and bring the tables up to date; several processes may start at once.

    Raises DatabaseBusyError when it cannot be reached, SchemaTooNewError when a newer version of
    the program wrote the tables.
    """
    try:
        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=CONNECTIONS,
            connection_class=CleanConnection,
            command_timeout=ANSWERED_WITHIN_SECONDS,
            statement_cache_size=PREPARED,
            max_cacheable_statement_size=0,  # a statement for many rows is long
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DatabaseBusyError(str(error)) from error
    try:
        with _named_errors():
            async with pool.acquire() as raw, raw.transaction():
                await raw.execute("SELECT pg_advisory_xact_lock($1)", MIGRATION_LOCK)
                await migrate(PostgresConnection(raw), POSTGRES, now_ms)
    except BaseException:
        await pool.close()
        raise
    return PostgresDatabase(pool, url)
