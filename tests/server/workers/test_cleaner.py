"""The cleaner works now and then, and survives what goes wrong."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from postbroker.workers.cleaner import EVERY_SECONDS, FIRST_AFTER_SECONDS, clean_for_ever
from server.doubles.clock import StillClock


class FailingFirst:
    """A retention whose first round fails, as on a locked database."""

    def __init__(self) -> None:
        self.rounds = 0

    async def clean(self) -> int:
        """Fail once, then find nothing."""
        self.rounds += 1
        if self.rounds == 1:
            raise OSError("locked")
        return 0


@pytest.fixture
async def retention(still_clock: StillClock) -> AsyncIterator[FailingFirst]:
    """Cleaned by a running loop."""
    cleaned, files = FailingFirst(), FailingFirst()
    cleaning = clean_for_ever(cleaned, files, still_clock)  # type: ignore[arg-type]
    task = asyncio.create_task(cleaning)
    await settle()
    yield cleaned
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def settle() -> None:
    """Let the loop go on until it sleeps."""
    for _ in range(5):
        await asyncio.sleep(0)  # noqa: TID251  no time passes


async def test_start_is_not_slowed_down(retention: FailingFirst, still_clock: StillClock) -> None:
    still_clock.move(FIRST_AFTER_SECONDS - 1)
    await settle()
    assert retention.rounds == 0


async def test_round_follows_round_although_one_failed(
    retention: FailingFirst, still_clock: StillClock
) -> None:
    for expected, seconds in enumerate((FIRST_AFTER_SECONDS, EVERY_SECONDS, EVERY_SECONDS), 1):
        still_clock.move(seconds)
        await settle()
        assert retention.rounds == expected
