"""Around every request: a trace id, errors as problems, CORS for agents, safe headers."""

import re
from random import getrandbits

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from postbroker.appkeys import TRACE_ID
from postbroker.errors import BrokerError, UnavailableError
from postbroker.http.auth import CSRF_HEADER, KEY_HEADER
from postbroker.http.endpoints import ENDPOINTS
from postbroker.http.problems import http_error, problem_response
from postbroker.logs import TRACE
from postbroker.store.database import DatabaseBusyError, StorageFullError

log = structlog.get_logger()

TRACE_BITS = 96
REQUEST_ID = re.compile(r"[\w.:-]{1,100}", re.ASCII)
OPEN_HEADERS = ", ".join(
    (
        KEY_HEADER,
        "Authorization",
        "Content-Type",
        "Idempotency-Key",
        "Prefer",
        "X-Request-Id",
        CSRF_HEADER,
    )
)
EXPOSED_HEADERS = "Location, Retry-After, Idempotent-Replayed, X-Request-Id"
PREFLIGHT_SECONDS = "7200"
BUSY_RETRY_SECONDS = 5
NUL = "%00"
"""No database keeps it in a text as it is."""


@web.middleware
async def trace(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, log its end, and turn every error into a problem."""
    given = request.headers.get("X-Request-Id", "")
    trace_id = given if REQUEST_ID.fullmatch(given) else f"{getrandbits(TRACE_BITS):024x}"
    request[TRACE_ID] = trace_id
    TRACE.set(trace_id)
    try:
        _check_path(request)
        response = await handler(request)
    except BrokerError as error:
        log.info("refused", code=error.code, method=request.method, path=request.path)
        response = problem_response(error, trace_id)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = problem_response(http_error(error), trace_id)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
    except web.RequestPayloadError:
        broken = BrokerError("BAD_REQUEST", "the body broke off or is not encoded as it says")
        response = problem_response(broken, trace_id)
    except DatabaseBusyError:
        busy = UnavailableError(
            "DATABASE_BUSY", "the database is locked or away", BUSY_RETRY_SECONDS
        )
        response = problem_response(busy, trace_id)
    except StorageFullError:
        response = problem_response(UnavailableError("STORAGE_FULL", "the disk is full"), trace_id)
    except Exception:
        log.exception("failed", method=request.method, path=request.path)
        response = problem_response(
            BrokerError("INTERNAL_ERROR", "an error of the broker's own"), trace_id
        )
    if not response.prepared:
        response.headers["X-Request-Id"] = trace_id
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response


def _check_path(request: web.Request) -> None:
    if NUL in request.rel_url.raw_path:
        raise BrokerError("BAD_REQUEST", "an address cannot hold a NUL character")


@web.middleware
async def open_to_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """CORS on agent endpoints: any origin, no cookies."""
    if "Origin" not in request.headers or not _is_open(request):
        return await handler(request)
    if request.method == "OPTIONS":
        response: web.StreamResponse = web.Response(status=204)
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = OPEN_HEADERS
        response.headers["Access-Control-Max-Age"] = PREFLIGHT_SECONDS
    else:
        response = await handler(request)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
    return response


_OPEN_PATHS = [
    re.compile(re.sub(r"\{\w+\}", "[^/]+", endpoint.path))
    for endpoint in ENDPOINTS
    if endpoint.is_open
]


def _is_open(request: web.Request) -> bool:
    return any(path.fullmatch(request.path) for path in _OPEN_PATHS)
