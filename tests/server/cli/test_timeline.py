"""The life of a job in words."""

from typing import get_args

import pytest

from postbroker.cli.timeline import EVENTS, STEPS, words_of
from postbroker.contract.jobs import JobEvent
from postbroker.contract.words import Step
from postbroker.domain.job import JobState


def event(name: str, **fields: object) -> JobEvent:
    whole = {"id": 1, "job_id": "a job", "sequence": 1, "state": "queued", "at": "2026-01-01"}
    return JobEvent.model_validate(whole | {"name": name} | fields)


def test_every_step_and_state_has_words() -> None:
    assert set(STEPS) == set(get_args(Step))
    assert set(get_args(JobState)) <= set(EVENTS)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (event("step", step="insert_text"), "writes the text"),
        (
            event("step", step="attach_media", data={"detail": "1 of 2"}),
            "attaches the media (1 of 2)",
        ),
        (event("step", step="a_new_step"), "a_new_step"),
        (event("leased", data={"browser": "Desk {0}"}), "taken by Desk {0}"),
        (event("committing", data={"account": "@ada"}), "may press the button as @ada"),
        (event("failed", data={"errorCode": "not_logged_in"}), "failed: not_logged_in"),
        (event("retry_wait", data={"reason": "no answer"}), "will be tried again: no answer"),
        (event("queued", data={"route": "api"}), "goes by the official API"),
        (event("leased", data={"connectionId": "c"}), "taken by the broker itself"),
        (
            event("rerouted", data={"route": "tab", "because": "no review"}),
            "not posted; goes by a browser instead: no review",
        ),
        (
            event("put_off", data={"errorCode": "rate_limited"}),
            "put off, nothing was posted: rate_limited",
        ),
        (event("a_new_event"), "a new event"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_event_in_words(given: JobEvent, words: str) -> None:
    assert words_of(given) == words
