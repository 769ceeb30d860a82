"""pgqueuer on PostgreSQL."""

import asyncio
from datetime import timedelta

import asyncpg
from clock import WHERE, each, now, tell
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgPoolDriver
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode


async def main() -> None:
    """Put all, then let its own worker finish all."""
    async with asyncpg.create_pool(WHERE, min_size=2, max_size=20) as pool:
        driver = AsyncpgPoolDriver(pool)
        queries = Queries(driver)
        await queries.install()
        queue = PgQueuer(driver)

        @queue.entrypoint("post")
        async def post(job: object) -> None:
            """Nothing to do."""

        started = now()
        await each(lambda number: queries.enqueue("post", str(number).encode()))
        await queue.run(
            mode=QueueExecutionMode.drain, dequeue_timeout=timedelta(seconds=1), batch_size=100
        )
        tell(now() - started)


asyncio.run(main())
