"""The person whom programs ask says yes, and programs hear of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from aiohttp.test_utils import TestServer

from server.dashboard.visitor import Visitor


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
