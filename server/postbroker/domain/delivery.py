"""What follows an answer of an official API: the same states as after a browser's report.

A holder that is told "no" by the platform knows that nothing was posted: the press does not count.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from postbroker.contract.words import Route
from postbroker.domain.job import Job
from postbroker.domain.lease import Rules
from postbroker.domain.outcome import end, publish, put_in_doubt, queue, try_again

PENDING_PATIENCE = timedelta(hours=6)
"""How long a platform may work on a post before a person is asked how it ended."""

PENDING = "the platform is working on it"
PENDING_SLOWDOWN = 0.1
"""Each look waits at least for this share of the time that the platform has worked already."""


def gone_out(
    job: Job, remote_id: str, url: str | None, details: dict[str, Any], now: datetime
) -> Job:
    """The platform says that the post is live, and what its id is.

    A part of a thread without an address is known by a name of its own.
    """
    evidence = {"source": "api", "postId": remote_id, "account": job.composed_account}
    named = url if url or "thread" not in job.options else f"urn:{job.platform}:{remote_id}"
    return publish(replace(job, evidence=evidence, report=details), named, now)


def pending(job: Job, after_seconds: float, rules: Rules, now: datetime) -> Job:
    """The platform has the post and works on it: look again in a while, ever less often."""
    began_at = job.permitted_at or now
    slow = (now - began_at).total_seconds() * PENDING_SLOWDOWN
    asked = put_in_doubt(job, rules, now, PENDING)
    return replace(
        asked,
        due_at=now + timedelta(seconds=max(after_seconds, slow)),
        deadline_at=began_at + PENDING_PATIENCE,
        error_code=None,
    )


def put_off(job: Job, until: datetime, code: str | None, reason: str | None, now: datetime) -> Job:
    """Nothing was posted, and nothing will be before an instant; that is nobody's attempt."""
    waiting = queue(_unpressed(job), now)
    return replace(
        waiting,
        due_at=max(now, until),
        attempt=max(0, job.attempt - 1),
        error_code=code,
        error=reason,
    )


def tried_in_vain(job: Job, code: str, reason: str, rules: Rules, now: datetime) -> Job:
    """Nothing was posted: try again where the code allows it, else fail."""
    return try_again(_unpressed(job), code, reason, rules, now)


def refused(job: Job, code: str, reason: str) -> Job:
    """The platform takes it neither now nor later."""
    return end(_unpressed(job), "failed", code, reason)


def look_later(job: Job, delay: timedelta, now: datetime) -> Job:
    """Nobody could look now; that is no look that counts."""
    return replace(job, lease=None, due_at=now + delay)


def rerouted(job: Job, route: Route, account_id: str | None, handle: str, now: datetime) -> Job:
    """Nothing was posted by one way, so it goes by the other, as new as it came."""
    return replace(
        queue(job, now),
        route=route,
        account_id=account_id,
        account=handle,
        attempt=0,
        presses=0,
        stage="preparing",
        permit_id=None,
        permitted_at=None,
        poster_id=None,
        looks=0,
        absences=0,
        hint_url=None,
        error_code=None,
        error=None,
    )


def _unpressed(job: Job) -> Job:
    """The job as if it had not got the permit whose request posted nothing."""
    if job.state != "committing":
        return job
    return replace(
        job, presses=job.presses - 1, stage="preparing", permit_id=None, permitted_at=None
    )
