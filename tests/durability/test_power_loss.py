"""After a power loss at any sync, SQLite's file opens, is sound, and has all that was answered.

A library preloaded into the broker copies each file of the database whenever it was synced; the
test puts the folder together as the disk would have it after every one of these syncs.
"""

import asyncio
import shutil
import signal
import sqlite3
import sys
from bisect import bisect_right
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from durability.conftest import Start
from durability.copies import NoCompilerError, Point, built_shim, last_number, points
from durability.history import Log, tables_of, violations
from durability.load import running_load
from postbroker.clock import SystemClock
from postbroker.store.folder import DATABASE_FILE
from postbroker.store.instants import to_ms
from postbroker.store.sqlite import open_sqlite
from server.cli.conftest import Installation

TESTS = Path(__file__).parent.parent
ROUNDS_A_RUN = 5
JOBS_A_RUN = 120
WRITTEN_BACK = 1
"""How often the log goes back into the database at least."""
LOOK_SECONDS = 0.002
TORN_EVERY = 3
OPENED_EVERY = 30
"""The broker's own way to open a database takes its time."""


@dataclass
class Answers:
    """What had been answered at which sync."""

    numbers: list[int] = field(default_factory=list)
    logs: list[Log] = field(default_factory=list)

    def note(self, log: Log, copies: Path) -> None:
        """All in the log is answered by now, thus by this sync."""
        said = log.copy()  # first: what is answered later may be synced later
        self.numbers.append(last_number(copies))
        self.logs.append(said)

    def by(self, number: int) -> Log:
        """What had surely been answered before the sync after `number`."""
        place = bisect_right(self.numbers, number)
        return self.logs[place - 1] if place else Log()


@pytest.fixture
def installation(installation: Installation) -> Installation:
    """One that writes its log back often."""
    installation.program = (sys.executable, "-m", "durability.small_log")
    return installation


@pytest.fixture
def shim(tmp_path: Path) -> Path:
    """The library that copies what was synced."""
    try:
        return built_shim(tmp_path)
    except NoCompilerError as error:
        pytest.skip(str(error))


async def test_nothing_answered_is_lost_when_the_power_fails_at_a_sync(
    installation: Installation, start: Start, shim: Path, rounds: int, dice: Random, tmp_path: Path
) -> None:
    for run in range(1, max(1, rounds // ROUNDS_A_RUN) + 1):
        copies = tmp_path / "copies"
        copies.mkdir()
        answers, end = await _observe(installation, start, shim, copies, dice)
        rebuilt, number, written_back = tmp_path / "rebuilt", 0, 0
        for number, point in enumerate(points(copies), 1):
            before = answers.by(point.number)
            point.rebuild(rebuilt)
            _check(rebuilt, point, before, end)
            written_back += point.is_written_back_next
            if point.is_written_back_next or number % TORN_EVERY == 0:
                point.rebuild_torn(rebuilt, dice)
                if number % OPENED_EVERY == 0:
                    await _open(rebuilt)
                _check(rebuilt, point, before, end)
        print(
            f"run {run}: {len(end.jobs)} jobs answered, "
            f"all there at {number} syncs, torn or not, {written_back} of them written back"
        )
        assert written_back >= WRITTEN_BACK, "make a run longer"
        shutil.rmtree(copies)
        shutil.rmtree(installation.data_dir)
        assert number > len(end.jobs), "answered without a sync"


async def _observe(
    installation: Installation, start: Start, shim: Path, copies: Path, dice: Random
) -> tuple[Answers, Log]:
    """Some load on a broker whose syncs are watched."""
    broker = await asyncio.to_thread(
        start,
        PYTHONPATH=str(TESTS),
        LD_PRELOAD=str(shim),
        SYNCED_FILES=str(installation.data_dir / DATABASE_FILE),
        SYNCED_COPIES=str(copies),
    )
    answers = Answers()
    async with running_load(broker.url, broker.ready["apiKey"], dice) as load:
        while len(load.log.ends) < JOBS_A_RUN:
            answers.note(load.log, copies)
            await SystemClock().sleep(LOOK_SECONDS)
    broker.stop(signal.SIGKILL)
    return answers, load.log


async def _open(folder: Path) -> None:
    """As a broker does when it starts after a crash."""
    now_ms = to_ms(SystemClock().now())
    await (await open_sqlite(folder / DATABASE_FILE, now_ms, check=True)).close()


def _check(folder: Path, point: Point, before: Log, after: Log) -> None:
    path = folder / DATABASE_FILE
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous=OFF")  # to be quick: this copy needs no safety
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], point
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'jobs'").fetchall():
            assert before == Log(), f"answered before there was a table, at {point}"
            return
        found = violations(before, tables_of(connection), after)
    assert not found, (point, found)
