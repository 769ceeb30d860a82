"""Remembers for a second who is behind a credential, so that not every request asks the database.

What changes here is forgotten at once; what another process changes is seen within the second.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Generic, TypeVar

from postbroker.clock import Clock

T = TypeVar("T")

REMEMBERED_FOR = timedelta(seconds=1)
MOST_REMEMBERED = 10_000


class Lately(Generic[T]):
    """What was found for a secret within the last second; the secret itself is not kept."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._found: dict[bytes, tuple[T, datetime]] = {}

    async def get(self, secret: str, find: Callable[[str], Awaitable[T | None]]) -> T | None:
        """What is known for the secret, or what `find` finds; that nothing is there is not kept."""
        now, name = self._clock.now(), sha256(secret.encode(errors="surrogatepass")).digest()
        known = self._found.get(name)
        if known is not None and known[1] > now:
            return known[0]
        found = self._found  # of now: what is forgotten meanwhile stays forgotten
        value = await find(secret)
        if value is not None:
            if len(found) >= MOST_REMEMBERED:
                found.clear()
            found[name] = (value, now + REMEMBERED_FOR)
        return value

    def forget(self) -> None:
        """Something changed: find everything anew."""
        self._found = {}
