"""Signing in by a link, and out."""

from aiohttp import web

from postbroker.appkeys import SESSION_COOKIE, WORKSPACES
from postbroker.dashboard.frame import SIGNED_OUT, Visit, read_form
from postbroker.dashboard.next import forget, is_secure, remembered
from postbroker.dashboard.rendering import page, see_other
from postbroker.errors import NotAuthenticatedError, error_codes
from postbroker.services.workspaces import SESSION_LIFE


async def ask(request: web.Request) -> web.Response:
    """Ask first: a program that opens links ahead of its person must not use this one up."""
    token = request.query.get("token")
    return page("sign-in.html", visit=None, token=token) if token else see_other(SIGNED_OUT)


async def sign_in(request: web.Request) -> web.Response:
    """Use up the link and set the session's cookie."""
    token = (await read_form(request)).get("token", [""])[0]
    try:
        cookie, _ = await request.app[WORKSPACES].sign_in(token)
    except NotAuthenticatedError as error:
        return page(
            "signed-out.html",
            error_codes()[error.code].status or 401,
            visit=None,
            problem=error.detail,
            goes_on=False,
        )
    response = see_other(remembered(request) or "/dashboard")
    forget(response)
    response.set_cookie(
        SESSION_COOKIE,
        cookie,
        max_age=int(SESSION_LIFE.total_seconds()),
        path="/",
        httponly=True,
        samesite="Lax",
        secure=is_secure(request),
    )
    return response


async def signed_out(request: web.Request) -> web.Response:
    """Say how to get in."""
    goes_on = remembered(request) is not None
    return page("signed-out.html", visit=None, problem=None, goes_on=goes_on)


async def sign_out(visit: Visit) -> web.Response:
    """End the session."""
    await visit.request.app[WORKSPACES].sign_out(visit.request.cookies[SESSION_COOKIE])
    response = see_other(SIGNED_OUT)
    response.del_cookie(SESSION_COOKIE, path="/")
    return response
