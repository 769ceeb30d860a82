"""Remembering who is behind a credential, for a second and no longer than it is true."""

import asyncio
from collections.abc import Awaitable, Callable

from postbroker.services.lately import MOST_REMEMBERED, Lately
from server.doubles.clock import StillClock


class Source:
    """Where names are found."""

    def __init__(self) -> None:
        self.values: dict[str, int] = {}
        self.asked = 0
        self.before_answer: Callable[[], Awaitable[object]] | None = None

    async def find(self, name: str) -> int | None:
        self.asked += 1
        value = self.values.get(name)
        if self.before_answer is not None:
            await self.before_answer()
        return value


async def test_is_asked_for_once_a_second(still_clock: StillClock) -> None:
    lately, source = Lately[int](still_clock), Source()
    source.values["one"] = 1
    for seconds, asked in ((0, 1), (0.9, 1), (0.1, 2)):
        still_clock.move(seconds)
        assert await lately.get("one", source.find) == 1
        assert source.asked == asked


async def test_what_is_not_there_is_asked_for_each_time(still_clock: StillClock) -> None:
    lately, source = Lately[int](still_clock), Source()
    assert await lately.get("one", source.find) is None
    source.values["one"] = 1
    assert await lately.get("one", source.find) == 1


async def test_a_change_is_seen_at_once(still_clock: StillClock) -> None:
    lately, source = Lately[int](still_clock), Source()
    source.values["one"] = 1
    await lately.get("one", source.find)
    source.values["one"] = 2
    lately.forget()
    assert await lately.get("one", source.find) == 2


async def test_what_was_read_before_a_change_is_not_remembered(still_clock: StillClock) -> None:
    lately, source = Lately[int](still_clock), Source()
    source.values["one"] = 1
    read, answer = asyncio.Event(), asyncio.Event()

    async def late() -> None:
        read.set()
        await answer.wait()

    source.before_answer = late
    asking = asyncio.create_task(lately.get("one", source.find))
    await read.wait()
    source.values["one"] = 2
    lately.forget()
    answer.set()
    await asking
    assert await lately.get("one", source.find) == 2


async def test_memory_has_a_limit(still_clock: StillClock) -> None:
    lately, source = Lately[int](still_clock), Source()
    for number in range(MOST_REMEMBERED + 1):
        source.values[str(number)] = number
        await lately.get(str(number), source.find)
    await lately.get("0", source.find)
    assert source.asked == MOST_REMEMBERED + 2
