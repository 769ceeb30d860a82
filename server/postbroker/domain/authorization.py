"""OAuth 2.1 as rules: where answers may go, who may redeem a code, how long things are good.

Sources: RFC 6749, 7636 (PKCE), 8252 (native apps), 8628 (devices), 8707 (resources), and the
authorization pages of the Model Context Protocol, revision 2026-07-28.
"""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from urllib.parse import SplitResult, urlencode, urlsplit, urlunsplit

from postbroker.domain.key import SCOPES, Scope
from postbroker.domain.matching import LOOPBACK_HOSTS

CODE_LIFE = timedelta(seconds=60)
ACCESS_LIFE = timedelta(hours=1)
REFRESH_LIFE = timedelta(days=30)
DEVICE_LIFE = timedelta(minutes=10)
POLL_INTERVAL = timedelta(seconds=5)

ACCESS_PREFIX = "mcpat_"
REFRESH_PREFIX = "mcprt_"
CODE_PREFIX = "mcpac_"
DEVICE_PREFIX = "mcpdc_"

APP_SCOPES: tuple[Scope, ...] = (
    "posts.read",
    "posts.draft",
    "posts.schedule",
    "posts.publish",
    "media.upload",
    "accounts.read",
    "usage.read",
    "logs.read",
)
"""What an app is told to ask for: all that its tools need, and nothing that manages the broker."""

OWN_CLIENT = "postbroker-cli"
OWN_CLIENT_NAME = "Postbroker's command line"

Audience = Literal["/", "/mcp"]
"""What a token is good for, as a path under the broker's address: all of it, or MCP alone."""

USER_CODE_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
"""RFC 8628, 6.1: consonants make no words and are not mistaken for digits."""
USER_CODE_LENGTH = 8

ADDRESS_LENGTH = 2000
_ADDRESS = re.compile(r"[!#-;=?-\[\]_a-z~]+", re.ASCII)
"""The characters of an address, RFC 3986."""
_HOST = re.compile(r"[a-z0-9.-]+", re.ASCII)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{1,60}", re.ASCII)
_OF_BROWSERS = frozenset(
    {
        "about", "blob", "chrome", "chrome-extension", "data", "edge", "file", "filesystem", "ftp",
        "intent", "jar", "javascript", "mailto", "moz-extension", "resource", "sms", "tel",
        "vbscript", "view-source", "ws", "wss",
    }
)  # fmt: skip
"""Schemes that a browser itself acts upon; none of them belongs to an app."""
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)

Refusal = Literal[
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "invalid_scope",
    "invalid_target",
    "invalid_redirect_uri",
    "invalid_client_metadata",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
    "access_denied",
    "authorization_pending",
    "slow_down",
    "expired_token",
    "temporarily_unavailable",
]


@dataclass(eq=False)
class AuthorizationError(Exception):
    """A refusal in OAuth's own words, RFC 6749 section 5.2."""

    code: Refusal
    description: str
    retry_after_seconds: float | None = None

    def __str__(self) -> str:
        return f"{self.code}: {self.description}"


def redirect_problem(uri: str) -> str | None:
    """Why no answer may be sent to an address; None for one that an app can have."""
    parts = _split(uri)
    if parts is None or len(uri) > ADDRESS_LENGTH or not _ADDRESS.fullmatch(uri):
        return "that is no address"
    if "#" in uri:
        return "it has a fragment"
    if "@" in parts.netloc:
        return "it names a user"
    scheme = parts.scheme
    host = parts.hostname or ""
    if scheme == "https":
        return None if _HOST.fullmatch(host) else "it names no host"
    if scheme == "http":
        return None if host in LOOPBACK_HOSTS else "http is for this machine alone"
    if scheme in _OF_BROWSERS or not _SCHEME.fullmatch(scheme):
        return f"{scheme or 'that'} is no scheme of an app"
    return None


