"""`accounts`: who posts, whether it may, and the switches of each."""

from typing import TYPE_CHECKING, Annotated, Unpack

import typer

from postbroker.cli.completion import offer_accounts, offer_platforms
from postbroker.cli.ending import CommandError, Exit, run
from postbroker.cli.options import AsJson, place_of
from postbroker.cli.screen import Screen

if TYPE_CHECKING:
    from postbroker.client import AsyncPostbroker
    from postbroker.client.options import AccountChange
    from postbroker.contract.accounts import AccountAnswer

STYLES = {"active": "green", "logged_out": "red", "challenge": "red", "paused": "yellow"}
MODES = {"ask": "asks before each post", "always": "never asks", "first": ""}

Which = Annotated[
    str,
    typer.Argument(
        metavar="ACCOUNT",
        help="A handle such as @ada, or an id.",
        autocompletion=offer_accounts,
    ),
]
Platform = Annotated[
    str | None,
    typer.Option(
        help="Where, if several have that handle.",
        show_default=False,
        autocompletion=offer_platforms,
    ),
]

app = typer.Typer(help="List accounts; pause one, let it go on, have it asked about or not.")


@app.callback(invoke_without_command=True)
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List the accounts that browsers told of."""
    if context.invoked_subcommand is not None:
        return

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.connection import broker

        async with broker(place_of(context)) as client:
            page = await client.accounts()
        screen.answer(page)
        for account in page.accounts:
            _show(screen, account)
        if not page.accounts:
            screen.say("There are no accounts yet: one appears when a job first meets it.")
        return Exit.DONE

    run(body, as_json=as_json)


@app.command()
def pause(
    context: typer.Context, account: Which, platform: Platform = None, as_json: AsJson = False
) -> None:
    """Let an account post nothing until it is resumed."""
    _change(context, account, platform, as_json=as_json, paused=True)


@app.command()
def resume(
    context: typer.Context, account: Which, platform: Platform = None, as_json: AsJson = False
) -> None:
    """Let an account post again, once a person has seen to it."""
    _change(context, account, platform, as_json=as_json, paused=False)


@app.command()
def ask(
    context: typer.Context, account: Which, platform: Platform = None, as_json: AsJson = False
) -> None:
    """Ask a person before each post of an account."""
    _change(context, account, platform, as_json=as_json, mode="ask")


@app.command()
def always(
    context: typer.Context, account: Which, platform: Platform = None, as_json: AsJson = False
) -> None:
    """Never ask about posts of an account."""
    _change(context, account, platform, as_json=as_json, mode="always")


def _change(
    context: typer.Context,
    which: str,
    platform: str | None,
    *,
    as_json: bool,
    **change: Unpack["AccountChange"],
) -> None:
    async def body(screen: Screen) -> Exit:
        from postbroker.cli.connection import broker

        async with broker(place_of(context)) as client:
            found = await _find(client, which, platform)
            account = await client.change_account(found, **change)
        screen.answer(account)
        _show(screen, account)
        return Exit.DONE

    run(body, as_json=as_json)


async def _find(client: "AsyncPostbroker", which: str, platform: str | None) -> "AccountAnswer":
    """The account that is meant. Raises CommandError for none and for several."""
    from postbroker.domain.matching import bare_handle

    wanted = bare_handle(which)
    found = [
        account
        for account in (await client.accounts()).accounts
        if wanted in (account.id, bare_handle(account.handle))
        and platform in (None, account.platform)
    ]
    if not found:
        raise CommandError(
            f"there is no account {which}",
            "See which there are with: postbroker accounts",
            code="NOT_FOUND",
        )
    if len(found) > 1:
        places = ", ".join(account.platform for account in found)
        raise CommandError(
            f"{which} is an account on several platforms: {places}",
            "Say which with --platform.",
            Exit.USAGE,
            "VALIDATION_FAILED",
        )
    return found[0]


def _show(screen: Screen, account: "AccountAnswer") -> None:
    notes = [MODES[account.mode]]
    if account.paused_because not in (None, "person"):
        notes.append(f"after {account.paused_because}")
    if account.next_allowed_at:
        notes.append(f"next post at {account.next_allowed_at}")
    screen.say(
        f"{account.platform:<10}",
        (f"{account.handle:<24}", "bold"),
        (f"{account.status:<12}", STYLES[account.status]),
        ", ".join(filter(None, notes)),
    )
