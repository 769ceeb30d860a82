"""Files on their way to a platform: their size, the time they may take, forms that carry them.

A form is streamed with its length known beforehand: some servers take no chunked body.
"""

import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from postbroker.domain.media import Attached
from postbroker.platforms.adapter import Api
from postbroker.platforms.outcome import Rejected, TroubleError

ANSWER_SECONDS = 30
SLOWEST_UPLOAD = 100_000
"""Bytes a second below which an upload is given up."""
BOUNDARY_BYTES = 16


def size_of(file: Attached) -> int:
    """Bytes of a file. Raises TroubleError for one that nobody looked into."""
    if file.media.facts is None:
        raise TroubleError(Rejected("media_fetch_failed", "the file was never looked into"))
    return file.media.facts.size


def seconds_for(size: int) -> float:
    """How long a request with so many bytes may take in all."""
    return ANSWER_SECONDS + size / SLOWEST_UPLOAD


def piece(
    api: Api, file: Attached, start: int, end: int, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What `send` needs for a file from `start` up to `end` (RFC 9110, section 14.4), with more
    headers: headers, body, seconds."""
    told = {
        "Content-Type": file.media.content_type,
        "Content-Length": str(end - start),
        "Content-Range": f"bytes {start}-{end - 1}/{size_of(file)}",
        **(headers or {}),
    }
    return {
        "headers": told,
        "body": api.read(file, start, end),
        "seconds": seconds_for(end - start),
    }


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file in a form, or a piece of it."""

    name: str
    """Of the field."""
    file: Attached
    start: int = 0
    end: int | None = None
    """Up to and without this byte; None for the rest."""

    @property
    def size(self) -> int:
        """Bytes."""
        return (size_of(self.file) if self.end is None else self.end) - self.start


def multipart(api: Api, fields: Mapping[str, str], files: Sequence[FilePart]) -> dict[str, Any]:
    """What `send` needs for a form with files (RFC 7578), fields first: headers, body, seconds."""
    boundary = secrets.token_hex(BOUNDARY_BYTES)
    before = b"".join(
        _head(boundary, f'name="{name}"') + value.encode() + b"\r\n"
        for name, value in fields.items()
    )
    heads = [_head(boundary, _disposition(part), part.file.media.content_type) for part in files]
    end = f"--{boundary}--\r\n".encode()
    size = len(before) + len(end)
    size += sum(len(head) + part.size + 2 for head, part in zip(heads, files, strict=True))

    async def body() -> AsyncIterator[bytes]:
        yield before
        for head, part in zip(heads, files, strict=True):
            yield head
            async for chunk in api.read(part.file, part.start, part.end):
                yield chunk
            yield b"\r\n"
        yield end

    headers = {
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Content-Length": str(size),
    }
    return {"headers": headers, "body": body(), "seconds": seconds_for(size)}


def _head(boundary: str, disposition: str, content_type: str | None = None) -> bytes:
    kind = f"Content-Type: {content_type}\r\n" if content_type else ""
    return (f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n{kind}\r\n").encode()


def _disposition(part: FilePart) -> str:
    """With the file's name as HTML's forms write it: quotes and line ends are escaped."""
    name = part.file.media.file_name
    for sign in ('"', "\r", "\n"):
        name = name.replace(sign, f"%{ord(sign):02X}")
    return f'name="{part.name}"; filename="{name}"'