def is_same_redirect(registered: str, given: str) -> bool:
    """True for an equal address; on this machine any port will do (RFC 8252, 7.3)."""
    if registered == given:
        return True
    one, other = _split(registered), _split(given)
    return (
        one is not None
        and other is not None
        and one.scheme == other.scheme == "http"
        and one.hostname == other.hostname
        and one.hostname in LOOPBACK_HOSTS
        and "@" not in other.netloc
        and (one.path, one.query, one.fragment) == (other.path, other.query, other.fragment)
    )


def host_of(uri: str) -> str:
    """Where an answer goes, in a word a person can judge: the host, or the app's own scheme."""
    parts = urlsplit(uri)
    return parts.netloc if parts.scheme in ("http", "https") else f"{parts.scheme}:"


def is_on_this_machine(uri: str) -> bool:
    """True when any program on the person's machine could be the one that is answered."""
    parts = urlsplit(uri)
    return parts.scheme not in ("http", "https") or parts.hostname in LOOPBACK_HOSTS


def origin_of(uri: str) -> str:
    """Where an answer goes, as a content security policy names it."""
    parts = urlsplit(uri)
    is_plain = parts.scheme in ("http", "https") and _HOST.fullmatch(parts.hostname or "")
    return f"{parts.scheme}://{parts.netloc}" if is_plain else f"{parts.scheme}:"


def with_answer(uri: str, answer: dict[str, str]) -> str:
    """A redirect address with the answer in its query, whatever else it holds."""
    parts = urlsplit(uri)
    query = "&".join(filter(None, (parts.query, urlencode(answer))))
    return urlunsplit(parts._replace(query=query))


def is_challenge(challenge: str) -> bool:
    """True for what S256 makes of a verifier."""
    return _CHALLENGE.fullmatch(challenge) is not None


def proves(verifier: str, challenge: str) -> bool:
    """True when the challenge was made of this verifier by S256."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    made = urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(made, challenge)


def read_scopes(text: str | None, else_: Iterable[Scope]) -> frozenset[Scope]:
    """The scopes in a list by spaces; what is not known here is left out (RFC 6749, 3.3).

    Raises AuthorizationError when nothing that is known is left.
    """
    words = (text or "").split()
    if not words:
        return frozenset(else_)
    known = frozenset(scope for scope in SCOPES if scope in words)
    if not known:
        raise AuthorizationError("invalid_scope", f"none of these is known: {' '.join(words)}")
    return known


def write_scopes(scopes: Iterable[Scope]) -> str:
    """Scopes as a list by spaces, in the order of the reference."""
    wanted = set(scopes)
    return " ".join(scope for scope in SCOPES if scope in wanted)


def audience_of(resources: list[str], base: str) -> Audience:
    """What the `resource` of a request stands for; all of the broker where there is none.

    Raises AuthorizationError for what is not here.
    """
    if not resources:
        return "/"
    known: dict[str, Audience] = {base: "/", f"{base}/": "/", f"{base}/mcp": "/mcp"}
    found = {known.get(each) for each in resources}
    if len(found) != 1 or None in found:
        raise AuthorizationError("invalid_target", f"the resources here are {base} and {base}/mcp")
    return "/mcp" if "/mcp" in found else "/"


def covers(audience: str, other: str) -> bool:
    """True when what is good for one is good for the other."""
    return audience in ("/", other)


def new_user_code() -> str:
    """A code for a person to type: about 34 bits."""
    return "".join(secrets.choice(USER_CODE_ALPHABET) for _ in range(USER_CODE_LENGTH))


def shown_user_code(code: str) -> str:
    """A code as it is shown, in two halves."""
    half = USER_CODE_LENGTH // 2
    return f"{code[:half]}-{code[half:]}"


def read_user_code(typed: str) -> str:
    """What a person typed, spaces, dashes and small letters forgiven."""
    return "".join(c for c in typed.upper() if c in USER_CODE_ALPHABET)[: USER_CODE_LENGTH + 1]


def _split(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
        _ = parts.port  # raises for what is no port
    except ValueError:
        return None
    return parts
