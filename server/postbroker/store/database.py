"""What the store needs of a database: one way to write, one way to read, the same SQL for all."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from postbroker.store.dialect import Dialect

T = TypeVar("T")
Item = TypeVar("Item")
Row = Mapping[str, Any]


class Connection(Protocol):
    """Runs statements with named parameters (`:name`)."""

    @property
    def dialect(self) -> Dialect:
        """The fragments that the statements need."""
        ...

    async def execute(self, sql: str, /, **values: object) -> int:
        """Run a statement; returns how many rows it changed."""
        ...

    async def fetch(self, sql: str, /, **values: object) -> list[Row]:
        """All rows."""
        ...

    async def fetch_one(self, sql: str, /, **values: object) -> Row | None:
        """The first row, or None."""
        ...

    async def fetch_log(self, sql: str, /, **values: object) -> list[Row]:
        """All rows, in the order of their `id`; nothing will come to stand before the last."""
        ...

    async def execute_many(self, sql: str, rows: Sequence[Mapping[str, object]], /) -> int:
        """Run a statement with one `VALUES (…)` for all rows; returns how many rows it changed.

        After `FROM` such values need a CAST, and are called `column1`, `column2`, … The first value
        of a row is never NULL.
        """
        ...

    async def lock(self, name: str) -> None:
        """Wait until no other transaction holds `name`; held until this one ends."""
        ...

    def notify(self, *topics: str) -> None:
        """Wake those who wait for the topics in other processes, once this is committed."""
        ...

    def has_room(self) -> bool:
        """False while the disk has space only for what is under way."""
        ...


Work = Callable[[Connection], Awaitable[T]]
"""What runs inside a transaction. It may wait for its statements, and for nothing else."""


@dataclass(frozen=True, slots=True)
class Failed:
    """How one of many items ends that cannot be done, though the others can."""

    error: Exception


WorkOnMany = Callable[[Connection, list[Item]], Awaitable[list[T | Failed]]]
"""Work on all items that wait for it; as many results, in the same order.

What it raises undoes all of them; then each is done alone, so that nobody fails for a neighbour.
"""


class Database(Protocol):
    """A store with durable, isolated writes."""

    @property
    def dialect(self) -> Dialect:
        """Which fragments it speaks."""
        ...

    async def write(self, work: Work[T]) -> T:
        """Run `work` in a transaction; returns after its commit is durable.

        What `work` raises rolls back its own changes and nobody else's. Raises DatabaseBusyError
        when another process keeps the database locked, StorageFullError when the disk is full.
        """
        ...

    async def write_each(self, work: WorkOnMany[Item, T], item: Item) -> T:
        """Like `write`, for what comes often: `work` gets all items that wait for it at once."""
        ...

    async def read(self, work: Work[T]) -> T:
        """Run `work`, which only reads, beside the writers."""
        ...

    def hear(self, wake: Callable[..., None], catch_up: Callable[[], None]) -> None:
        """Call `wake` with topics of other processes' commits, `catch_up` after a gap."""
        ...

    async def close(self) -> None:
        """Finish what is under way and let go of the database."""
        ...


class DatabaseBusyError(Exception):
    """Another process kept the database locked for too long."""


class DatabaseDamagedError(Exception):
    """What lies on the disk is not a sound database; the message says what is wrong with it."""


class StorageFullError(Exception):
    """The disk is full; nothing was written."""


class SchemaTooNewError(Exception):
    """The database was written by a newer version of the program."""


class StaleRowError(Exception):
    """A row changed between reading and writing; where that can happen, `write` runs again."""


class OneByOneError(Exception):
    """Two items of a batch are about the same row; each is done alone."""


class UniqueError(Exception):
    """A row with the same unique value exists."""


MIGRATIONS = Path(__file__).parent / "migrations"


def newest_migration() -> int:
    """The number of the schema that this version writes."""
    return max(_migration_files())


def _migration_files() -> dict[int, Path]:
    return {int(file.name.split("_")[0]): file for file in sorted(MIGRATIONS.glob("*.sql"))}


async def migrate(connection: Connection, dialect: Dialect, now_ms: int) -> int:
    """Apply the numbered migrations that are missing; how many. Raises SchemaTooNewError."""
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS migrations "
        "(number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)"
    )
    applied = {row["number"] for row in await connection.fetch("SELECT number FROM migrations")}
    files = _migration_files()
    if unknown := applied - files.keys():
        raise SchemaTooNewError(
            f"the database has migration {max(unknown)}, this version knows {max(files)}: "
            "install the version that wrote it, or restore a backup"
        )
    for number in sorted(files.keys() - applied):
        text = files[number].read_text(encoding="utf-8").replace("{identity}", dialect.identity)
        for statement in text.split(";\n"):
            if statement.strip():
                await connection.execute(statement)
        await connection.execute(
            "INSERT INTO migrations (number, name, applied_at) VALUES (:number, :name, :now)",
            number=number,
            name=files[number].stem,
            now=now_ms,
        )
    return len(files.keys() - applied)
