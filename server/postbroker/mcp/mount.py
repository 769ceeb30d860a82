"""The endpoint `/mcp` on the web application: who asks is settled here, the rest is the SDK's.

The SDK speaks ASGI, aiohttp does not; `Mount` stands between the two.
"""

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from aiohttp import web
from multidict import CIMultiDict
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from postbroker import __version__
from postbroker.appkeys import EVENTS, OPERATIONS, PUBLIC_URL, SETTINGS, SIGNALS, TRACE_ID
from postbroker.callers import MCP_PATH, agent_of
from postbroker.contract.problems import Problem
from postbroker.domain.key import Scope
from postbroker.errors import BrokerError, ForbiddenError, UnavailableError
from postbroker.mcp.asking import ASKING, Asking, Parts
from postbroker.mcp.origins import is_welcome
from postbroker.operations.tools import TOOLS

LOOK_SECONDS = 0.25
"""How often a waiting answer looks whether somebody still listens: aiohttp does not tell."""
SCOPES: dict[str, Scope] = {
    "resources/list": "posts.read",
    "resources/read": "posts.read",
    "resources/subscribe": "posts.read",
    "subscriptions/listen": "posts.read",
    "tasks/get": "posts.read",
    "tasks/update": "posts.publish",
    "tasks/cancel": "posts.publish",
}
"""What the protocol's own methods need; a tool needs what its operation does."""
STREAM_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Mcp-Session-Id, WWW-Authenticate, X-Request-Id",
}

RUNNING = set["asyncio.Future[None]"]()
"""Answers under way: the event loop itself does not hold on to its tasks."""

Asgi = Callable[[dict[str, Any], Callable[..., Any], Callable[..., Any]], Awaitable[None]]


def add_mcp(
    app: web.Application,
    problem_of: Callable[[BrokerError, str], Problem],
    validation_error: Callable[[ValidationError, type[BaseModel]], BrokerError],
) -> None:
    """Put the endpoint on the application; nothing of it is loaded before somebody asks."""
    operations = app[OPERATIONS]
    parts = Parts(
        version=__version__,
        operations=operations,
        events=app[EVENTS],
        problem_of=problem_of,
        validation_error=validation_error,
        keeps_sessions=app[SETTINGS].database_url is None,
    )
    mount = Mount(parts)
    for method in ("GET", "POST", "DELETE"):
        app.router.add_route(method, MCP_PATH, mount.handle)
    app.on_shutdown.append(mount.close)
    app.on_cleanup.append(mount.finish)


