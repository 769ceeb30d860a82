"""Looks over leases and deadlines, again and again."""

import structlog

from postbroker.clock import Clock
from postbroker.services.leases import Leases
from postbroker.store.database import DatabaseBusyError

log = structlog.get_logger()


async def sweep_for_ever(leases: Leases, clock: Clock, every_seconds: float) -> None:
    """Sweep until cancelled; a failed round is logged and the next one tries again."""
    while True:
        try:
            while swept := await leases.sweep():
                log.info("swept", jobs=swept)
        except DatabaseBusyError as error:
            log.warning("sweep_put_off", reason=str(error))
        except Exception:
            log.exception("sweep_failed")
        await clock.sleep(every_seconds)
