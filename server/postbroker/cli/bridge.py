"""Carries the Model Context Protocol between standard input and output and a running broker.

A JSON message a line comes in and goes to the broker's `/mcp`; what the broker answers goes out, a
message a line. So an agent that starts its servers itself has the tools that the broker serves.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp

from postbroker.client import PostbrokerError
from postbroker.client.credentials import send
from postbroker.client.places import Target
from postbroker.clock import Clock

Line = dict[str, Any]

VERSION_IN_META = "io.modelcontextprotocol/protocolVersion"
NAMED_BY = {
    "tools/call": "name",
    "prompts/get": "name",
    "resources/read": "uri",
    "tasks/get": "taskId",
    "tasks/update": "taskId",
    "tasks/cancel": "taskId",
}
"""Which parameter the header Mcp-Name repeats."""
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}
INTERNAL_ERROR, PARSE_ERROR = -32603, -32700
CONNECT_SECONDS = 5
PAUSE_SECONDS = 1
"""Between two tries to hear what the broker says unasked."""
LONGEST_LINE = 1 << 24
OK, MOVED, NOT_FOUND = 200, 300, 404


class Bridge:
    """One client on this side, one broker on the other."""

    def __init__(self, target: Target, clock: Clock, write: Callable[[bytes], None]) -> None:
        self._url = f"{target.url}/mcp"
        self._broker = target.url
        self._credential = target.credential
        self._clock = clock
        self._write = write
        self._answers: dict[Any, asyncio.Task[None]] = {}
        self._hello: Line | None = None
        self._of_session: dict[str, str] = {}
        self._ears: asyncio.Task[None] | None = None

    async def carry(self, lines: AsyncIterator[bytes]) -> None:
        """Carry every line until they end; what is still asked then is given up."""
        patient = aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS)
        async with aiohttp.ClientSession(timeout=patient, read_bufsize=LONGEST_LINE) as session:
            self._session = session
            async with asyncio.TaskGroup() as group:
                async for raw in lines:
                    await self._take(raw, group)
                for task in [*self._answers.values(), *filter(None, [self._ears])]:
                    task.cancel()
            await self._say_goodbye()

    async def _take(self, raw: bytes, group: asyncio.TaskGroup) -> None:
        """Begin with one line; a notification is over before the next line is looked at."""
        try:
            message = json.loads(raw)
        except ValueError:
            self._tell({"jsonrpc": "2.0", "id": None} | _error(PARSE_ERROR, "that is no JSON"))
            return
        match message:
            case {"method": str(), "id": int() | str() as name}:
                task = group.create_task(self._ask(message, group))
                self._answers[name] = task
                task.add_done_callback(lambda _: self._answers.pop(name, None))
            case {"method": "notifications/cancelled", "params": {"requestId": asked}} if (
                not self._of_session
            ):
                if asked in self._answers:
                    self._answers[asked].cancel()  # 2026-07-28 cancels by hanging up
            case _:
                await self._ask(message, group)

    async def _ask(self, message: Any, group: asyncio.TaskGroup) -> None:
        """Send one message and pass on whatever comes of it."""
        try:
            await self._send(message, group)
        except (aiohttp.ClientError, TimeoutError, OSError):
            step = f"no broker answers at {self._broker}. Start it with: postbroker up"
            self._refuse(message, step, None)
        except PostbrokerError as error:
            self._refuse(message, f"{error}. {error.suggested_action or ''}".strip(), None)
        except ValueError:
            self._refuse(message, f"{self._url} answers, but not as a broker does", None)

    async def _send(
        self, message: Any, group: asyncio.TaskGroup, *, is_again: bool = False
    ) -> None:
        is_hello = _method(message) == "initialize"
        if is_hello:
            self._hello, self._of_session = message, {}
        headers = _routing(message) or self._of_session
        is_lost = False
        async with self._request("POST", headers, message) as response:
            if response.status == NOT_FOUND and "Mcp-Session-Id" in headers and not is_again:
                is_lost = True
            elif response.status >= MOVED:
                await self._pass_refusal(message, response)
            else:
                if is_hello:
                    self._begin(response)
                async for answer in _messages(response):
                    if is_hello and "result" in answer:
                        version = str(answer["result"].get("protocolVersion", ""))
                        self._of_session["MCP-Protocol-Version"] = version
                    self._tell(answer)
        if is_lost:  # the broker was started anew: shake hands again, unseen
            await self._greet_again()
            await self._send(message, group, is_again=True)
        elif is_hello and "Mcp-Session-Id" in self._of_session and self._ears is None:
            self._ears = group.create_task(self._hear())

    def _begin(self, response: aiohttp.ClientResponse) -> None:
        if session_id := response.headers.get("Mcp-Session-Id"):
            self._of_session["Mcp-Session-Id"] = session_id

    async def _greet_again(self) -> None:
        version = self._of_session.get("MCP-Protocol-Version", "")
        async with self._request("POST", {}, self._hello) as response:
            self._begin(response)
            await response.read()
        self._of_session["MCP-Protocol-Version"] = version
        async with self._request("POST", self._of_session, INITIALIZED) as response:
            await response.read()

    async def _hear(self) -> None:
        """Pass on what the broker says unasked, in the sessions of before 2026-07-28."""
        while True:
            with suppress(aiohttp.ClientError, TimeoutError, OSError, PostbrokerError):
                async with self._request("GET", self._of_session) as response:
                    if response.status == OK:
                        async for message in _messages(response):
                            self._tell(message)
                    elif response.status != NOT_FOUND:
                        return
            await self._clock.sleep(PAUSE_SECONDS)

    async def _say_goodbye(self) -> None:
        if "Mcp-Session-Id" in self._of_session:
            with suppress(aiohttp.ClientError, TimeoutError, OSError, PostbrokerError):
                async with self._request("DELETE", self._of_session):
                    pass

    @asynccontextmanager
    async def _request(
        self, method: str, headers: dict[str, str], message: Any = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        headers = {"Accept": "application/json, text/event-stream"} | headers
        response = await send(
            self._session, self._credential, method, self._url, headers, json=message
        )
        async with response:
            yield response

    async def _pass_refusal(self, message: Any, response: aiohttp.ClientResponse) -> None:
        """What the broker refused, as an error of the protocol."""
        try:
            body = json.loads(await response.read())
        except ValueError:
            body = None
        match body:
            case {"jsonrpc": "2.0"}:
                self._tell(body | {"id": message.get("id")} if isinstance(message, dict) else body)
            case {"code": str(code), "detail": str(detail), "suggestedAction": str(step)}:
                self._refuse(message, f"{code}: {detail}. {step}", body)
            case _:
                self._refuse(message, f"{self._url} answers {response.status}", None)

    def _refuse(self, message: Any, text: str, data: Any) -> None:
        if isinstance(message, dict) and "id" in message and "method" in message:
            self._tell({"jsonrpc": "2.0", "id": message["id"]} | _error(INTERNAL_ERROR, text, data))

    def _tell(self, message: Line) -> None:
        self._write(json.dumps(message, separators=(",", ":")).encode() + b"\n")


def _error(code: int, message: str, data: Any = None) -> Line:
    error: Line = {"code": code, "message": message}
    return {"error": error if data is None else error | {"data": data}}


def _method(message: Any) -> str | None:
    return message.get("method") if isinstance(message, dict) else None


def _routing(message: Any) -> dict[str, str]:
    """The headers that 2026-07-28 repeats of a request's body; none for what is older."""
    match message:
        case {"method": str(method), "params": {"_meta": dict(meta), **params}}:
            version = meta.get(VERSION_IN_META)
        case _:
            return {}
    if not isinstance(version, str):
        return {}
    headers = {"MCP-Protocol-Version": version, "Mcp-Method": method}
    name = params.get(NAMED_BY.get(method, ""))
    if isinstance(name, str):
        headers["Mcp-Name"] = _header_value(name)
    return headers


def _header_value(text: str) -> str:
    """A text as a header carries it: what is more than visible ASCII in base 64, marked so."""
    is_plain = text.isascii() and text.isprintable() and text == text.strip()
    if is_plain and not text.startswith("=?base64?"):
        return text
    return f"=?base64?{base64.b64encode(text.encode()).decode()}?="


async def _messages(response: aiohttp.ClientResponse) -> AsyncIterator[Line]:
    """The messages of an answer: the one of a JSON body, or each of a stream as it comes."""
    if response.content_type == "application/json":
        yield json.loads(await response.read())
    elif response.content_type == "text/event-stream":
        data: list[str] = []
        async for raw in response.content:
            name, _, value = raw.decode().rstrip("\r\n").partition(":")
            if name == "data":
                data.append(value.removeprefix(" "))
            elif not name and not value and data:
                yield json.loads("\n".join(data))
                data = []
