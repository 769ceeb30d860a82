"""What all sites do alike with the requests of their pages."""

import json
from typing import Any

from aiohttp import web

from postbroker.sandbox.site import AnyAccount, Site


async def json_object(request: web.Request) -> dict[str, Any]:
    """The body, which must be a JSON object."""
    try:
        body = await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise web.HTTPBadRequest from error
    if not isinstance(body, dict):
        raise web.HTTPBadRequest
    return body


def account_named(site: Site[AnyAccount], request: web.Request) -> AnyAccount:
    """The account whose handle is in the address; 404 when there is none."""
    account = site.account(request.match_info["handle"])
    if account is None:
        raise web.HTTPNotFound
    return account


def refuse_foreign(request: web.Request) -> None:
    """Only the site's own pages may send this request."""
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"{request.scheme}://{request.host}":
        raise web.HTTPForbidden


async def cut_off(request: web.Request, answer: web.Response) -> web.StreamResponse:
    """Break the connection inside the answer.

    Not before it: a browser by itself repeats a request whose kept-alive connection ends without
    a header, and the post would be made twice.
    """
    body = answer.body if isinstance(answer.body, bytes) else b"{}"
    response = web.StreamResponse(
        status=answer.status, headers={"Content-Type": "application/json"}
    )
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[:1])
    if request.transport:
        request.transport.close()
    return response
