"""One broker over HTTP: asks, asks again where that is safe, and reads streams of events."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import aiohttp
from pydantic import ValidationError

from postbroker.client.credentials import Credential, send
from postbroker.client.errors import (
    RefusedError,
    StrangeAnswerError,
    UnreachableError,
)
from postbroker.clock import Clock
from postbroker.contract.jobs import JobEvent
from postbroker.contract.message import Message

ANSWER_SECONDS = 30
CONNECT_SECONDS = 5
UPLOAD_ANSWER_SECONDS = 120
SILENCE_SECONDS = 60
"""A stream beats every 15 seconds; after this long without a word its connection is dead."""
RETRY_DELAYS = (0.2, 0.6, 1.5)
RESTART_DELAYS = (*RETRY_DELAYS, 3.0, 5.0)
"""For a broker that has been there: it may be starting again."""
LONGEST_PAUSE_SECONDS = 10
"""What the broker wants one to wait longer for is told to the caller at once."""
LONGEST_LINE = 1 << 20
OK, MOVED, REFUSED, TOO_MANY, FAULT = 200, 300, 400, 429, 500
PROXY_STATUSES = frozenset({502, 503, 504})
"""What a proxy says when the broker behind it does not answer."""
PASSING_CODES = frozenset({"DATABASE_BUSY", "SHUTTING_DOWN"})
"""Refusals that pass by themselves and changed nothing."""

M = TypeVar("M", bound=Message)


@dataclass(slots=True)
class Bookmark:
    """How far a stream was read."""

    last_id: int | None = None


class Wire:
    """The way to one broker. Opens its connections on first use; close it with `close`."""

    def __init__(self, url: str, credential: Credential, clock: Clock) -> None:
        self.url = url
        self._credential = credential
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._was_there = False

    @property
    def delays(self) -> tuple[float, ...]:
        """The waits between requests while no answer comes, in seconds."""
        return RESTART_DELAYS if self._was_there else RETRY_DELAYS

    async def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def ask(
        self,
        method: str,
        path: str,
        model: type[M],
        body: Message | None = None,
        *,
        repeatable: bool | None = None,
        **options: Any,
    ) -> M:
        """Ask for a message; again where no answer came and `repeatable`, which reading always is.

        Raises PostbrokerError.
        """
        answer = await self.patiently(method, path, body, repeatable=repeatable, **options)
        try:
            # A newer broker may say more than this client knows.
            return model.model_validate(answer, extra="ignore")
        except ValidationError as error:
            raise StrangeAnswerError.of(self.url, OK) from error

    async def patiently(
        self,
        method: str,
        path: str,
        body: Message | None = None,
        *,
        repeatable: bool | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """As `ask`, for an answer of any form; empty for one without a body."""
        is_safe = method == "GET" if repeatable is None else repeatable
        failures = 0
        while True:
            try:
                return await self._once(method, path, body, **options)
            except (UnreachableError, RefusedError) as error:
                if failures == len(self.delays):
                    raise
                pause = _pause_after(error, self.delays[failures], is_safe=is_safe)
                if pause is None:
                    raise
            await self._clock.sleep(pause)
            failures += 1

    async def anything(self, path: str) -> dict[str, Any]:
        """The JSON object at a path, whatever its status is. Raises PostbrokerError."""
        async with self._answered("GET", path) as response:
            try:
                body: dict[str, Any] = json.loads(await response.read())
            except ValueError as error:
                raise StrangeAnswerError.of(self.url, response.status) from error
        return body

    async def put(self, url: str, content: BinaryIO | bytes, content_type: str) -> None:
        """Send a file to where the broker says, which may be elsewhere: the key stays here.

        Raises PostbrokerError.
        """
        patient = aiohttp.ClientTimeout(
            total=None, connect=CONNECT_SECONDS, sock_read=UPLOAD_ANSWER_SECONDS
        )
        try:
            async with (
                aiohttp.ClientSession(timeout=patient) as session,
                session.put(url, data=content, headers={"Content-Type": content_type}) as response,
            ):
                if response.status >= REFUSED:
                    await _read(response, self.url)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise UnreachableError(
                code="UNREACHABLE",
                message="the upload broke off",
                suggested_action="Check the network and try again.",
                safe_to_retry=True,
            ) from error

    async def put_file(self, url: str, file: Path, content_type: str) -> None:
        """As `put`, for a file on disk. Raises OSError as well."""
        with await asyncio.to_thread(file.open, "rb") as content:
            await self.put(url, content, content_type)

    async def stream(self, path: str, mark: Bookmark) -> AsyncGenerator[JobEvent, None]:
        """Events as they come, from behind the mark on, which moves along, until the connection
        ends. Raises PostbrokerError.
        """
        endless = aiohttp.ClientTimeout(
            total=None, connect=CONNECT_SECONDS, sock_read=SILENCE_SECONDS
        )
        headers = {} if mark.last_id is None else {"Last-Event-ID": str(mark.last_id)}
        async with self._answered("GET", path, headers=headers, timeout=endless) as response:
            if response.status != OK:
                await _read(response, self.url)
            data: list[str] = []
            async for raw in response.content:
                name, _, value = raw.decode().rstrip("\r\n").partition(":")
                if name == "data":
                    data.append(value.removeprefix(" "))
                elif name == "id":
                    mark.last_id = int(value)
                elif not name and not value and data:
                    yield JobEvent.model_validate_json("\n".join(data), extra="ignore")
                    data = []

    async def _once(
        self, method: str, path: str, body: Message | None, **options: Any
    ) -> dict[str, Any]:
        sent = body.model_dump(mode="json", exclude_unset=True) if body else None
        async with self._answered(method, path, json=sent, **options) as response:
            return await _read(response, self.url)

    @asynccontextmanager
    async def _answered(
        self, method: str, path: str, **options: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        session, url = self._opened(), self.url + path
        try:
            response = await send(session, self._credential, method, url, **options)
            self._was_there = True
            async with response:
                yield response
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            was_sent = not isinstance(error, aiohttp.ClientConnectorError)
            self._was_there |= was_sent
            raise _unreachable(self.url, was_sent=was_sent) from error

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS, connect=CONNECT_SECONDS),
                read_bufsize=LONGEST_LINE,
            )
        return self._session


def _pause_after(
    error: UnreachableError | RefusedError, delay: float, *, is_safe: bool
) -> float | None:
    """Seconds to wait before the same request is made again; None where it must not be."""
    if isinstance(error, UnreachableError):
        return delay if is_safe or error.safe_to_retry else None
    changed_nothing = error.code in PASSING_CODES or error.status == TOO_MANY
    is_fault = (error.status or 0) >= FAULT and error.actor == "operator" and error.safe_to_retry
    pause = max(delay, error.retry_after_seconds or 0)
    may = changed_nothing or (is_fault and is_safe)
    return pause if may and pause <= LONGEST_PAUSE_SECONDS else None


async def _read(response: aiohttp.ClientResponse, url: str) -> dict[str, Any]:
    """The JSON object of an answer, empty without a body. Raises PostbrokerError for a refusal."""
    raw = await response.read()
    if MOVED <= response.status < REFUSED:
        raise StrangeAnswerError.of(url, response.status)
    if not raw and response.status < MOVED:
        return {}
    try:
        body = json.loads(raw)
    except ValueError as error:
        if response.status in PROXY_STATUSES:
            raise _unreachable(url, was_sent=True) from error
        raise StrangeAnswerError.of(url, response.status) from error
    if not isinstance(body, dict) or (response.status >= REFUSED and "code" not in body):
        raise StrangeAnswerError.of(url, response.status)
    if response.status >= REFUSED:
        raise RefusedError.of(response.status, body)
    return body


def _unreachable(url: str, *, was_sent: bool) -> UnreachableError:
    return UnreachableError(
        code="UNREACHABLE",
        message=f"no broker answers at {url}",
        actor="operator",
        suggested_action="Start it with: postbroker up",
        safe_to_retry=not was_sent,
    )
