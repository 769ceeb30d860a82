"""Gets fresh credentials before the old ones end, and lets go of what nobody finished."""

import structlog

from postbroker.clock import Clock
from postbroker.services.connecting import Connecting
from postbroker.services.renewal import Renewal
from postbroker.store.database import DatabaseBusyError

log = structlog.get_logger()

EVERY_SECONDS = 15


async def renew_for_ever(renewal: Renewal, connecting: Connecting, clock: Clock) -> None:
    """Renew until cancelled; a failed round is logged and the next one tries again."""
    while True:
        try:
            await renewal.renew_due()
            await connecting.drop_abandoned()
        except DatabaseBusyError as error:
            log.warning("renewing_put_off", reason=str(error))
        except Exception:
            log.exception("renewing_failed")
        await clock.sleep(EVERY_SECONDS)
