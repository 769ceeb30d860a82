"""What follows a report, a look or a deadline: never a second press without proof."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest

from postbroker.contract.extension import Evidence
from postbroker.contract.words import Outcome
from postbroker.domain.job import ENDINGS, Job, JobState, TransitionError
from postbroker.domain.lease import Rules
from postbroker.domain.outcome import (
    CLEAR_REFUSALS,
    ReportError,
    after_deadline,
    after_publish_report,
    after_verify_report,
    cancel,
    look_again,
    put_in_doubt,
    settle_by_person,
)
from server.doubles.clock import START
from server.samples import (
    POST_URL,
    RULES,
    X,
    a_committing_job,
    a_doubtful_job,
    a_job,
    a_job_being_looked_for,
    a_leased_job,
    a_report_of_success,
    evidence,
    lease_of,
    report,
)

SECOND = timedelta(seconds=1)
LATER = START + 20 * SECOND
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
OF_A_LOOK = ("found", "absent", "unseen")
NETWORK = Evidence(source="network", http_status=403, platform_code="326")


def after_publish(job: Job, outcome: str, now: Any = LATER, **changes: Any) -> Job:
    return after_publish_report(job, report(job, outcome, **changes), X, RULES, now)


def after_look(job: Job, outcome: str, now: Any = LATER, **changes: Any) -> Job:
    return after_verify_report(job, report(job, outcome, **changes), X, RULES, now)


class TestBeforeThePermit:
    def test_a_released_job_is_queued_again_and_no_attempt_counts(self) -> None:
        job = after_publish(a_leased_job(), "released")
        assert (job.state, job.attempt, job.lease) == ("queued", 0, None)
        assert (job.due_at, job.deadline_at) == (LATER, job.expires_at)

    @pytest.mark.parametrize("outcome", ["failed", "unknown"])
    def test_what_may_pass_is_tried_again_after_a_while(self, outcome: str) -> None:
        job = after_publish(
            a_leased_job(), outcome, error_code="selector_not_found", error="no button"
        )
        assert (job.state, job.error_code, job.error) == (
            "retry_wait",
            "selector_not_found",
            "no button",
        )
        assert (job.lease, job.due_at, job.deadline_at) == (
            None,
            LATER + 5 * SECOND,
            LATER + 5 * SECOND,
        )

    @pytest.mark.parametrize(("attempt", "seconds"), [(0, 5), (1, 30)])
    def test_each_attempt_waits_longer(self, attempt: int, seconds: int) -> None:
        job = after_publish(a_leased_job(attempt=attempt), "failed", error_code="browser_lost")
        assert job.due_at == LATER + seconds * SECOND

    def test_the_last_attempt_fails(self) -> None:
        job = after_publish(a_leased_job(attempt=2), "failed", error_code="browser_lost")
        assert (job.state, job.error_code, job.deadline_at) == ("failed", "browser_lost", None)

    def test_what_needs_a_person_fails_at_once(self) -> None:
        job = after_publish(a_leased_job(), "failed", error_code="not_logged_in")
        assert (job.state, job.error_code, job.error) == (
            "failed",
            "not_logged_in",
            "not_logged_in",
        )

    def test_a_failure_without_a_name_counts_as_a_lost_browser(self) -> None:
        assert after_publish(a_leased_job(), "failed").error_code == "browser_lost"

    @pytest.mark.parametrize("outcome", ["published", *OF_A_LOOK])
    def test_nothing_can_have_been_posted(self, outcome: str) -> None:
        job = a_leased_job()
        with pytest.raises(ReportError, match="without a permit"):
            after_publish(job, outcome, post_url=POST_URL, evidence=evidence(job))


@pytest.mark.parametrize("job", [a_committing_job(), a_doubtful_job()], ids=["in time", "late"])
class TestAfterThePermit:
    def test_evidence_that_holds_publishes(self, job: Job) -> None:
        after = after_publish_report(job, a_report_of_success(job), X, RULES, LATER)
        assert (after.state, after.post_url, after.deadline_at) == ("published", POST_URL, None)
        assert (after.lease, after.error_code, after.error) == (None, None, None)
        assert after.evidence is not None
        assert after.evidence["seenLive"] is True

    def test_a_post_has_one_address_however_it_was_spelt(self, job: Job) -> None:
        spelt = a_report_of_success(job, post_url="https://www.twitter.com/ada/status/1001/?s=20")
        assert after_publish_report(job, spelt, X, RULES, LATER).post_url == POST_URL

    @pytest.mark.parametrize(
        ("changes", "hint"),
        [
            ({"evidence": None}, POST_URL),
            ({"post_url": None}, None),
            ({"post_url": "https://evil.example/ada/status/1001"}, None),
            ({"post_url": "https://["}, None),
            ({"evidence": Evidence(source="toast")}, POST_URL),
        ],
    )
    def test_success_without_evidence_is_a_doubt_with_a_hint(
        self, job: Job, changes: dict[str, Any], hint: str | None
    ) -> None:
        claim = a_report_of_success(job, **changes)
        after = after_publish_report(job, claim, X, RULES, LATER)
        assert (after.state, after.post_url, after.hint_url) == ("outcome_unknown", None, hint)
        assert after.looks == job.looks
        assert not after.has_ended

    @pytest.mark.parametrize("outcome", ["failed", "released"])
    def test_a_journal_without_a_press_gives_the_permit_back(self, job: Job, outcome: str) -> None:
        after = after_publish(job, outcome, stage="preparing", error_code="browser_lost")
        assert (after.state, after.presses, after.permit_id) == ("retry_wait", 0, None)

    def test_a_journal_without_a_press_does_not_make_every_failure_pass(self, job: Job) -> None:
        after = after_publish(job, "failed", stage="preparing", error_code="not_logged_in")
        assert (after.state, after.presses) == ("failed", 0)

    def test_a_journal_without_a_press_or_a_name_counts_as_a_lost_browser(self, job: Job) -> None:
        after = after_publish(job, "released", stage="preparing")
        assert (after.state, after.error_code) == ("retry_wait", "browser_lost")

    @pytest.mark.parametrize("code", sorted(CLEAR_REFUSALS))
    def test_a_platform_that_refuses_in_clear_words_ends_it(self, job: Job, code: str) -> None:
        after = after_publish(job, "failed", error_code=code, evidence=NETWORK)
        assert (after.state, after.error_code, after.deadline_at) == ("failed", code, None)

    @pytest.mark.parametrize(
        "changes",
        [
            {"error_code": "network_error", "evidence": NETWORK},
            {"error_code": "rate_limited"},
            {"error_code": "rate_limited", "evidence": Evidence(source="toast", http_status=429)},
            {"error_code": "rate_limited", "evidence": Evidence(source="network")},
            {"error_code": "duplicate_content", "evidence": NETWORK},
            {"stage": "permitted"},
            {},
        ],
    )
    def test_any_other_failure_after_the_press_is_a_doubt(
        self, job: Job, changes: dict[str, Any]
    ) -> None:
        after = after_publish(job, "failed", **changes)
        assert (after.state, after.presses) == ("outcome_unknown", 1)
        assert after.error_code == changes.get("error_code")

    @pytest.mark.parametrize("outcome", ["unknown", "released"])
    @pytest.mark.parametrize("stage", ["permitted", "pressed"])
    def test_a_holder_that_does_not_know_is_a_doubt(
        self, job: Job, outcome: str, stage: str
    ) -> None:
        after = after_publish(job, outcome, stage=stage, post_url=POST_URL)
        assert (after.state, after.stage, after.hint_url) == ("outcome_unknown", stage, POST_URL)

    def test_an_unknown_outcome_stays_unknown_whatever_the_journal_says(self, job: Job) -> None:
        assert after_publish(job, "unknown", stage="preparing").state == "outcome_unknown"

    @pytest.mark.parametrize("outcome", OF_A_LOOK)
    def test_a_publisher_cannot_report_a_look(self, job: Job, outcome: str) -> None:
        with pytest.raises(ReportError):
            after_publish(job, outcome)

    def test_what_the_holder_tells_beside_its_outcome_is_kept(self, job: Job) -> None:
        told = {"details": {"buttonState": "joined"}, "retry_after_seconds": 90}
        after = after_publish(job, "failed", error_code="rate_limited", evidence=NETWORK, **told)
        assert after.report == {"buttonState": "joined", "retryAfterSeconds": 90}


class TestLooking:
    def test_the_first_look_is_ten_seconds_after_the_permit(self) -> None:
        job = put_in_doubt(a_committing_job(), RULES, START + SECOND, "lost")
        assert job.due_at == START + RULES.verify_delays[0]
        assert job.deadline_at == START + RULES.verify_delays[-1] + RULES.verify_patience

    def test_a_late_doubt_is_looked_for_at_once(self) -> None:
        much_later = START + timedelta(hours=2)
        job = put_in_doubt(a_committing_job(), RULES, much_later, "lost")
        assert job.due_at == much_later
        assert job.deadline_at == much_later + RULES.verify_patience

    def test_a_job_that_was_never_pressed_cannot_be_in_doubt(self) -> None:
        with pytest.raises(TransitionError):
            put_in_doubt(a_job(), RULES, START, "lost")

    def test_a_post_that_is_found_is_published(self) -> None:
        job = a_job_being_looked_for()
        after = after_verify_report(job, a_report_of_success(job), X, RULES, LATER)
        assert (after.state, after.post_url) == ("published", POST_URL)

    @pytest.mark.parametrize(
        ("looks", "delay"), [(0, 30), (1, 120), (2, 600)], ids=["second", "third", "fourth"]
    )
    @pytest.mark.parametrize("outcome", ["absent", "unseen"])
    def test_the_next_look_is_counted_from_the_permit(
        self, outcome: str, looks: int, delay: int
    ) -> None:
        job = after_look(a_job_being_looked_for(looks=looks), outcome)
        assert (job.state, job.looks, job.lease) == ("outcome_unknown", looks + 1, None)
        assert job.due_at == START + delay * SECOND

    def test_a_look_that_comes_late_is_followed_at_once(self) -> None:
        much_later = START + timedelta(minutes=30)
        assert after_look(a_job_being_looked_for(), "absent", much_later).due_at == much_later

    def test_all_looks_without_the_post_prove_that_it_is_not_there(self) -> None:
        job = after_look(a_job_being_looked_for(looks=3, absences=3), "absent")
        assert (job.state, job.error_code, job.permit_id) == ("retry_wait", "not_posted", None)

    def test_a_single_look_without_the_post_proves_nothing(self) -> None:
        job = after_look(a_job_being_looked_for(looks=3, absences=0), "absent")
        assert (job.state, job.due_at) == ("outcome_unknown", LATER + RULES.verify_delays[0])
        held = replace(job, lease=lease_of(a_job_being_looked_for()))
        assert after_look(held, "absent").state == "retry_wait"

    def test_a_look_that_saw_nothing_breaks_the_row(self) -> None:
        job = after_look(a_job_being_looked_for(looks=1, absences=1), "unseen")
        assert (job.looks, job.absences) == (2, 0)

    def test_a_find_that_does_not_hold_breaks_the_row_and_leaves_a_hint(self) -> None:
        job = a_job_being_looked_for(looks=1, absences=1)
        claim = a_report_of_success(job, evidence=evidence(job, text="something else"))
        after = after_verify_report(job, claim, X, RULES, LATER)
        assert (after.state, after.looks, after.absences) == ("outcome_unknown", 2, 0)
        assert after.hint_url == POST_URL
        assert after.deadline_at == job.deadline_at

    def test_when_the_last_look_saw_nothing_a_person_must_look(self) -> None:
        job = after_look(a_job_being_looked_for(looks=3), "unseen", error="logged out")
        assert (job.state, job.error_code, job.error) == (
            "outcome_unknown",
            "outcome_unknown",
            "logged out",
        )
        assert job.has_ended

    @pytest.mark.parametrize("outcome", ["released", "failed", "unknown"])
    def test_a_look_that_was_not_made_is_made_again(self, outcome: str) -> None:
        job = after_look(a_job_being_looked_for(looks=1), outcome)
        assert (job.looks, job.lease, job.due_at) == (1, None, LATER + RULES.verify_delays[0])

    def test_who_looks_cannot_have_published(self) -> None:
        with pytest.raises(ReportError, match="found, absent or unseen"):
            after_look(a_job_being_looked_for(), "published")

    def test_a_second_press_that_posted_nothing_ends_it(self) -> None:
        job = after_look(a_job_being_looked_for(looks=3, absences=3, presses=2), "absent")
        assert (job.state, job.error_code) == ("failed", "not_posted")

    def test_no_attempt_is_left_for_a_second_press(self) -> None:
        job = after_look(a_job_being_looked_for(looks=3, absences=3, attempt=3), "absent")
        assert (job.state, job.error_code) == ("failed", "not_posted")

    def test_a_text_refused_as_a_repetition_and_not_found_fails_as_that(self) -> None:
        job = a_job_being_looked_for(looks=3, absences=3, error_code="duplicate_content")
        after = after_look(job, "absent")
        assert (after.state, after.error_code) == ("failed", "duplicate_content")

    def test_one_planned_look_is_enough_where_only_one_is_planned(self) -> None:
        rules = replace(RULES, verify_delays=RULES.verify_delays[:1])
        job = a_job_being_looked_for()
        after = after_verify_report(job, report(job, "absent"), X, rules, LATER)
        assert after.state == "retry_wait"

    def test_a_look_keeps_what_the_publisher_told(self) -> None:
        job = a_job_being_looked_for(report={"buttonState": "joined"})
        assert after_look(job, "absent").report == {"buttonState": "joined"}


class TestDeadline:
    @pytest.mark.parametrize("state", ["draft", "awaiting_approval", "scheduled", "queued"])
    def test_what_waits_too_long_expires(self, state: JobState) -> None:
        job = after_deadline(a_job(state), RULES, LATER)
        assert (job.state, job.error_code, job.deadline_at) == ("expired", "expired", None)

    def test_a_wait_between_attempts_ends_in_the_queue(self) -> None:
        job = after_deadline(a_job("retry_wait", error_code="browser_lost"), RULES, LATER)
        assert (job.state, job.due_at, job.deadline_at) == ("queued", LATER, job.expires_at)

    def test_a_wait_between_attempts_is_part_of_the_job_s_life(self) -> None:
        job = after_deadline(a_job("retry_wait", expires_at=LATER), RULES, LATER)
        assert job.state == "expired"

    def test_a_silent_holder_loses_its_lease_and_the_attempt_counts(self) -> None:
        job = after_deadline(a_leased_job(), RULES, LATER)
        assert (job.state, job.error_code, job.attempt, job.lease) == (
            "retry_wait",
            "browser_lost",
            1,
            None,
        )

    def test_silence_after_the_permit_is_a_doubt_and_the_publisher_may_still_report(self) -> None:
        before = a_committing_job()
        job = after_deadline(before, RULES, LATER)
        lease = lease_of(job)
        assert (job.state, job.presses) == ("outcome_unknown", 1)
        assert (lease.id, lease.purpose) == (lease_of(before).id, "publish")
        assert lease.expires_at == lease.limit_at == job.deadline_at

    def test_a_permit_without_a_lease_is_a_doubt_too(self) -> None:
        job = after_deadline(replace(a_committing_job(), lease=None), RULES, LATER)
        assert (job.state, job.lease) == ("outcome_unknown", None)

    def test_a_lost_look_is_made_again_at_once(self) -> None:
        job = after_deadline(a_job_being_looked_for(looks=2), RULES, LATER)
        assert (job.state, job.lease, job.due_at, job.looks) == ("outcome_unknown", None, LATER, 2)

    def test_when_nobody_came_to_look_a_person_must(self) -> None:
        doubtful = a_doubtful_job()
        assert doubtful.deadline_at is not None
        job = after_deadline(doubtful, RULES, doubtful.deadline_at)
        assert (job.state, job.error_code, job.lease) == (
            "outcome_unknown",
            "outcome_unknown",
            None,
        )
        assert job.has_ended

    @pytest.mark.parametrize("state", sorted(ENDINGS))
    def test_an_ended_job_stays_as_it_is(self, state: JobState) -> None:
        job = a_job(state, deadline_at=None)
        assert after_deadline(job, RULES, LATER) == job


class TestPerson:
    @pytest.mark.parametrize("job", [a_job(), a_leased_job(), a_job("retry_wait")])
    def test_a_job_is_canceled_before_its_permit(self, job: Job) -> None:
        after = cancel(job)
        assert (after.state, after.error_code, after.lease) == ("canceled", "canceled", None)

    @pytest.mark.parametrize("job", [a_committing_job(), a_doubtful_job(), a_job("published")])
    def test_a_job_is_not_canceled_after_it(self, job: Job) -> None:
        with pytest.raises(TransitionError):
            cancel(job)

    def test_a_person_found_the_post(self) -> None:
        job = settle_by_person(a_doubtful_job(), POST_URL, LATER)
        assert (job.state, job.post_url, job.has_ended) == ("published", POST_URL, True)

    def test_a_person_found_no_post_and_none_is_sent_again(self) -> None:
        job = settle_by_person(a_doubtful_job(), None, LATER)
        assert (job.state, job.error_code, job.has_ended) == ("failed", "not_posted", True)

    def test_one_more_look_waits_as_long_as_the_last_planned_one(self) -> None:
        given_up = a_doubtful_job(looks=4)
        job = look_again(replace(given_up, deadline_at=None), RULES, LATER)
        assert (job.due_at, job.deadline_at) == (LATER, LATER + RULES.verify_patience)
        assert (job.looks, job.absences, job.lease) == (3, 0, None)

    def test_one_more_look_needs_a_doubt(self) -> None:
        with pytest.raises(TransitionError):
            look_again(a_job("published"), RULES, LATER)


class TestEveryReport:
    """Whatever is said at whatever point, the promises hold."""

    @pytest.mark.parametrize("outcome", OUTCOMES)
    @pytest.mark.parametrize("stage", ["preparing", "permitted", "pressed"])
    @pytest.mark.parametrize(
        "job", [a_leased_job(), a_committing_job(), a_doubtful_job(), a_job_being_looked_for()]
    )
    @pytest.mark.parametrize("is_proven", [True, False])
    def test_published_means_proven_and_waiting_has_a_deadline(
        self, job: Job, stage: str, outcome: str, is_proven: bool
    ) -> None:
        proof = {"post_url": POST_URL, "evidence": evidence(job)} if is_proven else {}
        said = report(job, outcome, stage=stage, **proof)
        decide = after_verify_report if lease_of(job).purpose == "verify" else after_publish_report
        try:
            after = decide(job, said, X, RULES, LATER)
        except ReportError:
            return
        assert after.lease is None
        assert (after.state == "published") <= is_proven
        assert (after.state in ENDINGS) == after.has_ended
        if job.presses and stage != "preparing":
            assert after.state not in ("queued", "retry_wait")

    def test_the_rules_of_the_test_are_those_of_the_protocol(self) -> None:
        assert isinstance(RULES, Rules)
        assert RULES.presses == 2
