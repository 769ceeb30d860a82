"""A fleet whose workers are killed under load has lost nothing and done nothing twice."""

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from random import Random

from durability.conftest import Start
from durability.history import Tables, read_postgres
from durability.load import running_load
from durability.rounds import drain, judge
from postbroker.clock import SystemClock
from server.doubles.postgres import Cluster

WORKERS = 2
LOAD_SECONDS = (0.3, 1.5)
"""How long the fleet works before one of it is killed."""


async def test_killed_workers_have_lost_nothing_and_done_nothing_twice(
    cluster: Cluster, start: Start, rounds: int, dice: Random
) -> None:
    async def read() -> Tables:
        return await read_postgres(cluster.url)

    broker = await asyncio.to_thread(
        start, "--workers", str(WORKERS), POSTBROKER_DATABASE_URL=cluster.url
    )
    killed = set[int]()
    async with running_load(broker.url, broker.ready["apiKey"], dice) as load:
        for number in range(1, rounds + 1):
            await SystemClock().sleep(dice.uniform(*LOAD_SECONDS))
            if alive := _workers(broker.process.pid):
                victim = dice.choice(alive)
                os.kill(victim, signal.SIGKILL)
                killed.add(victim)
            await judge(f"round {number}", load, read)
        await drain(load, read)
    assert killed, "no worker was ever found"
    assert broker.process.poll() is None, "the watcher died with its workers"


def _workers(watcher: int) -> Sequence[int]:
    children = Path(f"/proc/{watcher}/task/{watcher}/children").read_text().split()
    return [int(each) for each in children]
