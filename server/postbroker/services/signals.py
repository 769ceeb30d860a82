"""Wakes those who wait inside this process: pulls, readers with ?wait=, event streams."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from itertools import islice


class Waiter:
    """One who waits. It listens before it looks, so that no wake between the two is lost."""

    def __init__(self, signals: "Signals") -> None:
        self._signals = signals
        self._event = asyncio.Event()
        self._owed = False

    @property
    def is_woken(self) -> bool:
        """True when it was woken since its last wait."""
        return self._event.is_set()

    async def wait(self, seconds: float) -> bool:
        """True when woken within `seconds`; the next wait starts anew."""
        if self._signals.is_closed:
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
        self._owed = self._event.is_set()
        self._event.clear()
        return self._owed and not self._signals.is_closed

    def wake(self) -> None:
        """Let it look."""
        self._event.set()

    def use(self) -> None:
        """The last wake has done what it was for; one that is not used goes on to another."""
        self._owed = False

    @property
    def has_unused_wake(self) -> bool:
        """True when somebody else should look in its stead."""
        return self._owed or self.is_woken


class Signals:
    """Topics and who waits for each. Wake only after the commit."""

    def __init__(self) -> None:
        self._waiters: defaultdict[str, dict[Waiter, None]] = defaultdict(dict)
        self.is_closed = False

    @asynccontextmanager
    async def listen(self, *topics: str) -> AsyncIterator[Waiter]:
        """Hear every wake of the topics from here on."""
        waiter = Waiter(self)
        for topic in topics:
            self._waiters[topic][waiter] = None
        try:
            yield waiter
        finally:
            for topic in topics:
                del self._waiters[topic][waiter]
                if not self._waiters[topic]:
                    del self._waiters[topic]
                elif waiter.has_unused_wake and _is_for_one(topic):
                    self.wake(topic)

    def wake(self, *topics: str) -> None:
        """Wake all who wait for one of the topics; of those who pull, who has waited longest."""
        for topic in topics:
            waiters: Iterable[Waiter] = self._waiters.get(topic, ())
            if _is_for_one(topic):
                waiters = islice((each for each in waiters if not each.is_woken), 1)
            for waiter in waiters:
                waiter.wake()

    def hand_on(self, topic: str, waiter: Waiter) -> None:
        """Wake who has waited longest after `waiter`, which can do nothing with its own wake.

        A wake goes down the line once; sent back to its beginning it would go round for ever.
        """
        line = [*self._waiters[topic]]
        behind = line[line.index(waiter) + 1 :]
        for each in islice((each for each in behind if not each.is_woken), 1):
            each.wake()

    def wake_every(self, topic: str) -> None:
        """Wake all who wait for a topic, whatever it is."""
        for waiter in self._waiters.get(topic, ()):
            waiter.wake()

    def wake_all(self) -> None:
        """Wake everybody: something may have been missed."""
        for topic in self._waiters:
            self.wake_every(topic)

    def close(self) -> None:
        """The broker stops: everybody who waits gets an answer now."""
        self.is_closed = True
        self.wake_all()


PULLS = "pulls "


def pulls_of(workspace_id: str) -> str:
    """The topic of browsers that wait for jobs; a wake is one job, so it is for one of them."""
    return f"{PULLS}{workspace_id}"


def pull_by(browser_id: str) -> str:
    """The topic of one browser that waits for jobs: something changed for it alone."""
    return f"pull by {browser_id}"


PUBLISHER = "publisher"
"""The topic of whoever publishes through official APIs: there may be something to do."""


def _is_for_one(topic: str) -> bool:
    return topic.startswith(PULLS)


def events_of(workspace_id: str) -> str:
    """The topic of everything that happens in a workspace."""
    return f"events {workspace_id}"


def job_topic(job_id: str) -> str:
    """The topic of one job."""
    return f"job {job_id}"
