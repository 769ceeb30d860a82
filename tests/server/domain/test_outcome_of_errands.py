"""What follows a report about an errand, or about a post that waits for a group's admin."""

from typing import Any

import pytest

from postbroker.catalogue import load_platforms
from postbroker.contract.words import Kind
from postbroker.domain.job import Job
from postbroker.domain.lease import permit_refusal
from postbroker.domain.outcome import (
    ReportError,
    after_deadline,
    after_publish_report,
    after_verify_report,
)
from server.doubles.clock import START
from server.samples import (
    RULES,
    a_committing_job,
    a_doubtful_job,
    a_job_being_looked_for,
    a_leased_job,
    composed,
    evidence,
    report,
)

FACEBOOK = load_platforms()["facebook"]
GROUP = {"platform": "facebook", "options": {"groupId": "157"}}
JOIN: dict[str, Any] = {**GROUP, "kind": "group_join", "text": ""}
FOUND = {"name": "Bread", "url": "https://www.facebook.com/groups/157"}


def after_publish(job: Job, outcome: str, **changes: Any) -> Job:
    return after_publish_report(job, report(job, outcome, **changes), FACEBOOK, RULES, START)


def after_look(job: Job, outcome: str, **changes: Any) -> Job:
    return after_verify_report(job, report(job, outcome, **changes), FACEBOOK, RULES, START)


def a_reading_job(kind: Kind = "group_status") -> Job:
    return a_leased_job(**GROUP, kind=kind)


class TestErrandThatReads:
    def test_a_search_ends_with_what_it_found(self) -> None:
        found = {"groupSearch": {"results": [FOUND]}}
        job = after_publish(a_reading_job("group_search"), "done", details=found)
        assert (job.state, job.view, job.post_url) == ("published", "succeeded", None)
        assert job.report["groupSearch"]["results"][0]["name"] == "Bread"

    @pytest.mark.parametrize("state", ["joined", "requested", "not_member"])
    def test_a_status_ends_with_any_state(self, state: str) -> None:
        job = after_publish(a_reading_job(), "done", details={"buttonState": state})
        assert (job.state, job.report) == ("published", {"buttonState": state})

    @pytest.mark.parametrize("kind", ["group_search", "group_status"])
    def test_an_answer_that_does_not_hold_fails_and_says_why(self, kind: Kind) -> None:
        job = after_publish(a_reading_job(kind), "done", details={"buttonState": "perhaps"})
        assert (job.state, job.error_code) == ("failed", "unknown_error")
        assert "the browser's answer does not hold" in (job.error or "")

    def test_it_needs_no_leave_to_press_and_gets_none(self) -> None:
        job = a_reading_job()
        refusal = permit_refusal(job, composed(job), is_paused=False, now=START)
        assert refusal == "reads_only"

    def test_it_is_tried_again_when_its_holder_fell_silent(self) -> None:
        job = a_reading_job()
        assert after_deadline(job, RULES, job.deadline_at or START).state == "retry_wait"


