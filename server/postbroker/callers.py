"""Whose credential a request carries: the one reader for all doors.

A key goes to the table of keys, an access token to that of tokens; a 401 says where a token is to
be had (RFC 9728), a 403 which scope is missing (RFC 6750).
"""

from collections.abc import Iterator
from typing import Any, assert_never

from aiohttp import hdrs, web
from multidict import istr
from yarl import URL

from postbroker.appkeys import (
    ALLOWANCE,
    BROWSERS,
    CHALLENGE,
    GRANTS,
    KEYS,
    METERS,
    PUBLIC_URL,
    SESSION_COOKIE,
    WORKSPACES,
)
from postbroker.domain.authorization import ACCESS_PREFIX, APP_SCOPES, Audience, write_scopes
from postbroker.domain.caller import Caller
from postbroker.domain.key import KEY_PREFIX, Scope
from postbroker.domain.matching import LOOPBACK_HOSTS
from postbroker.errors import BrokerError, ForbiddenError, NotAuthenticatedError
from postbroker.operations.operation import AnyOperation
from postbroker.services.workspaces import caller_of

KEY_HEADER = istr("clawpost-api-key")
CSRF_HEADER = "X-CSRF-Token"
MCP_PATH = "/mcp"
RESOURCE_DOCUMENT = "/.well-known/oauth-protected-resource"


async def identify(request: web.Request, operation: AnyOperation) -> Any:
    """Who asks: a Caller, a Browser, a poll token or None, as the operation needs it.

    Raises NotAuthenticatedError, ForbiddenError without the scope, BrokerError for two credentials,
    TooManyError over the credential's limit.
    """
    match operation.who:
        case "anyone":
            return await agent_of(request) if _credential(request) else None
        case "agent":
            return await agent_of(request, operation.scope)
        case "browser":
            return await request.app[BROWSERS].authenticate(_token(request))
        case "poller":
            return _token(request)
        case _:
            assert_never(operation.who)


async def agent_of(request: web.Request, scope: Scope | None = None) -> Caller:
    """Whoever asks as an agent does: by key, by access token, or signed in. Raises as `identify`.

    Counts the request on the limit of its key or token.
    """
    try:
        caller = await _caller(request)
    except NotAuthenticatedError:
        request[CHALLENGE] = _challenge(request, scope)
        raise
    caller = caller or await session_caller(request)
    if caller is None:
        request[CHALLENGE] = _challenge(request, scope)
        raise NotAuthenticatedError(
            "UNAUTHORIZED",
            "send an API key in the clawpost-api-key header or as a bearer token",
        )
    if caller.kind != "session":
        request[ALLOWANCE] = await request.app[METERS].take(caller)
    if scope is not None:
        require(request, caller, scope)
    return caller


def require(request: web.Request, caller: Caller, scope: Scope) -> None:
    """Raise ForbiddenError when the caller lacks a scope."""
    if not caller.may(scope):
        wanted = write_scopes({*caller.scopes, scope})
        request[CHALLENGE] = _bearer(
            request, error="insufficient_scope", error_description=f"it needs {scope}", scope=wanted
        )
        raise ForbiddenError("FORBIDDEN", f"this {caller.kind} lacks the scope {scope}")


def base_of(request: web.Request) -> str:
    """The address by which OAuth knows this broker, without a slash at the end.

    It is the public one; a broker of this machine answers to each name that this machine has.
    """
    base = request.config_dict[PUBLIC_URL]
    known = URL(base)
    try:
        asked = URL(f"{known.scheme}://{request.host}").origin()
    except ValueError:
        return base
    is_local = known.host in LOOPBACK_HOSTS and asked.host in LOOPBACK_HOSTS
    return str(asked) if is_local else base


def audience_at(path: str) -> Audience:
    """What a token must be good for at a path of ours."""
    return "/mcp" if path == MCP_PATH or path.startswith(f"{MCP_PATH}/") else "/"


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
    if secret.startswith(KEY_PREFIX):
        return await request.app[KEYS].authenticate(secret)
    if secret.startswith(ACCESS_PREFIX):
        return await request.app[GRANTS].authenticate(secret, audience_at(request.path))
    raise NotAuthenticatedError(
        "WRONG_CREDENTIAL",
        f"that is no API key, which begins with {KEY_PREFIX}, and no access token, which begins "
        f"with {ACCESS_PREFIX}",
    )


def _challenge(request: web.Request, scope: Scope | None) -> str:
    """Where and for what a token is to be had; all that apps need at once, as many ask once."""
    wanted = write_scopes({*APP_SCOPES, *({scope} if scope else ())})
    if _credential(request) is None:
        return _bearer(request, scope=wanted)
    return _bearer(request, error="invalid_token", scope=wanted)


def _bearer(request: web.Request, **said: str) -> str:
    path = MCP_PATH if audience_at(request.path) == MCP_PATH else ""
    said = {"resource_metadata": f"{base_of(request)}{RESOURCE_DOCUMENT}{path}"} | said
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in said.items())


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
    if token.startswith((KEY_PREFIX, ACCESS_PREFIX)):
        raise NotAuthenticatedError(
            "WRONG_CREDENTIAL", "this endpoint takes a browser's token, not an API key"
        )
    return token


def _bearers(request: web.Request) -> Iterator[str]:
    for header in request.headers.getall("Authorization", []):
        kind, _, value = header.partition(" ")
        if kind.casefold() == "bearer":
            yield value.strip()
