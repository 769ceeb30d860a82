"""`backup` copies the database beside a running broker; `restore` puts a copy in its place."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from postbroker.cli.ending import CommandError, Exit, run
from postbroker.cli.options import AsJson, DataDir, place_of
from postbroker.cli.screen import Screen

if TYPE_CHECKING:
    from postbroker.settings import Settings
    from postbroker.store.backup import Backup

KEY_CHECK = "tells whether a secret key is the same"


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to write it.", dir_okay=False)],
    with_secret: Annotated[
        bool,
        typer.Option(
            "--with-secret", help="Put the secret key in: who has the file then has everything."
        ),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Copy the database as it is now, while the broker runs, and read the copy through."""
    said = data_dir or place_of(context).data_dir

    async def body(screen: Screen) -> Exit:
        from postbroker import __version__
        from postbroker.app import secret_key
        from postbroker.cli.installation import in_words, load_settings
        from postbroker.clock import SystemClock
        from postbroker.services.secrets import Vault
        from postbroker.store.backup import Note, take_backup

        settings = load_settings(data_dir=said)
        database = _database_of(settings)
        _must_be_there(database, "There is no database in that folder: name it with --data-dir.")
        if file.exists() and not force:
            raise CommandError(
                f"{file} is there already", "Choose another name, or --force.", code="FILE_EXISTS"
            )
        with in_words(settings):
            secret = secret_key(settings)
            note = Note(
                taken_at=SystemClock().now(),
                version=__version__,
                key_check=Vault(secret).hash("", KEY_CHECK),
                secret_key=secret if with_secret else None,
            )
            taken = take_backup(database, file, note)
        screen.answer(_as_document(taken))
        _show(screen, taken, "Backed up to")
        if not with_secret:
            screen.say("The secret key is not in it: keep a copy of secret.key in another place.")
        return Exit.DONE

    run(body, as_json=as_json)


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A backup.", dir_okay=False)],
    verify: Annotated[
        bool, typer.Option("--verify", help="Read it through and change nothing.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the database's place while no broker runs; the old one is kept aside.

    Nothing goes out before a person resumes: every job that had not ended is looked for first.
    """
    said = data_dir or place_of(context).data_dir

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.installation import load_settings

        settings = load_settings(data_dir=said)
        found = _read(file)
        if verify:
            screen.answer(_as_document(found))
            _show(screen, found, "Sound:")
            return Exit.DONE
        document = await _restore(settings, found)
        screen.answer(document)
        _show(screen, found, "Restored from")
        _show_next(screen, document)
        return Exit.DONE

    run(body, as_json=as_json)


async def _restore(settings: "Settings", found: "Backup") -> dict[str, Any]:
    from postbroker.app import rules_of
    from postbroker.cli.installation import in_words
    from postbroker.clock import SystemClock
    from postbroker.services.restoring import distrust
    from postbroker.store.backup import put_in_place, stage
    from postbroker.store.folder import sole_use
    from postbroker.store.instants import to_ms
    from postbroker.store.sqlite import open_sqlite

    database, now = _database_of(settings), SystemClock().now()
    staged = database.with_name(f".{database.name}.restored")
    aside = database.with_name(f"{database.name}.before-restore-{now:%Y%m%dT%H%M%SZ}")
    with in_words(settings), sole_use(settings.data_dir):
        was_there = database.exists()
        try:
            stage(found, staged)
            ready = await open_sqlite(staged, to_ms(now))
            try:
                taken_at = found.note.taken_at if found.note else None
                counts = await distrust(ready, taken_at, rules_of(settings), now)
            finally:
                await ready.close()
            put_in_place(staged, database, aside)
        finally:
            staged.unlink(missing_ok=True)
        fits = _bring_secret(settings, found, f"before-restore-{now:%Y%m%dT%H%M%SZ}")
    return _as_document(found) | {
        "lookedFor": counts["looks"],
        "forPeople": counts["people"],
        "keptAside": str(aside) if was_there else None,
        "secretKeyFits": fits,
    }


def _bring_secret(settings: "Settings", found: "Backup", suffix: str) -> bool:
    """Put the backup's secret key in place, if it brings one; whether the key fits the backup."""
    from postbroker.app import SECRET_FILE, secret_key, write_secret
    from postbroker.services.secrets import Vault

    note, path = found.note, settings.data_dir / SECRET_FILE
    if note is None:
        return True  # nobody can tell
    if note.secret_key is not None and settings.secret_key is None:
        if path.exists() and path.read_text(encoding="utf-8") != note.secret_key:
            path.replace(path.with_name(f"{path.name}.{suffix}"))
        with suppress(FileExistsError):  # the same one
            write_secret(path, note.secret_key)
    return Vault(secret_key(settings)).hash("", KEY_CHECK) == note.key_check


def _read(file: Path) -> "Backup":
    from postbroker.store.backup import read_backup
    from postbroker.store.database import DatabaseDamagedError, SchemaTooNewError

    _must_be_there(file, "Name a file that postbroker backup wrote.")
    try:
        return read_backup(file)
    except DatabaseDamagedError as error:
        raise CommandError(
            f"{file} is no sound backup: {error}", "Use another one.", code="BACKUP_DAMAGED"
        ) from error
    except SchemaTooNewError as error:
        raise CommandError(
            f"{file} was written by a newer version",
            "Install the version that wrote it.",
            code="SCHEMA_TOO_NEW",
        ) from error


def _database_of(settings: "Settings") -> Path:
    from postbroker.store.folder import DATABASE_FILE

    if settings.database_url is not None:
        raise CommandError(
            "this installation is on PostgreSQL",
            "Use PostgreSQL's own tools: pg_dump and pg_restore.",
            Exit.USAGE,
            "NOT_SQLITE",
        )
    return settings.data_dir / DATABASE_FILE


def _must_be_there(path: Path, next_step: str) -> None:
    if not path.is_file():
        raise CommandError(f"there is no file {path}", next_step, Exit.USAGE, "NO_SUCH_FILE")


def _as_document(found: "Backup") -> dict[str, Any]:
    note = found.note
    return {
        "file": str(found.path),
        "sha256": found.sha256,
        "bytes": found.size,
        "schema": found.schema,
        "counts": found.counts,
        "takenAt": note.taken_at.isoformat() if note else None,
        "version": note.version if note else None,
        "withSecret": note is not None and note.secret_key is not None,
    }


def _show(screen: Screen, found: "Backup", what: str) -> None:
    at = f", taken {found.note.taken_at.astimezone():%Y-%m-%d %H:%M:%S}" if found.note else ""
    screen.say((f"{what} ", "bold green"), (str(found.path), "bold"), at)
    screen.say("  " + ", ".join(f"{count} {table}" for table, count in found.counts.items()))
    screen.say(f"  SHA-256 {found.sha256}")


def _show_next(screen: Screen, document: dict[str, Any]) -> None:
    if document["keptAside"]:
        screen.say(f"  What was there before is kept: {document['keptAside']}")
    if not document["secretKeyFits"]:
        screen.say(
            ("  Warning  ", "bold yellow"),
            "the secret key here is another one: keys, sessions and pairings of the backup are not "
            "accepted until its secret.key is in place.",
        )
    looks, people = document["lookedFor"], document["forPeople"]
    screen.say(
        f"Everything is paused. {looks} jobs that had not ended are looked for once the broker and "
        f"a paired browser run; {people} only a person can tell."
    )
    screen.say("Then: ", ("postbroker resume", "bold"), ", which lets out what was not posted yet.")
