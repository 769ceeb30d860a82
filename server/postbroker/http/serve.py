"""One handler for all operations: parse the request, run the operation, answer."""

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import hdrs, web
from multidict import istr
from pydantic import ValidationError
from pydantic_core import from_json, to_json

from postbroker.appkeys import ADDRESSES, OPERATIONS, SIGNALS
from postbroker.callers import identify
from postbroker.contract.message import Message
from postbroker.errors import BrokerError, ForbiddenError, UnavailableError, field_error
from postbroker.http.endpoints import ENDPOINTS, Endpoint, route_of
from postbroker.http.problems import validation_error
from postbroker.operations.operation import AnyOperation, Asked, Reply
from postbroker.services.signals import Signals

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

IDEMPOTENCY_HEADER = istr("Idempotency-Key")
WITH_BODY = frozenset({hdrs.METH_POST, hdrs.METH_PATCH})
JSON_TYPE = "application/json; charset=utf-8"
ACCEPTED = ("*/*", "application/*", "json")
WAIT_MAX = 300
PREFER_WAIT = re.compile(r"(?:^|[,;\s])wait=(?P<seconds>\d{1,4})(?:$|[,;\s])", re.ASCII)
NUL = rb"\u0000"
ALIASES = {
    "idempotency_key": "idempotencyKey",
    "media_paths": "mediaPaths",
    "platform_payload": "platformPayload",
    "when_offline": "whenOffline",
    "tenant_id": "tenantId",
    "group_id": "groupId",
    "group_url": "groupUrl",
    "target_url": "targetUrl",
    "allow_duplicate": "allowDuplicate",
}
"""Names that are accepted and never sent."""


def add_endpoints(app: web.Application) -> None:
    """Put every endpoint of the table on the application."""
    app[ADDRESSES] = {each.operation: (each.method, each.path) for each in ENDPOINTS}
    for endpoint in ENDPOINTS:
        operation = app[OPERATIONS][endpoint.operation]
        handler = _handler(endpoint, operation, app[SIGNALS])
        app.router.add_route(endpoint.method, route_of(endpoint), handler)
        if endpoint.method == hdrs.METH_GET and operation.who in ("agent", "anyone"):
            app.router.add_route(hdrs.METH_HEAD, route_of(endpoint), handler)


@dataclass(frozen=True, slots=True)
class _Form:
    """A message that a request is read into, and where from beside path and query."""

    model: type[Message]
    has_body: bool
    has_key: bool
    has_wait: bool
    has_pages: bool

    @classmethod
    def of(cls, operation: AnyOperation, method: str) -> Self:
        takes, gives = operation.takes.model_fields, operation.gives
        return cls(
            model=operation.takes,
            has_body=method in WITH_BODY,
            has_key="idempotency_key" in takes,
            has_wait="wait" in takes,
            has_pages=gives is not None and "next_cursor" in gives.model_fields,
        )


def _handler(endpoint: Endpoint, operation: AnyOperation, signals: Signals) -> Handler:
    form = _Form.of(operation, endpoint.method)

    async def handle(request: web.Request) -> web.StreamResponse:
        if signals.is_closed:
            raise UnavailableError("SHUTTING_DOWN", "the broker is stopping", retry_after_seconds=5)
        if not endpoint.is_open and is_from_a_page(request):
            raise ForbiddenError("FORBIDDEN", "this endpoint is the extension's, not a web page's")
        who = await identify(request, operation)
        _check_accept(request)
        wanted = await _read(request, form)
        asked = Asked(
            request=wanted,
            who=who,
            address=request.remote or "",
            gone=lambda: request.transport is None or request.transport.is_closing(),
        )
        reply = await operation.run(asked)
        response = _response(reply, endpoint.status)
        if form.has_pages and (cursor := getattr(reply.message, "next_cursor", None)):
            following = request.rel_url.update_query(cursor=cursor)
            response.headers[hdrs.LINK] = f'<{following}>; rel="next"'
        if form.has_wait and (seconds := _preferred_wait(request)) == getattr(wanted, "wait", 0):
            response.headers["Preference-Applied"] = f"wait={seconds:g}"
        return response

    return handle


def _check_accept(request: web.Request) -> None:
    """Raise BrokerError for who takes no JSON; an absent or empty header takes anything."""
    accept = request.headers.get(hdrs.ACCEPT)
    if accept and not any(kind in accept.lower() for kind in ACCEPTED):
        raise BrokerError("NOT_ACCEPTABLE", f"this endpoint answers application/json, not {accept}")


