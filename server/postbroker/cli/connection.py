"""A client of the broker that a command is for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from postbroker.cli.ending import CommandError, Exit
from postbroker.cli.options import Place
from postbroker.client import AsyncPostbroker
from postbroker.client.places import Target, find_broker


def target_of(place: Place) -> Target:
    """The broker that is meant, and what to show it. Raises PostbrokerError."""
    return find_broker(place.url, place.key, place.data_dir)


def admitted_target(place: Place) -> Target:
    """As `target_of`. Raises CommandError when there is nothing to show the broker."""
    target = target_of(place)
    if target.means is None:
        raise CommandError(
            f"there is no key for the broker at {target.url}",
            f"Log in with: postbroker login {target.url}. Or set POSTBROKER_URL and "
            "POSTBROKER_API_KEY. On this machine one is started with: postbroker up",
            Exit.USAGE,
            "NO_KEY",
        )
    return target


def client_of(target: Target) -> AsyncPostbroker:
    """A client of that broker."""
    return AsyncPostbroker(target.url, credential=target.credential)


@asynccontextmanager
async def broker(place: Place) -> AsyncIterator[AsyncPostbroker]:
    """A client that is let in. Raises CommandError when there is nothing to show the broker."""
    async with client_of(admitted_target(place)) as client:
        yield client
