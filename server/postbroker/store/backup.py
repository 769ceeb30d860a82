"""Backups of the SQLite file: one self-contained file each, read through before it counts."""

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from postbroker.disk import rename_durably
from postbroker.store.database import DatabaseDamagedError, SchemaTooNewError, newest_migration
from postbroker.store.instants import from_ms, to_ms
from postbroker.store.sqlite import BUSY_MILLISECONDS, SOUND, named_error

OWNER_ONLY = 0o600
COUNTED = ("workspaces", "browsers", "keys", "jobs", "attempts", "events")
EVENT_LEAP = 1_000_000
"""A restored log of events goes on beyond every number that somebody may have followed up to."""

_NOTE = (
    "CREATE TABLE backup_note "
    "(taken_at BIGINT NOT NULL, version TEXT NOT NULL, key_check TEXT NOT NULL, secret_key TEXT)"
)
_GAP = (
    "SELECT id FROM jobs WHERE (SELECT COUNT(*) FROM events WHERE job_id = jobs.id) "
    "NOT IN (0, event_count) LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Note:
    """What a backup says of itself."""

    taken_at: datetime
    version: str
    key_check: str
    """Tells whether a secret key is the one that the backup's hashes were made with."""
    secret_key: str | None


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was read through and found sound."""

    path: Path
    sha256: str
    size: int
    schema: int
    counts: dict[str, int]
    note: Note | None
    """None for a file that another program copied."""


def take_backup(database: Path, target: Path, note: Note) -> Backup:
    """Copy the database as it is at one instant, beside running writers.

    The target appears whole or not at all. Raises DatabaseDamagedError, StorageFullError.
    """
    partial = target.with_name(f".{target.name}.partial")
    _make_anew(partial)
    try:
        with _opened(database, "rw") as source, _opened(partial, "rw") as copy:
            source.backup(copy)  # in one step: nothing that is written meanwhile starts it anew
            copy.execute("PRAGMA journal_mode=DELETE")
            copy.execute("DROP TABLE IF EXISTS backup_note")
            copy.execute(_NOTE)
            copy.execute(
                "INSERT INTO backup_note VALUES (?, ?, ?, ?)",
                (to_ms(note.taken_at), note.version, note.key_check, note.secret_key),
            )
        read_backup(partial)
        rename_durably(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    return read_backup(target)


def read_backup(path: Path) -> Backup:
    """Read a backup through: every page, every reference, every job's log.

    Raises DatabaseDamagedError, SchemaTooNewError, FileNotFoundError.
    """
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    with _opened(path, "ro") as raw:
        if (found := raw.execute("PRAGMA integrity_check(1)").fetchone()[0]) != SOUND:
            raise DatabaseDamagedError(" ".join(found.split()))
        tables = {row[0] for row in raw.execute("SELECT name FROM sqlite_master")}
        if not tables.issuperset(COUNTED):
            raise DatabaseDamagedError("it holds no installation")
        [(schema,)] = raw.execute("SELECT MAX(number) FROM migrations")
        if schema > newest_migration():
            raise SchemaTooNewError(f"{path} has migration {schema}")
        if broken := raw.execute("PRAGMA foreign_key_check").fetchone():
            raise DatabaseDamagedError(f"a row of {broken[0]} names one that is not there")
        if gap := raw.execute(_GAP).fetchone():
            raise DatabaseDamagedError(f"events of job {gap[0]} are missing")
        counts = {
            table: raw.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]  # noqa: S608
            for table in COUNTED
        }
        note = _note(raw) if "backup_note" in tables else None
    return Backup(path, sha256, path.stat().st_size, schema, counts, note)


def stage(backup: Backup, staged: Path) -> None:
    """Copy a backup to where it can be made ready for its place."""
    _make_anew(staged)
    with _opened(backup.path, "ro") as source, _opened(staged, "rw") as copy:
        source.backup(copy)
        copy.execute("DROP TABLE IF EXISTS backup_note")
        copy.execute(
            "UPDATE sqlite_sequence SET seq = seq + ? WHERE name = 'events'", (EVENT_LEAP,)
        )


def put_in_place(staged: Path, database: Path, aside: Path) -> None:
    """Let the staged file take the database's place at once; what was there is kept at `aside`.

    A log that a crash left beside the old file goes into that file first, or else aside with it:
    SQLite would play it into the new one.
    """
    if database.exists():
        # A damaged one stays as it is: that may be why it is replaced.
        with suppress(DatabaseDamagedError), _opened(database, "rw") as old:
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        os.link(database, aside)
    for left, kept in zip(_logs(database), _logs(aside), strict=True):
        if left.exists():
            left.replace(kept)
    rename_durably(staged, database)


def _make_anew(path: Path) -> None:
    """An empty file for its owner alone, without the logs of one that was broken off."""
    for left in (path, *_logs(path)):
        left.unlink(missing_ok=True)
    path.touch(OWNER_ONLY, exist_ok=False)


def _logs(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in ("-wal", "-shm")]


@contextmanager
def _opened(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    """A connection under the names of errors that the store knows."""
    try:
        uri = f"{path.resolve().as_uri()}?mode={mode}"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as raw:
            raw.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
            yield raw
    except sqlite3.Error as error:
        raise named_error(error) from error


def _note(raw: sqlite3.Connection) -> Note:
    [(taken_at, version, key_check, secret_key)] = raw.execute(
        "SELECT taken_at, version, key_check, secret_key FROM backup_note"
    )
    return Note(from_ms(taken_at), version, key_check, secret_key)
