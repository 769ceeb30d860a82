"""A broker that is killed at any moment has lost nothing and done nothing twice."""

import asyncio
import signal
from random import Random

from durability.conftest import Start
from durability.history import Tables, read_sqlite
from durability.load import running_load
from durability.rounds import drain, judge
from postbroker.clock import SystemClock
from postbroker.store.folder import DATABASE_FILE
from server.cli.conftest import Installation

LOAD_SECONDS = (0.1, 1.2)
"""How long a broker works before it is killed."""
KILLED_AGAIN = 0.3
"""How often the next one is killed while it starts."""
START_SECONDS = (0.2, 0.8)


async def test_a_killed_broker_has_lost_nothing_and_done_nothing_twice(
    installation: Installation, start: Start, rounds: int, dice: Random
) -> None:
    async def read() -> Tables:
        return await asyncio.to_thread(read_sqlite, installation.data_dir / DATABASE_FILE)

    broker = await asyncio.to_thread(start)
    async with running_load(broker.url, broker.ready["apiKey"], dice) as load:
        for number in range(1, rounds + 1):
            await SystemClock().sleep(dice.uniform(*LOAD_SECONDS))
            broker.stop(signal.SIGKILL)
            if dice.random() < KILLED_AGAIN:
                await _kill_while_it_starts(installation, dice)
            broker = await asyncio.to_thread(start)
            await judge(f"round {number}", load, read)
        await drain(load, read)


async def _kill_while_it_starts(installation: Installation, dice: Random) -> None:
    with installation.begin() as process:
        await SystemClock().sleep(dice.uniform(*START_SECONDS))
        process.kill()
