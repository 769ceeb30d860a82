"""Waking those who wait, and losing no wake."""

import asyncio
from contextlib import AsyncExitStack

from postbroker.services.signals import Signals, events_of, job_topic, pulls_of

LONG = 5
PULLS = pulls_of("1")


async def test_a_wake_between_listening_and_waiting_is_not_lost(signals: Signals) -> None:
    async with signals.listen("topic") as waiter:
        signals.wake("topic")
        assert await waiter.wait(0)


async def test_who_waits_is_woken(signals: Signals) -> None:
    async with signals.listen("topic") as waiter:
        waiting = asyncio.create_task(waiter.wait(LONG))
        await asyncio.sleep(0)  # noqa: TID251  lets the waiting begin
        signals.wake("other topic", "topic")
        assert await waiting


async def test_a_wake_is_for_one_wait(signals: Signals) -> None:
    async with signals.listen("topic") as waiter:
        signals.wake("topic")
        assert await waiter.wait(0)
        assert not await waiter.wait(0)


async def test_all_who_listen_are_woken_and_no_others(signals: Signals) -> None:
    async with (
        signals.listen("topic") as one,
        signals.listen("topic") as two,
        signals.listen("other topic") as three,
    ):
        signals.wake("topic")
        assert [await waiter.wait(0) for waiter in (one, two, three)] == [True, True, False]


async def test_nothing_is_kept_for_those_who_stopped_listening(signals: Signals) -> None:
    async with signals.listen("topic"):
        async with signals.listen("topic"):
            pass
        signals.wake("topic")
    signals.wake("topic")
    async with signals.listen("topic") as waiter:
        assert not await waiter.wait(0)


async def test_closing_answers_everybody_at_once(signals: Signals) -> None:
    async with signals.listen("topic") as waiter:
        waiting = asyncio.create_task(waiter.wait(LONG))
        await asyncio.sleep(0)  # noqa: TID251  lets the waiting begin
        signals.close()
        assert not await waiting
        assert not await waiter.wait(LONG)


class TestPulls:
    async def test_one_job_wakes_one_browser_and_the_one_that_has_waited_longest(
        self, signals: Signals
    ) -> None:
        async with signals.listen(PULLS) as first, signals.listen(PULLS) as second:
            signals.wake(PULLS)
            assert [await waiter.wait(0) for waiter in (first, second)] == [True, False]

    async def test_two_jobs_wake_two_browsers(self, signals: Signals) -> None:
        async with (
            signals.listen(PULLS) as first,
            signals.listen(PULLS) as second,
            signals.listen(PULLS) as third,
        ):
            signals.wake(PULLS, PULLS)
            woken = [await waiter.wait(0) for waiter in (first, second, third)]
            assert woken == [True, True, False]

    async def test_a_wake_of_one_that_goes_away_passes_on(self, signals: Signals) -> None:
        async with AsyncExitStack() as leaving:
            await leaving.enter_async_context(signals.listen(PULLS))
            async with signals.listen(PULLS) as second:
                signals.wake(PULLS)
                await leaving.aclose()
                assert await second.wait(0)

    async def test_a_wake_that_was_heard_and_not_used_passes_on(self, signals: Signals) -> None:
        async with AsyncExitStack() as leaving:
            first = await leaving.enter_async_context(signals.listen(PULLS))
            async with signals.listen(PULLS) as second:
                signals.wake(PULLS)
                assert await first.wait(0)
                await leaving.aclose()
                assert await second.wait(0)

    async def test_a_used_wake_is_over(self, signals: Signals) -> None:
        async with AsyncExitStack() as leaving:
            first = await leaving.enter_async_context(signals.listen(PULLS))
            async with signals.listen(PULLS) as second:
                signals.wake(PULLS)
                assert await first.wait(0)
                first.use()
                await leaving.aclose()
                assert not await second.wait(0)

    async def test_everybody_is_woken_when_all_should_look(self, signals: Signals) -> None:
        async with signals.listen(PULLS) as first, signals.listen(PULLS) as second:
            signals.wake_every(PULLS)
            assert [await waiter.wait(0) for waiter in (first, second)] == [True, True]

    async def test_a_wake_that_is_handed_on_goes_down_the_line_once(self, signals: Signals) -> None:
        async with (
            signals.listen(PULLS) as first,
            signals.listen(PULLS) as second,
            signals.listen(PULLS) as third,
        ):
            second.wake()
            signals.hand_on(PULLS, first)
            assert [each.is_woken for each in (first, second, third)] == [False, True, True]
            signals.hand_on(PULLS, third)
            assert not first.is_woken


def test_topics_of_different_things_differ() -> None:
    assert len({make("1") for make in (pulls_of, events_of, job_topic)}) == 3
