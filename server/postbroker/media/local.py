"""Files in a folder of this machine."""

import asyncio
import errno
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from postbroker.disk import rename_durably
from postbroker.media.storage import CHUNK_BYTES, MissingError, StorageError

OWNER_ONLY = 0o700
DISK_IS_FULL = (errno.ENOSPC, errno.EDQUOT)


class LocalStorage:
    """Keeps files below `folder`, which must lie where the files to keep are made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def upload_url(self, media_id: str, content_type: str, life: timedelta) -> None:
        """None: uploads come through the broker itself."""

    async def fetch_upload(self, media_id: str, to: Path, size_max: int) -> bool:  # noqa: ARG002
        """False: nobody but the broker puts files here."""
        return False

    async def keep(self, media_id: str, file: Path, content_type: str) -> None:  # noqa: ARG002
        """Move a file into its place, on the disk for good."""
        with _named():
            await asyncio.to_thread(_move, file, self._path(media_id))

    async def read(self, media_id: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`. Raises MissingError before the first of them."""
        try:
            file = await asyncio.to_thread(self._path(media_id).open, "rb")
        except FileNotFoundError as error:
            raise MissingError(media_id) from error
        try:
            await asyncio.to_thread(file.seek, start)
            while start < end:
                chunk = await asyncio.to_thread(file.read, min(CHUNK_BYTES, end - start))
                if not chunk:
                    raise StorageError(f"file {media_id} is shorter than it was")
                start += len(chunk)
                yield chunk
        finally:
            file.close()

    async def delete(self, media_id: str) -> None:
        """Remove a file; one that is not there is no error."""
        with _named():
            await asyncio.to_thread(self._path(media_id).unlink, missing_ok=True)

    def _path(self, media_id: str) -> Path:
        """Ids end in random digits: so no folder gets too many."""
        return self._folder / media_id[-2:] / media_id


@contextmanager
def _named() -> Iterator[None]:
    """A folder that fails, in the words of a storage; a full disk is known everywhere."""
    try:
        yield
    except OSError as error:
        if error.errno in DISK_IS_FULL:
            raise
        raise StorageError(f"the folder for files: {error.strerror}") from error


def _move(file: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
    rename_durably(file, place)
