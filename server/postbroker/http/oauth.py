"""OAuth 2.1 for programs: what the broker says of itself, registering, tokens, logins of devices.

The wire is that of RFC 6749, 7009, 7591, 8414, 8628 and 9728, with their own form of errors; the
pages for people are the dashboard's.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, urlencode

from aiohttp import hdrs, web
from pydantic_core import from_json, to_json

from postbroker.appkeys import CLIENTS, DEVICES, GRANTS
from postbroker.callers import RESOURCE_DOCUMENT, base_of
from postbroker.domain.authorization import (
    ACCESS_LIFE,
    APP_SCOPES,
    DEVICE_LIFE,
    POLL_INTERVAL,
    Audience,
    AuthorizationError,
    audience_of,
    read_scopes,
    shown_user_code,
    write_scopes,
)
from postbroker.domain.key import SCOPES
from postbroker.http.endpoints import AUTHORIZATION
from postbroker.http.serve import JSON_TYPE
from postbroker.services.grants import Issued

BODY_BYTES = 1 << 14
FORM_FIELDS = 30
FORM_TYPE = "application/x-www-form-urlencoded"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
GRANT_TYPES = ["authorization_code", "refresh_token", DEVICE_GRANT]
DEVICE_PATH = "/oauth/device"
SECRET_ANSWER = {
    hdrs.CONTENT_TYPE: JSON_TYPE,
    hdrs.CACHE_CONTROL: "no-store",
    hdrs.PRAGMA: "no-cache",
}
STATUS = {"invalid_client": 401, "temporarily_unavailable": 429}
"""Every other refusal is a 400."""

Form = dict[str, str]
Handler = Callable[[web.Request], Awaitable[web.Response]]


def add_oauth(app: web.Application) -> None:
    """Put the endpoints on the application."""
    handlers: dict[str, Handler] = {
        "describe_resource": describe_resource,
        "describe_server": describe_server,
        "register_client": register_client,
        "give_token": give_token,
        "revoke_token": revoke_token,
        "begin_device_login": begin_device_login,
    }
    for endpoint in AUTHORIZATION:
        app.router.add_route(
            endpoint.method, endpoint.path, _in_its_own_words(handlers[endpoint.operation])
        )


async def describe_resource(request: web.Request) -> web.Response:
    """What is protected here, and by whom (RFC 9728): MCP alone, or all of the broker."""
    base = base_of(request)
    resource = base + request.path.removeprefix(RESOURCE_DOCUMENT)
    return _public(
        {
            "resource": resource,
            "authorization_servers": [base],
            "scopes_supported": list(APP_SCOPES),
            "bearer_methods_supported": ["header"],
            "resource_name": "Postbroker",
            "resource_documentation": f"{base}/docs",
        }
    )


async def describe_server(request: web.Request) -> web.Response:
    """What this authorization server can do (RFC 8414)."""
    base = base_of(request)
    return _public(
        {
            "issuer": base,
            "authorization_endpoint": f"{base}/oauth/authorize",
            "token_endpoint": f"{base}/oauth/token",
            "registration_endpoint": f"{base}/oauth/register",
            "revocation_endpoint": f"{base}/oauth/revoke",
            "device_authorization_endpoint": f"{base}/oauth/device_authorization",
            "scopes_supported": list(SCOPES),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": GRANT_TYPES,
            "token_endpoint_auth_methods_supported": ["none"],
            "revocation_endpoint_auth_methods_supported": ["none"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "client_id_metadata_document_supported": True,
            "service_documentation": f"{base}/docs",
        }
    )


async def register_client(request: web.Request) -> web.Response:
    """A client registers itself (RFC 7591). It is a public one, whatever it asked to be."""
    raw = await _body(request)
    try:
        said = from_json(raw)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise AuthorizationError("invalid_client_metadata", "send a JSON object")
    client = await request.app[CLIENTS].register(said, request.remote or "")
    return _secret(
        {
            "client_id": client.id,
            "client_id_issued_at": int(client.created_at.timestamp()),
            "client_name": client.name,
            "redirect_uris": client.redirect_uris,
            "grant_types": GRANT_TYPES,
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
            "scope": write_scopes(APP_SCOPES),
        },
        status=201,
    )


async def give_token(request: web.Request) -> web.Response:
    """Tokens for a code, for a refresh token, or for a device whose person said yes."""
    form, resources = await _form(request)
    client_id = _needed(form, "client_id")
    audience = _audience(request, resources)
    grants = request.app[GRANTS]
    match _needed(form, "grant_type"):
        case "authorization_code":
            issued = await grants.redeem(
                _needed(form, "code"),
                client_id,
                form.get("redirect_uri"),
                _needed(form, "code_verifier"),
                audience,
            )
        case "refresh_token":
            refresh_token = _needed(form, "refresh_token")
            issued = await grants.refresh(refresh_token, client_id, form.get("scope"), audience)
        case "urn:ietf:params:oauth:grant-type:device_code":
            issued = await request.app[DEVICES].poll(_needed(form, "device_code"), client_id)
        case other:
            raise AuthorizationError(
                "unsupported_grant_type", f"{other[:100]} is none of: {', '.join(GRANT_TYPES)}"
            )
    return _secret(_token_answer(issued))


async def revoke_token(request: web.Request) -> web.Response:
    """End a token (RFC 7009); what is no token any more is ended as well."""
    form, _ = await _form(request)
    token = _needed(form, "token")
    await request.app[GRANTS].revoke_token(token, _needed(form, "client_id"))
    return _secret({})


async def begin_device_login(request: web.Request) -> web.Response:
    """A login for a program that opens no browser of its own (RFC 8628)."""
    form, resources = await _form(request)
    client = await request.app[CLIENTS].known(_needed(form, "client_id"))
    scopes = read_scopes(form.get("scope"), APP_SCOPES)
    audience = _audience(request, resources) or "/"
    begun = await request.app[DEVICES].begin(client, scopes, audience, request.remote or "")
    code, page = shown_user_code(begun.user_code), base_of(request) + DEVICE_PATH
    return _secret(
        {
            "device_code": begun.device_code,
            "user_code": code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?{urlencode({'user_code': code})}",
            "expires_in": int(DEVICE_LIFE.total_seconds()),
            "interval": int(POLL_INTERVAL.total_seconds()),
        }
    )


def _in_its_own_words(handler: Handler) -> Handler:
    """Answer a refusal as OAuth has it, not as a problem."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except AuthorizationError as error:
            status = STATUS.get(error.code, 400)
            response = _secret(
                {"error": error.code, "error_description": error.description}, status=status
            )
            if error.retry_after_seconds is not None:
                response.headers[hdrs.RETRY_AFTER] = f"{error.retry_after_seconds:.0f}"
            if status == 401 and hdrs.AUTHORIZATION in request.headers:
                response.headers[hdrs.WWW_AUTHENTICATE] = 'Basic realm="Postbroker"'
            return response

    return handle


