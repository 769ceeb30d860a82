"""Works on a data folder itself: beside a running broker, or with none."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import ValidationError

from postbroker.app import Services, build_services, open_database, secret_key
from postbroker.cli.ending import CommandError, Exit
from postbroker.clock import SystemClock
from postbroker.services.secrets import Vault
from postbroker.services.signals import Signals
from postbroker.settings import PREFIX, Settings


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


@asynccontextmanager
async def services_on(settings: Settings) -> AsyncIterator[Services]:
    """The services over the folder's own database."""
    clock = SystemClock()
    async with open_database(settings, clock) as database:
        vault = Vault(secret_key(settings))
        yield build_services(settings, database, clock, Signals(), vault)
