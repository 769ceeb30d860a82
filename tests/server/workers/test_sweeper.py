"""The loop that looks over leases and deadlines."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

import pytest

from postbroker.app import Services
from postbroker.domain.job import Job
from postbroker.services.leases import Leases
from postbroker.workers.sweeper import sweep_for_ever
from server.doubles.clock import StillClock


class FailingOnce:
    """Leases whose first sweep fails."""

    def __init__(self, leases: Leases) -> None:
        self.sweeps = 0
        self._leases = leases

    async def sweep(self) -> int:
        self.sweeps += 1
        if self.sweeps == 1:
            raise OSError("the disk is gone for a moment")
        return await self._leases.sweep()


async def until(is_so: Callable[[], Awaitable[bool]], clock: StillClock) -> None:
    """Move the clock a second at a time until it is so."""
    while not await is_so():
        clock.move(1)


@pytest.fixture
def failing_once(services: Services) -> FailingOnce:
    return FailingOnce(services.leases)


async def stop(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_falls_silent_is_taken_back_until_the_loop_is_cancelled(
    services: Services, leased_job: Job, still_clock: StillClock
) -> None:
    loop = asyncio.create_task(sweep_for_ever(services.leases, still_clock, 1))

    async def is_taken_back() -> bool:
        return (await services.jobs.get(leased_job.id, None)).state == "retry_wait"

    await until(is_taken_back, still_clock)
    await stop(loop)


async def test_a_round_that_fails_does_not_end_the_loop(
    services: Services, queued_job: Job, still_clock: StillClock, failing_once: FailingOnce
) -> None:
    still_clock.move(hours=24)
    loop = asyncio.create_task(sweep_for_ever(cast(Leases, failing_once), still_clock, 1))

    async def is_expired() -> bool:
        return (await services.jobs.get(queued_job.id, None)).state == "expired"

    await until(is_expired, still_clock)
    assert failing_once.sweeps > 1
    await stop(loop)
