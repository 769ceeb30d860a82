"""The person whom programs ask: signed in at the dashboard, and says yes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer
from yarl import URL

from server.dashboard.visitor import Visitor


@dataclass(frozen=True)
class Place:
    """Where a broker is, in the form that a visitor asks for."""

    url: str

    def make_url(self, path: str) -> URL:
        """An address there."""
        return URL(path if path.startswith("http") else self.url + path, encoded=True)


@asynccontextmanager
async def signed_in(url: str, sign_in_url: str) -> AsyncIterator[Visitor]:
    """Somebody at the dashboard of the broker at `url`."""
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        place: Any = Place(url)
        visitor = Visitor(session, place)
        [token] = parse_qs(urlsplit(sign_in_url).query)["token"]
        await visitor.sign_in(token)
        yield visitor


async def approve(visitor: Visitor, address: str) -> None:
    """Say yes to what is asked at `address`; the program's own address is told, too."""
    page = await visitor.open(address)
    assert page.can("/oauth/authorize"), page.text
    await visitor.submit(page.form("/oauth/authorize"), answer="yes")


@dataclass
class Callback:
    """Where a program hears of the person's answer."""

    address: str
    answer: asyncio.Future[dict[str, str]]


@asynccontextmanager
async def listening() -> AsyncIterator[Callback]:
    """A loopback port of a program's own."""
    answer: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

    async def answered(request: web.Request) -> web.Response:
        answer.set_result(dict(request.query))
        return web.Response(text="You may close this.")

    app = web.Application()
    app.router.add_get("/callback", answered)
    async with TestServer(app) as server:
        yield Callback(str(server.make_url("/callback")), answer)