async def _body(request: web.Request) -> bytes:
    """A small body. Raises AuthorizationError for a large one, before all of it has come."""
    if (request.content_length or 0) > BODY_BYTES:
        raise _too_large()
    raw = bytearray()
    async for chunk in request.content.iter_any():
        raw += chunk
        if len(raw) > BODY_BYTES:
            raise _too_large()
    return bytes(raw)


async def _form(request: web.Request) -> tuple[Form, list[str]]:
    """The fields of a form, each once, and all its resources. Raises AuthorizationError."""
    if request.content_type != FORM_TYPE:
        raise AuthorizationError("invalid_request", f"send a form, {FORM_TYPE}")
    if "client_secret" in request.query or "client_id" in request.query:
        raise AuthorizationError("invalid_request", "credentials come in the body")
    try:
        text = (await _body(request)).decode("ascii")
        fields = parse_qs(text, max_num_fields=FORM_FIELDS, errors="strict")
    except ValueError as error:
        raise AuthorizationError("invalid_request", "the form cannot be read") from error
    resources = fields.pop("resource", [])
    if twice := [name for name, values in fields.items() if len(values) > 1]:
        raise AuthorizationError("invalid_request", f"{twice[0][:100]} came more than once")
    form = {name: values[0] for name, values in fields.items()}
    if any("\0" in value for value in form.values()):
        raise AuthorizationError("invalid_request", "a field cannot hold a NUL character")
    if "client_secret" in form:
        raise AuthorizationError("invalid_client", "clients here have no secret")
    return form, resources


def _needed(form: Form, name: str) -> str:
    if name in form:
        return form[name]
    if name == "client_id":
        raise AuthorizationError("invalid_client", "client_id is needed in the body")
    raise AuthorizationError("invalid_request", f"{name} is needed")


def _audience(request: web.Request, resources: list[str]) -> Audience | None:
    return audience_of(resources, base_of(request)) if resources else None


def _token_answer(issued: Issued) -> dict[str, Any]:
    return {
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "expires_in": int(ACCESS_LIFE.total_seconds()),
        "refresh_token": issued.refresh_token,
        "scope": write_scopes(issued.scopes),
    }


def _secret(body: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(status=status, body=to_json(body), headers=SECRET_ANSWER)


def _public(body: dict[str, Any]) -> web.Response:
    headers = {hdrs.CONTENT_TYPE: JSON_TYPE, hdrs.CACHE_CONTROL: "public, max-age=3600"}
    return web.Response(body=to_json(body), headers=headers)


def _too_large() -> AuthorizationError:
    return AuthorizationError("invalid_request", f"a body has at most {BODY_BYTES} bytes here")
