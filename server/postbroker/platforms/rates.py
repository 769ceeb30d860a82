"""When a platform wants to be asked again: one parser a style, each from the vendor's document.

A style reads an answer that refused because of too many requests, and says when the next one may
go; None when the answer does not say it in this style. All instants are in UTC.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from postbroker.egress.calls import Answer

Style = Callable[[Answer, datetime], datetime | None]
"""From an answer and the present instant to when the next request may go."""

OTHERWISE_SECONDS = 60
"""The wait after an answer that names none."""
SECONDS_MIN = 1
DAYS_MAX = 7
"""Beyond this an instant is taken for nonsense, and the wait is the usual one."""


def retry_at(answer: Answer, now: datetime, *styles: Style) -> datetime:
    """When the next request may go: the latest instant that any of these styles reads."""
    read = [found for style in styles if (found := style(answer, now)) is not None]
    latest = max(read, default=now + timedelta(seconds=OTHERWISE_SECONDS))
    if latest > now + timedelta(days=DAYS_MAX):
        return now + timedelta(seconds=OTHERWISE_SECONDS)
    return max(latest, now + timedelta(seconds=SECONDS_MIN))


def retry_after(answer: Answer, now: datetime) -> datetime | None:
    """`Retry-After`: seconds, or a date. RFC 9110, section 10.2.3."""
    given = answer.headers.get("Retry-After", "")
    if (seconds := _number(given)) is not None:
        return _later(now, seconds)
    try:
        found = parsedate_to_datetime(given)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def epoch_when_spent(prefix: str) -> Style:
    """`<prefix>-Remaining` and `<prefix>-Reset`, an epoch second, once nothing is left.

    `RateLimit`: Bluesky, docs.bsky.app of 2026-04-21. `x-rate-limit`: X, docs.x.com of 2026-08-22.
    """

    def style(answer: Answer, now: datetime) -> datetime | None:  # noqa: ARG001
        if _number(answer.headers.get(f"{prefix}-Remaining")) not in (0, None):
            return None
        return _epoch(_number(answer.headers.get(f"{prefix}-Reset")))

    return style


def timestamp_when_spent(answer: Answer, now: datetime) -> datetime | None:  # noqa: ARG001
    """`X-RateLimit-Reset` as ISO 8601: Mastodon, docs.joinmastodon.org of 2026-07-02."""
    if _number(answer.headers.get("X-RateLimit-Remaining")) not in (0, None):
        return None
    try:
        found = datetime.fromisoformat(answer.headers.get("X-RateLimit-Reset", ""))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def seconds_in(header: str) -> Style:
    """A header that holds seconds from now, perhaps with a fraction.

    `X-RateLimit-Reset-After`: Discord, documentation of 2026-08-06. `X-Ratelimit-Reset`: Reddit.
    """

    def style(answer: Answer, now: datetime) -> datetime | None:
        return _later(now, _number(answer.headers.get(header)))

    return style


def seconds_in_body(*path: str) -> Style:
    """A field of the body that holds seconds from now.

    `retry_after`: Discord, of 2026-08-06. `parameters`, `retry_after`: Telegram, Bot API 10.0.
    """

    def style(answer: Answer, now: datetime) -> datetime | None:
        value: Any = answer.json
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return _later(now, _number(value))

    return style


def meta_minutes(answer: Answer, now: datetime) -> datetime | None:
    """`estimated_time_to_regain_access`, minutes, the longest of all use cases.

    `X-Business-Use-Case-Usage`: Meta, Graph API documentation on rate limits, read 2026-11-22.
    """
    minutes = [
        found
        for each in _meta_use_cases(answer)
        if (found := _number(each.get("estimated_time_to_regain_access"))) is not None
    ]
    return _later(now, max(minutes) * 60) if any(minutes) else None


def meta_percentage(answer: Answer) -> float:
    """How much of the allowance is used up, in percent, the highest of all counts; 0 unless told.

    `X-App-Usage` and `X-Business-Use-Case-Usage`: above 100 nothing is answered.
    """
    usages = [_object(answer.headers.get("X-App-Usage")), *_meta_use_cases(answer)]
    counts = ("call_count", "total_time", "total_cputime")
    return max((_number(each.get(name)) or 0 for each in usages for name in counts), default=0)


def _meta_use_cases(answer: Answer) -> list[dict[str, Any]]:
    cases = _object(answer.headers.get("X-Business-Use-Case-Usage")).values()
    return [each for case in cases if isinstance(case, list) for each in case if _is_object(each)]


def _object(text: str | None) -> dict[str, Any]:
    try:
        value = json.loads(text or "")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _number(value: Any) -> float | None:
    """A number, or the text of one; None for anything else, endless ones included."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < float("inf") else None


def _later(now: datetime, seconds: float | None) -> datetime | None:
    if seconds is None:
        return None
    try:
        return now + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _epoch(seconds: float | None) -> datetime | None:
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
