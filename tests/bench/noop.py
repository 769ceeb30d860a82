"""The measure of everything: an aiohttp POST that parses and answers the same JSON, no more."""

import sys

from aiohttp import web

from postbroker.serving import new_event_loop, tune

ANSWER = {
    "id": "01234567-89ab-7cde-8f01-23456789abcd",
    "tenantId": "01234567-89ab-4cde-8f01-23456789abcd",
    "platform": "x",
    "status": "queued",
    "createdAt": 1_764_000_000_000,
    "updatedAt": 1_764_000_000_000,
    "mediaPaths": [],
}


async def create(request: web.Request) -> web.Response:
    """Take a post and say that it was taken."""
    body = await request.json()
    return web.json_response({**ANSWER, "text": body["text"]}, status=201)


async def live(_request: web.Request) -> web.Response:
    """It answers."""
    return web.json_response({"ok": True})


def app() -> web.Application:
    """The same endpoint, without anything behind it."""
    app = web.Application()
    app.router.add_post("/v1/jobs/tweet", create)
    app.router.add_get("/livez", live)
    return app


if __name__ == "__main__":
    tune()  # as the broker is tuned: only the work may differ
    web.run_app(
        app(), host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None,
        loop=new_event_loop(),
    )  # fmt: skip
