"""What a job that has not ended says about itself."""

from typing import get_args

import pytest

from postbroker.cli.ending import Exit
from postbroker.cli.following import EXITS_OF_WAITING, exit_of_unfinished, next_step
from postbroker.contract.jobs import AccountStatus, JobAnswer, WaitsFor


def job(state: str, **details: str) -> JobAnswer:
    whole = {
        "id": "a job",
        "platform": "x",
        "status": "processing",
        "details": {"state": state, "attempt": 1} | details,
        "created_at": 0,
        "updated_at": 0,
    }
    return JobAnswer.model_validate(whole)


def status(*, online: bool = True, paused: bool = False, step: str | None = None) -> AccountStatus:
    return AccountStatus(
        tenant_id="a workspace",
        workspace="Mine",
        paired=True,
        online=online,
        paused=paused,
        browsers=[],
        queued=1,
        processing=0,
        next_step=step,
    )


@pytest.mark.parametrize(
    ("state", "standing", "wanted"),
    [
        ("committing", status(), Exit.UNKNOWN),
        ("outcome_unknown", status(online=False), Exit.UNKNOWN),
        ("queued", status(paused=True, online=False), Exit.POLICY),
        ("queued", status(online=False), Exit.OFFLINE),
        ("queued", status(step="The user presses Resume."), Exit.PERSON),
        ("retry_wait", status(), Exit.OTHER),
        ("leased", status(), Exit.OTHER),
    ],
)
def test_exit_says_what_the_job_waits_for(
    state: str, standing: AccountStatus, wanted: Exit
) -> None:
    assert exit_of_unfinished(job(state), standing) is wanted


def test_whatever_a_job_waits_for_has_an_exit() -> None:
    assert set(EXITS_OF_WAITING) == set(get_args(WaitsFor))
    assert exit_of_unfinished(job("queued", waiting_for="approval"), status()) is Exit.PERSON


def test_next_step_names_who_must_act() -> None:
    ended = job("failed", actor="user", suggested_action="Log in.")
    assert next_step(ended) == "For the person at the browser: Log in."
    assert next_step(job("failed", actor="nobody", suggested_action="Wait.")) == "Wait."
    assert next_step(job("published")) is None
