"""Fetches public files, and nothing from inside.

A name is resolved once, all its addresses are checked, and the connection goes to a checked one, so
that a name cannot point elsewhere a moment later. Each redirect passes the same door.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from yarl import URL

from postbroker.egress.guard import Network, check_place, connector_to

CONNECT_SECONDS = 5
SILENCE_SECONDS = 20
REDIRECTS = 3
CHUNK_BYTES = 1 << 20
OK = 200
REDIRECTIONS = (301, 302, 303, 307, 308)


class FetchError(Exception):
    """The file did not come. What is refused and what does not answer sound the same, so that
    nobody can feel their way through the inside."""


class TooLargeError(FetchError):
    """The file is larger than it may be."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came."""

    file_name: str
    """The last part of the path that it came from; may be empty."""
    content_type: str


class Egress:
    """Fetches files. `inside` are networks that it may reach although they are not public."""

    def __init__(self, inside: Sequence[Network] = ()) -> None:
        self._inside = tuple(inside)

    async def fetch(self, url: str, to: Path, bytes_max: int, seconds: float) -> Fetched:
        """Write what lies at a public address to a file. Raises FetchError, TooLargeError."""
        timeout = aiohttp.ClientTimeout(
            total=seconds, connect=CONNECT_SECONDS, sock_read=SILENCE_SECONDS
        )
        try:
            async with aiohttp.ClientSession(
                connector=connector_to(self._inside),
                timeout=timeout,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "postbroker", "Accept-Encoding": "identity"},
            ) as session:
                return await self._follow(session, url, to, bytes_max)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise FetchError("no file can be fetched from there") from error

    async def _follow(
        self, session: aiohttp.ClientSession, url: str, to: Path, bytes_max: int
    ) -> Fetched:
        place = URL(url)
        for _ in range(REDIRECTS + 1):
            check_place(place, self._inside)
            async with session.get(place, allow_redirects=False) as response:
                if response.status in REDIRECTIONS:
                    place = place.join(URL(response.headers.get("Location", "")))
                    continue
                if response.status != OK:
                    raise FetchError(f"its server answered {response.status}")
                if (response.content_length or 0) > bytes_max:
                    raise TooLargeError(f"it has {response.content_length} bytes")
                await _write(response, to, bytes_max)
                return Fetched(place.name, response.content_type)
        raise FetchError("it is redirected too often")


async def _write(response: aiohttp.ClientResponse, to: Path, bytes_max: int) -> None:
    size = 0
    with await asyncio.to_thread(to.open, "wb") as file:
        async for chunk in response.content.iter_chunked(CHUNK_BYTES):
            size += len(chunk)
            if size > bytes_max:
                raise TooLargeError(f"it has more than {bytes_max} bytes")
            await asyncio.to_thread(file.write, chunk)
