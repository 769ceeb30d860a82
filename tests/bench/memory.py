"""The whole broker over a store that keeps nothing: what a request costs beside the database."""

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from aiohttp import web

from postbroker.app import build_app, open_database, secret_key
from postbroker.clock import SystemClock
from postbroker.services.secrets import Vault
from postbroker.serving import new_event_loop, tune
from postbroker.settings import Settings
from postbroker.store.batches import BatchedWrites
from postbroker.store.database import Database, Row, Work, WorkOnMany
from postbroker.store.dialect import SQLITE, Dialect

T = TypeVar("T")
Item = TypeVar("Item")


class Nothing:
    """A connection that takes every statement and finds what each search needs to go on."""

    dialect = SQLITE

    async def execute(self, sql: str, /, **values: object) -> int:
        """One row, it says."""
        return 1

    async def fetch(self, sql: str, /, **values: object) -> list[Row]:
        """Nothing is there, but a paired browser."""
        return [{"one": 1}] if "FROM browsers" in sql else []

    async def fetch_one(self, sql: str, /, **values: object) -> Row | None:
        """As `fetch`."""
        rows = await self.fetch(sql, **values)
        return rows[0] if rows else None

    async def fetch_log(self, sql: str, /, **values: object) -> list[Row]:
        """As `fetch`."""
        return await self.fetch(sql, **values)

    async def execute_many(self, sql: str, rows: Sequence[Mapping[str, object]], /) -> int:
        """Let go of all rows."""
        return len(rows)

    async def lock(self, name: str) -> None:
        """Nobody else is there."""

    def notify(self, *topics: str) -> None:
        """Nobody else is there."""

    def has_room(self) -> bool:
        """Nothing takes no room."""
        return True


class Forgetful:
    """Reads the real database, for keys, and keeps nothing of what is written."""

    def __init__(self, real: Database) -> None:
        self._real = real
        self._batches = BatchedWrites(self.write)  # as the databases do it

    @property
    def dialect(self) -> Dialect:
        """As the real one."""
        return self._real.dialect

    async def write(self, work: Work[T]) -> T:
        """Do the work, keep nothing."""
        return await work(Nothing())

    async def write_each(self, work: WorkOnMany[Item, T], item: Item) -> T:
        """Do the work, keep nothing."""
        return await self._batches.add(work, item)

    async def read(self, work: Work[T]) -> T:
        """As the real one."""
        return await self._real.read(work)

    def hear(self, wake: Callable[..., None], catch_up: Callable[[], None]) -> None:
        """Nobody else is there."""

    async def close(self) -> None:
        """As the real one."""
        await self._real.close()


async def _serve(data_dir: Path, port: int) -> None:
    settings, clock = (
        Settings(
            data_dir=data_dir,
            port=port,
            pacing=False,
            confirm_first_post=False,
            key_requests_per_minute=0,
        ),
        SystemClock(),
    )
    async with open_database(settings, clock) as database:
        vault = Vault(secret_key(settings))
        app = build_app(settings, Forgetful(database), clock, vault, f"http://127.0.0.1:{port}")
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        tune()
        await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_serve(Path(sys.argv[1]), int(sys.argv[2])))
