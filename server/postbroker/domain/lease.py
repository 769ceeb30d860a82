"""Leases and permits: who may act on a job, until when, and the one leave to press."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from postbroker.contract.extension import Composed
from postbroker.contract.words import READING_KINDS, Purpose, Step
from postbroker.domain.job import HeldLease, Job, check_transition
from postbroker.domain.matching import bare_handle, same_handle

PermitRefusal = Literal[
    "not_leased",
    "reads_only",
    "paused",
    "expired",
    "account_differs",
    "text_differs",
    "media_differs",
    "target_differs",
]


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers of the protocol, from the settings."""

    lease: timedelta
    lease_limit: timedelta
    lease_limit_video: timedelta
    """The same for a job with a video."""
    permit: timedelta
    attempts: int
    retry_delays: tuple[timedelta, ...]
    verify_delays: tuple[timedelta, ...]
    verify_patience: timedelta
    own_host: str
    """The host under which browsers reach the broker, and with it the simulated platforms."""
    auto_retry_codes: frozenset[str]
    """Codes after which the broker itself tries again, before the permit only."""
    presses: int = 2
    """How often a button may be pressed for one job, again only with proof of no post."""


def take_to_publish(
    job: Job,
    lease_id: str,
    browser_id: str,
    rules: Rules,
    now: datetime,
    *,
    has_video: bool = False,
) -> Job:
    """`queued → leased`, with a new epoch that fences off all earlier holders."""
    check_transition(job.state, "leased")
    limit = rules.lease_limit_video if has_video else rules.lease_limit
    lease = _new_lease(job, lease_id, browser_id, "publish", now + rules.lease, now + limit)
    return replace(
        job,
        state="leased",
        lease=lease,
        epoch=lease.epoch,
        attempt=job.attempt + 1,
        stage="preparing",
        step=None,
        deadline_at=lease.limit_at,
        error_code=None,
        error=None,
        report={},
    )


def take_to_verify(job: Job, lease_id: str, browser_id: str, rules: Rules, now: datetime) -> Job:
    """A lease to look for the post of a doubtful job; the state stays outcome_unknown."""
    expires_at, limit_at = now + rules.lease, now + rules.lease_limit
    lease = _new_lease(job, lease_id, browser_id, "verify", expires_at, limit_at)
    return replace(job, lease=lease, epoch=lease.epoch, step=None)


def renew(job: Job, step: Step, rules: Rules, now: datetime) -> Job:
    """The holder reached a step: its lease goes on, but never beyond its limit."""
    lease = job.lease
    if lease is None:
        return job
    if job.state == "leased" or lease.purpose == "verify":
        lease = replace(lease, expires_at=min(now + rules.lease, lease.limit_at))
    return replace(job, lease=lease, step=step)


def own_host_of(job: Job, rules: Rules) -> str | None:
    """Where a sandbox job's post must be; None for a job that goes to the platform itself."""
    return rules.own_host if job.sandbox else None


def is_held_by(job: Job, lease_id: str, epoch: int, browser_id: str) -> bool:
    """True when this very lease is the job's present one."""
    lease = job.lease
    return lease is not None and (lease.id, lease.epoch, lease.browser_id) == (
        lease_id,
        epoch,
        browser_id,
    )


def permit_refusal(
    job: Job, composed: Composed, *, is_paused: bool, now: datetime
) -> PermitRefusal | None:
    """Why the button must not be pressed; None when it may."""
    if job.state != "leased" or job.lease is None or job.lease.expires_at <= now:
        return "not_leased"
    if job.kind in READING_KINDS:
        return "reads_only"
    if is_paused:
        return "paused"
    if job.expires_at <= now:
        return "expired"
    if job.poster is not None and not same_handle(job.poster, composed.account):
        return "account_differs"
    if composed.text_sha256 != job.part_sha256:
        return "text_differs"
    if composed.media_count != len(job.part_media_paths):
        return "media_differs"
    if composed.target != job.target:
        return "target_differs"
    return None


def grant_permit(
    job: Job, permit_id: str, composed: Composed, publish: timedelta, rules: Rules, now: datetime
) -> Job:
    """`leased → committing`: nobody presses again without proof that this press posted nothing."""
    check_transition(job.state, "committing")
    if job.lease is None:
        raise ValueError("a permit lives inside a lease")
    until = now + rules.permit + publish
    return replace(
        job,
        state="committing",
        lease=replace(job.lease, expires_at=until, limit_at=until),
        stage="permitted",
        presses=job.presses + 1,
        permit_id=permit_id,
        permitted_at=now,
        composed_account=composed.account,
        poster_id=job.lease.browser_id,
        deadline_at=until,
        looks=0,
        absences=0,
        hint_url=None,
    )


@dataclass(frozen=True, slots=True)
class Holding:
    """A lease that is held, as far as others must heed it."""

    browser_id: str
    platform: str
    sandbox: bool
    account: str | None
    """Who posts, as far as anybody knows."""


Obstacle = Literal["browser", "account"]
"""What keeps a job from a browser: itself, so that another may take it, or the busy account."""


class Busy:
    """What a workspace works on: N leases a browser, one a platform in it, one an account."""

    def __init__(self, held: Iterable[Holding], jobs_per_browser: int) -> None:
        self._jobs_per_browser = jobs_per_browser
        self._leases = Counter[str]()
        self._platforms = set[tuple[str, str, bool]]()
        self._accounts = set[tuple[str, bool, str]]()
        for holding in held:
            self.add(holding)

    def add(self, holding: Holding) -> None:
        """Heed this lease too."""
        self._leases[holding.browser_id] += 1
        self._platforms.add((holding.browser_id, holding.platform, holding.sandbox))
        if holding.account is not None:
            handle = bare_handle(holding.account)
            self._accounts.add((holding.platform, holding.sandbox, handle))

    def obstacle(self, job: Job, browser_id: str, logged_in: str | None) -> Obstacle | None:
        """Why the browser must not take this job; None when it may.

        `logged_in` is the browser's account on the job's platform, where that is known. A browser
        has one account on a platform.
        """
        if self._leases[browser_id] >= self._jobs_per_browser:
            return "browser"
        if (browser_id, job.platform, job.sandbox) in self._platforms:
            return "browser"
        account = job.poster or logged_in
        if account is None:
            return None
        if (job.platform, job.sandbox, bare_handle(account)) in self._accounts:
            return "account" if job.poster else "browser"
        return None


def may_verify(job: Job, browser_id: str, online: Collection[str]) -> bool:
    """The browser that pressed looks for itself; another one only when that one is away."""
    return job.poster_id == browser_id or job.poster_id not in online


def _new_lease(
    job: Job,
    lease_id: str,
    browser_id: str,
    purpose: Purpose,
    expires_at: datetime,
    limit_at: datetime,
) -> HeldLease:
    return HeldLease(
        id=lease_id,
        epoch=job.epoch + 1,
        browser_id=browser_id,
        purpose=purpose,
        expires_at=min(expires_at, limit_at),
        limit_at=limit_at,
    )
