"""An account: who posts on a platform, when it may, and whether a person is asked first."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from postbroker.contract.accounts import AccountState, AskMode, PacingChange
from postbroker.contract.catalogue import Pacing
from postbroker.contract.words import READING_KINDS, AskedRoute
from postbroker.domain.job import Job
from postbroker.domain.matching import bare_handle
from postbroker.domain.pacing import day_of, next_allowed

BY_A_PERSON = "person"
PAUSING_CODES = frozenset({"challenge_required", "account_restricted"})
"""Reports after which an account posts nothing before a person has seen to it."""


@dataclass(frozen=True, slots=True)
class Account:
    """An identity on a platform that a browser was logged in to, or that is connected."""

    id: str
    workspace_id: str
    platform: str
    handle: str
    """As the platform shows it."""
    created_at: datetime
    last_seen_at: datetime
    mode: AskMode = "first"
    pacing: PacingChange = field(default_factory=PacingChange)
    """What it does otherwise than its platform."""
    paused_because: str | None = None
    """`person` or an error code; None while it is not paused."""
    confirmed_at: datetime | None = None
    """When a person first said yes to a post of it."""
    posted_at: datetime | None = None
    """When it last had leave to press."""
    jitter: float = 0
    """From -1 to 1: which gap follows the last post."""
    day_posts: int = 0
    """How many posts the day of the last one had."""
    route: AskedRoute = "auto"
    """Which way its posts go, where a job leaves it open."""

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from the workspace's other accounts."""
        return account_key(self.platform, self.handle)

    def asks(self, *, confirms_first: bool) -> bool:
        """True when a post of it needs a person's yes."""
        match self.mode:
            case "ask":
                return True
            case "first":
                return confirms_first and self.confirmed_at is None
            case "always":
                return False

    def state(self, *, is_logged_in: bool) -> AccountState:
        """In a word, whether posts of it go out."""
        if self.paused_because is not None:
            return "paused" if self.paused_because == BY_A_PERSON else "challenge"
        return "active" if is_logged_in else "logged_out"

    def posts_on(self, day: datetime, zone: str) -> int:
        """How many posts it had on the day of an instant."""
        if self.posted_at is None or day_of(self.posted_at, zone) != day_of(day, zone):
            return 0
        return self.day_posts


HoldReason = Literal["account_paused", "paced", "not_approved"]


@dataclass(frozen=True, slots=True)
class Hold:
    """Why an account must not post a job now."""

    reason: HoldReason
    handle: str | None
    until: datetime | None = None
    """When it may by itself; None when a person must act."""
    because: str | None = None
    """Why the account is paused."""


def account_key(platform: str, handle: str) -> tuple[str, str]:
    """What tells accounts of a workspace apart."""
    return platform, bare_handle(handle)


def is_public(job: Job) -> bool:
    """True for what others see on the platform itself: such jobs are paced and asked about."""
    return not job.sandbox and job.kind not in READING_KINDS


def pacing_of(account: Account, usual: Pacing) -> Pacing:
    """How often the account may post, its own numbers before its platform's."""
    return usual.model_copy(update=account.pacing.model_dump(exclude_none=True, by_alias=False))


def may_post_at(account: Account, pacing: Pacing, now: datetime) -> datetime:
    """The first instant from `now` on at which the account may post."""
    gap = timedelta(seconds=pacing.gap_seconds + pacing.jitter_seconds * account.jitter)
    is_full = account.posts_on(now, pacing.zone) >= pacing.posts_per_day
    return next_allowed(pacing, account.posted_at, gap, is_full=is_full, now=now)


def after_post(account: Account, zone: str, jitter: float, now: datetime) -> Account:
    """The account once it has leave to press."""
    posts = account.posts_on(now, zone) + 1
    return replace(account, posted_at=now, day_posts=posts, jitter=jitter, last_seen_at=now)
