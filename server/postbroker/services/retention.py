"""Retention: an ended job loses its text and history in time, and stays known by what is left."""

from datetime import datetime, timedelta

from postbroker.clock import Clock
from postbroker.services.clients import IDLE_LIFE, UNUSED_CLIENTS, UNUSED_LIFE
from postbroker.store import retention as store
from postbroker.store.clients import (
    delete_idle_clients,
    delete_old_device_logins,
    delete_unused_clients,
)
from postbroker.store.database import Connection, Database
from postbroker.store.grants import delete_old_grants
from postbroker.store.limits import delete_old_limits
from postbroker.store.workspaces import delete_old_sign_ins

NUMBERS_AT_ONCE = 1000
"""Jobs looked over in one step."""
PRUNED_AT_ONCE = 50
"""Jobs pruned in one transaction: a step of milliseconds, between which others get in."""
SIGN_INS_KEPT = timedelta(days=1)
"""So long a second use of an old link or token is still told from noise."""


class Retention:
    """The use case of forgetting."""

    def __init__(self, database: Database, clock: Clock, keep: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._keep = keep

    async def clean(self) -> int:
        """Prune every job that ended before the time to keep; how many there were.

        An outcome that nobody settled has not ended for the person who must tell, and stays.
        """
        now, pruned, after = self._clock.now(), 0, 0
        await self._database.write(lambda tx: _forget_what_is_over(tx, now))
        while self._keep:
            page = await self._database.read(
                lambda tx, a=after: store.select_prunable(  # type: ignore[misc]
                    tx, a, NUMBERS_AT_ONCE, now - self._keep
                )
            )
            if page is None:
                break
            after, ids = page
            for start in range(0, len(ids), PRUNED_AT_ONCE):
                step = ids[start : start + PRUNED_AT_ONCE]

                async def prune(tx: Connection, step: list[str] = step) -> None:
                    await store.prune_jobs(tx, step, now)

                await self._database.write(prune)
                pruned += len(step)
        return pruned


async def _forget_what_is_over(tx: Connection, now: datetime) -> None:
    """Forget links, sessions, grants, clients and platforms' limits that are over."""
    before = now - SIGN_INS_KEPT
    await delete_old_sign_ins(tx, before)
    await delete_old_device_logins(tx, before)
    await delete_old_grants(tx, before)
    await delete_unused_clients(tx, now - UNUSED_LIFE, UNUSED_CLIENTS)
    await delete_idle_clients(tx, now - IDLE_LIFE)
    await delete_old_limits(tx, now)
