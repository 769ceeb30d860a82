"""What waits for a connection's thread goes in together: while one run works, the next gathers.

No timer and nothing to tune: one item alone makes a run of one. A run takes all that has come by
its beginning, because few long runs leave the interpreter to the event loop more than many short
ones: each statement gives it up once and waits for it afterwards.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import aiosqlite

from postbroker.store.batches import MOST_AT_ONCE
from postbroker.store.database import Failed

Item = TypeVar("Item")


class ThreadQueue(Generic[Item]):
    """Items for one function, which runs in the connection's thread and gives as many results."""

    def __init__(
        self,
        connection: aiosqlite.Connection,
        run: Callable[[sqlite3.Connection, list[Item]], list[Any]],
    ) -> None:
        self._connection = connection
        self._run = run
        self._waiting: list[tuple[Item, asyncio.Future[Any]]] = []
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    async def add(self, item: Item) -> Any:
        """The item's own result. Who is cancelled does not take the item back."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._waiting.append((item, future))
        if self._is_idle.is_set():
            self._is_idle.clear()
            loop.call_soon(self._call, loop)  # who comes in this turn of the loop goes along
        return await future

    async def finish(self) -> None:
        """Return once nothing waits any more."""
        await self._is_idle.wait()

    def _call(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have the thread do what waits. aiosqlite's queue is for its own methods only."""
        batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
        self._connection._tx.put_nowait((None, lambda: self._run_all(loop, batch)))

    def _run_all(
        self, loop: asyncio.AbstractEventLoop, batch: list[tuple[Item, asyncio.Future[Any]]]
    ) -> None:
        """One run, in the thread; all hear of it by one call of the loop."""
        try:
            results = self._run(self._connection._conn, [item for item, _ in batch])
        except Exception as error:
            results = [Failed(error)] * len(batch)
        loop.call_soon_threadsafe(self._answer, loop, batch, results)

    def _answer(
        self,
        loop: asyncio.AbstractEventLoop,
        batch: list[tuple[Item, asyncio.Future[Any]]],
        results: list[Any],
    ) -> None:
        if self._waiting:
            self._call(loop)
        else:
            self._is_idle.set()
        for (_, future), result in zip(batch, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Failed):
                future.set_exception(result.error)
            else:
                future.set_result(result)
