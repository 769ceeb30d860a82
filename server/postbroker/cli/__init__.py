"""The command line: each command calls one service, or the HTTP API of a running broker."""

from typing import Annotated

import typer

from postbroker import __version__
from postbroker.cli import (
    accounts,
    backup,
    connecting,
    connections,
    copy,
    doctor,
    groups,
    jobs,
    keys,
    knowledge,
    live,
    locators,
    login,
    mcp,
    pairing,
    posts,
    sending,
    up,
)
from postbroker.cli.exits import EXIT_CODES_HELP
from postbroker.cli.options import DataDir, Place

app = typer.Typer(
    name="postbroker",
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"postbroker {__version__}")
        raise typer.Exit


@app.callback(epilog=EXIT_CODES_HELP)
def everywhere(
    context: typer.Context,
    url: Annotated[
        str | None,
        typer.Option(help="The broker's address; else POSTBROKER_URL.", show_default=False),
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="The API key; else POSTBROKER_API_KEY.", show_default=False)
    ] = None,
    data_dir: DataDir = None,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Say which version this is.", callback=_show_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Publish posts through your own logged-in browser tab or official APIs, exactly once.

    On the broker's own machine no setting is needed: it leaves its address and a key in its folder.
    For a broker elsewhere: postbroker login URL.
    """
    context.obj = Place(url=url, key=key, data_dir=data_dir)


POSTING, PEOPLE, BROKER = "Posts and jobs", "Browsers, accounts, access", "The broker itself"
"""Where a command stands in the help."""

app.command(rich_help_panel=POSTING)(posts.post)
app.command(rich_help_panel=POSTING)(posts.validate)
app.command(rich_help_panel=POSTING)(posts.comment)
app.add_typer(groups.app, name="groups", rich_help_panel=POSTING)
app.command(rich_help_panel=POSTING)(jobs.jobs)
app.command(rich_help_panel=POSTING)(jobs.cancel)
app.command(rich_help_panel=POSTING)(sending.retry)
app.command(rich_help_panel=POSTING)(jobs.settle)
app.command(rich_help_panel=POSTING)(jobs.approve)
app.command(rich_help_panel=POSTING)(jobs.reject)
app.command(rich_help_panel=POSTING)(live.numbers)
app.command(rich_help_panel=POSTING)(live.delete)
app.command(rich_help_panel=POSTING)(knowledge.platforms)
app.command(rich_help_panel=POSTING)(knowledge.explain)
app.command(rich_help_panel=PEOPLE)(doctor.doctor)
app.command(rich_help_panel=PEOPLE)(pairing.pair)
app.add_typer(accounts.app, name="accounts", rich_help_panel=PEOPLE)
app.command(rich_help_panel=PEOPLE)(connecting.connect)
app.add_typer(connections.app, name="connections", rich_help_panel=PEOPLE)
app.command(rich_help_panel=PEOPLE)(login.login)
app.command(rich_help_panel=PEOPLE)(login.logout)
app.command(rich_help_panel=PEOPLE)(login.whoami)
app.add_typer(keys.app, name="keys", rich_help_panel=PEOPLE)
app.command(rich_help_panel=PEOPLE)(mcp.mcp)
app.command(rich_help_panel=BROKER)(up.up)
app.command(rich_help_panel=BROKER)(up.signin)
app.command(rich_help_panel=BROKER)(up.resume)
app.command(rich_help_panel=BROKER)(backup.backup)
app.command(rich_help_panel=BROKER)(backup.restore)
app.command(rich_help_panel=BROKER)(copy.copy)
app.add_typer(locators.app, name="locators", rich_help_panel=BROKER)
