"""The data folder: one broker at a time, on a file system that SQLite can trust."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DATABASE_FILE = "postbroker.db"
LOCK_FILE = "broker.lock"
MOUNTS = Path("/proc/self/mountinfo")
OWNER_ONLY = 0o700

NETWORK_FILE_SYSTEMS = frozenset(
    {
        "9p", "afs", "beegfs", "ceph", "cifs", "davfs", "fuse.ceph", "fuse.glusterfs",
        "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "gpfs", "lustre", "nfs", "nfs4", "smb3", "smbfs",
    }
)  # fmt: skip
"""Kinds of mounts without the locks and the shared memory that SQLite's WAL is built on."""


class DataDirInUseError(Exception):
    """Another broker works on this folder."""


class DataDirUnfitError(Exception):
    """No broker can work on this folder; the message says why."""


@contextmanager
def sole_use(data_dir: Path) -> Iterator[bool]:
    """Hold the folder alone; the system lets go of it however the process ends.

    Yields whether whoever held it before came to its own end. Raises DataDirInUseError,
    DataDirUnfitError.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
        if kind := network_file_system(data_dir.resolve(), _mounts()):
            raise DataDirUnfitError(
                f"{data_dir} lies on a network file system ({kind}), on which SQLite loses data"
            )
        file = (data_dir / LOCK_FILE).open("a+", encoding="utf-8")
    except OSError as error:
        raise DataDirUnfitError(f"{data_dir} cannot be written: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataDirInUseError(
                f"another broker works on {data_dir}: stop it, or give this one --data-dir"
            ) from error
        file.seek(0)
        was_clean = not file.read()
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield was_clean
        file.truncate(0)  # not reached when something was raised: the next one looks closer


def network_file_system(folder: Path, mounts: str) -> str | None:
    """The kind of network file system that holds a folder, by Linux's table of mounts; or None."""
    kind, depth = "", -1
    for line in mounts.splitlines():
        mount, _, system = line.partition(" - ")
        place = Path(mount.split()[4].encode().decode("unicode_escape"))
        if folder.is_relative_to(place) and len(place.parts) >= depth:  # a later mount covers
            kind, depth = system.split()[0], len(place.parts)
    return kind if kind in NETWORK_FILE_SYSTEMS else None


def _mounts() -> str:
    return MOUNTS.read_text(encoding="utf-8") if MOUNTS.exists() else ""
