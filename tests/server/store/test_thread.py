"""What waits for a connection's thread goes in together, and its answers come back."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from typing import Any

import aiosqlite
import pytest

from postbroker.store.batches import MOST_AT_ONCE
from postbroker.store.database import Failed
from postbroker.store.thread import ThreadQueue


class Runs:
    """A function that waits in its thread until it may go on, and remembers what it was given."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may_go_on = threading.Event()

    def __call__(self, raw: sqlite3.Connection, items: list[int]) -> list[Any]:
        self.batches.append(items)
        assert self.may_go_on.wait(timeout=5)
        assert raw.execute("SELECT 1").fetchall() == [(1,)]
        if 0 in items:
            raise ValueError("zero")
        return [Failed(KeyError(item)) if item < 0 else item * 10 for item in items]


@pytest.fixture
async def raw() -> AsyncIterator[aiosqlite.Connection]:
    """A connection with its thread."""
    async with aiosqlite.connect(":memory:") as connection:
        yield connection


@pytest.fixture
def runs() -> Runs:
    """What runs."""
    return Runs()


@pytest.fixture
def queue(raw: aiosqlite.Connection, runs: Runs) -> ThreadQueue[int]:
    """The queue for it."""
    return ThreadQueue(raw, runs)


async def begin(queue: ThreadQueue[int], runs: Runs, *items: int) -> list[asyncio.Task[Any]]:
    """Add items, and return once the thread has begun with the first."""
    tasks = [asyncio.create_task(queue.add(item)) for item in items]
    async with asyncio.timeout(5):
        while not runs.batches:
            await asyncio.wait(tasks, timeout=0.001)
    return tasks


async def test_while_one_run_works_the_next_gathers(queue: ThreadQueue[int], runs: Runs) -> None:
    first = await begin(queue, runs, 1, 2)
    others = [asyncio.create_task(queue.add(number)) for number in (3, -4)]
    await asyncio.wait(others, timeout=0)
    runs.may_go_on.set()
    assert await asyncio.gather(*first) == [10, 20]
    assert await others[0] == 30
    with pytest.raises(KeyError):
        await others[1]
    assert runs.batches == [[1, 2], [3, -4]]


async def test_who_is_cancelled_does_not_take_the_item_back(
    queue: ThreadQueue[int], runs: Runs
) -> None:
    await begin(queue, runs, 1)
    other = asyncio.create_task(queue.add(2))
    await asyncio.wait([other], timeout=0)
    other.cancel()
    runs.may_go_on.set()
    await queue.finish()
    assert runs.batches == [[1], [2]]


async def test_a_broken_run_breaks_no_later_one(queue: ThreadQueue[int], runs: Runs) -> None:
    runs.may_go_on.set()
    with pytest.raises(ValueError, match="zero"):
        await queue.add(0)
    assert await queue.add(1) == 10


async def test_nobody_waits_too_long_for_too_many(queue: ThreadQueue[int], runs: Runs) -> None:
    runs.may_go_on.set()
    numbers = range(1, MOST_AT_ONCE + 2)
    assert await asyncio.gather(*map(queue.add, numbers)) == [number * 10 for number in numbers]
    assert [len(batch) for batch in runs.batches] == [MOST_AT_ONCE, 1]
