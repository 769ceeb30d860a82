"""Accounts as agents and people see them: who posts, whether it may now, and how often."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from postbroker.contract.catalogue import Pacing, TimeOfDay
from postbroker.contract.message import Message
from postbroker.contract.words import AskedRoute, Identifier

AskMode = Literal["first", "ask", "always"]
"""When a person is asked before a post goes out: once for the account, each time, or never."""

AccountState = Literal["active", "logged_out", "challenge", "paused"]


def _known_zone(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("give a time zone of the IANA database, such as Europe/Berlin") from error
    return zone


Zone = Annotated[str, Field(max_length=60), AfterValidator(_known_zone)]


class PacingChange(Message):
    """What an account does otherwise than its platform; what is absent is the platform's."""

    gap_seconds: Annotated[int, Field(ge=0, le=7 * 86400)] | None = None
    jitter_seconds: Annotated[int, Field(ge=0, le=86400)] | None = None
    posts_per_day: Annotated[int, Field(ge=1, le=1000)] | None = None
    quiet_from: TimeOfDay | None = None
    quiet_until: TimeOfDay | None = None
    zone: Zone | None = None


class AccountRef(Message):
    """Names an account."""

    id: Identifier
    """The account's id, from the list of accounts."""


class ChangeAccount(AccountRef):
    """What is to be otherwise; what is absent stays."""

    paused: bool | None = None
    """Nothing of it goes out while it is paused."""
    mode: AskMode | None = None
    """When a person is asked before a post goes out."""
    pacing: PacingChange | None = None
    """Replaces what the account had of its own; `{}` goes back to the platform's."""
    route: AskedRoute | None = None
    """Which way its posts go, where a job leaves it open."""


class Login(Message):
    """A browser in which the account is or was logged in."""

    browser_id: Identifier
    browser: str
    began_at: str
    last_seen_at: str
    ended_at: str | None = None
    """Absent while it lasts, as far as the browser told."""


class AccountAnswer(Message):
    """One account on one platform; times are ISO 8601 in UTC."""

    id: str
    platform: str
    handle: str
    status: AccountState
    mode: AskMode
    confirmed: bool
    """True once a person said yes to a post of it."""
    paused_because: str | None = None
    """`person`, or the error code after which the broker paused it."""
    browser_ids: list[str]
    """Where it is logged in, as far as the browsers told."""
    pacing: Pacing | None = None
    """As it counts now; absent when nothing is paced."""
    route: AskedRoute = "auto"
    """Which way its posts go, where a job leaves it open."""
    posts_today: int
    last_seen_at: str
    last_post_at: str | None = None
    next_allowed_at: str | None = None
    """Present while the next post must wait for it."""
    logins: list[Login] | None = None
    """Newest first, for one account that was asked for."""


class AccountList(Message):
    """All accounts that browsers of the workspace were logged in to."""

    accounts: list[AccountAnswer]
