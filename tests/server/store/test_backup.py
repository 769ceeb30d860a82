"""Backups: whole, sound and taken beside a running broker, or refused."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from postbroker.app import Services, build_services
from postbroker.domain.caller import Caller
from postbroker.services.secrets import Vault
from postbroker.services.signals import Signals
from postbroker.settings import Settings
from postbroker.store.backup import Note, put_in_place, read_backup, stage, take_backup
from postbroker.store.database import Database, DatabaseDamagedError, SchemaTooNewError
from postbroker.store.instants import to_ms
from postbroker.store.sqlite import open_sqlite
from server.doubles.clock import START, StillClock
from server.steps import enqueue, pair

NOTE = Note(taken_at=START, version="0.1.0", key_check="abc", secret_key=None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "postbroker.db"


@pytest.fixture
async def database(path: Path, still_clock: StillClock) -> AsyncIterator[Database]:
    """A database in a file, open as a broker's is."""
    opened = await open_sqlite(path, to_ms(still_clock.now()))
    yield opened
    await opened.close()


@pytest.fixture
def services(
    settings: Settings, database: Database, still_clock: StillClock, signals: Signals, vault: Vault
) -> Services:
    return build_services(settings, database, still_clock, signals, vault)


@pytest.fixture
async def jobs(services: Services, caller: Caller) -> list[str]:
    """Accepted jobs, which lie in the write-ahead log still."""
    await pair(services, caller)
    return [(await enqueue(services, caller, f"post {number}")).id for number in range(5)]


