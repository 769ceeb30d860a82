"""Databases in trouble: raced by another broker process, or out of order altogether."""

from collections.abc import Callable
from typing import TypeVar

from postbroker.store.database import Database, UniqueError, Work, WorkOnMany
from postbroker.store.dialect import Dialect

T = TypeVar("T")
Item = TypeVar("Item")


class RacedDatabase:
    """The first write is done by the other process, just before ours."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._is_raced = False

    @property
    def dialect(self) -> Dialect:
        """As the database behind it."""
        return self._database.dialect

    async def write(self, work: Work[T]) -> T:
        """As the database behind it."""
        return await self._database.write(work)

    async def write_each(self, work: WorkOnMany[Item, T], item: Item) -> T:
        """Lose the race the first time."""
        result = await self._database.write_each(work, item)
        if not self._is_raced:
            self._is_raced = True
            raise UniqueError("the other process was quicker")
        return result

    async def read(self, work: Work[T]) -> T:
        """As the database behind it."""
        return await self._database.read(work)

    def hear(self, wake: Callable[..., None], catch_up: Callable[[], None]) -> None:
        """As the database behind it."""
        self._database.hear(wake, catch_up)

    async def close(self) -> None:
        """As the database behind it."""
        await self._database.close()


class TroubledDatabase:
    """Works until it is given a trouble; then whoever writes gets that."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.trouble: Exception | None = None

    @property
    def dialect(self) -> Dialect:
        """As the database behind it."""
        return self._database.dialect

    async def write(self, work: Work[T]) -> T:
        """Raise the trouble, if there is one."""
        if self.trouble is not None:
            raise self.trouble
        return await self._database.write(work)

    async def read(self, work: Work[T]) -> T:
        """As the database behind it."""
        return await self._database.read(work)

    def hear(self, wake: Callable[..., None], catch_up: Callable[[], None]) -> None:
        """As the database behind it."""
        self._database.hear(wake, catch_up)

    async def close(self) -> None:
        """As the database behind it."""
        await self._database.close()
