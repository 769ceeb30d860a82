"""OAuth 2.0 as a client: the consent page, the code, fresh tokens, and their end.

OAuthError
├── GrantOverError   the code or the refresh token is not good any more: `invalid_grant`
├── RefusedError     the server says no for another reason
└── NoTokenError     no answer that could be used: nothing is known, later may be better

Sources: RFC 6749 (codes, refresh), 7636 (PKCE, S256), 7009 (revocation), 9207 (`iss`); Meta's
exchange of tokens by GET (developers.facebook.com, 2026-03); Mastodon's `/api/v1/apps`
(docs.joinmastodon.org, 2026-07-02).
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode

from yarl import URL

from postbroker.egress.calls import Answer, CallError, Calls
from postbroker.platforms.adapter import OAuth

STATE_BYTES = 32
VERIFIER_BYTES = 48
FORM_TYPE = "application/x-www-form-urlencoded"
REGISTER_PATH = "/api/v1/apps"
META_TOKEN_OVER = 190
"""`error.code` of Meta's Graph API for a token that is expired, revoked or never was one."""
PASSING = (408, 425, 429)
PASSED_OVER = frozenset({"id_token", "expires_in"})
"""What comes with tokens and is not kept: large, or wrong a moment later."""
SAID_LENGTH = 200


class OAuthError(Exception):
    """The other side gave no token."""


class GrantOverError(OAuthError):
    """The code or the refresh token is used up, too old or revoked: a person must consent anew."""


