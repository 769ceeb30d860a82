"""What a platform's word means for whoever asked for something else than a post."""

from datetime import UTC, datetime

import pytest

from postbroker.egress.calls import NotSentError, UnansweredError
from postbroker.platforms.oauth import GrantOverError, NoTokenError, RefusedError
from postbroker.platforms.outcome import (
    AuthExpired,
    AuthRevoked,
    NotPermitted,
    QuotaExhausted,
    RateLimited,
    Rejected,
    Transient,
    Trouble,
    TroubleError,
)
from postbroker.services.apis import DisconnectedError
from postbroker.services.refusals import refusal_of

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("trouble", "code", "said"),
    [
        (Rejected("content_rejected", "no such page"), "PLATFORM_REFUSED", "no such page"),
        (NotPermitted("the scope boards:read"), "PLATFORM_REFUSED", "boards:read"),
        (AuthRevoked("the bot was removed"), "PLATFORM_REFUSED", "removed"),
        (AuthExpired(), "PLATFORM_REFUSED", "not good any more"),
        (RateLimited(AT), "PLATFORM_UNREACHABLE", "2026-11-24 12:00:00"),
        (QuotaExhausted(AT), "PLATFORM_UNREACHABLE", "2026-11-24 12:00:00"),
        (Transient("it starts"), "PLATFORM_UNREACHABLE", "it starts"),
    ],
)
def test_troubles_are_told_in_the_platform_s_words(trouble: Trouble, code: str, said: str) -> None:
    refusal = refusal_of(TroubleError(trouble))
    assert refusal.code == code
    assert said in refusal.detail


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotSentError("away"), "PLATFORM_UNREACHABLE"),
        (UnansweredError("away"), "PLATFORM_UNREACHABLE"),
        (NoTokenError("away"), "PLATFORM_UNREACHABLE"),
        (RefusedError("access_denied", ""), "CONSENT_REFUSED"),
        (RefusedError("invalid_client", "who are you"), "PLATFORM_REFUSED"),
        (GrantOverError("too late"), "PLATFORM_REFUSED"),
        (DisconnectedError("CONNECTION_ENDED", "over"), "ACCOUNT_NOT_CONNECTED"),
    ],
)
def test_requests_without_a_good_answer_are_told_apart(error: NotSentError, code: str) -> None:
    assert refusal_of(error).code == code


@pytest.mark.parametrize("error", [NotSentError("away"), TroubleError(Transient("away"))])
def test_what_passes_says_when_to_try_again(error: NotSentError) -> None:
    assert refusal_of(error).retry_after_seconds == 60
