"""Which credential a request carries, and whose it is."""

from collections.abc import Iterator
from typing import Any, assert_never

from aiohttp import hdrs, web
from multidict import istr

from postbroker.appkeys import BROWSERS, KEYS, SESSION_COOKIE, WORKSPACES
from postbroker.domain.caller import Caller
from postbroker.domain.key import KEY_PREFIX
from postbroker.errors import BrokerError, ForbiddenError, NotAuthenticatedError
from postbroker.operations.operation import AnyOperation
from postbroker.services.workspaces import caller_of

KEY_HEADER = istr("clawpost-api-key")
CSRF_HEADER = "X-CSRF-Token"


async def identify(request: web.Request, operation: AnyOperation) -> Any:
    """Who asks: a Caller, a Browser, a poll token or None, as the operation needs it.

    Raises NotAuthenticatedError, ForbiddenError without the scope, BrokerError for two credentials.
    """
    match operation.who:
        case "anyone":
            return await _caller(request) if _credential(request) else None
        case "agent":
            caller = await _caller(request) or await session_caller(request)
            if caller is None:
                raise NotAuthenticatedError(
                    "UNAUTHORIZED",
                    "send an API key in the clawpost-api-key header or as a bearer token",
                )
            if operation.scope is not None and not caller.may(operation.scope):
                raise ForbiddenError("FORBIDDEN", f"this key lacks the scope {operation.scope}")
            return caller
        case "browser":
            return await request.app[BROWSERS].authenticate(_token(request))
        case "poller":
            return _token(request)
        case _:
            assert_never(operation.who)


async def session_caller(request: web.Request) -> Caller | None:
    """The signed-in person; what changes something needs the session's CSRF token too."""
    cookie = request.cookies.get(SESSION_COOKIE)
    session = await request.app[WORKSPACES].session(cookie) if cookie else None
    if session is None:
        return None
    if (
        request.method not in ("GET", "HEAD")
        and request.headers.get(CSRF_HEADER) != session.csrf_token
    ):
        raise ForbiddenError("CSRF_FAILED", "send the session's token in X-CSRF-Token")
    return caller_of(session)


async def _caller(request: web.Request) -> Caller | None:
    secret = _credential(request)
    if secret is None:
        return None
    if not secret.startswith(KEY_PREFIX):
        raise NotAuthenticatedError(
            "WRONG_CREDENTIAL", "that is no API key; API keys begin with claw_"
        )
    return await request.app[KEYS].authenticate(secret)


def _credential(request: web.Request) -> str | None:
    keys = request.headers.getall(KEY_HEADER, [])
    if len(keys) == 1 and hdrs.AUTHORIZATION not in request.headers:
        return keys[0] or None
    given = {*keys, *_bearers(request)} - {""}
    if len(given) > 1:
        raise BrokerError("CONFLICTING_CREDENTIALS", "the request carries different credentials")
    return given.pop() if given else None


def _token(request: web.Request) -> str:
    token = _credential(request)
    if token is None:
        raise NotAuthenticatedError("UNAUTHORIZED", "send the token as Authorization: Bearer")
    if token.startswith(KEY_PREFIX):
        raise NotAuthenticatedError(
            "WRONG_CREDENTIAL", "this endpoint takes a browser's token, not an API key"
        )
    return token


def _bearers(request: web.Request) -> Iterator[str]:
    for header in request.headers.getall("Authorization", []):
        kind, _, value = header.partition(" ")
        if kind.casefold() == "bearer":
            yield value.strip()
