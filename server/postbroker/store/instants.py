"""Instants as the database holds them: milliseconds since 1970 in UTC."""

from datetime import UTC, datetime, timedelta
from typing import overload

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


@overload
def to_ms(instant: datetime) -> int: ...
@overload
def to_ms(instant: None) -> None: ...
def to_ms(instant: datetime | None) -> int | None:
    """Milliseconds, rounded down; None stays None."""
    return None if instant is None else (instant - EPOCH) // MILLISECOND


@overload
def from_ms(milliseconds: int) -> datetime: ...
@overload
def from_ms(milliseconds: None) -> None: ...
def from_ms(milliseconds: int | None) -> datetime | None:
    """The aware instant; None stays None."""
    return None if milliseconds is None else EPOCH + milliseconds * MILLISECOND
