"""Files that agents upload, small ones in one request and large ones as they come."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp

from e2e.stage import Stage

PATTERN = bytes(range(256)) * 4096
"""A mebibyte that no file system takes for a hole."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file at the broker."""

    url: str
    sha256: str
    size: int


async def upload(stage: Stage, name: str, content: bytes) -> Uploaded:
    """Send a small file in a form."""
    form = aiohttp.FormData()
    form.add_field("file", content, filename=name)
    async with stage.http.post(f"{stage.broker.url}/v1/media/upload", data=form) as response:
        answer = await response.json()
        assert response.ok, answer
    return Uploaded(answer["url"], answer["sha256"], answer["size"])


async def upload_large(stage: Stage, name: str, start: bytes, size: int) -> Uploaded:
    """Send a video of `size` bytes: `start`, and behind it a box that players skip."""
    rest = size - len(start)
    head = start + rest.to_bytes(4, "big") + b"free"
    digest = hashlib.sha256()

    async def body() -> AsyncIterator[bytes]:
        sent = 0
        while sent < size:
            part = head if sent == 0 else PATTERN[: size - sent]
            digest.update(part)
            yield part
            sent += len(part)

    wish = {"filename": name, "bytes": size}
    target = await stage.ask("POST", "/v1/media/upload-url", wish)
    headers = {"Content-Type": target["resolvedContentType"]}
    async with aiohttp.request(
        "PUT", target["uploadUrl"], data=body(), headers=headers
    ) as response:
        assert response.ok, await response.text()
    return Uploaded(target["url"], digest.hexdigest(), size)
