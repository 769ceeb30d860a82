"""Around every request: a trace id, errors as problems, CORS for agents, safe headers."""

import re
from random import getrandbits

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from multidict import istr

from postbroker.appkeys import ALLOWANCE, CHALLENGE, TRACE_ID
from postbroker.callers import CSRF_HEADER, KEY_HEADER
from postbroker.errors import BrokerError, UnavailableError
from postbroker.http.endpoints import AUTHORIZATION, ENDPOINTS, FILES, MCP
from postbroker.http.problems import http_error, problem_response
from postbroker.logs import TRACE
from postbroker.services.meters import WINDOW_SECONDS, Allowance
from postbroker.store.database import DatabaseBusyError, StorageFullError

log = structlog.get_logger()

TRACE_BITS = 96
TRACE_HEADER = istr("X-Request-Id")
SNIFF_HEADER = istr("X-Content-Type-Options")
REQUEST_ID = re.compile(r"[\w.:-]{1,100}", re.ASCII)
OPEN_HEADERS = ", ".join(
    (
        KEY_HEADER,
        "Authorization",
        "Content-Type",
        "Idempotency-Key",
        "Prefer",
        TRACE_HEADER,
        CSRF_HEADER,
        "Last-Event-ID",
        "MCP-Protocol-Version",
        "Mcp-Session-Id",
        "Mcp-Method",
        "Mcp-Name",
    )
)
LIMIT_HEADERS = (
    "RateLimit",
    "RateLimit-Policy",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
)
EXPOSED_HEADERS = ", ".join(
    (
        "Location",
        "Link",
        "Retry-After",
        "Idempotent-Replayed",
        "Preference-Applied",
        "WWW-Authenticate",
        "Mcp-Session-Id",
        TRACE_HEADER,
        *LIMIT_HEADERS,
    )
)
PREFLIGHT_SECONDS = "7200"
BUSY_RETRY_SECONDS = 5
NUL = "%00"
"""No database keeps it in a text as it is."""


@web.middleware
async def trace(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, turn every error into a problem, let pages of agents read both."""
    given = request.headers.get(TRACE_HEADER)
    trace_id = given if given and REQUEST_ID.fullmatch(given) else f"{getrandbits(TRACE_BITS):024x}"
    request[TRACE_ID] = trace_id
    TRACE.set(trace_id)
    is_for_a_page = hdrs.ORIGIN in request.headers and _is_open(request)
    response: web.StreamResponse
    try:
        _check_path(request)
        if is_for_a_page and request.method == hdrs.METH_OPTIONS:
            response = _preflight()
        else:
            response = await handler(request)
    except Exception as error:
        if isinstance(error, web.HTTPException) and error.status < 400:
            raise
        response = _problem(error, request, trace_id)
    if not response.prepared:
        if (challenge := request.get(CHALLENGE)) and response.status in (401, 403):
            response.headers[hdrs.WWW_AUTHENTICATE] = challenge
        if allowance := request.get(ALLOWANCE):
            response.headers.update(limit_headers(allowance))
        response.headers[TRACE_HEADER] = trace_id
        response.headers.setdefault(SNIFF_HEADER, "nosniff")
        if is_for_a_page:
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
    return response


def limit_headers(allowance: Allowance) -> dict[str, str]:
    """What is left within the minute (draft-ietf-httpapi-ratelimit-headers-10), and its twins."""
    limit, remaining, reset = allowance.limit, allowance.remaining, allowance.reset_seconds
    said = (
        f'"minute";r={remaining};t={reset}',
        f'"minute";q={limit};w={WINDOW_SECONDS}',
        str(limit),
        str(remaining),
        str(reset),
    )
    return dict(zip(LIMIT_HEADERS, said, strict=True))


def _problem(error: Exception, request: web.Request, trace_id: str) -> web.Response:
    """The answer for whatever a handler raised; what nobody foresaw is logged whole."""
    match error:
        case BrokerError():
            log.info("refused", code=error.code, method=request.method, path=request.path)
            return problem_response(error, trace_id)
        case web.HTTPMethodNotAllowed():
            is_question = request.method == hdrs.METH_OPTIONS
            response = (
                web.Response(status=204)
                if is_question
                else problem_response(http_error(error), trace_id)
            )
            response.headers[hdrs.ALLOW] = ", ".join(sorted({*error.allowed_methods, "OPTIONS"}))
            return response
        case web.HTTPException():
            return problem_response(http_error(error), trace_id)
        case _:
            return problem_response(_named(error, request), trace_id)


def _named(error: Exception, request: web.Request) -> BrokerError:
    match error:
        case web.RequestPayloadError():
            return BrokerError("BAD_REQUEST", "the body broke off or is not encoded as it says")
        case DatabaseBusyError():
            detail = "the database is locked or away"
            return UnavailableError("DATABASE_BUSY", detail, BUSY_RETRY_SECONDS)
        case StorageFullError():
            return UnavailableError("STORAGE_FULL", "the disk is full")
        case _:
            log.error("failed", method=request.method, path=request.path, exc_info=error)
            return BrokerError("INTERNAL_ERROR", "an error of the broker's own")


def _check_path(request: web.Request) -> None:
    if NUL in request.rel_url.raw_path:
        raise BrokerError("BAD_REQUEST", "an address cannot hold a NUL character")


def _preflight() -> web.Response:
    """Any origin may ask, and no cookie comes along."""
    return web.Response(
        status=204,
        headers={
            "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
            "Access-Control-Allow-Headers": OPEN_HEADERS,
            "Access-Control-Max-Age": PREFLIGHT_SECONDS,
        },
    )


_OPEN_PATHS = [
    re.compile(re.sub(r"\{\w+\}", "[^/]+", endpoint.path))
    for endpoint in (*ENDPOINTS, *FILES, *AUTHORIZATION, *MCP)
    if endpoint.is_open
]


def _is_open(request: web.Request) -> bool:
    return any(path.fullmatch(request.path) for path in _OPEN_PATHS)
