"""Space kept aside: given up when the disk is full, so that jobs under way can finish."""

import os
import shutil
from pathlib import Path

import structlog

log = structlog.get_logger()

RESERVE_BYTES = 8 << 20
"""What some hundred jobs write from their lease to their end, and the log file that holds it."""
ROOM_AGAIN = 2
"""So many times the reserve must be free before it is taken back: room for what comes then."""


class Reserve:
    """A file that holds space."""

    def __init__(self, path: Path, size: int = RESERVE_BYTES) -> None:
        self._path = path
        self._size = size
        self._is_held = False

    def hold(self) -> bool:
        """Keep the space, or take it back; False while the disk has too little."""
        if self._is_held:
            return True
        if shutil.disk_usage(self._path.parent).free < ROOM_AGAIN * self._size:
            return False
        try:
            with self._path.open("wb") as file:
                _allocate(file.fileno(), self._size)
        except OSError:
            self._path.unlink(missing_ok=True)
            return False
        self._is_held = True
        return True

    def release(self) -> bool:
        """Give the space up; False when it is gone already."""
        if not self._is_held:
            return False
        self._is_held = False
        self._path.unlink(missing_ok=True)
        log.error("disk_full", now="new jobs are refused, running ones finish")
        return True


def _allocate(handle: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(handle, 0, size)
    else:
        os.write(handle, bytes(size))
