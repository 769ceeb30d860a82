"""Worker and browser die where it counts: no group gets a post twice, or is asked twice."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from e2e.stage import Stage, until
from e2e.test_crashes import KILLS, Tally, count_ending
from e2e.test_facebook import GARDENERS, NIGHT_SKY, QUIET, errand, number

PLATFORM = "facebook"

POINTS = ("before_permit", "journal_written", "clicked", "before_ack")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tally(stage: Stage) -> AsyncIterator[Tally]:
    """Counts, and says at the end that nothing was doubled or lost."""
    tally = Tally()
    yield tally
    assert (tally.doubled, tally.lost) == (0, 0)


async def die(stage: Stage, victim: str, point: str, job_id: str) -> None:
    """End the victim once the job has come to the point."""

    async def is_reached() -> bool:
        return bool(await stage.popup.stored("crashReached") == point)

    await until(is_reached, f"the point {point} of job {job_id}")
    await KILLS[victim](stage)
    await stage.popup.page.evaluate("chrome.storage.local.remove('crashReached')")


async def prepare(stage: Stage, victim: str, point: str) -> None:
    """Choose the point, with a login that outlives the browser."""
    if victim == "browser":
        await stage.browser.close()
        await stage.restart_browser()
    await stage.popup.page.evaluate(f"chrome.storage.local.set({{ crashPoint: {point!r} }})")


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
    await die(stage, victim, point, job_id)
    await count_ending(stage, tally, job_id)


@pytest.mark.parametrize("point", POINTS)
async def test_a_death_never_takes_a_request_back(stage: Stage, account: str, point: str) -> None:
    await prepare(stage, "worker", point)
    wish = {"groupId": NIGHT_SKY, "account": number(account)}
    answer = await stage.ask("POST", "/v1/facebook/groups/join", wish)
    job_id = str(answer.get("jobId") or answer["id"])
    stage.accepted.append(job_id)
    await die(stage, "worker", point, job_id)
    job = await stage.ended(job_id)
    assert (job["status"], job["details"]["buttonState"]) == ("succeeded", "requested")
    status = await errand(stage, "/v1/facebook/groups/status", groupId=NIGHT_SKY)
    assert status["details"]["buttonState"] == "requested"
