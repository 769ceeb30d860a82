"""`connections`: how accounts stand that are connected by official APIs; letting them go."""

from typing import TYPE_CHECKING, Annotated

import typer

from postbroker.cli.ending import CommandError, Exit, run
from postbroker.cli.options import AsJson, DataDir, place_of
from postbroker.cli.screen import Screen

if TYPE_CHECKING:
    from postbroker.contract.connections import AccountHealth, ConnectionAnswer

STYLES = {
    "connected": "green",
    "healthy": "green",
    "pending": "yellow",
    "ends_soon": "yellow",
    "failing": "red",
    "failed": "red",
    "disconnected": "red",
}
UNWELL = ("failing", "disconnected")

app = typer.Typer(help="List connections, check them, remove one, change the key of all.")


@app.callback(invoke_without_command=True)
def list_or_more(context: typer.Context, as_json: AsJson = False) -> None:
    """List connections, newest first."""
    if context.invoked_subcommand is None:
        list_(context, as_json)


@app.command(name="list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List connections, newest first; those that ended too."""

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.connection import broker

        async with broker(place_of(context)) as client:
            page = await client.connections()
        screen.answer(page)
        for each in page.connections:
            _show(screen, each)
        if not page.connections:
            screen.say("Nothing is connected. Connect an account with: postbroker connect PLATFORM")
        return Exit.DONE

    run(body, as_json=as_json)


@app.command()
def check(
    context: typer.Context,
    platform: Annotated[
        str | None, typer.Option(help="Only accounts of this one.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask each platform now how the connected accounts stand; exit 3 when one is not well."""

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.connection import broker

        async with broker(place_of(context)) as client:
            health = await client.connections_health(platform, check=True)
        screen.answer(health)
        for each in health.accounts:
            _show_health(screen, each)
        if not health.accounts:
            screen.say("No account is connected.")
        is_unwell = any(each.health in UNWELL for each in health.accounts)
        return Exit.PERSON if is_unwell else Exit.DONE

    run(body, as_json=as_json)


@app.command()
def remove(
    context: typer.Context,
    which: Annotated[
        str, typer.Argument(metavar="CONNECTION", help="An id, or a handle such as @ada.")
    ],
    platform: Annotated[
        str | None, typer.Option(help="Where, if several have that handle.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Give the tokens back to the platform and forget the credentials; the history stays."""

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.connection import broker

        async with broker(place_of(context)) as client:
            known = (await client.connections()).connections
            removed = await client.remove_connection(_find(known, which, platform))
        screen.answer(removed)
        _show(screen, removed)
        return Exit.DONE

    run(body, as_json=as_json)


@app.command(name="rotate-key")
def rotate_key(context: typer.Context, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Lock all credentials of this machine's broker with a new key, while it runs.

    Where the keys come from the settings, put the new one before the others there first, and start
    the broker again; this locks everything with it then.
    """
    folder = data_dir or place_of(context).data_dir

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.installation import load_settings, services_on
        from postbroker.services.credentials import UnreadableError

        async with services_on(load_settings(data_dir=folder)) as services:
            safe = services.access.safe
            try:
                if not safe.is_given:
                    await services.renewal.relock()  # the key before the last one is forgotten next
                    safe.change_key()
                locked = await services.renewal.relock()
            except UnreadableError as error:
                raise CommandError(
                    f"some credentials cannot be read: {error}",
                    "Put their key back, or connect those accounts again.",
                    code="CREDENTIALS_UNREADABLE",
                ) from error
        screen.answer({"relocked": locked, "keyFrom": "settings" if safe.is_given else "file"})
        screen.say(f"{locked} connections are locked with the newest key.")
        return Exit.DONE

    run(body, as_json=as_json)


def _find(known: list["ConnectionAnswer"], which: str, platform: str | None) -> str:
    """The connection that is meant. Raises CommandError for none and for several."""
    from postbroker.domain.matching import bare_handle

    wanted = bare_handle(which)
    live = [each for each in known if each.status in ("connected", "pending")]
    found = [
        each.id
        for each in live
        if wanted in (each.id, bare_handle(each.handle or "")) and platform in (None, each.platform)
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        raise CommandError(
            f"nothing is connected as {which}",
            "See what is with: postbroker connections",
            code="NOT_FOUND",
        )
    raise CommandError(
        f"{which} is connected on several platforms",
        "Say which with --platform.",
        Exit.USAGE,
        "VALIDATION_FAILED",
    )


def _show(screen: Screen, each: "ConnectionAnswer") -> None:
    note = each.warning or (each.error and each.error.message) or each.server
    screen.say(
        f"{each.id}  {each.platform:<10} ",
        (f"{each.handle or '':<28} ", "bold"),
        (f"{each.status:<13} ", STYLES[each.status]),
        note,
    )


def _show_health(screen: Screen, each: "AccountHealth") -> None:
    screen.say(
        f"{each.platform:<10} ",
        (f"{each.handle or '':<28} ", "bold"),
        (f"{each.health:<13} ", STYLES[each.health]),
        each.next_step or "",
    )
