"""The worker lives on while it has nothing to do, and comes back by itself when it was ended."""

import asyncio

import pytest_asyncio

from e2e.stage import Stage, clock

IDLE_SECONDS = 36.0
"""A worker without an extension event ends after 30."""
ALARM_SECONDS = 30.0


@pytest_asyncio.fixture(loop_scope="session")
async def alone(stage: Stage) -> Stage:
    """No page of the extension is open that could keep its worker alive."""
    await stage.popup.page.close()
    return stage


async def test_an_idle_worker_stays_and_takes_the_next_job(alone: Stage, account: str) -> None:
    [worker] = await alone.browser.targets("service_worker")
    end = asyncio.get_running_loop().time() + IDLE_SECONDS
    while asyncio.get_running_loop().time() < end:
        now = [target["targetId"] for target in await alone.browser.targets("service_worker")]
        assert now == [worker["targetId"]]
        await clock.sleep(0.5)
    job_id = await alone.post(f"after a rest of {account}", account)
    assert (await alone.ended(job_id, 10))["status"] == "succeeded"


async def test_an_ended_worker_comes_back_by_its_alarm(alone: Stage, account: str) -> None:
    await alone.browser.stop_workers()
    job_id = await alone.post(f"woken up for {account}", account)
    assert (await alone.ended(job_id, ALARM_SECONDS + 15))["status"] == "succeeded"


async def test_a_browser_comes_back_to_a_broker_that_was_away(alone: Stage, account: str) -> None:
    await alone.restart_broker()
    job_id = await alone.post(f"after the restart for {account}", account)
    assert (await alone.ended(job_id, 30))["status"] == "succeeded"


async def test_a_browser_that_was_closed_takes_up_what_waited(alone: Stage, account: str) -> None:
    await alone.browser.close()
    job_id = await alone.post(f"waited for the browser of {account}", account)
    await alone.restart_browser()
    assert (await alone.ended(job_id))["status"] == "succeeded"
