"""Leases and permits: who may act on a job, until when, and the one leave to press."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from postbroker.contract.extension import Composed
from postbroker.contract.words import Purpose, Step
from postbroker.domain.job import HeldLease, Job, check_transition
from postbroker.domain.matching import same_handle

PermitRefusal = Literal[
    "not_leased",
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
    permit: timedelta
    attempts: int
    retry_delays: tuple[timedelta, ...]
    verify_delays: tuple[timedelta, ...]
    verify_patience: timedelta
    auto_retry_codes: frozenset[str]
    """Codes after which the broker itself tries again, before the permit only."""
    presses: int = 2
    """How often a button may be pressed for one job, again only with proof of no post."""


def take_to_publish(job: Job, lease_id: str, browser_id: str, rules: Rules, now: datetime) -> Job:
    """`queued → leased`, with a new epoch that fences off all earlier holders."""
    check_transition(job.state, "leased")
    lease = _new_lease(job, lease_id, browser_id, "publish", rules, now)
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
    lease = _new_lease(job, lease_id, browser_id, "verify", rules, now)
    return replace(job, lease=lease, epoch=lease.epoch, step=None)


def renew(job: Job, step: Step, rules: Rules, now: datetime) -> Job:
    """The holder reached a step: its lease goes on, but never beyond its limit."""
    lease = job.lease
    if lease is None:
        return job
    if job.state == "leased" or lease.purpose == "verify":
        lease = replace(lease, expires_at=min(now + rules.lease, lease.limit_at))
    return replace(job, lease=lease, step=step)


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
    if is_paused:
        return "paused"
    if job.expires_at <= now:
        return "expired"
    if job.account is not None and not same_handle(job.account, composed.account):
        return "account_differs"
    if composed.text_sha256 != job.text_sha256:
        return "text_differs"
    if composed.media_count != len(job.media_paths):
        return "media_differs"
    if composed.target != str(job.options.get("groupId", "feed")):
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


def is_free_for(
    job: Job,
    browser_id: str,
    held: Collection[tuple[Job, HeldLease]],
    logged_in: Mapping[str, str],
    jobs_per_browser: int,
) -> bool:
    """True when the browser may take this job beside those held: N per browser, one per account.

    `logged_in` names the account each browser has on the job's platform, where that is known. A
    browser has one account on a platform.
    """
    if sum(lease.browser_id == browser_id for _, lease in held) >= jobs_per_browser:
        return False
    mine = job.account or logged_in.get(browser_id)
    for other, lease in held:
        if (other.platform, other.sandbox) != (job.platform, job.sandbox):
            continue
        theirs = other.composed_account or other.account or logged_in.get(lease.browser_id)
        if lease.browser_id == browser_id or same_handle(mine, theirs):
            return False
    return True


def may_verify(job: Job, browser_id: str, online: Collection[str]) -> bool:
    """The browser that pressed looks for itself; another one only when that one is away."""
    return job.poster_id == browser_id or job.poster_id not in online


def _new_lease(
    job: Job, lease_id: str, browser_id: str, purpose: Purpose, rules: Rules, now: datetime
) -> HeldLease:
    return HeldLease(
        id=lease_id,
        epoch=job.epoch + 1,
        browser_id=browser_id,
        purpose=purpose,
        expires_at=now + rules.lease,
        limit_at=now + rules.lease_limit,
    )
