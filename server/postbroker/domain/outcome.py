"""What follows a report, a look, or a deadline: the rules that never press twice without proof."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal, assert_never

from postbroker.contract.catalogue import Platform
from postbroker.contract.extension import Ack
from postbroker.contract.words import Route
from postbroker.domain.errands import ASKED, answer_of
from postbroker.domain.job import HeldLease, Job, TransitionError, check_transition
from postbroker.domain.lease import Rules, own_host_of
from postbroker.domain.matching import doubt, find_permalink

CLEAR_REFUSALS = frozenset(
    {
        "rate_limited",
        "content_rejected",
        "account_restricted",
        "challenge_required",
        "group_not_approved",
        "target_closed",
        "not_logged_in",
    }
)
"""Answers of a platform to the press that say in its own words that nothing was posted."""

ERROR_MAX = 500
"""Characters of an error that quotes what a browser sent."""

LOST: dict[Route, tuple[str, str]] = {
    "tab": ("browser_lost", "the browser fell silent"),
    "api": ("publisher_lost", "the broker fell silent"),
}
"""The code and the words for a holder whose lease ended without a report."""

UNSEEN: dict[Route, str] = {
    "tab": "no browser could look for it",
    "api": "the broker could not look for it: the account's connection does not let it",
}
"""Why nobody looked for a post in all the time there was."""

LOOKS_FOR_PROOF = 2
"""How many looks in a row must miss a post to prove it absent: lists are slow and virtual."""

RESTORED = "restored"
"""The code of a job from a backup: its own records end before what may have become of it."""

RESTORED_PATIENCE = timedelta(days=1)
"""How long after a restore a browser may come back and look."""


class ReportError(ValueError):
    """A report that the holder of this lease cannot make."""


def after_publish_report(
    job: Job, ack: Ack, platform: Platform, rules: Rules, now: datetime
) -> Job:
    """The job after its publisher reported. Raises ReportError for a claim without a permit."""
    job = _with_report(job, ack)
    if job.state == "leased":
        return _before_permit(job, ack, platform, rules, now)
    return _after_permit(job, ack, platform, rules, now)


def after_verify_report(job: Job, ack: Ack, platform: Platform, rules: Rules, now: datetime) -> Job:
    """The job after a browser looked for its post. Raises ReportError for what is no look."""
    job = _with_report(job, ack)
    match ack.outcome:
        case "found":
            return accept_evidence(job, ack, platform, rules, now)
        case "absent":
            return after_absence(job, rules, now)
        case "unseen":
            reason = ack.error or "the browser could not look for it"
            return after_blind_look(job, reason, rules, now)
        case "released" | "failed" | "unknown":
            return replace(job, lease=None, due_at=now + rules.verify_delays[0])
        case "published" | "done":
            raise ReportError("a verify lease can report found, absent or unseen")
        case _:
            assert_never(ack.outcome)


def after_deadline(job: Job, rules: Rules, now: datetime) -> Job:
    """The job after its deadline, its lease or its wait is over."""
    match job.state:
        case "draft" | "awaiting_approval" | "scheduled" | "queued":
            return end(job, "expired", "expired", "it waited too long")
        case "retry_wait":
            if job.expires_at <= now:
                return end(job, "expired", "expired", "it waited too long")
            return queue(job, now)
        case "leased":
            code, reason = LOST[job.route]
            return try_again(job, code, reason, rules, now)
        case "committing":
            doubtful = put_in_doubt(job, rules, now, f"{LOST[job.route][1]} after the permit")
            return replace(doubtful, lease=_late_lease(job, doubtful))
        case "outcome_unknown":
            if job.deadline_at is not None and job.deadline_at <= now:
                return give_up_looking(job, UNSEEN[job.route])
            return replace(job, lease=None, due_at=now)
        case "published" | "failed" | "canceled" | "expired":
            return job
        case _:
            assert_never(job.state)


def cancel(job: Job) -> Job:
    """Stop a job before its permit. Raises TransitionError after it."""
    check_transition(job.state, "canceled")
    return end(job, "canceled", "canceled", "it was canceled")


def ask_first(job: Job) -> Job:
    """A person must say yes before the job goes on; it waits for that as long as it lives."""
    check_transition(job.state, "awaiting_approval")
    return replace(job, state="awaiting_approval", deadline_at=job.expires_at)


def say_yes(job: Job, now: datetime) -> Job:
    """A person has said yes: the job waits for a browser. Raises TransitionError otherwise."""
    if job.state != "awaiting_approval":
        raise TransitionError(f"the job is {job.state}: nobody is asked about it")
    return queue(job, now)


def say_no(job: Job) -> Job:
    """A person has said no. Raises TransitionError for a job that does not ask."""
    if job.state != "awaiting_approval":
        raise TransitionError(f"the job is {job.state}: nobody is asked about it")
    return end(job, "canceled", "rejected", "a person said no")


def settle_by_person(job: Job, post_url: str | None, now: datetime) -> Job:
    """A person looked at the account: the post is there (`post_url`), or it is not."""
    if post_url is not None:
        return publish(job, post_url, now)
    return end(job, "failed", "not_posted", "a person looked and the post is not there")


def look_again(job: Job, rules: Rules, now: datetime) -> Job:
    """Look once more for a post that nobody could settle."""
    check_transition(job.state, "failed")
    return replace(
        job,
        lease=None,
        due_at=now,
        looks=max(0, len(rules.verify_delays) - 1),
        absences=0,
        deadline_at=now + rules.verify_patience,
    )


def after_late_word(job: Job, hint_url: str, rules: Rules, now: datetime) -> Job:
    """A publisher whose lease is gone says where its post is: look before anybody presses again.

    Raises TransitionError when nothing can be done about it any more.
    """
    reason = "a publisher that was given up says that it posted"
    doubtful = put_in_doubt(job, rules, now, reason, hint_url)
    return replace(doubtful, due_at=now, looks=len(rules.verify_delays) - 1, absences=0)


def after_restore(
    job: Job, account: str | None, taken_at: datetime | None, rules: Rules, now: datetime
) -> Job:
    """A job that had not ended when its backup was taken: it may have gone out since.

    The table of transitions does not know this step: what it would follow is lost. `account` is the
    one that must have posted it; where that is not known, only a person can look.
    """
    was_pressed = job.state in ("committing", "outcome_unknown")
    doubtful = replace(
        look_again(replace(job, state="outcome_unknown"), rules, now),
        due_at=now + rules.permit,  # whoever still holds a permit has pressed by then
        deadline_at=now + RESTORED_PATIENCE,
        composed_account=job.composed_account if was_pressed else account,
        permitted_at=job.permitted_at if was_pressed else taken_at or job.created_at,
        poster_id=None,
        error_code=RESTORED,
        error="it comes from a backup and may have gone out since",
    )
    return doubtful if doubtful.composed_account else replace(doubtful, deadline_at=None)


def approve(job: Job, now: datetime) -> Job:
    """A person looked for a post from a backup: it is not there, and may go out."""
    if job.error_code != RESTORED or not job.has_ended or job.expires_at <= now:
        raise TransitionError("only a post from a backup can be approved, within its time")
    check_transition(job.state, "retry_wait")
    return replace(job, state="retry_wait", due_at=now, deadline_at=now, error_code="not_posted")


def put_in_doubt(
    job: Job, rules: Rules, now: datetime, reason: str, hint_url: str | None = None
) -> Job:
    """Nobody knows whether the button posted: plan the looks, counted from the permit."""
    if job.permitted_at is None:
        raise TransitionError("a job that was never pressed cannot be in doubt")
    if job.state != "outcome_unknown":
        check_transition(job.state, "outcome_unknown")
    pressed_at = job.permitted_at
    return replace(
        job,
        state="outcome_unknown",
        lease=None,
        due_at=max(now, pressed_at + rules.verify_delays[0]),
        deadline_at=max(now, pressed_at + rules.verify_delays[-1]) + rules.verify_patience,
        hint_url=hint_url or job.hint_url,
        error=reason,
    )


def accept_evidence(job: Job, ack: Ack, platform: Platform, rules: Rules, now: datetime) -> Job:
    """Published when the evidence holds; otherwise the doubt stays, with the evidence as a hint."""
    if job.kind == "group_join":
        return _accept_button(job, ack, rules, now)
    seen = find_permalink(platform, ack.post_url or "", own_host_of(job, rules))
    is_waiting = ack.details.get("approval") == "pending"
    reason = doubt(job, seen, ack.evidence, is_waiting=is_waiting)
    if reason is None and ack.evidence is not None:
        proven = replace(job, evidence=ack.evidence.model_dump(mode="json", exclude_none=True))
        return publish(proven, seen.url if seen else None, now)
    reason = f"reported as posted, but {reason}"
    hint_url = seen.url if seen else job.hint_url
    if job.lease is not None and job.lease.purpose == "verify":
        return after_blind_look(replace(job, hint_url=hint_url), reason, rules, now)
    return put_in_doubt(job, rules, now, reason, hint_url)


def _before_permit(job: Job, ack: Ack, platform: Platform, rules: Rules, now: datetime) -> Job:
    match ack.outcome:
        case "done":
            return _after_errand(job, ack, platform, rules, now)
        case "released":
            return replace(queue(job, now), attempt=job.attempt - 1)
        case "failed" | "unknown":
            # Without a permit there was no press, whatever the holder fears.
            code = ack.error_code or "browser_lost"
            return try_again(job, code, ack.error or code, rules, now)
        case "published" | "found" | "absent" | "unseen":
            raise ReportError("nothing can be published without a permit")
        case _:
            assert_never(ack.outcome)


def _after_permit(job: Job, ack: Ack, platform: Platform, rules: Rules, now: datetime) -> Job:
    match ack.outcome:
        case "published":
            return accept_evidence(replace(job, stage=ack.stage), ack, platform, rules, now)
        case "done":
            return _after_errand(replace(job, stage=ack.stage), ack, platform, rules, now)
        case "failed" | "released" if ack.stage == "preparing":
            # The holder's journal proves that the button was not pressed: the permit was not used.
            unused = replace(job, presses=job.presses - 1, stage="preparing")
            return try_again(
                unused, ack.error_code or "browser_lost", ack.error or "not pressed", rules, now
            )
        case "failed" if _is_clear_refusal(ack) or _is_not_let_in(job, ack):
            code = ack.error_code or "unknown_error"
            return end(replace(job, stage=ack.stage), "failed", code, ack.error or code)
        case "failed" | "released" | "unknown":
            doubtful = replace(job, stage=ack.stage, error_code=ack.error_code)
            hint = find_permalink(platform, ack.post_url or "", own_host_of(job, rules))
            reason = ack.error or "the outcome is not known"
            return put_in_doubt(doubtful, rules, now, reason, hint.url if hint else None)
        case "found" | "absent" | "unseen":
            raise ReportError("a publish lease can report published, failed, unknown or released")
        case _:
            assert_never(ack.outcome)


def _after_errand(job: Job, ack: Ack, platform: Platform, rules: Rules, now: datetime) -> Job:
    """An errand's answer ends it; what holds none fails, or leaves a doubt after a press."""
    if job.kind in ("post", "comment"):
        raise ReportError("a post or a comment is published, not done")
    try:
        answer = answer_of(job, ack.details, platform, own_host_of(job, rules))
    except ValueError as error:
        if job.state == "committing":
            return put_in_doubt(job, rules, now, "the state of the group cannot be read")
        reason = f"the browser's answer does not hold: {' '.join(str(error).split())}"
        return end(job, "failed", "unknown_error", reason[:ERROR_MAX])
    job = replace(job, report=answer)
    if job.kind == "group_join" and answer["buttonState"] not in ASKED:
        return end(job, "failed", "not_joined", ack.error or "the group did not let the user ask")
    return publish(job, None, now)


