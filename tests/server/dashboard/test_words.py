"""Every state, step, scope and event has its words."""

from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from postbroker.contract.words import Step
from postbroker.dashboard.words import (
    SCOPES,
    STANDINGS,
    STEPS,
    event_words,
    scope_words,
    step_words,
)
from postbroker.domain.job import JobState
from postbroker.domain.key import ALL_SCOPES
from postbroker.store.events import Event


def event(name: str, sequence: int = 2, step: str | None = None, **data: Any) -> Event:
    return Event(
        id=1,
        workspace_id="w",
        job_id="j",
        sequence=sequence,
        name=name,
        state="queued",
        step=step,
        data=data,
        happened_at=datetime(2026, 11, 24, tzinfo=UTC),
    )


def test_nothing_lacks_words() -> None:
    assert set(STANDINGS) == set(get_args(JobState))
    assert set(STEPS) == set(get_args(Step))
    assert set(SCOPES) == ALL_SCOPES


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (event("queued", 1), ("Accepted", None)),
        (event("queued", 4), ("Back in the queue", None)),
        (event("leased", browser="Laptop"), ("Taken by Laptop", None)),
        (event("verifying", browser="Laptop"), ("Being looked for by Laptop", None)),
        (event("queued", 1, route="api", because="it needs no browser"),
         ("Accepted, for the official API", "it needs no browser")),
        (event("leased", route="api", connectionId="c"), ("Taken by the broker", None)),
        (event("rerouted", route="tab", because="no review"),
         ("Not posted; it goes by a browser instead", "no review")),
        (event("put_off", errorCode="rate_limited"),
         ("Put off; nothing was posted", "The platform's rate limit is reached")),
        (event("pending"), ("The platform works on it", None)),
        (event("removed", by="owner"), ("Removed from the platform by owner", None)),
        (event("outcome_unknown", outcome="unseen", route="api"),
         ("The broker could not look", None)),
        (event("step", step="insert_text", detail="280"), ("Typing the text", "280")),
        (event("committing", account="@ada"), ("Leave to press the button, once", "as @ada")),
        (event("outcome_unknown", reason="silent"), ("Outcome unknown", "silent")),
        (event("outcome_unknown", outcome="absent"), ("The post was not there", None)),
        (event("outcome_unknown", outcome="unseen"), ("The browser could not look", None)),
        (event("outcome_unknown", by="owner"), ("owner asked for another look", None)),
        (event("published", outcome="published"), ("Published", None)),
        (event("published", by="owner"), ("Published, says owner", None)),
        (event("failed", by="owner"), ("Failed, says owner", None)),
        (event("canceled", by="owner"), ("Canceled by owner", None)),
        (event("hint", postUrl="https://x.com/a/status/1"),
         ("A late report says where the post may be", "https://x.com/a/status/1")),
        (event("from_the_future"), ("From the future", None)),
    ],
)  # fmt: skip
def test_event_is_a_line_that_a_person_understands(
    given: Event, words: tuple[str, str | None]
) -> None:
    assert event_words(given) == words


def test_failure_names_what_its_code_means() -> None:
    _, more = event_words(event("failed", errorCode="rate_limited"))
    assert more == "The platform's rate limit is reached"


def test_unknown_step_is_spelt_out() -> None:
    assert step_words("solve_riddle") == "Solve riddle"


def test_scopes_are_listed_in_their_order() -> None:
    assert scope_words(frozenset({"browsers.pair", "posts.read"})) == (
        "read posts and jobs, pair browsers"
    )
