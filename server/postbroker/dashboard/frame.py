"""What surrounds every page: the session, the token of its forms, and errors as pages."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qs

import structlog
from aiohttp import web

from postbroker.appkeys import CLOCK, SESSION_COOKIE, TRACE_ID, WORKSPACES
from postbroker.dashboard.next import remember
from postbroker.dashboard.rendering import PAGE_HEADERS, page, see_other
from postbroker.domain.caller import Caller
from postbroker.errors import BrokerError, ForbiddenError, UnavailableError, error_codes
from postbroker.services.workspaces import caller_of
from postbroker.store.database import DatabaseBusyError, StorageFullError
from postbroker.store.workspaces import Session, Workspace

log = structlog.get_logger()

FORM_TYPE = "application/x-www-form-urlencoded"
FORM_FIELDS = 100
SIGNED_OUT = "/dashboard/signed-out"

STATUS_CODES = {
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "PAYLOAD_TOO_LARGE",
}

Form = dict[str, list[str]]
OpenHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Visit:
    """A signed-in person asks for a page or sends a form."""

    request: web.Request
    session: Session
    workspace: Workspace
    now: datetime
    form: Form

    @property
    def caller(self) -> Caller:
        """Who services see."""
        return caller_of(self.session)

    def field(self, name: str) -> str:
        """What was entered in a field of the form; empty when it was not there."""
        return self.form.get(name, [""])[0]

    def page(
        self, template: str, status: int = 200, *, form_to: str = "", **values: object
    ) -> web.Response:
        """A page with the header that every signed-in person sees."""
        return page(template, status, form_to=form_to, visit=self, **values)


Handler = Callable[[Visit], Awaitable[web.StreamResponse]]


def for_anyone(handler: OpenHandler) -> OpenHandler:
    """A page that needs no session."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Exception as error:
            return error_page(request, None, error)

    return handle


def for_signed_in(handler: Handler) -> OpenHandler:
    """A page that needs a session, and for a form the session's token."""

    async def handle(request: web.Request) -> web.StreamResponse:
        visit = None
        try:
            visit = await visit_of(request)
            if visit is None:
                return _signed_out(request)
            if request.method == "POST":
                visit = replace(visit, form=await read_form(request))
                _check_token(visit)
            return await handler(visit)
        except Exception as error:
            return error_page(request, visit, error)

    return handle


async def visit_of(request: web.Request) -> Visit | None:
    """The visit of whoever the cookie signs in; None without a live session."""
    workspaces = request.app[WORKSPACES]
    cookie = request.cookies.get(SESSION_COOKIE)
    session = await workspaces.session(cookie) if cookie else None
    if session is None:
        return None
    workspace = await workspaces.get(session.workspace_id)
    return Visit(request, session, workspace, request.app[CLOCK].now(), {})


async def read_form(request: web.Request) -> Form:
    """The fields of a form. Raises BrokerError for anything else."""
    if request.content_type != FORM_TYPE:
        raise BrokerError("UNSUPPORTED_CONTENT_TYPE", "the dashboard takes its own forms only")
    raw = await request.read()
    try:
        form = parse_qs(
            raw.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=FORM_FIELDS
        )
    except ValueError as error:
        raise BrokerError("BAD_REQUEST", "the form has too many fields") from error
    if any("\0" in value for values in form.values() for value in values):
        raise BrokerError("BAD_REQUEST", "a field cannot hold a NUL character")
    return form


def error_page(request: web.Request, visit: Visit | None, error: Exception) -> web.Response:
    """A refusal as a page, with what to do next."""
    refusal = _refusal(error)
    code = error_codes()[refusal.code]
    if code.code == "INTERNAL_ERROR":
        log.error("failed", method=request.method, path=request.path, exc_info=error)
    return page(
        "error.html",
        code.status or 500,
        visit=visit,
        code=code,
        detail=refusal.detail,
        trace_id=request[TRACE_ID],
    )


def status_of(error: BrokerError | None) -> int:
    """The status of a page that shows a refusal; 200 of one that shows none."""
    return (error_codes()[error.code].status or 400) if error else 200


def _refusal(error: Exception) -> BrokerError:
    match error:
        case BrokerError():
            return error
        case web.HTTPException():
            return BrokerError(STATUS_CODES.get(error.status, "BAD_REQUEST"), error.reason)
        case web.RequestPayloadError():
            return BrokerError("BAD_REQUEST", "the form broke off or is not encoded as it says")
        case DatabaseBusyError():
            return UnavailableError("DATABASE_BUSY", "the database is locked or away")
        case StorageFullError():
            return UnavailableError("STORAGE_FULL", "the disk is full")
        case _:
            return BrokerError("INTERNAL_ERROR", "an error of the broker's own")


def _check_token(visit: Visit) -> None:
    given, wanted = visit.field("csrf_token").encode(), visit.session.csrf_token.encode()
    if not hmac.compare_digest(given, wanted):
        raise ForbiddenError("CSRF_FAILED", "this form does not belong to your session")


def _signed_out(request: web.Request) -> web.Response:
    if "HX-Request" in request.headers:
        # What refreshes a part of a page must not put another page there: it leaves the whole page.
        return web.Response(headers={**PAGE_HEADERS, "HX-Redirect": SIGNED_OUT})
    response = see_other(SIGNED_OUT)
    remember(request, response)
    return response
