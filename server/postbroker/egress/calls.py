"""Calls the APIs of others: one request, one answer, no redirect followed, nothing sent twice.

NotSentError       nothing has left this machine
UnansweredError    the request has left, or may have; no whole answer came
"""

import json
from collections.abc import AsyncIterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from yarl import URL

from postbroker.egress.guard import Network, check_place, connector_to

CONNECT_SECONDS = 10
ANSWER_SECONDS = 30
ANSWER_BYTES_MAX = 4 << 20
CHUNK_BYTES = 1 << 16

Body = bytes | AsyncIterable[bytes] | aiohttp.FormData | None


class CallError(Exception):
    """A request without an answer."""


class NotSentError(CallError):
    """The server could not be reached, or must not be: nothing was sent."""


class UnansweredError(CallError):
    """The request was sent, or may have been, and no whole answer came."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. A redirect is an answer like any other."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def is_ok(self) -> bool:
        """True for the statuses of success, 200 to 299."""
        return 200 <= self.status < 300

    @property
    def json(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def fields(self) -> dict[str, Any]:
        """The body as a JSON object; empty when it is none."""
        value = self.json
        return value if isinstance(value, dict) else {}


class Calls:
    """Calls APIs. `inside` are networks that it may reach although they are not public."""

    def __init__(self, inside: Sequence[Network] = ()) -> None:
        self._inside = tuple(inside)
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Body = None,
        seconds: float = ANSWER_SECONDS,
        bytes_max: int = ANSWER_BYTES_MAX,
    ) -> Answer:
        """One request and its answer. Raises NotSentError, UnansweredError."""
        place = URL(url).update_query(params or {})
        try:
            check_place(place, self._inside)
        except (OSError, ValueError) as error:
            raise NotSentError("that address cannot be reached") from error
        timeout = aiohttp.ClientTimeout(total=seconds, connect=CONNECT_SECONDS)
        try:
            async with self._open_session().request(
                method, place, headers=headers, data=body, timeout=timeout, allow_redirects=False
            ) as response:
                body_read = await _read(response, bytes_max)
                return Answer(response.status, response.headers, body_read)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSentError(f"{place.host} cannot be reached") from error
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise UnansweredError(f"{place.host} gave no whole answer") from error

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=connector_to(self._inside),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "postbroker"},
            )
        return self._session


async def _read(response: aiohttp.ClientResponse, bytes_max: int) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK_BYTES):
        body += chunk
        if len(body) > bytes_max:
            raise UnansweredError("the answer is larger than any answer should be")
    return bytes(body)