def _accept_button(job: Job, ack: Ack, rules: Rules, now: datetime) -> Job:
    """A look at the group's button after a press that nobody could settle."""
    if ack.details.get("buttonState") in ASKED:
        return publish(job, None, now)
    return after_blind_look(job, "the button does not say that the user has asked", rules, now)


def _is_not_let_in(job: Job, ack: Ack) -> bool:
    """The button was read again after the press and still offers to join."""
    return job.kind == "group_join" and ack.details.get("buttonState") == "not_member"


def _late_lease(job: Job, doubtful: Job) -> HeldLease | None:
    """The publisher may still report, until somebody else begins to look."""
    if job.lease is None or doubtful.deadline_at is None:
        return None
    return replace(job.lease, expires_at=doubtful.deadline_at, limit_at=doubtful.deadline_at)


def _is_clear_refusal(ack: Ack) -> bool:
    evidence = ack.evidence
    return (
        ack.error_code in CLEAR_REFUSALS
        and evidence is not None
        and evidence.source == "network"
        and (evidence.platform_code is not None or evidence.http_status is not None)
    )


def after_absence(job: Job, rules: Rules, now: datetime) -> Job:
    """A look did not find the post: look again, until enough looks prove it absent."""
    job = replace(job, lease=None, looks=job.looks + 1, absences=job.absences + 1)
    if job.looks < len(rules.verify_delays):
        return replace(job, due_at=_next_look(job, rules, now))
    if job.absences < min(LOOKS_FOR_PROOF, len(rules.verify_delays)):
        return replace(job, due_at=now + rules.verify_delays[0])
    return after_proof_of_absence(job, rules, now)


