"""Databases in trouble: raced by another broker process, or out of order altogether."""

import asyncio
from typing import Any, TypeVar, cast

from postbroker.store.database import Database, UniqueError, Work, WorkOnMany

Item = TypeVar("Item")
T = TypeVar("T")


class _Before:
    """Stands before a database, and is one in all that it does not say otherwise."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def __getattr__(self, name: str) -> Any:
        return getattr(self.database, name)

    def as_database(self) -> Database:
        """What a service may hold."""
        return cast(Database, self)


class RacedDatabase(_Before):
    """The first item of a batch is done by another process, just before ours."""

    is_raced = False

    async def write_each(self, work: WorkOnMany[Item, T], item: Item) -> T:
        """Lose the race the first time."""
        result = await self.database.write_each(work, item)
        if not self.is_raced:
            self.is_raced = True
            raise UniqueError("the other process was quicker")
        return result


class TroubledDatabase(_Before):
    """Works until it is given a trouble; then whoever writes gets that."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.trouble: Exception | None = None
        self.refused = asyncio.Semaphore(0)
        """Released for each who got it."""

    async def write(self, work: Work[T]) -> T:
        """Raise the trouble, if there is one."""
        self._raise_trouble()
        return await self.database.write(work)

    async def write_each(self, work: WorkOnMany[Item, T], item: Item) -> T:
        """Raise the trouble, if there is one."""
        self._raise_trouble()
        return await self.database.write_each(work, item)

    def _raise_trouble(self) -> None:
        if self.trouble is not None:
            self.refused.release()
            raise self.trouble


class WatchedDatabase(_Before):
    """Counts how often it is asked."""

    reads = 0
    writes = 0

    async def write(self, work: Work[T]) -> T:
        """As the database behind it."""
        self.writes += 1
        return await self.database.write(work)

    async def read(self, work: Work[T]) -> T:
        """As the database behind it."""
        self.reads += 1
        return await self.database.read(work)
