"""Pairing codes: six digits, one use, and limits on guessing that make so short a code safe."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

CODE_DIGITS = 6
GUESSES_PER_PERSON = 5
GUESSES_PER_ADDRESS = 20
GUESSES_IN_ALL = 60
GUESS_WINDOW = timedelta(minutes=10)
CLOSED_FOR = timedelta(minutes=10)
GUESSES_COUNT_FOR = GUESS_WINDOW + CLOSED_FOR
"""Older guesses than this change nothing any more."""


def new_code() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def read_code(typed: str) -> str | None:
    """The code in what a person typed, spaces and dashes forgiven; None when it is not one."""
    digits = "".join(c for c in typed if not (c.isspace() or c in "-–—"))
    return digits if len(digits) == CODE_DIGITS and digits.isascii() and digits.isdigit() else None


@dataclass(frozen=True, slots=True)
class Guess:
    """One wrong code: who tried, from where, when."""

    person: str
    address: str
    at: datetime


def closed_until(
    guesses: Sequence[Guess], person: str, address: str, now: datetime
) -> datetime | None:
    """Until when pairing is closed for this person at this address; None when it is open."""
    ends = [
        end
        for limit, instants in (
            (GUESSES_PER_PERSON, [guess.at for guess in guesses if guess.person == person]),
            (GUESSES_PER_ADDRESS, [guess.at for guess in guesses if guess.address == address]),
            (GUESSES_IN_ALL, [guess.at for guess in guesses]),
        )
        for end in _closings(sorted(instants), limit)
        if end > now
    ]
    return max(ends, default=None)


def _closings(instants: Sequence[datetime], limit: int) -> Iterator[datetime]:
    """Until when pairing was closed by each guess that was the `limit`th within the window."""
    for first, last in zip(instants, instants[limit - 1 :], strict=False):
        if last - first < GUESS_WINDOW:
            yield last + CLOSED_FOR
