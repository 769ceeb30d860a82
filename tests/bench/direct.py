"""The services called directly, as a program would that has the broker built in."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from time import perf_counter
from typing import TypeVar
from uuid import uuid4

from postbroker.app import Services, build_services, open_database, secret_key
from postbroker.clock import SystemClock
from postbroker.contract.extension import Ack
from postbroker.contract.jobs import CreateTweet
from postbroker.domain.caller import Caller
from postbroker.domain.job import Job
from postbroker.services.leases import Leased
from postbroker.services.secrets import Vault
from postbroker.services.signals import Signals
from postbroker.serving import new_event_loop, tune
from postbroker.settings import Settings
from postbroker.store.browsers import Browser

T = TypeVar("T")

AT_ONCE = 64


async def measure(data_dir: Path, jobs: int, old_ids: Sequence[str]) -> dict[str, float]:
    """Seconds that each step takes for a job, `AT_ONCE` of them under way."""
    settings, clock = (
        Settings(data_dir=data_dir, pacing=False, confirm_first_post=False),
        SystemClock(),
    )
    async with open_database(settings, clock) as database:
        services = build_services(settings, database, clock, Signals(), Vault(secret_key(settings)))
        caller = await services.keys.authenticate((data_dir / "key").read_text(encoding="utf-8"))
        tokens = (data_dir / "tokens").read_text(encoding="utf-8").split()
        browsers = [await services.browsers.authenticate(token) for token in tokens[:AT_ONCE]]
        await _lives(services, caller, browsers, jobs // 10)  # caches fill
        seconds = await _lives(services, caller, browsers, jobs)
        reads = old_ids or seconds.ids
        started = perf_counter()
        await _all(lambda job_id: services.jobs.get(job_id, None), reads)
        return {
            "put": seconds.put / jobs,
            "take_and_finish": seconds.take_and_finish / jobs,
            "read": (perf_counter() - started) / len(reads),
        }


class _Seconds:
    def __init__(self) -> None:
        self.put = self.take_and_finish = 0.0
        self.ids: list[str] = []


async def _lives(
    services: Services, caller: Caller, browsers: list[Browser], jobs: int
) -> _Seconds:
    async def put(number: int) -> Job:
        key = str(uuid4())
        request = CreateTweet(text=f"Ferry {number} leaves: {key}", idempotency_key=key)
        job, _ = await services.posts.create(caller, request)
        return job

    async def finish_all(browser: Browser) -> None:
        while leased := await services.leases.pull(browser, 0, lambda: False):
            await services.leases.report(browser, _report(leased))

    seconds, started = _Seconds(), perf_counter()
    seconds.ids = [job.id for job in await _all(put, range(jobs))]
    seconds.put, started = perf_counter() - started, perf_counter()
    await asyncio.gather(*map(finish_all, browsers))
    seconds.take_and_finish = perf_counter() - started
    return seconds


async def _all(function: Callable[[T], Awaitable[Job]], items: Iterable[T]) -> list[Job]:
    """The function for each item, `AT_ONCE` at once."""
    waiting, results = iter(items), list[Job]()

    async def work() -> None:
        for item in waiting:
            results.append(await function(item))

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return results


def _report(leased: Leased) -> Ack:
    lease = leased.job.lease
    assert lease is not None
    return Ack(
        job_id=leased.job.id,
        lease_id=lease.id,
        epoch=lease.epoch,
        outcome="failed",
        stage="preparing",
        error_code="content_rejected",
    )


if __name__ == "__main__":
    ids = Path(sys.argv[3]).read_text(encoding="utf-8").split() if len(sys.argv) > 3 else []
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        tune()
        print(json.dumps(runner.run(measure(Path(sys.argv[1]), int(sys.argv[2]), ids))))