def after_proof_of_absence(job: Job, rules: Rules, now: datetime) -> Job:
    """The press posted nothing: press again, as often as the rules have it."""
    job = replace(job, lease=None)
    if job.error_code == "duplicate_content":
        return end(
            job, "failed", "duplicate_content", job.error or "the platform has an equal post"
        )
    if job.presses >= rules.presses:
        code = "not_joined" if job.kind == "group_join" else "not_posted"
        return end(job, "failed", code, "it was pressed, and proven not to be there")
    return try_again(job, "not_posted", "it was pressed, and proven not to be there", rules, now)


def after_blind_look(job: Job, reason: str, rules: Rules, now: datetime) -> Job:
    """A look could not tell: look again as planned, then leave it to a person."""
    job = replace(job, lease=None, looks=job.looks + 1, absences=0, error=reason)
    if job.looks < len(rules.verify_delays):
        return replace(job, due_at=_next_look(job, rules, now))
    return give_up_looking(job, reason)


def _next_look(job: Job, rules: Rules, now: datetime) -> datetime:
    planned = (job.permitted_at or now) + rules.verify_delays[job.looks]
    return max(planned, now)


def give_up_looking(job: Job, reason: str) -> Job:
    """Only a person can tell any more."""
    code = RESTORED if job.error_code == RESTORED else "outcome_unknown"
    return replace(job, lease=None, deadline_at=None, error_code=code, error=reason)


