"""Files in Google Cloud Storage, against a server that speaks its protocol.

That server checks no signature, so that the tests do: they build what was signed anew from the
address alone, as Google's documents say, and verify it with the public half of the key.
"""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

import aiohttp
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from google.cloud import storage

from postbroker.media.gcs import GoogleStorage
from postbroker.media.storage import MissingError, StorageError
from server.doubles.bucket import BUCKET, running_storage, signer_of

CONTENT = bytes(range(256)) * 4096
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def client() -> Iterator[storage.Client]:
    with running_storage() as client:
        yield client


@pytest.fixture
def place(client: storage.Client) -> GoogleStorage:
    return GoogleStorage(client, BUCKET, signer_of(KEY))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    return path


async def read(
    place: GoogleStorage, media_id: str, start: int = 0, end: int = len(CONTENT)
) -> bytes:
    return b"".join([chunk async for chunk in place.read(media_id, start, end)])


def names_in(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def verify(url: str, method: str, content_type: str) -> None:
    """Raise InvalidSignature unless this very request was signed with KEY.

    The canonical request and the string to sign are those of Google's V4 signing process.
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    signature = bytes.fromhex(query.pop("X-Goog-Signature"))
    values = {"host": parts.netloc, "content-type": content_type}
    signed = query["X-Goog-SignedHeaders"].split(";")
    canonical = "\n".join(
        [
            method,
            parts.path,
            "&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in sorted(query.items())),
            *(f"{name}:{values[name]}" for name in signed),
            "",
            ";".join(signed),
            "UNSIGNED-PAYLOAD",
        ]
    )
    scope = query["X-Goog-Credential"].partition("/")[2]
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    words = "\n".join([query["X-Goog-Algorithm"], query["X-Goog-Date"], scope, digest])
    KEY.public_key().verify(signature, words.encode(), padding.PKCS1v15(), hashes.SHA256())


class TestUploadAddress:
    async def test_it_is_signed_for_one_method_type_and_object(self, place: GoogleStorage) -> None:
        url = await place.upload_url("media-1", "video/mp4", HOUR)
        verify(url, "PUT", "video/mp4")
        for method, content_type in (("PUT", "video/webm"), ("GET", "video/mp4"), ("PUT", "")):
            with pytest.raises(InvalidSignature):
                verify(url, method, content_type)
        with pytest.raises(InvalidSignature):
            verify(url.replace("media-1", "media-2"), "PUT", "video/mp4")

    async def test_it_is_good_for_an_hour(self, place: GoogleStorage) -> None:
        url = await place.upload_url("media-1", "video/mp4", HOUR)
        seconds = int(dict(parse_qsl(urlsplit(url).query))["X-Goog-Expires"])
        assert 3590 <= seconds <= 3600
        with pytest.raises(InvalidSignature):
            verify(url.replace(f"Expires={seconds}", "Expires=604800"), "PUT", "video/mp4")

    async def test_what_a_client_puts_there_is_fetched_and_then_kept_elsewhere(
        self, place: GoogleStorage, tmp_path: Path
    ) -> None:
        url, fetched = (
            await place.upload_url("media-3", "image/png", HOUR),
            tmp_path / "f",
        )
        assert not await place.fetch_upload("media-3", fetched, 1 << 30)
        async with (
            aiohttp.ClientSession() as session,
            session.put(url, data=CONTENT, headers={"Content-Type": "image/png"}) as response,
        ):
            assert response.status == 200
        assert await place.fetch_upload("media-3", fetched, 1 << 30)
        assert names_in(tmp_path) == {"f"}
        with pytest.raises(MissingError):
            await read(place, "media-3")
        await place.keep("media-3", fetched, "image/png")
        assert not await place.fetch_upload("media-3", fetched, 1 << 30)
        assert await read(place, "media-3") == CONTENT

    async def test_an_upload_larger_than_was_said_is_not_fetched(
        self, place: GoogleStorage, client: storage.Client, tmp_path: Path
    ) -> None:
        client.bucket(BUCKET).blob("uploads/media-4").upload_from_string(CONTENT)
        with pytest.raises(StorageError, match="over 100"):
            await place.fetch_upload("media-4", tmp_path / "f", 100)
        assert names_in(tmp_path) == set()


class TestFiles:
    async def test_a_kept_file_is_read_whole_and_in_parts(
        self, place: GoogleStorage, file: Path
    ) -> None:
        await place.keep("media-5", file, "image/png")
        assert names_in(file.parent) == set()
        assert await read(place, "media-5") == CONTENT
        assert await read(place, "media-5", 1000, 600_000) == CONTENT[1000:600_000]

    async def test_a_removed_file_is_gone_and_may_be_removed_again(
        self, place: GoogleStorage, file: Path
    ) -> None:
        await place.keep("media-6", file, "image/png")
        await place.delete("media-6")
        await place.delete("media-6")
        with pytest.raises(MissingError):
            await read(place, "media-6")

    async def test_a_bucket_that_is_not_there_is_a_failure_of_the_storage(
        self, client: storage.Client, file: Path
    ) -> None:
        nowhere = GoogleStorage(client, "nowhere", signer_of(KEY))
        with pytest.raises(StorageError):
            await nowhere.keep("media-7", file, "image/png")
