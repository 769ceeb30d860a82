"""Works on a data folder itself: beside a running broker, or with none."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from pydantic import ValidationError

from postbroker.app import Services, build_services, open_database, secret_key
from postbroker.cli.ending import CommandError, Exit
from postbroker.clock import SystemClock
from postbroker.services.secrets import Vault
from postbroker.services.signals import Signals
from postbroker.settings import PREFIX, Settings
from postbroker.store.database import (
    DatabaseBusyError,
    DatabaseDamagedError,
    SchemaTooNewError,
    StorageFullError,
)
from postbroker.store.folder import DataDirInUseError, DataDirUnfitError


def load_settings(**given: Any) -> Settings:
    """The settings, with what the command line says before the environment. Raises CommandError."""
    said = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**said)
    except ValidationError as error:
        row = error.errors()[0]
        name = str(row["loc"][0])
        option = f"--{name.replace('_', '-')}" if name in said else f"{PREFIX}{name.upper()}"
        raise CommandError(
            f"{option} is not valid: {row['msg']}", f"Mend {option}.", Exit.USAGE, "INVALID_SETTING"
        ) from error
    except OSError as error:
        raise CommandError(
            f"a secret cannot be read from {error.filename}: {error.strerror}",
            f"Mend the {PREFIX}…_FILE variable that names it.",
            Exit.USAGE,
            "INVALID_SETTING",
        ) from error


@contextmanager
def in_words(settings: Settings) -> Iterator[None]:
    """Gives a sentence and a next step to what can be wrong with a data folder."""
    folder = settings.data_dir
    try:
        yield
    except DataDirInUseError as error:
        raise CommandError(
            f"another broker works on {folder}",
            "Stop that one, or give this one its own folder with --data-dir.",
            code="DATA_DIR_IN_USE",
        ) from error
    except DataDirUnfitError as error:
        raise CommandError(
            str(error), "Choose another folder with --data-dir.", code="DATA_DIR_UNUSABLE"
        ) from error
    except DatabaseDamagedError as error:
        raise CommandError(
            f"the database in {folder} is damaged: {error}",
            "Put the last backup in its place: postbroker restore FILE",
            code="DATABASE_DAMAGED",
        ) from error
    except SchemaTooNewError as error:
        raise CommandError(
            f"the database in {folder} was written by a newer version",
            "Install the version that wrote it, or restore a backup.",
            code="SCHEMA_TOO_NEW",
        ) from error
    except DatabaseBusyError as error:
        if settings.database_url is not None:
            raise CommandError(
                f"PostgreSQL cannot be used: {error}",
                "Look whether it runs, and whether POSTBROKER_DATABASE_URL is right.",
                code="DATABASE_UNREACHABLE",
            ) from error
        raise CommandError(
            f"another process keeps the database in {folder} locked",
            "Try again; if it stays, end that process.",
            code="DATABASE_BUSY",
        ) from error
    except StorageFullError as error:
        raise CommandError(
            f"the disk of {folder} is full", "Free space on it.", code="STORAGE_FULL"
        ) from error
    except (sqlite3.DatabaseError, NotADirectoryError, FileExistsError, PermissionError) as error:
        raise CommandError(
            f"{folder} cannot be used: {error}",
            "Mend it, or choose another folder with --data-dir.",
            code="DATA_DIR_UNUSABLE",
        ) from error


@asynccontextmanager
async def services_on(settings: Settings) -> AsyncIterator[Services]:
    """The services over the folder's own database."""
    clock = SystemClock()
    with in_words(settings):
        async with open_database(settings, clock) as database:
            vault = Vault(secret_key(settings))
            yield build_services(settings, database, clock, Signals(), vault)
