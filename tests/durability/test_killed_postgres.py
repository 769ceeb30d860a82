"""A broker whose PostgreSQL is killed says so, comes back by itself, and has lost nothing."""

import asyncio
from random import Random
from time import monotonic

from durability.conftest import Start
from durability.history import Tables, read_postgres
from durability.load import Load, running_load
from durability.rounds import drain, judge
from postbroker.client import AsyncPostbroker
from postbroker.clock import SystemClock
from server.cli.conftest import Installation
from server.doubles.extension import FakeBrowser
from server.doubles.postgres import Cluster

LOAD_SECONDS = (0.1, 1.2)
"""How long a database works before it is killed."""
AWAY_SECONDS = (0, 0.5)
"""How long it is away before somebody starts it again."""
RECOVERY_SECONDS = 15
LOOK_SECONDS = 0.02
PULL_SECONDS = 20
WAITING_SECONDS = 0.3
"""Until the pull has surely begun to wait."""
HEARD_SECONDS = 5


async def test_a_killed_database_has_lost_nothing_and_its_broker_comes_back(
    cluster: Cluster, start: Start, rounds: int, dice: Random
) -> None:
    async def read() -> Tables:
        return await read_postgres(cluster.url)

    broker = await asyncio.to_thread(start, POSTBROKER_DATABASE_URL=cluster.url)
    async with running_load(broker.url, broker.ready["apiKey"], dice) as load:
        for number in range(1, rounds + 1):
            await SystemClock().sleep(dice.uniform(*LOAD_SECONDS))
            await asyncio.to_thread(cluster.kill)
            await SystemClock().sleep(dice.uniform(*AWAY_SECONDS))
            await asyncio.to_thread(cluster.start)
            seconds = await _recovery(load)
            assert broker.process.poll() is None, "the broker died of it"
            await judge(f"round {number}, back after {seconds:.1f} s", load, read)
        await drain(load, read)


async def test_a_pull_that_waited_through_it_still_hears_of_other_processes(
    cluster: Cluster, start: Start, installation: Installation
) -> None:
    broker = await asyncio.to_thread(start, POSTBROKER_DATABASE_URL=cluster.url)
    other = await asyncio.to_thread(
        installation.start, POSTBROKER_DATABASE_URL=cluster.url, POSTBROKER_SANDBOX="false"
    )
    key = broker.ready["apiKey"]
    browser = await FakeBrowser.pair(broker.url, key)
    try:
        pull = asyncio.create_task(browser.pull(PULL_SECONDS))
        await SystemClock().sleep(WAITING_SECONDS)
        await asyncio.to_thread(cluster.kill)
        await asyncio.to_thread(cluster.start)
        began = monotonic()
        async with AsyncPostbroker(other.url, key) as client:
            job = await client.post("after it came back")
        leased = await pull
        assert leased is not None
        assert leased.job.id == job.id
        assert monotonic() - began < HEARD_SECONDS
    finally:
        await browser.close()


async def _recovery(load: Load) -> float:
    """Seconds until jobs are taken and end again."""
    began, jobs, ends = monotonic(), len(load.log.jobs), len(load.log.ends)
    while len(load.log.jobs) == jobs or len(load.log.ends) == ends:
        assert monotonic() - began < RECOVERY_SECONDS, "the broker does not come back"
        await SystemClock().sleep(LOOK_SECONDS)
    return monotonic() - began
