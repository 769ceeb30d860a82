"""What an official API's answer means: a closed set, so that nothing is left to guessing."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

State = dict[str, Any]
"""What an adapter must remember between its steps: small, JSON, without secrets."""

LimitScope = Literal["account", "app", "address", "target"]


@dataclass(frozen=True, slots=True)
class Published:
    """The post is live."""

    remote_id: str
    """The platform's own id."""
    url: str | None
    """Its live address; None while the platform does not name one, or has none."""
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pending:
    """The platform works on it: `poll` with this state tells how it ended."""

    state: State
    check_after_seconds: float


@dataclass(frozen=True, slots=True)
class Rejected:
    """The platform does not take this content, for good."""

    code: str
    """A code of shared/errors.json, such as `content_rejected` or `duplicate_content`."""
    message: str
    """What the platform said, in its words, without secrets."""
    field: str | None = None


@dataclass(frozen=True, slots=True)
class AuthExpired:
    """The access token is too old; a fresh one may do."""


@dataclass(frozen=True, slots=True)
class AuthRevoked:
    """Nobody lets us in any more: a person must connect the account anew."""

    message: str


@dataclass(frozen=True, slots=True)
class NotPermitted:
    """The account or the app lacks a scope, a review, an audit or credits."""

    needs: str
    """What a person must get, and where."""


@dataclass(frozen=True, slots=True)
class RateLimited:
    """Too often; nothing was posted."""

    retry_at: datetime
    scope: LimitScope = "account"


@dataclass(frozen=True, slots=True)
class QuotaExhausted:
    """Nothing more goes out before the platform's own reset; nothing was posted."""

    reset_at: datetime
    scope: LimitScope = "account"


@dataclass(frozen=True, slots=True)
class Transient:
    """A passing trouble before anything irreversible was sent."""

    message: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The irreversible request was sent, and nothing says how it ended."""

    message: str


@dataclass(frozen=True, slots=True)
class Absent:
    """Looked where the post would be, and it is not there."""


@dataclass(frozen=True, slots=True)
class CannotTell:
    """Could not look, or what was seen proves nothing."""

    message: str


Trouble = (
    Rejected | AuthExpired | AuthRevoked | NotPermitted | RateLimited | QuotaExhausted | Transient
)
"""How a request can fail that posted nothing."""

Outcome = Published | Pending | Trouble | Unknown
Finding = Published | Pending | Absent | CannotTell


class TroubleError(Exception):
    """A step before the irreversible one ended here."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(repr(trouble))
        self.trouble = trouble
