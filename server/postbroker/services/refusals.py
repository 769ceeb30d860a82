"""What a platform's word means for whoever asked for something else than a post."""

from typing import assert_never

from postbroker.egress.calls import CallError
from postbroker.errors import BrokerError, ConflictError, ForbiddenError, UnavailableError
from postbroker.platforms.oauth import GrantOverError, NoTokenError, OAuthError, RefusedError
from postbroker.platforms.outcome import (
    AuthExpired,
    AuthRevoked,
    NotPermitted,
    QuotaExhausted,
    RateLimited,
    Rejected,
    Transient,
    TroubleError,
)
from postbroker.services.apis import DisconnectedError

AGAIN_SECONDS = 60.0
DENIED = "access_denied"
"""RFC 6749, 4.1.2.1: the person said no."""


def refusal_of(
    error: CallError | TroubleError | OAuthError | DisconnectedError,
) -> BrokerError:
    """The error to answer with; its detail is the platform's own words."""
    match error:
        case CallError() | NoTokenError():
            return UnavailableError("PLATFORM_UNREACHABLE", str(error), AGAIN_SECONDS)
        case RefusedError() if error.code == DENIED:
            return ForbiddenError("CONSENT_REFUSED", "the person did not consent")
        case RefusedError() | GrantOverError() | OAuthError():
            return BrokerError("PLATFORM_REFUSED", f"the platform says: {error}")
        case DisconnectedError():
            return ConflictError("ACCOUNT_NOT_CONNECTED", str(error))
        case TroubleError():
            return _of_trouble(error)
        case _:
            assert_never(error)


def _of_trouble(error: TroubleError) -> BrokerError:
    match error.trouble:
        case Rejected(message=message) | NotPermitted(needs=message):
            return BrokerError("PLATFORM_REFUSED", message)
        case AuthRevoked(message=message):
            return BrokerError("PLATFORM_REFUSED", message)
        case AuthExpired():
            return BrokerError("PLATFORM_REFUSED", "the credentials are not good any more")
        case RateLimited(retry_at=at) | QuotaExhausted(reset_at=at):
            detail = f"the platform answers nothing before {at:%Y-%m-%d %H:%M:%S} UTC"
            return UnavailableError("PLATFORM_UNREACHABLE", detail, AGAIN_SECONDS)
        case Transient(message=message):
            return UnavailableError("PLATFORM_UNREACHABLE", message, AGAIN_SECONDS)
        case _:
            assert_never(error.trouble)
