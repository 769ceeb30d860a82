"""Pairing codes: six digits, one use, and limits on guessing that make so short a code safe."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

CODE_DIGITS = 6
GUESSES_PER_PERSON = 5
GUESSES_PER_ADDRESS = 20
GUESSES_IN_ALL = 60
GUESS_WINDOW = timedelta(minutes=10)


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
    recent = [guess for guess in guesses if now - guess.at < GUESS_WINDOW]
    for limit, those in (
        (GUESSES_PER_PERSON, [g for g in recent if g.person == person]),
        (GUESSES_PER_ADDRESS, [g for g in recent if g.address == address]),
        (GUESSES_IN_ALL, recent),
    ):
        if len(those) >= limit:
            return max(g.at for g in those) + GUESS_WINDOW
    return None
