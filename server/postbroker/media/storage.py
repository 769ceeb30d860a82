"""What the services need of a place for files."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Protocol

CHUNK_BYTES = 1 << 18


class MediaStorage(Protocol):
    """Keeps files by their id, durably. Every method raises StorageError when the place fails."""

    async def upload_url(self, media_id: str, content_type: str, life: timedelta) -> str | None:
        """Where a client may put a file of this type itself; None when it goes through us."""
        ...

    async def fetch_upload(self, media_id: str, to: Path, size_max: int) -> bool:
        """Bring what a client has put there, unless it is larger; False when there is nothing."""
        ...

    async def keep(self, media_id: str, file: Path, content_type: str) -> None:
        """Take over a file; once this returns, no crash loses it."""
        ...

    def read(self, media_id: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`. Raises MissingError before the first of them."""
        ...

    async def delete(self, media_id: str) -> None:
        """Remove a file and what was uploaded for it; one that is not there is no error."""
        ...


class StorageError(Exception):
    """The place for files cannot be reached, or does not take them."""


class MissingError(StorageError):
    """The place does not have that file."""