class Mount:
    """Serves the SDK's session manager from an aiohttp route."""

    def __init__(self, parts: Parts) -> None:
        self._scopes = {
            tool.name: tool.scope or parts.operations[tool.operation].scope for tool in TOOLS
        }
        self._parts = parts
        self._closing = asyncio.Event()
        self._begun: asyncio.Future[Asgi] | None = None
        self._life: asyncio.Task[None] | None = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request of the protocol. Raises BrokerError for who may not ask."""
        if request.app[SIGNALS].is_closed:
            raise UnavailableError("SHUTTING_DOWN", "the broker is stopping", retry_after_seconds=5)
        _check_origin(request)
        scope = _scope_of(await request.read(), self._scopes)
        asking = Asking(
            who=await agent_of(request, scope),
            address=request.remote or "",
            gone=lambda: request.transport is None or request.transport.is_closing(),
            trace_id=request[TRACE_ID],
        )
        asgi = await self._begin()
        return await _Exchange(request, self._closing).run(asgi, asking)

    async def close(self, _app: web.Application) -> None:
        """End every stream: the application would wait for them."""
        self._closing.set()

    async def finish(self, _app: web.Application) -> None:
        """Return once the sessions are over."""
        if self._life is not None:
            await self._life

    async def _begin(self) -> Asgi:
        if self._begun is None:
            self._begun = asyncio.get_running_loop().create_future()
            self._life = asyncio.create_task(self._live(self._begun), name="mcp")
        return await asyncio.shield(self._begun)

    async def _live(self, begun: "asyncio.Future[Asgi]") -> None:
        """Load the SDK and hold its session manager open: one task must enter and leave it."""
        try:
            # Most of a second: the loop goes on meanwhile.
            server = await asyncio.to_thread(importlib.import_module, "postbroker.mcp.server")
            manager = server.new_manager(self._parts)
            async with manager.run():
                begun.set_result(manager.handle_request)
                await self._closing.wait()
        except BaseException as error:
            if begun.done():
                raise
            begun.set_exception(error)


class _Exchange:
    """One request and its answer, as ASGI sees them."""

    def __init__(self, request: web.Request, closing: asyncio.Event) -> None:
        self._request = request
        self._closing = closing
        self._finished = asyncio.Event()
        self._is_read = False
        self._response: web.StreamResponse | None = None

    async def run(self, asgi: Asgi, asking: Asking) -> web.StreamResponse:
        """The answer, sent already where it is a stream.

        Whoever goes away ends only their own answer: a session they have just begun goes on.
        """
        task = asyncio.ensure_future(asgi(self._scope(asking), self._receive, self._send))
        RUNNING.add(task)
        task.add_done_callback(RUNNING.discard)
        try:
            await asyncio.shield(task)
        finally:
            self._finished.set()
        if self._response is None:
            raise UnavailableError("SHUTTING_DOWN", "the broker is stopping", retry_after_seconds=5)
        return self._response

    def _scope(self, asking: Asking) -> dict[str, Any]:
        request, url = self._request, self._request.url
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": request.scheme,
            "path": request.path,
            "raw_path": request.raw_path.encode(),
            "root_path": "",
            "query_string": request.query_string.encode(),
            "headers": [(name.lower(), value) for name, value in request.raw_headers],
            "client": (request.remote or "", 0),
            "server": (url.host or "", url.port or 0),
            ASKING: asking,
        }

    async def _receive(self) -> dict[str, Any]:
        """The body, then nothing until the client has gone, the answer is out, or all ends."""
        if not self._is_read:
            self._is_read = True
            body = await self._request.read()
            return {"type": "http.request", "body": body, "more_body": False}
        while not (
            self._finished.is_set() or self._closing.is_set() or self._request.transport is None
        ):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._finished.wait(), LOOK_SECONDS)
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            await self._start(message)
            return
        if self._finished.is_set():
            return
        body, is_last = message.get("body", b""), not message.get("more_body", False)
        if isinstance(self._response, web.Response):
            self._response.body = (self._response.body or b"") + body
        elif self._response is not None:
            with suppress(ConnectionError):  # gone: `_receive` says so too
                if body:
                    await self._response.write(body)
                if is_last:
                    await self._response.write_eof()
        if is_last:
            self._finished.set()

    async def _start(self, message: dict[str, Any]) -> None:
        """A stream's head goes out at once: nothing may come after it for a long time."""
        headers = CIMultiDict(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]
        )
        if "Content-Length" in headers:
            self._response = web.Response(status=message["status"], headers=headers)
            return
        headers.extend(STREAM_HEADERS)
        headers["X-Request-Id"] = self._request[TRACE_ID]
        self._response = web.StreamResponse(status=message["status"], headers=headers)
        with suppress(ConnectionError):
            await self._response.prepare(self._request)


def _check_origin(request: web.Request) -> None:
    """Raise ForbiddenError for a web page that has no business here."""
    origin, settings = request.headers.get("Origin"), request.app[SETTINGS]
    public_url = request.app[PUBLIC_URL]
    if origin and not is_welcome(origin, request.host, public_url, settings.mcp_origins):
        detail = f"pages of {origin} may not ask here; POSTBROKER_MCP_ORIGINS names those that may"
        raise ForbiddenError("FORBIDDEN", detail)


def _scope_of(body: bytes, of_tools: dict[str, Scope | None]) -> Scope | None:
    """What the message in a request needs; what is no message of the protocol needs nothing."""
    try:
        message = from_json(body) if body else {}
    except ValueError:
        return None
    match message:
        case {"method": "tools/call", "params": {"name": str(name)}}:
            return of_tools.get(name)
        case {"method": str(method)}:
            return SCOPES.get(method)
        case _:
            return None
