"""Removes what nobody needs any more, now and then."""

import structlog

from postbroker.clock import Clock
from postbroker.services.media import MediaFiles
from postbroker.services.retention import Retention
from postbroker.store.database import DatabaseBusyError

log = structlog.get_logger()

FIRST_AFTER_SECONDS = 60
EVERY_SECONDS = 3600


async def clean_for_ever(retention: Retention, media: MediaFiles, clock: Clock) -> None:
    """Clean until cancelled; a failed round is logged and the next one tries again."""
    seconds = FIRST_AFTER_SECONDS
    while True:
        await clock.sleep(seconds)
        seconds = EVERY_SECONDS
        try:
            if pruned := await retention.clean():
                log.info("pruned", jobs=pruned)
            if removed := await media.clean():
                log.info("media_removed", files=removed)
        except DatabaseBusyError as error:
            log.warning("clean_put_off", reason=str(error))
        except Exception:
            log.exception("clean_failed")
