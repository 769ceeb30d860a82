"""The simulated sites on a free loopback port, with a clock that only moves when told."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer

from postbroker.sandbox.app import sandbox_app, site_at_root
from postbroker.sandbox.ledger import Ledger
from server.sandbox.visitors import ACCOUNT, Browser, Control, StillClock

NewBrowser = Callable[[TestServer, str], Awaitable[Browser]]


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def platform(request: pytest.FixtureRequest) -> str:
    """The site that a module's PLATFORM names."""
    return str(getattr(request.module, "PLATFORM", "x"))


@pytest.fixture
def ledger(tmp_path: Path, platform: str) -> Ledger:
    return Ledger.of(tmp_path, platform)


@pytest.fixture
async def broker_site(tmp_path: Path, clock: StillClock) -> AsyncIterator[TestServer]:
    """The sandbox as the broker mounts it."""
    app = web.Application()
    sandbox = sandbox_app(tmp_path, public_url="http://broker.example", clock=clock)
    app.add_subapp("/sandbox", sandbox)
    server = TestServer(app)
    async with server:
        yield server


@pytest.fixture
async def root_site(tmp_path: Path, clock: StillClock) -> AsyncIterator[TestServer]:
    """The sandbox in the place of the real site."""
    server = TestServer(site_at_root("x", tmp_path, clock=clock))
    async with server:
        yield server


@pytest.fixture
async def server(tmp_path: Path, platform: str, clock: StillClock) -> AsyncIterator[TestServer]:
    """The site in the place of the real one, where everybody is Ada."""
    server = TestServer(site_at_root(platform, tmp_path, auto_login=ACCOUNT, clock=clock))
    async with server:
        yield server


@pytest.fixture
async def new_browser() -> AsyncIterator[NewBrowser]:
    """Makes browsers with a cookie jar each."""
    sessions: list[ClientSession] = []

    async def make(server: TestServer, base: str) -> Browser:
        sessions.append(ClientSession(cookie_jar=CookieJar(unsafe=True)))
        return Browser(sessions[-1], str(server.make_url(base)).rstrip("/"))

    yield make
    for session in sessions:
        await session.close()


@pytest.fixture
async def browser(broker_site: TestServer, new_browser: NewBrowser) -> Browser:
    """A browser that opened the composer in the broker's sandbox, and so is logged in."""
    browser = await new_browser(broker_site, "/sandbox/x")
    assert (await browser.open("/compose/post")).status == 200
    return browser


@pytest.fixture
async def control(broker_site: TestServer) -> AsyncIterator[Control]:
    async with ClientSession() as session:
        yield Control(session, str(broker_site.make_url("/sandbox")), "x")


@pytest.fixture
async def member(
    request: pytest.FixtureRequest, server: TestServer, new_browser: NewBrowser
) -> Browser:
    """Ada's browser, with the page open that the module's START names."""
    browser = await new_browser(server, "")
    assert (await browser.open(request.module.START)).status == 200
    return browser


@pytest.fixture
async def site_control(server: TestServer, platform: str) -> AsyncIterator[Control]:
    """A program that controls the site of `server`."""
    async with ClientSession() as session:
        yield Control(session, str(server.make_url("")).rstrip("/"), platform)
