"""Where a person goes on after signing in: to the question that an app led them here for.

A sign-in link comes from the broker's own machine and knows nothing of that question, so the
browser carries it, signed, and only ever a page of ours.
"""

from datetime import timedelta

from aiohttp import web

from postbroker.appkeys import CLOCK, SETTINGS, VAULT

COOKIE = "postbroker_next"
COOKIE_LENGTH = 3500
PATH = "/dashboard"
"""Where the cookie is sent: to the pages for signing in."""
LIFE = timedelta(minutes=10)
PURPOSE = "next page"
QUESTIONS = ("/oauth/authorize", "/oauth/device")


def remember(request: web.Request, response: web.Response) -> None:
    """Have the browser keep the page that asked for a person who is not signed in."""
    if request.method != "GET" or request.path not in QUESTIONS:
        return
    until = request.app[CLOCK].now() + LIFE
    signed = request.app[VAULT].sign_until(str(request.rel_url), PURPOSE, until)
    if len(signed) <= COOKIE_LENGTH:
        response.set_cookie(
            COOKIE,
            signed,
            max_age=int(LIFE.total_seconds()),
            path=PATH,
            httponly=True,
            samesite="Lax",
            secure=is_secure(request),
        )


def remembered(request: web.Request) -> str | None:
    """The page to go on to; None when there is none."""
    signed = request.cookies.get(COOKIE)
    return (
        request.app[VAULT].read_until(signed, PURPOSE, request.app[CLOCK].now()) if signed else None
    )


def forget(response: web.Response) -> None:
    """The page was gone on to."""
    response.del_cookie(COOKIE, path=PATH)


def is_secure(request: web.Request) -> bool:
    """True when people reach the broker by TLS, and cookies need it."""
    public_url = request.app[SETTINGS].public_url
    return public_url is not None and public_url.scheme == "https"
