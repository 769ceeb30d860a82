"""Remembers for a second who is behind a credential, so that not every request asks the database.

What changes here is forgotten at once; what another process changes is seen within the second.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from postbroker.clock import Clock

T = TypeVar("T")

REMEMBERED_FOR = timedelta(seconds=1)
MOST_REMEMBERED = 10_000


class Lately(Generic[T]):
    """What was found under a name within the last second."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._found: dict[str, tuple[T, datetime]] = {}

    async def get(self, name: str, find: Callable[[str], Awaitable[T | None]]) -> T | None:
        """What is known under the name, or what `find` finds; that nothing is there is not kept."""
        now = self._clock.now()
        known = self._found.get(name)
        if known is not None and known[1] > now:
            return known[0]
        found = self._found  # of now: what is forgotten meanwhile stays forgotten
        value = await find(name)
        if value is not None:
            if len(found) >= MOST_REMEMBERED:
                found.clear()
            found[name] = (value, now + REMEMBERED_FOR)
        return value

    def forget(self) -> None:
        """Something changed: find everything anew."""
        self._found = {}
