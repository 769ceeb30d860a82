"""Clocks for tests: one that moves only when told, and one that does not wait."""

import asyncio
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class StillClock:
    """Stands still at `START` until it is moved; who sleeps wakes once it has moved far enough."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now
        self._sleepers: list[tuple[datetime, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """The instant the clock stands at."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Return once the clock has been moved by `seconds`."""
        wakes_at = self._now + timedelta(seconds=seconds)
        if wakes_at > self._now:
            woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._sleepers.append((wakes_at, woken))
            await woken

    def move(self, seconds: float = 0, *, minutes: float = 0, hours: float = 0) -> None:
        """Move on and wake everybody whose time has come."""
        self._now += timedelta(seconds=seconds, minutes=minutes, hours=hours)
        due = [future for wakes_at, future in self._sleepers if wakes_at <= self._now]
        self._sleepers = [each for each in self._sleepers if each[0] > self._now]
        for future in due:
            if not future.done():
                future.set_result(None)


class HurriedClock:
    """Tells the true time, does not wait, and remembers how long it should have."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC)  # noqa: TID251

    async def sleep(self, seconds: float) -> None:
        """Return at once."""
        self.slept.append(seconds)
