"""What follows an answer of an official API."""

from dataclasses import replace
from datetime import timedelta

import pytest

from postbroker.domain.delivery import (
    PENDING_PATIENCE,
    gone_out,
    look_later,
    pending,
    put_off,
    refused,
    rerouted,
    tried_in_vain,
)
from postbroker.domain.job import Job
from postbroker.domain.outcome import after_deadline
from server.doubles.clock import START
from server.samples import RULES, a_committing_job, a_doubtful_job, a_leased_job, lease_of

LATER = START + timedelta(minutes=5)
BOTH = [a_leased_job(route="api"), a_committing_job(route="api")]
either = pytest.mark.parametrize("job", BOTH, ids=["before the permit", "after it"])


@either
def test_what_is_put_off_has_lost_no_attempt_and_no_press(job: Job) -> None:
    waiting = put_off(job, LATER, "rate_limited", "too often", START)
    assert (waiting.state, waiting.due_at, waiting.deadline_at) == ("queued", LATER, job.expires_at)
    assert (waiting.attempt, waiting.presses, waiting.lease) == (0, 0, None)
    assert (waiting.error_code, waiting.error) == ("rate_limited", "too often")


@either
def test_what_was_tried_in_vain_was_not_pressed(job: Job) -> None:
    rules = replace(RULES, auto_retry_codes=frozenset({"platform_unavailable"}))
    again = tried_in_vain(job, "platform_unavailable", "503", rules, START)
    assert (again.state, again.presses, again.permit_id) == ("retry_wait", 0, None)
    over = tried_in_vain(job, "content_rejected", "no", rules, START)
    assert (over.state, over.presses) == ("failed", 0)


@either
def test_a_refusal_is_the_end(job: Job) -> None:
    over = refused(job, "content_rejected", "not here")
    assert (over.state, over.error_code, over.presses, over.has_ended) == (
        "failed", "content_rejected", 0, True,
    )  # fmt: skip


@either
def test_by_the_other_way_it_is_as_new_as_it_came(job: Job) -> None:
    moved = rerouted(job, "tab", None, "ada", START)
    assert (moved.state, moved.route, moved.account) == ("queued", "tab", "ada")
    assert (moved.attempt, moved.presses, moved.permitted_at, moved.lease) == (0, 0, None, None)


def test_a_live_post_ends_the_job_with_what_the_platform_calls_it() -> None:
    done = gone_out(a_committing_job(), "7", "https://x.com/ada/status/7", {"likes": 0}, START)
    assert (done.state, done.post_url, done.report) == (
        "published", "https://x.com/ada/status/7", {"likes": 0},
    )  # fmt: skip
    assert done.evidence == {"source": "api", "postId": "7", "account": "ada"}


def test_a_post_without_an_address_is_live_all_the_same() -> None:
    done = gone_out(a_committing_job(), "7", None, {}, START)
    assert (done.state, done.post_url) == ("published", None)


def test_a_part_without_an_address_has_a_name_of_its_own() -> None:
    first = a_committing_job(options={"thread": ["two"]})
    second = gone_out(first, "7", None, {}, START)
    assert (second.state, second.part_urls, second.part_text) == ("queued", ("urn:x:7",), "two")


def test_what_is_pending_is_looked_at_ever_less_often_and_not_for_ever() -> None:
    first = pending(a_committing_job(), 5, RULES, START)
    assert (first.state, first.due_at) == ("outcome_unknown", START + timedelta(seconds=5))
    assert first.deadline_at == START + PENDING_PATIENCE
    hour = START + timedelta(hours=1)
    later = pending(first, 5, RULES, hour)
    assert later.due_at == hour + timedelta(minutes=6)
    assert later.deadline_at == first.deadline_at
    given_up = after_deadline(later, RULES, START + PENDING_PATIENCE)
    assert (given_up.state, given_up.has_ended) == ("outcome_unknown", True)


def test_a_look_that_could_not_be_taken_does_not_count() -> None:
    job = a_doubtful_job()
    again = look_later(job, timedelta(seconds=10), LATER)
    assert (again.looks, again.lease, again.due_at) == (0, None, LATER + timedelta(seconds=10))


def test_a_broker_that_falls_silent_is_called_by_its_name() -> None:
    job = a_leased_job(route="api")
    rules = replace(RULES, auto_retry_codes=frozenset({"publisher_lost"}))
    again = after_deadline(job, rules, lease_of(job).expires_at)
    assert (again.state, again.error_code, again.error) == (
        "retry_wait", "publisher_lost", "the broker fell silent",
    )  # fmt: skip
