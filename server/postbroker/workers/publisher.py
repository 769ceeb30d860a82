"""Publishes what goes by official APIs: looks for work, again and again, and does some at once."""

import asyncio

import structlog

from postbroker.clock import Clock
from postbroker.services.deliveries import Deliveries, Held
from postbroker.services.leases import Leases
from postbroker.services.publishing import Publishing
from postbroker.services.signals import PUBLISHER, Signals
from postbroker.store.database import DatabaseBusyError

log = structlog.get_logger()

LOOK_SECONDS = 1.0
"""How often to look without being told: for what waits until an instant."""


async def publish_for_ever(
    leases: Leases,
    deliveries: Deliveries,
    publishing: Publishing,
    signals: Signals,
    clock: Clock,
    at_once: int,
    *,
    is_alone: bool,
) -> None:
    """Work until cancelled, on up to `at_once` jobs; what was sent then gets its answer still.

    A broker that is alone on its data knows that whoever held a job before it is gone.
    """
    working = set[asyncio.Task[None]]()
    try:
        if is_alone:
            await _begin_anew(leases)
        async with signals.listen(PUBLISHER) as waiter:
            while True:
                try:
                    await _begin(deliveries, publishing, working, at_once)
                except DatabaseBusyError as error:
                    log.warning("publish_put_off", reason=str(error))
                except Exception:
                    log.exception("publish_failed")
                waiter.use()
                if signals.is_closed:
                    await clock.sleep(LOOK_SECONDS)
                else:
                    await waiter.wait(LOOK_SECONDS)
    finally:
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)


async def _begin_anew(leases: Leases) -> None:
    try:
        await leases.release_publishers()
    except Exception:
        log.exception("release_failed")  # then their leases end by themselves


async def _begin(
    deliveries: Deliveries,
    publishing: Publishing,
    working: set[asyncio.Task[None]],
    at_once: int,
) -> None:
    """Take as much as there are hands free."""
    for workspace_id in await deliveries.workspaces():
        free = at_once - len(working)
        if free <= 0:
            return
        for held in await deliveries.take(workspace_id, free):
            task = asyncio.create_task(_work(publishing, held))
            working.add(task)
            task.add_done_callback(working.discard)


async def _work(publishing: Publishing, held: Held) -> None:
    try:
        await publishing.run(held)
    except Exception:
        log.exception("delivery_failed", job=held.job.id)