class TestJoining:
    @pytest.mark.parametrize("state", ["joined", "requested"])
    def test_who_has_asked_before_needs_no_press(self, state: str) -> None:
        job = after_publish(a_leased_job(**JOIN), "done", details={"buttonState": state})
        assert (job.state, job.presses, job.report) == ("published", 0, {"buttonState": state})

    def test_a_group_that_takes_nobody_fails_without_a_press(self) -> None:
        job = after_publish(a_leased_job(**JOIN), "done", details={"buttonState": "not_member"})
        assert (job.state, job.error_code) == ("failed", "not_joined")

    def test_it_needs_leave_for_its_own_group(self) -> None:
        job = a_leased_job(**JOIN)
        assert permit_refusal(job, composed(job), is_paused=False, now=START) is None
        other = composed(job, target="158")
        assert permit_refusal(job, other, is_paused=False, now=START) == "target_differs"

    @pytest.mark.parametrize("state", ["joined", "requested"])
    def test_the_button_read_again_proves_the_press(self, state: str) -> None:
        job = after_publish(a_committing_job(**JOIN), "done", details={"buttonState": state})
        assert (job.state, job.report) == ("published", {"buttonState": state})

    @pytest.mark.parametrize("outcome", ["done", "failed"])
    def test_a_button_that_still_offers_to_join_ends_it(self, outcome: str) -> None:
        job = after_publish(
            a_committing_job(**JOIN),
            outcome,
            error_code="not_joined",
            error="the group asks questions",
            details={"buttonState": "not_member"},
        )
        assert (job.state, job.error_code) == ("failed", "not_joined")
        assert job.error == "the group asks questions"

    @pytest.mark.parametrize(
        ("outcome", "details"),
        [("done", {}), ("failed", {}), ("unknown", {}), ("done", {"buttonState": "perhaps"})],
    )
    def test_a_press_whose_button_was_not_read_again_is_a_doubt(
        self, outcome: str, details: dict[str, Any]
    ) -> None:
        job = after_publish(a_committing_job(**JOIN), outcome, details=details)
        assert job.state == "outcome_unknown"

    def test_a_look_at_the_button_settles_it(self) -> None:
        job = after_look(a_look(), "found", details={"buttonState": "requested"})
        assert (job.state, job.report) == ("published", {"buttonState": "requested"})

    @pytest.mark.parametrize("details", [{}, {"buttonState": "not_member"}])
    def test_a_look_that_shows_no_such_button_settles_nothing(
        self, details: dict[str, Any]
    ) -> None:
        assert after_look(a_look(), "found", details=details).state == "outcome_unknown"

    def test_looks_in_a_row_that_find_an_offer_to_join_prove_it(self) -> None:
        job = a_look(looks=3, absences=3, presses=2)
        job = after_look(job, "absent", details={"buttonState": "not_member"})
        assert (job.state, job.error_code) == ("failed", "not_joined")


class TestPostThatWaitsForAnAdmin:
    def test_seen_in_the_author_s_own_list_it_has_succeeded(self) -> None:
        job = a_committing_job(**GROUP)
        job = after_publish(job, "published", evidence=evidence(job), details=WAITING)
        assert (job.state, job.post_url, job.report) == ("published", None, WAITING)

    def test_a_look_may_find_it_there(self) -> None:
        job = a_job_being_looked_for(**GROUP)
        job = after_look(job, "found", evidence=evidence(job), details=WAITING)
        assert (job.state, job.report) == ("published", WAITING)

    @pytest.mark.parametrize(
        "changes", [{"seen_live": False}, {"account": "bob"}, {"text": "Something else"}]
    )
    def test_anything_less_leaves_a_doubt(self, changes: dict[str, Any]) -> None:
        job = a_committing_job(**GROUP)
        shown = evidence(job, **changes)
        assert after_publish(job, "published", evidence=shown, details=WAITING).state == UNKNOWN

    def test_a_post_for_the_feed_waits_for_nobody(self) -> None:
        job = a_committing_job(platform="facebook")
        job = after_publish(job, "published", evidence=evidence(job), details=WAITING)
        assert job.state == UNKNOWN


WAITING = {"approval": "pending"}
UNKNOWN = "outcome_unknown"


def a_look(**changes: Any) -> Job:
    doubtful = a_doubtful_job(**JOIN)
    return a_job_being_looked_for(**JOIN | {"text_sha256": doubtful.text_sha256} | changes)


@pytest.mark.parametrize("kind", ["post", "comment"])
@pytest.mark.parametrize("make", [a_leased_job, a_committing_job])
def test_a_post_is_never_just_done(kind: Kind, make: Any) -> None:
    with pytest.raises(ReportError):
        after_publish(make(kind=kind), "done")


def test_no_look_is_done() -> None:
    with pytest.raises(ReportError):
        after_look(a_job_being_looked_for(), "done")