def try_again(job: Job, code: str, reason: str, rules: Rules, now: datetime) -> Job:
    """Nothing was posted: wait and try again where the code allows it, else fail."""
    may = code in rules.auto_retry_codes or code == "not_posted"
    if not may or job.attempt >= rules.attempts:
        return end(job, "failed", code, reason)
    check_transition(job.state, "retry_wait")
    delay = rules.retry_delays[min(job.attempt, len(rules.retry_delays)) - 1]
    return replace(
        job,
        state="retry_wait",
        lease=None,
        permit_id=None,
        due_at=now + delay,
        deadline_at=now + delay,
        error_code=code,
        error=reason,
    )


def queue(job: Job, now: datetime) -> Job:
    """The job waits for whoever may take it, for as long as it lives."""
    check_transition(job.state, "queued")
    return replace(
        job, state="queued", lease=None, step=None, due_at=now, deadline_at=job.expires_at
    )


def publish(job: Job, post_url: str | None, now: datetime) -> Job:
    """The post is live; of a thread the next part begins."""
    if post_url is not None and "thread" in job.options:
        part_urls = (*job.part_urls, post_url)
        job, post_url = replace(job, part_urls=part_urls), part_urls[0]
        if len(part_urls) < len(job.parts):
            return _queue_next_part(replace(job, post_url=post_url), now)
    check_transition(job.state, "published")
    return replace(
        job,
        state="published",
        lease=None,
        deadline_at=None,
        post_url=post_url,
        error_code=None,
        error=None,
    )


def _queue_next_part(job: Job, now: datetime) -> Job:
    """Nothing is known of the next part's press yet: it begins as a new post does."""
    return replace(
        queue(job, now),
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


def end(job: Job, state: Literal["expired", "failed", "canceled"], code: str, reason: str) -> Job:
    """The job is over without a post."""
    check_transition(job.state, state)
    return replace(job, state=state, lease=None, deadline_at=None, error_code=code, error=reason)


def _with_report(job: Job, ack: Ack) -> Job:
    kept = dict(ack.details)
    if ack.retry_after_seconds is not None:
        kept["retryAfterSeconds"] = ack.retry_after_seconds
    return replace(job, report=kept or job.report)
