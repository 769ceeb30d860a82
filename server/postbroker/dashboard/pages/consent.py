"""A program asks to act for a person: who asks, for what, and the person's yes or no."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from aiohttp import web

from postbroker.appkeys import ACCOUNTS, CLIENTS, DEVICES, GRANTS, VAULT
from postbroker.callers import base_of
from postbroker.dashboard.frame import Visit, status_of
from postbroker.dashboard.rendering import length, see_other
from postbroker.domain.authorization import (
    APP_SCOPES,
    Audience,
    AuthorizationError,
    audience_of,
    host_of,
    is_challenge,
    is_on_this_machine,
    origin_of,
    read_scopes,
    read_user_code,
    shown_user_code,
    with_answer,
)
from postbroker.domain.key import SCOPES, Scope
from postbroker.errors import (
    BrokerError,
    ForbiddenError,
    NotFoundError,
    TooManyError,
    error_codes,
    field_error,
)
from postbroker.services.clients import redirect_of
from postbroker.services.grants import Wish
from postbroker.store.clients import Client

ASKED_LIFE = timedelta(minutes=10)
"""How long a person may think about it."""
PURPOSE = "consent"
STATE_LENGTH = 2000
NOT_BY_ITSELF: frozenset[Scope] = frozenset({"posts.approve", "api_keys.write"})
"""What a person must tick: with it a program could let itself do more than was agreed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a program asked for, as the page carries it, signed, from the question to the answer."""

    user_id: str
    client_id: str
    client_name: str
    scopes: list[Scope]
    audience: Audience
    base: str
    """The address by which the program knows this broker."""
    redirect_uri: str = ""
    challenge: str = ""
    state: str | None = None
    user_code: str = ""
    """For a device in place of the three before it."""


async def ask(visit: Visit) -> web.Response:
    """Show what an app asks for; what it asked wrongly goes back to it."""
    query = visit.request.query
    try:
        client_id, redirect_uri = _once(query, "client_id"), _once(query, "redirect_uri")
        client = await visit.request.app[CLIENTS].find(client_id or "")
        address = redirect_of(client, redirect_uri)
    except AuthorizationError as error:
        raise BrokerError("AUTHORIZATION_REFUSED", error.description) from error
    try:
        asked = _read(visit, client, address)
    except AuthorizationError as error:
        return _send_back_error(visit, client, address, error)
    return await _question(visit, asked)


async def answer(visit: Visit) -> web.Response:
    """The person's yes goes back to the app as a code, the no as a refusal."""
    asked = _signed(visit)
    back = {"iss": asked.base} | ({} if asked.state is None else {"state": asked.state})
    if visit.field("answer") != "yes":
        refusal = {"error": "access_denied", "error_description": "the person said no"}
        return see_other(with_answer(asked.redirect_uri, refusal | back))
    try:
        wish = await _wish(visit, asked)
    except BrokerError as error:
        return await _question(visit, asked, error)
    code = await visit.request.app[GRANTS].allow(
        visit.session.user_id, visit.workspace.id, wish, asked.redirect_uri, asked.challenge
    )
    return see_other(with_answer(asked.redirect_uri, {"code": code} | back))


async def ask_for_code(visit: Visit) -> web.Response:
    """A form for the code that a program shows."""
    return _code_form(visit, visit.request.query.get("user_code", ""))


async def answer_code(visit: Visit) -> web.Response:
    """First the code, then what its program asks for, then the person's yes or no."""
    devices, user_id = visit.request.app[DEVICES], visit.session.user_id
    if not visit.field("asked"):
        return await _device_question(visit)
    asked = _signed(visit)
    wish = None
    if visit.field("answer") == "yes":
        try:
            wish = await _wish(visit, asked)
        except BrokerError as error:
            return await _question(visit, asked, error)
    await devices.answer(user_id, visit.workspace.id, asked.user_code, wish)
    return visit.page("device-done.html", name=asked.client_name, is_connected=wish is not None)


async def _device_question(visit: Visit) -> web.Response:
    typed, address = visit.field("user_code"), visit.request.remote or ""
    try:
        login = await visit.request.app[DEVICES].find(visit.session.user_id, address, typed)
    except (NotFoundError, TooManyError) as error:
        return _code_form(visit, typed, error)
    asked = Asked(
        user_id=visit.session.user_id,
        client_id=login.client_id,
        client_name=login.client_name,
        scopes=_in_order(login.scopes),
        audience=login.audience,
        base=base_of(visit.request),
        user_code=read_user_code(typed),
    )
    return await _question(visit, asked, login_address=login.address)


