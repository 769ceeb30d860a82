"""Judges a load round by round, and says each time what was found."""

from collections import Counter
from collections.abc import Awaitable, Callable
from time import monotonic

from durability.history import Tables, violations
from durability.load import Load
from postbroker.clock import SystemClock
from postbroker.domain.job import ENDINGS

DRAIN_SECONDS = 60
LOOK_SECONDS = 0.1
SHOWN = 10

Read = Callable[[], Awaitable[Tables]]


async def judge(name: str, load: Load, read: Read) -> Tables:
    """Fail when a promise is broken by now."""
    before = load.log.copy()
    tables = await read()
    found = violations(before, tables, load.log)
    kinds = Counter(violation.kind for violation in found)
    print(
        f"{name}: {len(before.jobs)} jobs answered, {len(before.ends)} ended, "
        f"{kinds['lost']} lost, {kinds['doubled']} doubled, {kinds['gap']} gaps, "
        f"{kinds['refused']} wrong answers",
        flush=True,
    )
    assert not found, "\n".join(each.words for each in found[:SHOWN])
    return tables


async def drain(load: Load, read: Read) -> None:
    """Take no more jobs, and see every one come to its end."""
    load.is_over = True
    deadline = monotonic() + DRAIN_SECONDS
    while open_jobs := {
        job["id"]: job["state"]
        for job in (await read()).jobs.values()
        if job["state"] not in ENDINGS
    }:
        assert monotonic() < deadline, f"these never end: {open_jobs}"
        await SystemClock().sleep(LOOK_SECONDS)
    tables = await judge("at the end", load, read)
    counts = {job_id: job["event_count"] for job_id, job in tables.jobs.items()}
    while counts != {job_id: len(numbers) for job_id, numbers in load.log.told.items()}:
        assert monotonic() < deadline, "the stream has not told everything"
        await SystemClock().sleep(LOOK_SECONDS)
    assert not violations(load.log, tables, load.log)
