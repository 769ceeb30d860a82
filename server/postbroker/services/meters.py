"""Limits on requests, each credential's own, that hold over all processes together.

A process draws requests in batches from the credential's row and gives them out from memory, so
that one request in many waits for the database. A batch begins small and doubles while it is used
up; it never takes more than a quarter of what is left, so little lies idle in another process.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from postbroker.clock import Clock
from postbroker.domain.caller import Caller
from postbroker.errors import TooManyError
from postbroker.store.database import Connection, Database, DatabaseBusyError, StorageFullError
from postbroker.store.grants import update_grant_used
from postbroker.store.keys import update_key_used
from postbroker.store.meters import Meter, save_meter, select_meter, select_request_counts

WINDOW_SECONDS = 60
FIRST_BATCH_PARTS = 100
"""The first batch of a minute is this part of the limit."""
LEFT_PARTS = 4
"""No batch is more than this part of what is left."""
UNLIMITED = 1 << 40
MOST_SHARES = 2000


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to a credential within the minute."""

    limit: int
    remaining: int
    reset_seconds: int


@dataclass(slots=True)
class _Share:
    """What this process has drawn of a minute and not given out yet."""

    minute: int = -1
    left: int = 0
    undrawn: int = 0
    """What the row still had after the last draw."""
    batch: int = 0
    spent: int = 0
    """Requests that the row has not counted yet."""
    drawing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def must_draw(self, minute: int) -> bool:
        """True when there is none left here and there may be some in the row."""
        return self.minute != minute or (self.left <= 0 and self.undrawn > 0)


class Meters:
    """The use case of counting requests."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._shares: dict[str, _Share] = {}

    async def take(self, caller: Caller) -> Allowance | None:
        """Count one request; None for a credential without a limit. Raises TooManyError."""
        now = self._clock.now()
        minute, into = divmod(int(now.timestamp()), WINDOW_SECONDS)
        share = self._shares.get(caller.id)
        if share is None:
            share = self._new_share(caller.id, minute)
        if share.must_draw(minute):
            async with share.drawing:  # who waited for another's draw takes from it
                if share.must_draw(minute):
                    await self._draw(caller, share, minute, now)
        reset = WINDOW_SECONDS - into
        if share.left <= 0:
            raise TooManyError(
                "RATE_LIMITED",
                f"this credential may ask {caller.requests_per_minute} times a minute",
                retry_after_seconds=reset,
            )
        share.left -= 1
        share.spent += 1
        if not caller.requests_per_minute:
            return None
        return Allowance(caller.requests_per_minute, share.left + share.undrawn, reset)

    async def counts(self, subject_ids: Sequence[str]) -> dict[str, int]:
        """How many requests each credential made in all, by its id, with what is known here."""
        told = await self._database.read(lambda tx: select_request_counts(tx, subject_ids))
        shares = self._shares
        return {
            each: count + (shares[each].spent if each in shares else 0)
            for each, count in told.items()
        }

    async def flush(self) -> None:
        """Write down what was not counted yet."""
        spent = {each: share.spent for each, share in self._shares.items() if share.spent}

        async def write(tx: Connection) -> None:
            for subject_id, requests in spent.items():
                await tx.lock(f"meter {subject_id}")
                if meter := await select_meter(tx, subject_id):
                    counted = Meter(meter.minute, meter.taken, meter.requests + requests)
                    await save_meter(tx, subject_id, counted)

        with suppress(DatabaseBusyError, StorageFullError):
            await self._database.write(write)
            for subject_id, requests in spent.items():
                self._shares[subject_id].spent -= requests

    async def _draw(self, caller: Caller, share: _Share, minute: int, now: datetime) -> None:
        limit, counted = caller.requests_per_minute, share.spent
        if share.minute != minute:
            share.batch = max(1, limit // FIRST_BATCH_PARTS)

        async def draw(tx: Connection) -> tuple[int, int]:
            await tx.lock(f"meter {caller.id}")
            meter = await select_meter(tx, caller.id) or Meter(minute, 0, 0)
            taken = meter.taken if meter.minute == minute else 0
            left = max(0, limit - taken)
            batch = min(left, share.batch, max(1, left // LEFT_PARTS)) if limit else 0
            after = Meter(minute, taken + batch, meter.requests + counted)
            await save_meter(tx, caller.id, after)
            match caller.kind:
                case "key":
                    await update_key_used(tx, caller.id, now)
                case "app":
                    await update_grant_used(tx, caller.id, now)
                case _:
                    pass
            return batch, left - batch

        try:
            drawn, share.undrawn = await self._database.write(draw)
        except (DatabaseBusyError, StorageFullError):
            # What only counts must not stop what could be done.
            drawn, share.undrawn, counted = share.batch, 1, 0
        share.left = drawn if limit else UNLIMITED
        share.minute = minute
        share.spent -= counted
        share.batch *= 2

    def _new_share(self, subject_id: str, minute: int) -> _Share:
        if len(self._shares) >= MOST_SHARES:
            self._shares = {
                each: share for each, share in self._shares.items() if share.minute == minute
            }
        share = self._shares[subject_id] = _Share()
        return share
