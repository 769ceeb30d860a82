"""Where the broker is and which key to send: the command line, the environment, this machine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from postbroker.cli.ending import CommandError, Exit
from postbroker.cli.options import Place
from postbroker.client import Client
from postbroker.local import read_local_access
from postbroker.settings import ClientSettings

DEFAULT_URL = "http://127.0.0.1:8787"


@dataclass(frozen=True, slots=True)
class Target:
    """The broker that commands talk to."""

    url: str
    key: str | None
    data_dir: Path
    is_own: bool
    """True when it is the broker of the data folder."""


def target_of(place: Place) -> Target:
    """What was said comes first, then the environment, then what a broker on this machine left.

    A key that was left here goes to the broker that left it and to no other. Raises CommandError.
    """
    said: dict[str, Any] = {"url": place.url, "api_key": place.key, "data_dir": place.data_dir}
    try:
        settings = ClientSettings(**{name: value for name, value in said.items() if value})
    except ValidationError as error:
        raise CommandError(
            f"that is no address of a broker: {error.errors()[0]['msg']}",
            f"Give one such as {DEFAULT_URL}.",
            Exit.USAGE,
            "INVALID_SETTING",
        ) from error
    left = read_local_access(settings.data_dir)
    url = str(settings.url).rstrip("/") if settings.url else left.url if left else DEFAULT_URL
    is_own = left is not None and left.url == url
    key = settings.api_key or (left.api_key if left and is_own else None)
    return Target(url, key, settings.data_dir, is_own)


@asynccontextmanager
async def broker(place: Place) -> AsyncIterator[Client]:
    """A client with a key. Raises CommandError without one."""
    target = target_of(place)
    if target.key is None:
        raise CommandError(
            f"there is no key for the broker at {target.url}",
            "Start one on this machine with: postbroker up. For another one set POSTBROKER_URL and "
            "POSTBROKER_API_KEY.",
            Exit.USAGE,
            "NO_KEY",
        )
    async with Client(target.url, target.key) as client:
        yield client
