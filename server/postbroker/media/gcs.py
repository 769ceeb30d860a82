"""Files in a bucket of Google Cloud Storage; clients upload to it directly."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from google.api_core.exceptions import GoogleAPIError, NotFound
from google.auth.exceptions import GoogleAuthError
from google.cloud import storage
from google.oauth2 import service_account
from requests import RequestException

from postbroker.media.storage import CHUNK_BYTES, MissingError, StorageError

UPLOADS = "uploads"
"""What clients put themselves; they may write there only, and only for an hour."""
KEPT = "media"
"""What was looked through; nobody but the broker writes there."""

SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"

T = TypeVar("T")


class GoogleStorage:
    """One bucket. Addresses are signed (V4) by `signer`, which needs no network for it."""

    def __init__(
        self, client: storage.Client, bucket: str, signer: service_account.Credentials
    ) -> None:
        self._bucket = client.bucket(bucket)
        self._signer = signer

    @classmethod
    def open(cls, bucket: str, key_file: Path) -> "GoogleStorage":
        """A bucket by the key file of a service account that may read and write its objects."""
        signer = service_account.Credentials.from_service_account_file(  # type: ignore[no-untyped-call]
            str(key_file), scopes=[SCOPE]
        )
        client = storage.Client(project=signer.project_id, credentials=signer)
        return cls(client, bucket, signer)

    async def upload_url(self, media_id: str, content_type: str, life: timedelta) -> str:
        """A signed address for one PUT of exactly this content type."""
        url = await _run(
            lambda: self._object(UPLOADS, media_id).generate_signed_url(
                version="v4",
                method="PUT",
                expiration=life,
                content_type=content_type,
                credentials=self._signer,
            )
        )
        return str(url)

    async def fetch_upload(self, media_id: str, to: Path, size_max: int) -> bool:
        """Bring what a client has put there, unless it is larger; False when there is nothing."""
        upload = self._object(UPLOADS, media_id)
        try:
            await _run(upload.reload)
            if upload.size > size_max:
                raise StorageError(f"the upload has {upload.size} bytes, over {size_max}")
            await _run(
                lambda: upload.download_to_filename(str(to), if_generation_match=upload.generation)
            )
        except MissingError:
            return False
        return True

    async def keep(self, media_id: str, file: Path, content_type: str) -> None:
        """Upload a file, checked by its checksum, and remove what a client had put there."""
        kept = self._object(KEPT, media_id)
        await _run(
            lambda: kept.upload_from_filename(
                str(file), content_type=content_type, checksum="crc32c"
            )
        )
        await asyncio.to_thread(file.unlink)
        await self._delete(UPLOADS, media_id)

    async def read(self, media_id: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`. Raises MissingError before the first of them."""
        kept = self._object(KEPT, media_id)
        while start < end:
            last = min(start + CHUNK_BYTES, end) - 1
            chunk = await _run(partial(kept.download_as_bytes, start=start, end=last))
            if not chunk:
                raise StorageError(f"file {media_id} is shorter than it was")
            start += len(chunk)
            yield chunk

    async def delete(self, media_id: str) -> None:
        """Remove a file and what was uploaded for it; one that is not there is no error."""
        await self._delete(KEPT, media_id)
        await self._delete(UPLOADS, media_id)

    async def _delete(self, folder: str, media_id: str) -> None:
        try:
            await _run(self._object(folder, media_id).delete)
        except MissingError:
            return

    def _object(self, folder: str, media_id: str) -> Any:
        return self._bucket.blob(f"{folder}/{media_id}")


async def _run(call: Callable[[], T]) -> T:
    """Run a call of the library, which waits, in a thread. Raises MissingError, StorageError."""
    try:
        return await asyncio.to_thread(call)
    except NotFound as error:
        raise MissingError(str(error)) from error
    except (GoogleAPIError, GoogleAuthError, RequestException) as error:
        raise StorageError(f"Google Cloud Storage: {error}") from error
