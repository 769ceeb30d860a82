"""Calls to APIs: not sent is told apart from not answered, and nothing is sent twice."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from ipaddress import ip_network

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from postbroker.egress.calls import ANSWER_BYTES_MAX, Calls, NotSentError, UnansweredError

LOOPBACK = (ip_network("127.0.0.0/8"),)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """Counts what reaches it, and answers as a test wants."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, bytes]] = []
        self.headers: list[dict[str, str]] = []
        self.connections: set[object] = set()
        self.handler: Handler = self._fine
        app = web.Application(client_max_size=16 << 20)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._server = TestServer(app)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.method, str(request.rel_url), await request.read()))
        self.headers.append(dict(request.headers))
        assert request.transport is not None
        self.connections.add(request.transport.get_extra_info("peername"))
        return await self.handler(request)

    async def _fine(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"id": "1"}, status=201, headers={"X-Trace": "a"})

    async def start(self) -> None:
        await self._server.start_server()

    async def close(self) -> None:
        await self._server.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    await server.start()
    yield server
    await server.close()


@pytest.fixture
async def calls() -> AsyncIterator[Calls]:
    calls = Calls(LOOPBACK)
    yield calls
    await calls.close()


async def hang(_request: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


async def hang_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def half_an_answer(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b"{")
    return await hang_up(request)


async def too_much(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(ANSWER_BYTES_MAX // (1 << 20) + 1):
        await response.write(bytes(1 << 20))
    return response


async def test_an_answer_comes_whole(server: Server, calls: Calls) -> None:
    answer = await calls.send(
        "POST",
        f"{server.url}/posts?a=1",
        params={"b": "ü"},
        headers={"Authorization": "Bearer t"},
        body=b"{}",
    )
    assert (answer.status, answer.is_ok, answer.fields) == (201, True, {"id": "1"})
    assert answer.headers["x-trace"] == "a"
    assert server.requests == [("POST", "/posts?a=1&b=%C3%BC", b"{}")]
    assert server.headers[0]["Authorization"] == "Bearer t"


async def test_a_body_may_come_piece_by_piece(server: Server, calls: Calls) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for number in range(3):
            yield bytes([number]) * 1000

    await calls.send("PUT", server.url, body=pieces())
    ((_, _, body),) = server.requests
    assert body == b"\0" * 1000 + b"\1" * 1000 + b"\2" * 1000


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer(server: Server, calls: Calls, status: int) -> None:
    async def elsewhere(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={"Location": f"{server.url}/elsewhere"})

    server.handler = elsewhere
    answer = await calls.send("POST", server.url, body=b"x")
    assert (answer.status, answer.is_ok) == (status, False)
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", ["", "no JSON", "[1]", "\xff"])
async def test_a_body_that_is_no_object_has_no_fields(
    server: Server, calls: Calls, body: str
) -> None:
    async def say(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=body.encode("latin-1"))

    server.handler = say
    assert (await calls.send("GET", server.url)).fields == {}


@pytest.mark.parametrize("handler", [hang, hang_up, half_an_answer, too_much])
async def test_what_left_without_a_whole_answer_is_unanswered_and_sent_once(
    server: Server, calls: Calls, handler: Handler
) -> None:
    server.handler = handler
    with pytest.raises(UnansweredError):
        await calls.send("POST", server.url, body=b"x", seconds=0.5)
    await asyncio.sleep(0.05)  # noqa: TID251  a second request would need a moment
    assert len(server.requests) == 1


async def test_who_does_not_listen_was_sent_nothing(calls: Calls) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(NotSentError):
        await calls.send("POST", f"http://127.0.0.1:{port}/", body=b"x")


async def test_a_name_that_nobody_has_was_sent_nothing(calls: Calls) -> None:
    with pytest.raises(NotSentError):
        await calls.send("POST", "http://nobody.invalid/", body=b"x")


async def test_a_server_that_speaks_no_tls_was_sent_nothing(server: Server, calls: Calls) -> None:
    with pytest.raises(NotSentError):
        await calls.send("POST", server.url.replace("http:", "https:"), body=b"x")
    assert server.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/", "http://169.254.169.254/latest", "http://[::1]:80/", "ftp://127.0.0.1/",
        "file:///etc/passwd", "http://user:word@127.0.0.1/", "/posts", "",
    ],
)  # fmt: skip
async def test_what_must_not_be_reached_was_sent_nothing(calls: Calls, url: str) -> None:
    with pytest.raises(NotSentError) as refused:
        await calls.send("POST", url, body=b"x")
    assert str(refused.value) == "that address cannot be reached"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_the_inside_is_not_reached_unless_let_in(server: Server, host: str) -> None:
    calls = Calls()
    with pytest.raises(NotSentError):
        await calls.send("POST", server.url.replace("127.0.0.1", host), body=b"x")
    assert server.requests == []
    await calls.close()


async def test_every_request_has_a_connection_of_its_own(server: Server, calls: Calls) -> None:
    for _ in range(3):
        await calls.send("GET", server.url)
    assert len(server.connections) == 3


async def test_cookies_are_not_kept(server: Server, calls: Calls) -> None:
    async def bake(_request: web.Request) -> web.StreamResponse:
        response = web.Response()
        response.set_cookie("session", "1")
        return response

    server.handler = bake
    for _ in range(2):
        await calls.send("GET", server.url)
    assert all("Cookie" not in headers for headers in server.headers)


async def test_an_answer_shows_neither_headers_nor_body(server: Server, calls: Calls) -> None:
    answer = await calls.send("GET", server.url)
    assert repr(answer) == "Answer(status=201)"
