"""Each platform's way to say "not so often" is read as it means it."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from multidict import CIMultiDict

from postbroker.egress.calls import Answer
from postbroker.platforms.rates import (
    Style,
    epoch_when_spent,
    meta_minutes,
    meta_percentage,
    retry_after,
    retry_at,
    seconds_in,
    seconds_in_body,
    timestamp_when_spent,
)
from server.doubles.clock import START as NOW

IN_TWO_MINUTES = NOW + timedelta(minutes=2)
EPOCH = str(int(IN_TWO_MINUTES.timestamp()))


def answer(headers: dict[str, str] | None = None, body: Any = None) -> Answer:
    return Answer(429, CIMultiDict(headers or {}), json.dumps(body).encode())


def usage(**counts: Any) -> dict[str, str]:
    return {"x-business-use-case-usage": json.dumps({"17841": [{"type": "pages", **counts}]})}


@pytest.mark.parametrize(
    ("style", "said"),
    [
        (retry_after, answer({"retry-after": "120"})),
        (retry_after, answer({"Retry-After": "Sun, 01 Mar 2026 12:02:00 GMT"})),
        (
            epoch_when_spent("RateLimit"),
            answer({"ratelimit-remaining": "0", "ratelimit-reset": EPOCH}),
        ),
        (epoch_when_spent("x-rate-limit"), answer({"x-rate-limit-reset": EPOCH})),
        (timestamp_when_spent, answer({"X-RateLimit-Reset": "2026-03-01T12:02:00.000Z"})),
        (timestamp_when_spent, answer({"X-RateLimit-Reset": "2026-03-01T12:02:00"})),
        (seconds_in("X-RateLimit-Reset-After"), answer({"x-ratelimit-reset-after": "120.0"})),
        (seconds_in_body("retry_after"), answer(body={"retry_after": 120.0})),
        (
            seconds_in_body("parameters", "retry_after"),
            answer(body={"parameters": {"retry_after": 120}}),
        ),
        (meta_minutes, answer(usage(estimated_time_to_regain_access=2))),
    ],
)
def test_every_style_names_the_same_instant(style: Style, said: Answer) -> None:
    assert style(said, NOW) == IN_TWO_MINUTES


@pytest.mark.parametrize(
    "style",
    [
        retry_after,
        epoch_when_spent("RateLimit"),
        timestamp_when_spent,
        seconds_in("X-Ratelimit-Reset"),
        seconds_in_body("parameters", "retry_after"),
        meta_minutes,
    ],
)
@pytest.mark.parametrize("junk", ["", "soon", "1e400", "-inf", "nan", "[]", "{}", "9" * 400])
def test_what_is_not_said_is_not_made_up(style: Style, junk: str) -> None:
    names = (
        "Retry-After", "RateLimit-Reset", "X-RateLimit-Reset", "X-Business-Use-Case-Usage",
    )  # fmt: skip
    said = answer(dict.fromkeys(names, junk), {"parameters": junk})
    assert style(said, NOW) is None


def test_a_window_that_is_not_spent_does_not_count() -> None:
    said = answer({"RateLimit-Remaining": "7", "RateLimit-Reset": EPOCH})
    assert epoch_when_spent("RateLimit")(said, NOW) is None
    mastodon = {"X-RateLimit-Remaining": "7", "X-RateLimit-Reset": "2026-03-01T12:02:00Z"}
    assert timestamp_when_spent(answer(mastodon), NOW) is None


def test_the_latest_instant_counts() -> None:
    said = answer({"Retry-After": "5", "X-RateLimit-Reset": EPOCH})
    assert retry_at(said, NOW, retry_after, epoch_when_spent("X-RateLimit")) == IN_TWO_MINUTES


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("", 60), ("-5", 1), ("0", 1), ("7200", 7200), (str(8 * 86400), 60), ("1e300", 60)],
)
def test_a_wait_is_never_nothing_and_never_nonsense(given: str, seconds: float) -> None:
    found: datetime = retry_at(answer({"Retry-After": given}), NOW, retry_after)
    assert found == NOW + timedelta(seconds=seconds)


def test_the_highest_count_of_meta_is_the_percentage() -> None:
    headers = {"X-App-Usage": '{"call_count":12,"total_time":3}', **usage(total_cputime=97)}
    assert meta_percentage(answer(headers)) == 97
    assert meta_percentage(answer()) == 0
