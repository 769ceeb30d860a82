"""A thread is one job whose parts go out one press at a time, each proven before the next."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from postbroker.domain.content import text_sha256
from postbroker.domain.job import Job
from postbroker.domain.lease import grant_permit, permit_refusal, take_to_publish
from postbroker.domain.outcome import (
    after_deadline,
    after_publish_report,
    after_verify_report,
    cancel,
    settle_by_person,
)
from server.doubles.clock import START
from server.samples import (
    PUBLISH,
    RULES,
    X,
    a_job,
    a_job_being_looked_for,
    a_report_of_success,
    composed,
    report,
)

SECOND = timedelta(seconds=1)
LATER = START + 20 * SECOND
THREAD = {"thread": ["second", "third"]}
URLS = tuple(f"https://x.com/ada/status/{number}" for number in (1001, 1002, 1003))


def a_thread(**changes: Any) -> Job:
    return a_job(text="first", **({"options": THREAD} | changes))


def taken(job: Job) -> Job:
    return take_to_publish(job, "lease-00001", "browser-1", RULES, START)


def committing(job: Job) -> Job:
    held = taken(job)
    return grant_permit(held, "permit-0001", composed(held), PUBLISH, RULES, START)


def part_out(job: Job, url: str) -> Job:
    """The job after its next part was seen live."""
    pressed = committing(job)
    return after_publish_report(
        pressed, a_report_of_success(pressed, post_url=url), X, RULES, LATER
    )


@pytest.fixture
def second_next() -> Job:
    """A thread whose first part is out."""
    return part_out(a_thread(), URLS[0])


def test_parts_go_out_in_order_and_the_last_one_publishes_the_thread() -> None:
    job, texts = a_thread(), []
    for url in URLS:
        texts.append(job.part_text)
        assert job.state == "queued"
        job = part_out(job, url)
    assert texts == ["first", "second", "third"]
    assert (job.state, job.post_url, job.part_urls) == ("published", URLS[0], URLS)


def test_the_next_part_begins_as_a_new_post_does(second_next: Job) -> None:
    job = second_next
    assert (job.attempt, job.presses, job.looks, job.stage) == (0, 0, 0, "preparing")
    assert (job.lease, job.permit_id, job.permitted_at, job.hint_url) == (None,) * 4
    assert (job.due_at, job.deadline_at) == (LATER, job.expires_at)


def test_the_next_part_answers_the_one_before_as_the_same_account(second_next: Job) -> None:
    assert (second_next.target, second_next.poster) == ("1001", "ada")
    assert second_next.part_sha256 == text_sha256("second")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"text_sha256": text_sha256("first")}, "text_differs"),
        ({"account": "grace"}, "account_differs"),
        ({"target": "feed"}, "target_differs"),
        ({"media_count": 1}, "media_differs"),
    ],
)
def test_leave_is_given_for_the_next_part_alone(changes: dict[str, Any], reason: str) -> None:
    files = ("https://example.org/a.png",)
    held = taken(part_out(a_thread(media_paths=files), URLS[0]))
    wish = composed(held).model_copy(update=changes)
    assert permit_refusal(held, wish, is_paused=False, now=LATER) == reason


def test_files_go_out_with_the_first_part() -> None:
    job = a_thread(media_paths=("https://example.org/a.png",))
    assert [len(each.part_media_paths) for each in (job, part_out(job, URLS[0]))] == [1, 0]


def test_evidence_of_another_part_proves_nothing(second_next: Job) -> None:
    pressed = committing(second_next)
    wrong = a_report_of_success(pressed, post_url=URLS[1])
    wrong = wrong.model_copy(
        update={"evidence": wrong.evidence and wrong.evidence.model_copy(update={"text": "first"})}
    )
    job = after_publish_report(pressed, wrong, X, RULES, LATER)
    assert (job.state, job.part_urls) == ("outcome_unknown", URLS[:1])


def test_a_part_that_a_look_finds_lets_the_thread_go_on() -> None:
    looking = replace(
        a_job_being_looked_for(),
        text="first",
        options=THREAD,
        part_urls=URLS[:1],
        post_url=URLS[0],
    )
    found = a_report_of_success(looking, post_url=URLS[1])
    job = after_verify_report(looking, found, X, RULES, LATER)
    assert (job.state, job.part_urls, job.part_text) == ("queued", URLS[:2], "third")


def test_a_part_in_doubt_is_not_left_behind(second_next: Job) -> None:
    silent = after_deadline(committing(second_next), RULES, LATER)
    assert (silent.state, silent.part_urls) == ("outcome_unknown", URLS[:1])
    person = settle_by_person(silent, URLS[1], LATER)
    assert (person.state, person.part_text) == ("queued", "third")


@pytest.mark.parametrize("code", ["browser_lost", "selector_not_found"])
def test_a_break_resumes_after_the_last_part_that_is_out(second_next: Job, code: str) -> None:
    held = taken(second_next)
    waiting = after_publish_report(held, report(held, "failed", error_code=code), X, RULES, LATER)
    again = after_deadline(waiting, RULES, waiting.due_at)
    assert (again.state, again.part_text, again.part_urls) == ("queued", "second", URLS[:1])


def test_what_ends_a_thread_keeps_what_is_out(second_next: Job) -> None:
    held = taken(second_next)
    failed = after_publish_report(
        held, report(held, "failed", error_code="content_rejected"), X, RULES, LATER
    )
    for job in (failed, cancel(second_next)):
        assert job.has_ended
        assert (job.post_url, job.part_urls) == (URLS[0], URLS[:1])
