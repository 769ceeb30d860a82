"""Limits on requests: exact over all processes, and cheap for each."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from postbroker.domain.caller import Caller
from postbroker.errors import TooManyError
from postbroker.services.meters import MOST_SHARES, Meters
from postbroker.store.database import Database, DatabaseBusyError, StorageFullError
from server.doubles.clock import StillClock
from server.doubles.database import TroubledDatabase, WatchedDatabase

CALLER = Caller("key", "a key", "agent", "a workspace", frozenset())


def limited(per_minute: int, name: str = "a key") -> Caller:
    return replace(CALLER, id=name, requests_per_minute=per_minute)


async def take_all(meters: Meters, caller: Caller) -> int:
    """How many requests are allowed until one is refused."""
    taken = 0
    while True:
        try:
            await meters.take(caller)
        except TooManyError:
            return taken
        taken += 1


@pytest.mark.parametrize("limit", [1, 2, 7, 100, 6000])
async def test_a_minute_has_as_many_as_the_limit(
    database: Database, still_clock: StillClock, limit: int
) -> None:
    meters = Meters(database, still_clock)
    assert await take_all(meters, limited(limit)) == limit
    still_clock.move(59)
    assert await take_all(meters, limited(limit)) == 0
    still_clock.move(1)
    assert await take_all(meters, limited(limit)) == limit


async def test_what_is_left_is_said(database: Database, still_clock: StillClock) -> None:
    meters = Meters(database, still_clock)
    still_clock.move(15)
    left = [await meters.take(limited(3)) for _ in range(3)]
    assert [each and (each.limit, each.remaining) for each in left] == [(3, 2), (3, 1), (3, 0)]
    assert {each.reset_seconds for each in left if each} == {45}


async def test_without_a_limit_it_only_counts(database: Database, still_clock: StillClock) -> None:
    meters = Meters(database, still_clock)
    for _ in range(10):
        assert await meters.take(limited(0)) is None
    assert await meters.counts(["a key", "another"]) == {"a key": 10, "another": 0}
    await meters.flush()
    await meters.flush()
    assert await Meters(database, still_clock).counts(["a key"]) == {"a key": 10}


@pytest.mark.parametrize("processes", [2, 4])
async def test_several_processes_allow_no_more_together(
    database: Database, still_clock: StillClock, processes: int
) -> None:
    all_of_them = [Meters(database, still_clock) for _ in range(processes)]
    allowed = Counter[int]()

    async def ask(number: int) -> None:
        for _ in range(300):
            try:
                await all_of_them[number].take(limited(300))
            except TooManyError:
                return
            allowed[number] += 1
            await asyncio.sleep(0)  # noqa: TID251  let the others ask

    await asyncio.gather(*(ask(number) for number in range(processes)))
    assert allowed.total() <= 300
    assert allowed.total() >= 300 - processes * 3


async def test_an_idle_process_holds_little_back(
    database: Database, still_clock: StillClock
) -> None:
    busy, idle = Meters(database, still_clock), Meters(database, still_clock)
    await idle.take(limited(1000))
    assert await take_all(busy, limited(1000)) >= 990


async def test_one_request_in_many_asks_the_database(
    database: Database, still_clock: StillClock
) -> None:
    watched = WatchedDatabase(database)
    meters = Meters(watched.as_database(), still_clock)
    for _ in range(6000):
        await meters.take(limited(6000))
    assert watched.writes <= 40
    with pytest.raises(TooManyError):
        await meters.take(limited(6000))
    writes = watched.writes
    for _ in range(100):
        with pytest.raises(TooManyError):
            await meters.take(limited(6000))
    assert watched.writes <= writes + 1


async def test_those_who_wait_for_one_draw_share_it(
    database: Database, still_clock: StillClock
) -> None:
    watched = WatchedDatabase(database)
    meters = Meters(watched.as_database(), still_clock)
    await asyncio.gather(*(meters.take(limited(6000)) for _ in range(50)))
    assert watched.writes == 1


@pytest.mark.parametrize("trouble", [DatabaseBusyError("locked"), StorageFullError("full")])
async def test_a_database_in_trouble_refuses_nobody(
    database: Database, still_clock: StillClock, trouble: Exception
) -> None:
    troubled = TroubledDatabase(database)
    meters = Meters(troubled.as_database(), still_clock)
    troubled.trouble = trouble
    for _ in range(3):
        assert await meters.take(limited(1)) is not None
    await meters.flush()
    troubled.trouble = None
    assert (await meters.counts(["a key"]))["a key"] == 3


async def test_credentials_of_another_minute_make_room(
    database: Database, still_clock: StillClock
) -> None:
    meters = Meters(database, still_clock)
    for number in range(MOST_SHARES):
        await meters.take(limited(10, f"old {number}"))
    still_clock.move(60)
    await meters.take(limited(10, "new"))
    assert await take_all(meters, limited(10, "new")) == 9
    assert await meters.counts(["old 0"]) == {"old 0": 0}
