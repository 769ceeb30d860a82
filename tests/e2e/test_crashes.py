"""Worker, browser and broker die at every named point; no post is doubled, and no job is lost.

Each round kills at one point, starts again what died, waits until the job has ended and lets the
judge read broker and ledger. CRASH_ROUNDS=n plays every point n times.
"""

import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp
import pytest
import pytest_asyncio

from e2e.stage import Stage, until

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "1"))  # noqa: TID251
AFTER_SECONDS = 90.0
"""From a death to the end of the job: a lease to run out, a wake-up, an attempt, the looks."""

EXTENSION_POINTS = (
    "lease_received",
    "typing",
    "before_permit",
    "permit_received",
    "journal_written",
    "clicked",
    "before_ack",
    "after_ack",
)
BROKER_POINTS = (
    "accepted",
    "lease_written",
    "permit_written",
    "report_received",
    "report_written",
)

Kill = Callable[[Stage], Awaitable[None]]


@dataclass(slots=True)
class Tally:
    """What all rounds together came to."""

    rounds: int = 0
    doubled: int = 0
    lost: int = 0
    endings: Counter[str] = field(default_factory=Counter)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tally(stage: Stage) -> AsyncIterator[Tally]:
    """Counts, and says at the end what came of it."""
    tally = Tally()
    yield tally
    print(
        f"\n{tally.rounds} crashes: {tally.doubled} double entries, {tally.lost} lost jobs; "
        + ", ".join(f"{count} {ending}" for ending, count in tally.endings.most_common()),
        file=sys.stderr,  # which is shown whichever process the test runs in
    )
    assert (tally.doubled, tally.lost) == (0, 0)


async def kill_worker(stage: Stage) -> None:
    """End the service worker, as the browser does when it pleases."""
    await stage.browser.stop_workers()
    await stage.nudge()


async def kill_browser(stage: Stage) -> None:
    """A crash of the browser; it starts again on its profile."""
    await stage.browser.kill()
    await stage.restart_browser()


async def kill_broker_and_worker(stage: Stage) -> None:
    """The broker goes while the worker waits for it, and the worker goes too."""
    await stage.broker.kill()
    await stage.browser.stop_workers()
    await stage.restart_broker()
    await stage.nudge()


KILLS: dict[str, Kill] = {
    "worker": kill_worker,
    "browser": kill_browser,
    "broker and worker": kill_broker_and_worker,
}


@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.parametrize("point", EXTENSION_POINTS)
@pytest.mark.parametrize("victim", KILLS)
async def test_a_death_in_the_browser_neither_doubles_nor_loses(
    stage: Stage, account: str, tally: Tally, victim: str, point: str, number: int
) -> None:
    if victim == "browser":
        # Cookies reach the disk late: without this the crash would take the login along.
        await stage.browser.close()
        await stage.restart_browser()
    await stage.popup.page.evaluate(f"chrome.storage.local.set({{ crashPoint: {point!r} }})")
    job_id = await stage.post(f"{victim} dies at {point}, round {number}", account)

    async def is_reached() -> bool:
        return bool(await stage.popup.stored("crashReached") == point)

    await until(is_reached, f"the point {point}")
    await KILLS[victim](stage)
    await stage.popup.page.evaluate("chrome.storage.local.remove('crashReached')")
    await count_ending(stage, tally, job_id)


@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.parametrize("point", BROKER_POINTS)
async def test_a_death_of_the_broker_neither_doubles_nor_loses(
    stage: Stage, account: str, tally: Tally, point: str, number: int
) -> None:
    await stage.restart_broker(crash_at=point)
    text, key = f"the broker dies at {point}, round {number}", f"{point}-{number}"
    with suppress(aiohttp.ClientError):
        await stage.post(text, account, idempotencyKey=key)
    await stage.broker.process.wait()
    await stage.restart_broker()
    # An agent that got no answer asks again under the same key.
    await count_ending(stage, tally, await stage.post(text, account, idempotencyKey=key))


async def count_ending(stage: Stage, tally: Tally, job_id: str) -> None:
    """Wait for the end of a job, and hold it against the ledger."""
    tally.rounds += 1
    tally.lost += 1
    job = await stage.ended(job_id, AFTER_SECONDS)
    tally.lost -= 1
    tally.endings[job["details"]["state"]] += 1
    entries = [entry for entry in stage.site.ledger() if entry.text == job["text"]]
    tally.doubled += len(entries) > 1
    assert (job["status"], len(entries)) == ("succeeded", 1)
