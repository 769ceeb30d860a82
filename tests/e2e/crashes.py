"""Who can die in the middle of a job, at which point, and what all deaths together came to."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from e2e.stage import Stage, until

AFTER_SECONDS = 90.0
"""From a death to the end of the job: a lease to run out, a wake-up, an attempt, the looks."""

Kill = Callable[[Stage], Awaitable[None]]


@dataclass(slots=True)
class Tally:
    """What all rounds together came to."""

    rounds: int = 0
    doubled: int = 0
    lost: int = 0
    endings: Counter[str] = field(default_factory=Counter)


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


async def prepare(stage: Stage, victim: str, point: str) -> None:
    """Choose the point at which the next job waits for a death."""
    if victim == "browser":
        # Cookies reach the disk late: without this the crash would take the login along.
        await stage.browser.close()
        await stage.restart_browser()
    await stage.popup.page.evaluate(f"chrome.storage.local.set({{ crashPoint: {point!r} }})")


async def die(stage: Stage, victim: str, point: str) -> None:
    """End the victim once the job has come to the point, and start it again."""

    async def is_reached() -> bool:
        return bool(await stage.popup.stored("crashReached") == point)

    await until(is_reached, f"the point {point}")
    await KILLS[victim](stage)
    await stage.popup.page.evaluate("chrome.storage.local.remove('crashReached')")


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
