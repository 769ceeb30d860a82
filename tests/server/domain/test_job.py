"""The states of a job, and how they follow each other."""

from itertools import product
from typing import get_args

import pytest

from postbroker.contract.words import JobView
from postbroker.domain.job import (
    CANCELABLE,
    ENDINGS,
    STATES_OF_VIEW,
    TRANSITIONS,
    JobState,
    TransitionError,
    check_transition,
    claw_view,
)
from server.samples import a_job

STATES: tuple[JobState, ...] = get_args(JobState)

DRAWN: dict[JobState, str] = {
    "draft": "awaiting_approval scheduled queued canceled expired",
    "awaiting_approval": "scheduled queued canceled expired",
    "scheduled": "queued canceled expired",
    "queued": "leased outcome_unknown awaiting_approval canceled expired",
    "leased": "committing published outcome_unknown queued retry_wait failed canceled expired",
    "committing": "published queued outcome_unknown retry_wait failed",
    "outcome_unknown": "published queued retry_wait failed",
    "retry_wait": "queued outcome_unknown canceled expired",
    "published": "",
    "failed": "",
    "canceled": "",
    "expired": "",
}


@pytest.mark.parametrize(("before", "after"), list(product(STATES, STATES)))
def test_a_state_follows_another_only_as_drawn(before: JobState, after: JobState) -> None:
    if after in DRAWN[before].split():
        check_transition(before, after)
    else:
        with pytest.raises(TransitionError, match=f"from {before} to {after}"):
            check_transition(before, after)


def test_every_state_can_be_reached_and_left_for_an_ending() -> None:
    reached = {after for states in TRANSITIONS.values() for after in states}
    assert reached | {"draft"} == set(STATES)
    assert {"published", "failed", "canceled", "expired"} == ENDINGS


def test_nothing_is_canceled_once_the_button_may_be_pressed() -> None:
    assert {
        "draft",
        "awaiting_approval",
        "scheduled",
        "queued",
        "leased",
        "retry_wait",
    } == CANCELABLE


@pytest.mark.parametrize(
    ("view", "states"),
    [
        ("queued", ["draft", "awaiting_approval", "scheduled", "queued", "retry_wait"]),
        ("processing", ["leased", "committing", "outcome_unknown"]),
        ("succeeded", ["published"]),
        ("failed", ["failed", "canceled", "expired"]),
    ],
)
def test_a_state_has_the_word_that_claw_post_clients_know(
    view: JobView, states: list[JobState]
) -> None:
    assert [claw_view(state, has_ended=False) for state in states] == [view] * len(states)


def test_an_unknown_outcome_that_nobody_looks_for_any_more_reads_as_failed() -> None:
    assert a_job("outcome_unknown").view == "processing"
    assert a_job("outcome_unknown", deadline_at=None).view == "failed"


def test_a_filter_by_view_finds_the_jobs_that_show_it() -> None:
    for state, has_ended in product(STATES, (True, False)):
        showing = [
            view
            for view, pairs in STATES_OF_VIEW.items()
            if (state, None) in pairs or (state, has_ended) in pairs
        ]
        assert showing == [claw_view(state, has_ended=has_ended)]


def test_a_job_has_ended_when_nothing_is_awaited() -> None:
    assert not a_job().has_ended
    assert a_job("published", deadline_at=None).has_ended
