"""Files that are on the disk for good before anybody is told so."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def rename_durably(fresh: Path, target: Path) -> None:
    """Rename once the bytes are on the disk, and wait until the name is as well."""
    sync(fresh)
    fresh.replace(target)
    sync(target.parent)
