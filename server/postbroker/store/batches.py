"""What waits for the database goes in together: while one batch runs, the next gathers.

No timer and nothing to tune: one item alone makes a batch of one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Generic, TypeVar

from postbroker.store.database import (
    Connection,
    DatabaseBusyError,
    Failed,
    StorageFullError,
    WorkOnMany,
)

Item = TypeVar("Item")
T = TypeVar("T")

MOST_AT_ONCE = 500
"""Items in one batch: whoever waits for the next one should not wait long."""


class Batches(Generic[Item, T]):
    """Items for one function, which gets all that wait and gives as many results."""

    def __init__(self, run: Callable[[list[Item]], Awaitable[list[T | Failed]]]) -> None:
        self._run = run
        self._waiting: list[tuple[Item, asyncio.Future[T]]] = []
        self._drain: asyncio.Task[None] | None = None

    async def add(self, item: Item) -> T:
        """The item's own result. Who is cancelled does not take the item back."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._drain is None:
            self._drain = asyncio.create_task(self._run_all(), name="database batches")
        return await future

    async def finish(self) -> None:
        """Return once nothing waits any more."""
        if self._drain is not None:
            await self._drain

    async def _run_all(self) -> None:
        while batch := self._waiting[:MOST_AT_ONCE]:
            self._waiting = self._waiting[MOST_AT_ONCE:]
            pairs: Iterable[tuple[tuple[Item, asyncio.Future[T]], T | Failed]]
            try:
                results = await self._run([item for item, _ in batch])
                pairs = list(zip(batch, results, strict=True))
            except Exception as error:
                pairs = [(each, Failed(error)) for each in batch]
            for (_, future), result in pairs:
                if future.done():
                    continue
                if isinstance(result, Failed):
                    future.set_exception(result.error)
                else:
                    future.set_result(result)
        self._drain = None


class BatchedWrites:
    """`write_each` over any `write`: a batch is one transaction."""

    def __init__(self, write: Callable[[Callable[[Connection], Any]], Awaitable[Any]]) -> None:
        self._write = write
        self._batches: dict[Any, Batches[Any, Any]] = {}

    async def add(self, work: WorkOnMany[Item, T], item: Item) -> T:
        """Have `work` do this item with all others that wait for it; returns after its commit."""
        if work not in self._batches:
            self._batches[work] = Batches(lambda items: self._run(work, items))
        result: T = await self._batches[work].add(item)
        return result

    async def finish(self) -> None:
        """Return once nothing waits any more."""
        for batches in self._batches.values():
            await batches.finish()

    async def _run(self, work: WorkOnMany[Any, Any], items: list[Any]) -> list[Any]:
        try:
            results: list[Any] = await self._write(lambda tx: work(tx, items))
        except Exception as error:
            # Where nobody answers it is nobody's fault, and perhaps all was committed.
            if len(items) == 1 or isinstance(error, DatabaseBusyError | StorageFullError):
                return [Failed(error)] * len(items)
            # Whose fault it is shows when each is done alone.
            alone = await asyncio.gather(*(self._run(work, [item]) for item in items))
            return [result for results in alone for result in results]
        return results
