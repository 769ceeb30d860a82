"""Worker and browser die where it counts: no group gets a post twice, or is asked twice."""

import pytest

from e2e.crashes import Tally, count_ending, die, prepare
from e2e.stage import Stage
from e2e.test_facebook import GARDENERS, NIGHT_SKY, QUIET, begin_errand, errand, number

PLATFORM = "facebook"

POINTS = ("before_permit", "journal_written", "clicked", "before_ack")


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(
    ("victim", "group"), [("worker", GARDENERS), ("browser", QUIET)], ids=["live", "waiting"]
)
async def test_a_death_neither_doubles_nor_loses_a_post_to_a_group(
    stage: Stage, account: str, tally: Tally, victim: str, group: str, point: str
) -> None:
    await prepare(stage, victim, point)
    text = f"{victim} dies at {point} in {group}"
    job_id = await stage.post(text, number(account), groupId=group)
    await die(stage, victim, point)
    await count_ending(stage, tally, job_id)


@pytest.mark.parametrize("point", POINTS)
async def test_a_death_never_takes_a_request_back(stage: Stage, account: str, point: str) -> None:
    await prepare(stage, "worker", point)
    wish = {"groupId": NIGHT_SKY, "account": number(account)}
    job_id = await begin_errand(stage, "/v1/facebook/groups/join", **wish)
    await die(stage, "worker", point)
    job = await stage.ended(job_id)
    assert (job["status"], job["details"]["buttonState"]) == ("succeeded", "requested")
    status = await errand(stage, "/v1/facebook/groups/status", groupId=NIGHT_SKY)
    assert status["details"]["buttonState"] == "requested"
