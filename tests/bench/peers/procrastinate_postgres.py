"""procrastinate on PostgreSQL."""

import asyncio

from clock import AT_ONCE, WHERE, each, now, tell
from procrastinate import App, PsycopgConnector

app = App(connector=PsycopgConnector(conninfo=WHERE, max_size=20))


@app.task(name="post")
async def post(number: int) -> None:
    """Nothing to do."""


async def main() -> None:
    """Put all, then let its own worker finish all."""
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        started = now()
        await each(lambda number: post.defer_async(number=number))
        await app.run_worker_async(wait=False, concurrency=AT_ONCE, install_signal_handlers=False)
        tell(now() - started)


asyncio.run(main())