def edit(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(sql)
        raw.commit()


class TestTakeBackup:
    def test_holds_what_was_committed_in_one_file(
        self, path: Path, jobs: list[str], tmp_path: Path
    ) -> None:
        taken = take_backup(path, tmp_path / "copy", NOTE)
        assert taken.counts["jobs"] == len(jobs)
        assert taken.counts["events"] == len(jobs)
        assert taken.note == NOTE
        assert taken.path.stat().st_mode & 0o077 == 0
        assert {file.name for file in tmp_path.iterdir() if "copy" in file.name} == {"copy"}
        assert read_backup(taken.path) == taken

    async def test_what_is_written_afterwards_is_not_in_it(
        self, path: Path, jobs: list[str], services: Services, caller: Caller, tmp_path: Path
    ) -> None:
        taken = take_backup(path, tmp_path / "copy", NOTE)
        await enqueue(services, caller, "later")
        assert read_backup(taken.path).counts["jobs"] == len(jobs)

    def test_failed_backup_leaves_the_last_one_alone(
        self, path: Path, jobs: list[str], tmp_path: Path
    ) -> None:
        before = take_backup(path, tmp_path / "copy", NOTE)
        edit(path, "DELETE FROM events WHERE sequence = 1 AND job_id = (SELECT id FROM jobs)")
        edit(path, "UPDATE jobs SET event_count = 2")
        with pytest.raises(DatabaseDamagedError, match="events of job"):
            take_backup(path, tmp_path / "copy", NOTE)
        assert read_backup(tmp_path / "copy") == before
        assert not list(tmp_path.glob("*.partial"))

    def test_backup_of_a_restored_backup_has_one_note(
        self, path: Path, jobs: list[str], tmp_path: Path
    ) -> None:
        first = take_backup(path, tmp_path / "first", NOTE)
        second = take_backup(first.path, tmp_path / "second", NOTE)
        assert second.note == NOTE


class TestReadBackup:
    def test_flipped_bytes_are_seen(self, path: Path, jobs: list[str], tmp_path: Path) -> None:
        taken = take_backup(path, tmp_path / "copy", NOTE)
        content = bytearray(taken.path.read_bytes())
        for page in range(4096, len(content), 4096):
            content[page : page + 64] = bytes(64)
        taken.path.write_bytes(content)
        with pytest.raises(DatabaseDamagedError):
            read_backup(taken.path)

    def test_cut_off_file_is_seen(self, path: Path, jobs: list[str], tmp_path: Path) -> None:
        taken = take_backup(path, tmp_path / "copy", NOTE)
        taken.path.write_bytes(taken.path.read_bytes()[: taken.size // 2])
        with pytest.raises(DatabaseDamagedError):
            read_backup(taken.path)

    def test_file_of_another_kind_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "letter").write_text("Dear Ada, " * 1000)
        with pytest.raises(DatabaseDamagedError):
            read_backup(tmp_path / "letter")
        edit(tmp_path / "other.db", "CREATE TABLE recipes (name TEXT)")
        with pytest.raises(DatabaseDamagedError, match="no installation"):
            read_backup(tmp_path / "other.db")

    def test_newer_schema_is_refused(self, path: Path, jobs: list[str], tmp_path: Path) -> None:
        taken = take_backup(path, tmp_path / "copy", NOTE)
        edit(taken.path, "INSERT INTO migrations VALUES (9999, '9999_later', 0)")
        with pytest.raises(SchemaTooNewError):
            read_backup(taken.path)

    def test_row_that_names_nothing_is_seen(
        self, path: Path, jobs: list[str], tmp_path: Path
    ) -> None:
        taken = take_backup(path, tmp_path / "copy", NOTE)
        edit(taken.path, "DELETE FROM workspaces")
        with pytest.raises(DatabaseDamagedError, match="names one that is not there"):
            read_backup(taken.path)

    def test_copy_by_another_program_counts_too(
        self, path: Path, jobs: list[str], tmp_path: Path
    ) -> None:
        with (
            closing(sqlite3.connect(path)) as source,
            closing(sqlite3.connect(tmp_path / "copy")) as copy,
        ):
            source.backup(copy)
        found = read_backup(tmp_path / "copy")
        assert (found.counts["jobs"], found.note) == (len(jobs), None)


class TestPutInPlace:
    async def test_log_of_the_old_file_is_not_played_into_the_new_one(
        self,
        path: Path,
        jobs: list[str],
        services: Services,
        caller: Caller,
        tmp_path: Path,
        still_clock: StillClock,
    ) -> None:
        taken = take_backup(path, tmp_path / "copy", NOTE)
        await enqueue(services, caller, "after the backup")
        crashed = tmp_path / "crashed" / "postbroker.db"
        crashed.parent.mkdir()
        for suffix in ("", "-wal"):
            crashed.with_name(crashed.name + suffix).write_bytes(
                path.with_name(path.name + suffix).read_bytes()
            )
        stage(taken, crashed.with_name("staged"))
        put_in_place(crashed.with_name("staged"), crashed, crashed.with_name("aside"))
        assert {file.name for file in crashed.parent.iterdir()} == {"aside", "postbroker.db"}
        assert read_backup(crashed).counts["jobs"] == len(jobs)
        assert read_backup(crashed.with_name("aside")).counts["jobs"] == len(jobs) + 1

    async def test_log_without_its_file_is_not_played_into_the_new_one(
        self, path: Path, jobs: list[str], services: Services, caller: Caller, tmp_path: Path
    ) -> None:
        taken = take_backup(path, tmp_path / "copy", NOTE)
        await enqueue(services, caller, "after the backup")
        log = path.with_name(path.name + "-wal").read_bytes()
        lost = tmp_path / "lost.db"
        for left in (lost, tmp_path / "staged"):
            left.with_name(left.name + "-wal").write_bytes(log)
        stage(taken, tmp_path / "staged")
        put_in_place(tmp_path / "staged", lost, tmp_path / "aside")
        assert read_backup(lost).counts["jobs"] == len(jobs)

    async def test_damaged_file_is_kept_as_it_is(
        self, path: Path, jobs: list[str], tmp_path: Path
    ) -> None:
        taken = take_backup(path, tmp_path / "copy", NOTE)
        broken = tmp_path / "broken.db"
        broken.write_bytes(b"no database " * 1000)
        stage(taken, tmp_path / "staged")
        put_in_place(tmp_path / "staged", broken, tmp_path / "aside")
        assert read_backup(broken).counts["jobs"] == len(jobs)
        assert (tmp_path / "aside").read_bytes() == b"no database " * 1000

    async def test_followers_of_the_lost_future_miss_nothing(
        self,
        path: Path,
        jobs: list[str],
        tmp_path: Path,
        still_clock: StillClock,
        settings: Settings,
        signals: Signals,
        vault: Vault,
        caller: Caller,
    ) -> None:
        stage(take_backup(path, tmp_path / "copy", NOTE), tmp_path / "staged")
        restored = await open_sqlite(tmp_path / "staged", to_ms(still_clock.now()))
        services = build_services(settings, restored, still_clock, signals, vault)
        job = await enqueue(services, caller, "after the restore")
        [event], _ = await services.jobs.history(job)
        assert event.id > len(jobs) + 1000
        await restored.close()