def _preferred_wait(request: web.Request) -> float | None:
    """How long the header Prefer asks to wait, where it does (RFC 7240)."""
    found = PREFER_WAIT.search(request.headers.get("Prefer", ""))
    return float(min(int(found["seconds"]), WAIT_MAX)) if found else None


def is_from_a_page(request: web.Request) -> bool:
    """True for what a browser sends for a page, even one whose name was bent to this machine."""
    return request.headers.get("Origin", "").startswith(("http://", "https://", "null"))


def _response(reply: Reply, status: int) -> web.Response:
    """A reply as JSON; absent values are left out."""
    if reply.message is None:
        return web.Response(status=204)
    headers: dict[str, str] = {hdrs.CONTENT_TYPE: JSON_TYPE}
    if reply.replayed:
        headers["Idempotent-Replayed"] = "true"
    if reply.location is not None:
        headers[hdrs.LOCATION] = reply.location
    body = to_json(reply.message, exclude_none=True)
    return web.Response(status=status, body=body, headers=headers)


async def _read(request: web.Request, form: _Form) -> Message:
    """Path, query, body and the idempotency header as one message. Raises ValidationFailedError."""
    given = await _body(request) if form.has_body and request.can_read_body else {}
    if request.query_string:
        given = {**_query(request), **given}
    given.update(request.match_info)
    if form.has_key and (key := request.headers.get(IDEMPOTENCY_HEADER)) is not None:
        key = key.strip().strip('"')
        if given.setdefault("idempotencyKey", key) != key:
            raise BrokerError(
                "BAD_REQUEST", "the Idempotency-Key header and idempotencyKey in the body differ"
            )
    if form.has_wait and (seconds := _preferred_wait(request)) is not None:
        given.setdefault("wait", seconds)
    try:
        return _message(form, given)
    except ValidationError as error:
        if any(row["type"] == "int_type" for row in error.errors()):
            with suppress(ValidationError):
                return _message(form, _whole_numbers(given))
        raise validation_error(error, form.model) from error


def _message(form: _Form, given: dict[str, Any]) -> Message:
    # A query has strings only; JSON says what it means.
    return form.model.model_validate(given, strict=form.has_body, by_alias=True, by_name=False)


def _whole_numbers(value: Any) -> Any:
    """A JSON value in which 3.0 is 3, as JSON Schema has it."""
    match value:
        case float():
            return int(value) if value.is_integer() else value
        case dict():
            return {name: _whole_numbers(each) for name, each in value.items()}
        case list():
            return [_whole_numbers(each) for each in value]
        case _:
            return value


def _query(request: web.Request) -> dict[str, Any]:
    """The parameters of the address, each once. Raises ValidationFailedError."""
    query: dict[str, Any] = {}
    for name, value in request.query.items():
        known = ALIASES.get(name, name)
        if known in query:
            raise field_error("VALIDATION_FAILED", name, "give this parameter once")
        query[known] = value
    return query


async def _body(request: web.Request) -> dict[str, Any]:
    if request.headers.get(hdrs.CONTENT_TYPE, "").lower().startswith("multipart/"):
        raise BrokerError("UNSUPPORTED_CONTENT_TYPE", f"send JSON, not {request.content_type}")
    raw = await request.read()
    try:
        body = from_json(raw, allow_inf_nan=False) if raw.strip() else {}
    except ValueError as error:
        raise BrokerError("BAD_REQUEST", "the body is not valid JSON") from error
    if not isinstance(body, dict):
        raise BrokerError("BAD_REQUEST", "the body must be a JSON object")
    names: dict[str, Any] = body
    for name in names if NUL in raw else ():
        if _holds_nul([name, names[name]]):
            raise field_error("VALIDATION_FAILED", name, "a text cannot hold a NUL character")
    if ALIASES.keys().isdisjoint(names):
        return names
    return {ALIASES.get(name, name): value for name, value in names.items()}


def _holds_nul(value: object) -> bool:
    """True when some text in a JSON value holds the character; written out it may be harmless."""
    match value:
        case str():
            return "\0" in value
        case dict():
            return any(_holds_nul(each) for pair in value.items() for each in pair)
        case list():
            return any(map(_holds_nul, value))
        case _:
            return False