class RefusedError(OAuthError):
    """The server refuses; `code` is its word for why."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(f"{code}: {said}" if said else code)
        self.code = code


class NoTokenError(OAuthError):
    """The server could not be asked, or its answer says nothing."""


@dataclass(frozen=True, slots=True)
class App:
    """What the operator, or this broker itself, has registered with the server."""

    client_id: str
    client_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a server gave, and until when it is good."""

    values: Mapping[str, str] = field(repr=False)
    """`access_token`, mostly `refresh_token`, and whatever else came as text."""
    expires_at: datetime | None
    """When the access token ends; None where the server does not say."""
    ends_at: datetime | None = None
    """When the refresh token ends, where the server says."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Random values of one way through the consent page."""

    state: str = field(repr=False)
    verifier: str = field(repr=False)

    @staticmethod
    def new() -> "Secrets":
        """256 random bits of state, and a verifier of 64 characters."""
        return Secrets(secrets.token_urlsafe(STATE_BYTES), secrets.token_urlsafe(VERIFIER_BYTES))


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """One platform's OAuth on one server, for one app of ours.

    `moved` is an address to which all requests go in place of the platform's own.
    """

    calls: Calls
    flow: OAuth
    base_url: str
    redirect_uri: str
    moved: str | None = None

    def authorize_url(self, app: App, made: Secrets) -> str:
        """The consent page, to open in the person's browser."""
        asked = {
            "response_type": "code",
            self.flow.client_id_name: app.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self.flow.scope_separator.join(self.flow.scopes),
            "state": made.state,
            **self.flow.more,
        }
        if self.flow.uses_pkce:
            asked |= {
                "code_challenge": challenge_of(made.verifier),
                "code_challenge_method": "S256",
            }
        return str(URL(self._place(self.flow.authorize_url)).update_query(asked))

    def is_issuer(self, issuer: str) -> bool:
        """True when the `iss` of an answer is the server whose consent page was opened."""
        try:
            return URL(issuer).origin() == URL(self._place(self.flow.authorize_url)).origin()
        except ValueError:
            return False

    async def register(self, name: str) -> App:
        """A new app on a server where nobody needs to ask an operator. Raises OAuthError."""
        given = {
            "client_name": name,
            "redirect_uris": self.redirect_uri,
            "scopes": " ".join(self.flow.scopes),
        }
        answer = await self._post(f"{self.base_url}{REGISTER_PATH}", given)
        match _fields(answer):
            case {"client_id": str(client_id), "client_secret": str(client_secret)}:
                return App(client_id, client_secret)
            case _:
                raise NoTokenError("the server registers no apps")

    async def redeem(self, app: App, code: str, verifier: str, now: datetime) -> Tokens:
        """Change the code of the consent page into tokens. Raises OAuthError."""
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
        }
        if self.flow.uses_pkce:
            asked["code_verifier"] = verifier
        tokens = _tokens(await self._ask(app, self.flow.token_url, asked), now)
        if self.flow.refresh != "exchange":
            return tokens
        return await self._exchange(app, tokens, now)

    async def refresh(self, app: App, values: Mapping[str, str], now: datetime) -> Tokens:
        """Fresh tokens in place of older ones, which may be void then. Raises OAuthError."""
        match self.flow.refresh:
            case "exchange":
                return await self._lengthen(app, values, now)
            case "rotating" | "fixed" if "refresh_token" in values:
                asked = {"grant_type": "refresh_token", "refresh_token": values["refresh_token"]}
                fresh = _tokens(await self._ask(app, self.flow.token_url, asked), now)
                return Tokens({**values, **fresh.values}, fresh.expires_at, fresh.ends_at)
            case _:
                raise GrantOverError("there is no refresh token")

    async def revoke(self, app: App, values: Mapping[str, str]) -> None:
        """Give the tokens back, where the server takes them. Raises OAuthError."""
        if self.flow.revoke_url is None:
            return
        refusal: OAuthError | None = None
        for kind in ("refresh_token", "access_token"):
            if kind not in values:
                continue
            asked = {"token": values[kind], "token_type_hint": kind}
            try:
                _fields(await self._ask(app, self.flow.revoke_url, asked))
            except OAuthError as error:  # one of them may be the only kind that it takes
                refusal = error
        if refusal is not None:
            raise refusal

    async def _exchange(self, app: App, tokens: Tokens, now: datetime) -> Tokens:
        """A long-lived token for a short-lived one, as Meta has it."""
        if self.flow.exchange_url is None:
            return tokens
        asked = {"grant_type": self.flow.exchange_grant or "", **_client(self.flow, app)}
        asked[self.flow.exchange_token_name] = tokens.values["access_token"]
        longer = _tokens(await self._get(self.flow.exchange_url, asked), now)
        return Tokens({**tokens.values, **longer.values}, longer.expires_at)

    async def _lengthen(self, app: App, values: Mapping[str, str], now: datetime) -> Tokens:
        if self.flow.lengthen_url is None:
            return await self._exchange(app, Tokens(values, None), now)
        asked = {
            "grant_type": self.flow.lengthen_grant or "",
            "access_token": values["access_token"],
        }
        longer = _tokens(await self._get(self.flow.lengthen_url, asked), now)
        return Tokens({**values, **longer.values}, longer.expires_at)

    async def _ask(self, app: App, template: str, asked: Mapping[str, str]) -> Answer:
        headers = {}
        if self.flow.client_auth == "basic":
            headers["Authorization"] = basic(app)
        else:
            asked = {**asked, **_client(self.flow, app)}
        return await self._post(self._place(template), asked, headers)

    async def _post(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Answer:
        given = {"Content-Type": FORM_TYPE, "Accept": "application/json", **(headers or {})}
        try:
            return await self.calls.send("POST", url, headers=given, body=urlencode(form).encode())
        except CallError as error:
            raise NoTokenError(str(error)) from error

    async def _get(self, template: str, params: Mapping[str, str]) -> Answer:
        try:
            return await self.calls.send("GET", self._place(template), params=params)
        except CallError as error:
            raise NoTokenError(str(error)) from error

    def _place(self, template: str) -> str:
        """An address of the flow on the server that is meant."""
        whole = template.replace("{base}", self.base_url)
        if self.moved is None or "{base}" in template:
            return whole
        return str(URL(self.moved).origin().join(URL(whole).relative()))


def challenge_of(verifier: str) -> str:
    """PKCE's S256: what the consent page hears, so that only who began can redeem the code."""
    hashed = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode("ascii")


def basic(app: App) -> str:
    """Client id and secret as a header; both are form-encoded first (RFC 6749, 2.3.1)."""
    pair = f"{quote_plus(app.client_id)}:{quote_plus(app.client_secret or '')}"
    return f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"


def _client(flow: OAuth, app: App) -> dict[str, str]:
    named = {flow.client_id_name: app.client_id}
    if app.client_secret is not None and flow.client_auth != "none":
        named["client_secret"] = app.client_secret
    return named


def _tokens(answer: Answer, now: datetime) -> Tokens:
    fields = _fields(answer)
    match fields:
        case {"data": [{"access_token": str()} as inner]}:  # Instagram wraps it
            fields = inner
        case {"access_token": str()}:
            pass
        case _:
            raise NoTokenError("the server's answer holds no access token")
    return Tokens(
        values={name: str(value) for name, value in fields.items() if _is_kept(name, value)},
        expires_at=_after(now, fields.get("expires_in")),
        ends_at=_after(
            now, fields.get("refresh_token_expires_in") or fields.get("refresh_expires_in")
        ),
    )


def _fields(answer: Answer) -> dict[str, Any]:
    """The answer's object. Raises OAuthError for a refusal and for what is no answer."""
    if answer.status in PASSING or answer.status >= 500:
        raise NoTokenError(f"the server answered {answer.status}")
    fields = answer.fields
    match fields.get("error"):
        case "invalid_grant":
            raise GrantOverError(_said(fields.get("error_description")))
        case str(code) if code:
            raise RefusedError(code, _said(fields.get("error_description")))
        case {"code": code, **rest}:
            said = _said(rest.get("message"))
            raise GrantOverError(said) if code == META_TOKEN_OVER else RefusedError(str(code), said)
        case _ if not answer.is_ok:
            raise NoTokenError(f"the server answered {answer.status}")
        case _:
            return fields


def _said(value: object) -> str:
    return " ".join(value.split())[:SAID_LENGTH] if isinstance(value, str) else ""


def _is_kept(name: str, value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and name not in PASSED_OVER


def _after(now: datetime, seconds: object) -> datetime | None:
    """An instant so many seconds from now; None for what is no number, or none that fits."""
    if isinstance(seconds, bool) or not isinstance(seconds, str | int | float):
        return None
    try:
        return now + timedelta(seconds=float(seconds))
    except (ValueError, OverflowError):
        return None
