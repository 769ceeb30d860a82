"""A loopback proxy that adds a key: the published suite cannot send one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy

OF_A_HOP = frozenset({"connection", "transfer-encoding", "keep-alive", "content-length"})


@asynccontextmanager
async def adding_key(url: str, key: str) -> AsyncIterator[str]:
    """The address of a proxy in front of `url`; every request through it carries `key`."""
    endless = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(timeout=endless, auto_decompress=False) as session:

        async def forward(request: web.Request) -> web.StreamResponse:
            headers = _kept(request.headers)
            headers["Authorization"] = f"Bearer {key}"
            body = await request.read()
            async with session.request(
                request.method, url + request.path_qs, headers=headers, data=body or None
            ) as answer:
                response = web.StreamResponse(status=answer.status, headers=_kept(answer.headers))
                await response.prepare(request)
                async for chunk in answer.content.iter_any():
                    await response.write(chunk)
                await response.write_eof()
                return response

        app = web.Application(client_max_size=1 << 24)
        app.router.add_route("*", "/{path:.*}", forward)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port, *_ = runner.addresses[0]
        try:
            yield f"http://{host}:{port}"
        finally:
            await runner.cleanup()


def _kept(headers: "CIMultiDictProxy[str]") -> CIMultiDict[str]:
    return CIMultiDict(each for each in headers.items() if each[0].lower() not in OF_A_HOP)