def _read(visit: Visit, client: Client, redirect_uri: str) -> Asked:
    """What a known client asked for. Raises AuthorizationError."""
    query = visit.request.query
    state = _once(query, "state")
    if state is not None and len(state) > STATE_LENGTH:
        raise AuthorizationError("invalid_request", f"state has at most {STATE_LENGTH} characters")
    if _once(query, "response_type") != "code":
        raise AuthorizationError("unsupported_response_type", "response_type must be code")
    if _once(query, "code_challenge_method") != "S256":
        raise AuthorizationError("invalid_request", "code_challenge_method must be S256 (PKCE)")
    challenge = _once(query, "code_challenge") or ""
    if not is_challenge(challenge):
        raise AuthorizationError("invalid_request", "code_challenge must be one of S256 (PKCE)")
    base = base_of(visit.request)
    return Asked(
        user_id=visit.session.user_id,
        client_id=client.id,
        client_name=client.name,
        scopes=_in_order(read_scopes(_once(query, "scope"), APP_SCOPES)),
        audience=audience_of(query.getall("resource", []), base),
        base=base,
        redirect_uri=redirect_uri,
        challenge=challenge,
        state=state,
    )


async def _question(
    visit: Visit, asked: Asked, error: BrokerError | None = None, login_address: str = ""
) -> web.Response:
    until = (visit.now + ASKED_LIFE).timestamp()
    known = await visit.request.app[ACCOUNTS].all(visit.workspace.id)
    is_device = not asked.redirect_uri
    return visit.page(
        "consent.html",
        400 if error else 200,
        form_to="" if is_device else origin_of(asked.redirect_uri),
        asked=asked,
        unticked=NOT_BY_ITSELF,
        signed=visit.request.app[VAULT].sign([asdict(asked), until], PURPOSE),
        action="/oauth/device" if is_device else "/oauth/authorize",
        host="" if is_device else host_of(asked.redirect_uri),
        is_near=not is_device and is_on_this_machine(asked.redirect_uri),
        code=shown_user_code(asked.user_code) if is_device else "",
        login_address=login_address,
        has_document=asked.client_id.startswith("https://"),
        accounts=[each.account for each in known],
        problem=error.errors[0].message if error and error.errors else None,
    )


def _signed(visit: Visit) -> Asked:
    """What was asked for, as this page carried it for this person. Raises ForbiddenError."""
    match visit.request.app[VAULT].read(visit.field("asked"), PURPOSE):
        case [dict(fields), float(until)] if until > visit.now.timestamp():
            asked = Asked(**fields)
        case _:
            raise ForbiddenError("CSRF_FAILED", "this question is too old, or was never asked here")
    is_device = visit.request.path == "/oauth/device"
    if asked.user_id != visit.session.user_id or is_device != bool(asked.user_code):
        raise ForbiddenError("CSRF_FAILED", "this question was asked of somebody else")
    return asked


async def _wish(visit: Visit, asked: Asked) -> Wish:
    """What the person leaves of what was asked. Raises ValidationFailedError."""
    scopes = frozenset(scope for scope in asked.scopes if scope in visit.form.get("scope", []))
    if not scopes:
        raise field_error("VALIDATION_FAILED", "scope", "choose what it may do, or say no")
    wish = Wish(asked.client_id, asked.client_name, scopes, asked.audience)
    chosen = frozenset(visit.form.get("account", []))
    if visit.field("which") != "some":
        return wish
    known = {each.account.id for each in await visit.request.app[ACCOUNTS].all(visit.workspace.id)}
    if not chosen or not chosen <= known:
        raise field_error("VALIDATION_FAILED", "account", "choose the accounts, or all of them")
    return replace(wish, account_ids=chosen)


def _send_back_error(
    visit: Visit, client: Client, redirect_uri: str, error: AuthorizationError
) -> web.Response:
    """Tell the app what it asked wrongly; a client nobody said yes to leads nobody elsewhere.

    Anyone may register an address here: led there by itself, a person would take it for ours (RFC
    9700, 4.11.2).
    """
    refusal = {
        "error": error.code,
        "error_description": error.description,
        "iss": base_of(visit.request),
    }
    if (states := visit.request.query.getall("state", [])) and len(states) == 1:
        refusal["state"] = states[0][:STATE_LENGTH]
    address = with_answer(redirect_uri, refusal)
    if client.used_at is not None or is_on_this_machine(redirect_uri):
        return see_other(address)
    return visit.page(
        "consent-refused.html",
        error_codes()["AUTHORIZATION_REFUSED"].status or 400,
        name=client.name,
        detail=error.description,
        host=host_of(redirect_uri),
        address=address,
    )


def _in_order(scopes: frozenset[Scope]) -> list[Scope]:
    return [scope for scope in SCOPES if scope in scopes]


def _code_form(visit: Visit, typed: str, error: BrokerError | None = None) -> web.Response:
    problem = None
    if error is not None:
        problem = "That code is not valid: it may be mistyped, used, or older than ten minutes."
        if error.retry_after_seconds is not None:
            wait = length(timedelta(seconds=error.retry_after_seconds) + timedelta(minutes=1))
            problem = f"Too many wrong codes. Wait {wait}, then begin anew."
    return visit.page("device.html", status_of(error), typed=typed[:40], problem=problem)


def _once(query: Mapping[str, Any], name: str) -> str | None:
    """A parameter that may come once. Raises AuthorizationError."""
    values = [value for each, value in query.items() if each == name]
    if len(values) > 1:
        raise AuthorizationError("invalid_request", f"{name} came more than once")
    if any("\0" in value for value in values):
        raise AuthorizationError("invalid_request", f"{name} holds a NUL character")
    return values[0] if values else None
