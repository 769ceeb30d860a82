"""A loopback proxy that adds a key: the published suite cannot send one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from multidict import CIMultiDict

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
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        assert site._server is not None
        port = site._server.sockets[0].getsockname()[1]
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            await runner.cleanup()


def _kept(headers: "CIMultiDict[str] | object") -> CIMultiDict[str]:
    kept = CIMultiDict[str]()
    for name, value in headers.items():  # type: ignore[attr-defined]
        if name.lower() not in OF_A_HOP:
            kept.add(name, value)
    return kept
