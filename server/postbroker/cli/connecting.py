"""`connect` lets the broker post as an account through the official API of its platform."""

import asyncio
import json
import sys
import webbrowser
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from postbroker.cli.ending import CommandError, Exit, run
from postbroker.cli.exits import exit_of
from postbroker.cli.options import AsJson, place_of
from postbroker.cli.screen import Screen

if TYPE_CHECKING:
    from postbroker.client import AsyncPostbroker
    from postbroker.client.options import ConnectionOptions
    from postbroker.contract.connections import (
        ConnectablePlatform,
        ConnectEntry,
        ConnectionAnswer,
        ConnectWay,
    )

CONSENT_SECONDS = 600
LOOK_SECONDS = 1.0

Way = Literal["oauth", "typed"]


def connect(
    context: typer.Context,
    platform: Annotated[str, typer.Argument(help="Such as bluesky.")],
    way: Annotated[
        Way | None,
        typer.Option(
            help="oauth: the consent page; typed: what you enter. Else the usual one.",
            show_default=False,
        ),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(
            help="Where the account lives, if not at the usual place.", show_default=False
        ),
    ] = None,
    field: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="What would be asked. For secrets use --stdin: others can read command lines.",
        ),
    ] = None,
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read NAME=VALUE lines, or a JSON object, from stdin.")
    ] = False,
    open_page: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the consent page in a browser here.")
    ] = True,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the consent.")] = True,
    as_json: AsJson = False,
) -> None:
    """Connect an account: asks for what the platform needs, or shows its consent page.

    With --json and a consent page two lines: what the person must open, and then how it ended.
    """
    given = [*(field or []), *(_lines(sys.stdin.read()) if stdin else [])]

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.connection import broker

        fields = _pairs(given)
        async with broker(place_of(context)) as client:
            described = await _platform(client, platform)
            chosen = _way(described, way, fields)
            options: ConnectionOptions = {"way": chosen.way}
            is_asked = not (as_json or stdin) and sys.stdin.isatty()
            _tell_cost(screen, described)
            if chosen.way == "typed":
                options["fields"] = _complete(chosen, fields, is_asked=is_asked)
            at = server or (_ask_server(described) if is_asked else None)
            if at is not None:
                options["server"] = at
            found = await client.start_connection(platform, **options)
            if found.authorize_url is not None:
                found = await _consent(client, screen, found, opens=open_page, waits=wait)
        screen.answer(found)
        return _tell_end(screen, found)

    run(body, as_json=as_json)


async def _platform(client: "AsyncPostbroker", platform: str) -> "ConnectablePlatform":
    """What connecting needs. Raises CommandError for a platform without an official API."""
    platforms = (await client.connectable_platforms()).platforms
    for each in platforms:
        if each.platform == platform:
            return each
    names = ", ".join(each.platform for each in platforms)
    raise CommandError(
        f"{platform} is none of those with an official API: {names}",
        "Name one of them.",
        Exit.USAGE,
        "UNSUPPORTED_PLATFORM",
    )


def _way(
    platform: "ConnectablePlatform", wanted: Way | None, fields: dict[str, str]
) -> "ConnectWay":
    """The way that was asked for, else the first that can be gone. Raises CommandError."""
    if wanted is None and fields:
        wanted = "typed"
    ways = [each for each in platform.ways if wanted in (None, each.way)]
    if not ways:
        raise CommandError(
            f"{platform.name} has no such way",
            f"It has: {', '.join(each.way for each in platform.ways)}.",
            Exit.USAGE,
            "VALIDATION_FAILED",
        )
    return next((each for each in ways if each.ready), ways[0])


def _complete(way: "ConnectWay", fields: dict[str, str], *, is_asked: bool) -> dict[str, str]:
    """All that the platform needs, asked for where somebody sits. Raises CommandError."""
    missing = [each for each in way.entries if each.name not in fields and not each.optional]
    if is_asked:
        return fields | {each.name: _ask(each) for each in missing}
    if missing:
        names = ", ".join(each.name for each in missing)
        raise CommandError(
            f"these are needed too: {names}",
            "Give them as NAME=VALUE lines with --stdin.",
            Exit.USAGE,
            "VALIDATION_FAILED",
        )
    return fields


def _ask(entry: "ConnectEntry") -> str:
    typer.echo(f"{entry.title}: {entry.hint}", err=True)
    answer: str = typer.prompt(f"  {entry.title}", hide_input=entry.secret, err=True)
    return answer


def _ask_server(platform: "ConnectablePlatform") -> str | None:
    if not platform.asks_for_server:
        return None
    answer: str = typer.prompt("Server", default=platform.server or None, err=True)
    return answer


async def _consent(
    client: "AsyncPostbroker",
    screen: Screen,
    begun: "ConnectionAnswer",
    *,
    opens: bool,
    waits: bool,
) -> "ConnectionAnswer":
    """The connection once a person has answered the consent page. Raises CommandError."""
    from postbroker.clock import SystemClock

    url = begun.authorize_url or ""
    screen.say("Open  ", (url, "bold"))
    screen.say("and say yes there; the link is good for ten minutes.")
    if opens and not screen.as_json and sys.stdout.isatty():
        webbrowser.open(url)
    if not waits:
        return begun
    screen.answer(begun)
    clock, found = SystemClock(), begun
    try:
        async with asyncio.timeout(CONSENT_SECONDS):
            while found.status == "pending":
                await clock.sleep(LOOK_SECONDS)
                found = await client.get_connection(begun.id)
    except TimeoutError as error:
        raise CommandError(
            "nobody consented within ten minutes",
            "Run this again.",
            Exit.PERSON,
            "CONSENT_EXPIRED",
        ) from error
    return found


def _tell_cost(screen: Screen, platform: "ConnectablePlatform") -> None:
    notes = [platform.cost if platform.cost != "free" else None, platform.approval]
    if platform.cost_per_post:
        notes.append(f"each post: {platform.cost_per_post}")
    for note in filter(None, notes):
        screen.say((f"{platform.name}: ", "bold"), note)


def _tell_end(screen: Screen, found: "ConnectionAnswer") -> Exit:
    if found.status == "connected":
        screen.say(("Connected: ", "bold green"), (found.handle or "", "bold"))
        if found.warning:
            screen.say(found.warning)
        return Exit.DONE
    if found.status == "pending":
        return Exit.DONE
    if found.error is None:
        return Exit.OTHER
    screen.complain(found.error.message, None)
    return exit_of(found.error.code, "request")


def _lines(text: str) -> list[str]:
    """Pairs, one a line, or the members of a JSON object. Raises BadParameter."""
    if not text.lstrip().startswith("{"):
        return [line for line in text.splitlines() if line.strip()]
    try:
        members = json.loads(text)
    except ValueError as error:
        raise typer.BadParameter("that is neither NAME=VALUE lines nor a JSON object") from error
    if not all(isinstance(value, str) for value in members.values()):
        raise typer.BadParameter("each value of the JSON object must be a text")
    return [f"{name}={value}" for name, value in members.items()]


def _pairs(given: list[str]) -> dict[str, str]:
    """Names and values. Raises CommandError, which does not repeat what might be a secret."""
    pairs = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals:
            raise CommandError(
                "a field has no =", "Write NAME=VALUE.", Exit.USAGE, "VALIDATION_FAILED"
            )
        pairs[name.strip()] = value.strip()
    return pairs
