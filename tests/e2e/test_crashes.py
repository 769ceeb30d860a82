"""Worker, browser and broker die at every named point; no post is doubled, and no job is lost.

Each round kills at one point, starts again what died, waits until the job has ended and lets the
judge read broker and ledger. CRASH_ROUNDS=n plays every point n times.
"""

import os
from contextlib import suppress

import aiohttp
import pytest

from e2e.crashes import KILLS, Tally, count_ending, die, prepare
from e2e.stage import Stage

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "1"))  # noqa: TID251
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


@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.parametrize("point", EXTENSION_POINTS)
@pytest.mark.parametrize("victim", KILLS)
async def test_a_death_in_the_browser_neither_doubles_nor_loses(
    stage: Stage, account: str, tally: Tally, victim: str, point: str, number: int
) -> None:
    await prepare(stage, victim, point)
    job_id = await stage.post(f"{victim} dies at {point}, round {number}", account)
    await die(stage, victim, point)
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
