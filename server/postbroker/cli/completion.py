"""What the shell offers for a half-typed word: platforms, and what the broker knows right now."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

import typer

from postbroker.cli.place import place_of

if TYPE_CHECKING:
    from postbroker.client import AsyncPostbroker

PATIENCE_SECONDS = 1.5
"""A shell that waits longer feels broken."""
JOBS_OFFERED = 50
SHOWN_TEXT = 40

Offer = tuple[str, str]
"""A word, and what it stands for."""
Look = Callable[["AsyncPostbroker"], AsyncGenerator[Offer, None]]


def offer_platforms(incomplete: str) -> list[Offer]:
    """Platforms by id."""
    from postbroker.catalogue import load_platforms

    known = sorted(load_platforms().items())
    return [(id_, each.name) for id_, each in known if id_.startswith(incomplete)]


def offer_accounts(context: typer.Context, incomplete: str) -> list[Offer]:
    """Accounts by handle."""

    async def look(client: "AsyncPostbroker") -> AsyncGenerator[Offer, None]:
        for account in (await client.accounts()).accounts:
            yield account.handle, f"{account.platform}, {account.status.replace('_', ' ')}"

    return _offers(context, incomplete, look)


def offer_jobs(context: typer.Context, incomplete: str) -> list[Offer]:
    """The newest jobs by id."""

    async def look(client: "AsyncPostbroker") -> AsyncGenerator[Offer, None]:
        for job in (await client.list_jobs(limit=JOBS_OFFERED)).jobs:
            text = " ".join((job.text or "").split())[:SHOWN_TEXT]
            yield job.id, f"{job.details.state.replace('_', ' ')}: {text}"

    return _offers(context, incomplete, look)


def offer_codes(incomplete: str) -> list[Offer]:
    """Error codes."""
    from postbroker.errors import error_codes

    wanted = incomplete.casefold()
    codes = error_codes().items()
    return [(code, each.title) for code, each in codes if code.casefold().startswith(wanted)]


def _offers(context: typer.Context, incomplete: str, look: Look) -> list[Offer]:
    """What `look` finds at the broker; nothing when it does not answer at once."""
    from postbroker.cli.connection import client_of, target_of
    from postbroker.client import PostbrokerError

    found: list[Offer] = []

    async def fill() -> None:
        async with (
            asyncio.timeout(PATIENCE_SECONDS),
            client_of(target_of(place_of(context))) as client,
            aclosing(look(client)) as offers,
        ):
            async for word, meaning in offers:
                if word.startswith(incomplete):
                    found.append((word, meaning))

    with suppress(PostbrokerError, TimeoutError):
        asyncio.run(fill())
    return found
