"""Times the work of a peer and says it in one line."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from time import perf_counter

JOBS = int(sys.argv[1])
WHERE = sys.argv[2]
AT_ONCE = 64


async def each(put: Callable[[int], Awaitable[object]], jobs: int = JOBS) -> None:
    """`put` for each job, `AT_ONCE` at once."""
    numbers = iter(range(jobs))

    async def work() -> None:
        for number in numbers:
            await put(number)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


def tell(seconds: float) -> None:
    """The result: jobs a second, from put to finish."""
    print(json.dumps({"jobs_per_second": JOBS / seconds}))


def now() -> float:
    """The stop watch."""
    return perf_counter()
