"""The door to the outside: public files come, nothing from inside does, whatever it is called."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from postbroker.egress.files import Egress, FetchError, TooLargeError
from postbroker.egress.guard import is_public

LOOPBACK = (ip_network("127.0.0.0/8"),)
CONTENT = b"content" * 1000
SECONDS = 5.0

Route = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def a_file(_request: web.Request) -> web.Response:
    return web.Response(body=CONTENT, content_type="image/png")


async def an_endless_file(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(100):
        await response.write(bytes(1000))
    return response


async def a_slow_file(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"x")
    await asyncio.Event().wait()
    return response


async def a_compressed_file(request: web.Request) -> web.Response:
    assert request.headers["Accept-Encoding"] == "identity"
    return web.Response(body=b"\x1f\x8b not unpacked", headers={"Content-Encoding": "gzip"})


async def a_redirect(request: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": request.query["to"]})


def content(file: Path) -> bytes:
    return file.read_bytes()


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    app = web.Application()
    app.router.add_get("/file.png", a_file)
    app.router.add_get("/endless", an_endless_file)
    app.router.add_get("/slow", a_slow_file)
    app.router.add_get("/compressed", a_compressed_file)
    app.router.add_get("/redirect", a_redirect)
    server = TestServer(app)
    await server.start_server()
    yield server
    await server.close()


@pytest.fixture
def url(server: TestServer) -> str:
    return str(server.make_url("/")).rstrip("/")


@pytest.fixture
def to(tmp_path: Path) -> Path:
    return tmp_path / "fetched"


async def test_a_file_comes_with_its_name_and_type(url: str, to: Path) -> None:
    fetched = await Egress(LOOPBACK).fetch(f"{url}/file.png?size=large", to, 1 << 20, SECONDS)
    assert (fetched.file_name, fetched.content_type) == ("file.png", "image/png")
    assert content(to) == CONTENT


async def test_nothing_is_unpacked(url: str, to: Path) -> None:
    await Egress(LOOPBACK).fetch(f"{url}/compressed", to, 1 << 20, SECONDS)
    assert content(to).startswith(b"\x1f\x8b")


@pytest.mark.parametrize("path", ["/file.png", "/endless"])
async def test_more_than_may_come_is_cut_off(url: str, to: Path, path: str) -> None:
    with pytest.raises(TooLargeError):
        await Egress(LOOPBACK).fetch(url + path, to, 100, SECONDS)


async def test_a_server_that_falls_silent_is_left(url: str, to: Path) -> None:
    with pytest.raises(FetchError):
        await Egress(LOOPBACK).fetch(f"{url}/slow", to, 1 << 20, 0.3)


@pytest.mark.parametrize("path", ["/nothing", "/redirect?to=", "/redirect?to=http://["])
async def test_what_is_not_there_does_not_come(url: str, to: Path, path: str) -> None:
    with pytest.raises(FetchError):
        await Egress(LOOPBACK).fetch(url + path, to, 1 << 20, SECONDS)


@pytest.mark.parametrize("place", ["", "http://", "http://[", "http://a:99999/", "//a/b", "a.png"])
async def test_what_is_no_address_is_not_fetched(to: Path, place: str) -> None:
    with pytest.raises(FetchError):
        await Egress(LOOPBACK).fetch(place, to, 1 << 20, SECONDS)


async def test_a_few_redirects_are_followed(url: str, to: Path) -> None:
    twice = f"{url}/redirect?to=/redirect%3Fto=/file.png"
    fetched = await Egress(LOOPBACK).fetch(twice, to, 1 << 20, SECONDS)
    assert fetched.file_name == "file.png"
    with pytest.raises(FetchError, match="too often"):
        await Egress(LOOPBACK).fetch(
            f"{url}/redirect?to={'/redirect%3Fto=' * 4}/file.png", to, 1 << 20, SECONDS
        )


@pytest.mark.parametrize(
    "place",
    [
        "http://127.0.0.2:1/", "http://[::1]/", "http://10.0.0.1/", "http://169.254.169.254/x",
        "file:///etc/passwd", "ftp://example.com/a", "http://user:word@example.com/",
    ],
)  # fmt: skip
async def test_a_redirect_passes_the_same_door(url: str, to: Path, place: str) -> None:
    only_this = (ip_network("127.0.0.1/32"),)
    with pytest.raises(FetchError):
        await Egress(only_this).fetch(f"{url}/redirect?to={place}", to, 1 << 20, SECONDS)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f.1", "0"])
async def test_this_machine_is_not_reached_by_any_of_its_names(
    server: TestServer, to: Path, name: str
) -> None:
    with pytest.raises(FetchError) as refused:
        await Egress().fetch(f"http://{name}:{server.port}/file.png", to, 1 << 20, SECONDS)
    assert str(refused.value) == "no file can be fetched from there"


async def test_what_is_refused_and_what_does_not_answer_sound_the_same(to: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    said = []
    for egress in (Egress(), Egress(LOOPBACK)):
        with pytest.raises(FetchError) as refused:
            await egress.fetch(f"http://127.0.0.1:{port}/", to, 1 << 20, SECONDS)
        said.append(str(refused.value))
    assert said[0] == said[1]


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.1", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1",
        "192.0.2.1", "192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8",
        "64:ff9b::7f00:1", "2001::1", "2001:db8::1", "2002:7f00:1::", "fc00::1", "fe80::1",
        "fec0::1", "ff02::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_everybody_s_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "142.250.1.1", "2606:4700:4700::1111"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ip_address(address))
