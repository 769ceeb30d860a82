"""A page may lie about what was posted: a look decides, and nothing is pressed twice before it."""

from typing import Any

import pytest

from e2e.endings import assert_not_published, assert_published, assert_published_once
from e2e.stage import Stage

POSTED: list[dict[str, Any]] = [
    {"posts_but_shows_error": True},
    {"posts_but_shows_error": "network"},
    {"empty_but_posted": True},
    {"drop_answer": True},
    {"slow_network": 8000},
    {"drop_answer": True, "slow_profile": 2000},
    {"drop_answer": True, "hidden_from_profile": 1500},
]

NOT_POSTED: list[dict[str, Any]] = [
    {"click_swallowed": True},
    {"empty_answer": True},
    {"shows_success_but_posts_nothing": True},
]


@pytest.mark.parametrize("faults", POSTED, ids=str)
async def test_a_post_behind_an_error_is_found_and_not_repeated(
    stage: Stage, account: str, faults: dict[str, Any]
) -> None:
    await stage.site.set_faults(account, **faults)
    job = await stage.publish(f"there in truth: {account}", account)
    assert_published_once(stage, account, job)


@pytest.mark.parametrize("faults", NOT_POSTED, ids=str)
async def test_a_press_without_a_post_is_repeated_once_and_then_told(
    stage: Stage, account: str, faults: dict[str, Any]
) -> None:
    await stage.site.set_faults(account, **faults)
    job = await stage.publish(f"not there in truth: {account}", account)
    assert_not_published(stage, account, job, "not_posted")
    committed = [each for each in await stage.events(job["id"]) if each["name"] == "committing"]
    assert len(committed) == 2


@pytest.mark.parametrize("faults", NOT_POSTED, ids=str)
async def test_a_second_press_after_proof_publishes(
    stage: Stage, account: str, faults: dict[str, Any]
) -> None:
    await stage.site.set_faults(account, times=1, **faults)
    job = await stage.publish(f"there at last: {account}", account)
    assert_published(stage, account, job)


async def test_an_equal_older_post_of_another_job_is_not_taken_for_this_one(
    stage: Stage, account: str
) -> None:
    text = f"said before by {account}"
    first = await stage.publish(text, account)
    await stage.site.set_faults(account, duplicate_rule=True)
    second = await stage.publish(text, account)
    assert (first["status"], second["status"]) == ("succeeded", "failed")
    assert second["errorCode"] == "duplicate_content"
    assert len(stage.site.ledger_of(account)) == 1
