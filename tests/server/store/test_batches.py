"""What waits for the database goes in together, and nobody fails for a neighbour."""

import asyncio
from typing import Any

import pytest

from postbroker.store.batches import BatchedWrites, Batches
from postbroker.store.database import Connection, Failed


class Gate:
    """A function that is busy with its first batch until it is opened."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.is_busy = asyncio.Event()
        self.open = asyncio.Event()

    async def run(self, items: list[int]) -> list[int | Failed]:
        self.batches.append(items)
        self.is_busy.set()
        await self.open.wait()
        return [Failed(ValueError(item)) if item < 0 else item * 10 for item in items]


async def write(work: Any) -> Any:
    """A database whose connection nobody needs."""
    return await work(None)


async def test_while_one_batch_runs_the_next_gathers() -> None:
    gate = Gate()
    batches: Batches[int, int] = Batches(gate.run)
    first = asyncio.create_task(batches.add(1))
    await gate.is_busy.wait()
    others = [asyncio.create_task(batches.add(number)) for number in (2, 3, 4)]
    await asyncio.wait(others, timeout=0)
    gate.open.set()
    assert await asyncio.gather(first, *others) == [10, 20, 30, 40]
    assert gate.batches == [[1], [2, 3, 4]]


async def test_an_item_fails_alone() -> None:
    gate = Gate()
    gate.open.set()
    batches: Batches[int, int] = Batches(gate.run)
    answers = await asyncio.gather(*map(batches.add, (1, -2, 3)), return_exceptions=True)
    assert gate.batches == [[1, -2, 3]]
    assert (answers[0], str(answers[1]), answers[2]) == (10, "-2", 30)


async def test_who_is_cancelled_does_not_take_the_item_back() -> None:
    gate = Gate()
    batches: Batches[int, int] = Batches(gate.run)
    first = asyncio.create_task(batches.add(1))
    await gate.is_busy.wait()
    second = asyncio.create_task(batches.add(2))
    await asyncio.wait([second], timeout=0)
    second.cancel()
    gate.open.set()
    await batches.finish()
    assert gate.batches == [[1], [2]]
    assert await first == 10


async def test_a_broken_function_breaks_its_batch_and_no_later_one() -> None:
    batches: Batches[int, int] = Batches(lambda items: asyncio.sleep(0, [1] if items[0] else []))  # noqa: TID251
    with pytest.raises(ValueError, match="zip"):
        await batches.add(0)
    assert await batches.add(1) == 1


async def test_what_undoes_all_is_tried_again_for_each_alone() -> None:
    tried: list[list[int]] = []

    async def work(_tx: Connection, items: list[int]) -> list[int | Failed]:
        tried.append(items)
        if 2 in items:
            raise ValueError("two")
        return list(items)

    writes = BatchedWrites(write)
    answers = await asyncio.gather(
        *(writes.add(work, item) for item in (1, 2, 3)), return_exceptions=True
    )
    assert (answers[0], str(answers[1]), answers[2]) == (1, "two", 3)
    assert sorted(tried) == [[1], [1, 2, 3], [2], [3]]
