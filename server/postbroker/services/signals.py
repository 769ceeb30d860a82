"""Wakes those who wait inside this process: pulls, readers with ?wait=, event streams."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Waiter:
    """One who waits. It listens before it looks, so that no wake between the two is lost."""

    def __init__(self, signals: "Signals") -> None:
        self._signals = signals
        self.event = asyncio.Event()

    async def wait(self, seconds: float) -> bool:
        """True when woken within `seconds`; the next wait starts anew."""
        if self._signals.is_closed:
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.event.wait()
        woken = self.event.is_set()
        self.event.clear()
        return woken and not self._signals.is_closed


class Signals:
    """Topics and who waits for each. Wake only after the commit."""

    def __init__(self) -> None:
        self._waiters: defaultdict[str, set[Waiter]] = defaultdict(set)
        self.is_closed = False

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[Waiter]:
        """Hear every wake of `topic` from here on."""
        waiter = Waiter(self)
        self._waiters[topic].add(waiter)
        try:
            yield waiter
        finally:
            self._waiters[topic].discard(waiter)
            if not self._waiters[topic]:
                del self._waiters[topic]

    def wake(self, *topics: str) -> None:
        """Wake all who wait for one of the topics."""
        for topic in topics:
            for waiter in self._waiters.get(topic, ()):
                waiter.event.set()

    def wake_all(self) -> None:
        """Wake everybody: something may have been missed."""
        self.wake(*self._waiters)

    def close(self) -> None:
        """The broker stops: everybody who waits gets an answer now."""
        self.is_closed = True
        self.wake_all()


def pulls_of(workspace_id: str) -> str:
    """The topic of browsers that wait for jobs."""
    return f"pulls {workspace_id}"


def events_of(workspace_id: str) -> str:
    """The topic of everything that happens in a workspace."""
    return f"events {workspace_id}"


def job_topic(job_id: str) -> str:
    """The topic of one job."""
    return f"job {job_id}"
