"""A proxy before a real server, which can hold a request on its way, or its answer."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

MOST_BYTES = 64 << 20
HOP_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection"})

Side = Literal["before", "after"]
"""Of the server: `before` it has heard of the request, `after` it has done it."""


@dataclass(slots=True)
class Hold:
    """Holds the next request to a path."""

    path: str
    """A pattern."""
    side: Side
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    """A request is held."""
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    passed: asyncio.Event = field(default_factory=asyncio.Event)
    """The request was let go, and the server has answered."""


class Between:
    """Forwards everything to the server but what a test wants otherwise."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._session = aiohttp.ClientSession(auto_decompress=False)
        self._server: TestServer | None = None
        self._holds: list[Hold] = []
        self._answers: list[tuple[str, web.Response]] = []
        self._held = set[asyncio.Future[web.Response]]()
        self.count: dict[str, int] = {}
        """How many requests came to each path."""

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.port}"

    def hold(self, path: str, side: Side) -> Hold:
        """Hold the next request to a path, until it is let go."""
        hold = Hold(path, side)
        self._holds.append(hold)
        return hold

    def answer(
        self, path: str, status: int, body: Any, headers: dict[str, str] | None = None
    ) -> None:
        """Answer the next request to a path, of which the server never hears."""
        self._answers.append((path, web.json_response(body, status=status, headers=headers)))

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.count[request.path] = self.count.get(request.path, 0) + 1
        for each in self._answers:
            if re.fullmatch(each[0], request.path):
                self._answers.remove(each)
                return each[1]
        hold = next((each for each in self._holds if re.fullmatch(each.path, request.path)), None)
        if hold is None:
            return await self._forward(request, body)
        self._holds.remove(hold)
        # Whoever asked may be dead before it goes on.
        work = asyncio.ensure_future(self._hold(hold, request, body))
        self._held.add(work)
        return await asyncio.shield(work)

    async def _hold(self, hold: Hold, request: web.Request, body: bytes) -> web.Response:
        if hold.side == "after":
            answer = await self._forward(request, body)
            hold.reached.set()
            await hold.let_go.wait()
        else:
            hold.reached.set()
            await hold.let_go.wait()
            answer = await self._forward(request, body)
        hold.passed.set()
        return answer

    async def _forward(self, request: web.Request, body: bytes) -> web.Response:
        async with self._session.request(
            request.method,
            f"{self._target}{request.rel_url}",
            headers=_without_hop(request.headers),
            data=body,
            allow_redirects=False,
        ) as answer:
            return web.Response(
                status=answer.status,
                headers=_without_hop(answer.headers),
                body=await answer.read(),
            )

    async def start(self) -> None:
        """Listen."""
        app = web.Application(client_max_size=MOST_BYTES)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._server = TestServer(app)
        await self._server.start_server()

    async def close(self) -> None:
        """Let everything go."""
        if self._server is not None:
            await self._server.close()
        await self._session.close()


@asynccontextmanager
async def between(target: str) -> AsyncIterator[Between]:
    """A proxy before `target`."""
    proxy = Between(target)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.close()


def _without_hop(headers: Any) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in HOP_HEADERS}
