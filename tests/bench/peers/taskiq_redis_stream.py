"""taskiq on a Redis stream, which syncs every write and waits for acknowledgements."""

import asyncio

from clock import JOBS, WHERE, each, now, tell
from taskiq_redis import RedisStreamBroker

broker = RedisStreamBroker(url=f"unix://{WHERE}", xread_count=100)


@broker.task
async def post(number: int) -> None:
    """Nothing to do."""


async def main() -> None:
    """Put all, take and acknowledge all."""
    await broker.startup()
    started, left = now(), JOBS
    await each(post.kiq)
    acknowledging = set()
    async for message in broker.listen():
        acknowledging.add(asyncio.ensure_future(message.ack()))
        left -= 1
        if not left:
            break
    await asyncio.gather(*acknowledging)
    tell(now() - started)


asyncio.run(main())
