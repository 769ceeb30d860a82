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
    locators,
    login,
    mcp,
    pairing,
    posts,
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
    """Publish posts through your own logged-in browser tab, exactly once.

    On the broker's own machine no setting is needed: it leaves its address and a key in its folder.
    """
    context.obj = Place(url=url, key=key, data_dir=data_dir)


app.command()(up.up)
app.command()(up.signin)
app.command()(up.resume)
app.command()(login.login)
app.command()(login.logout)
app.command()(login.whoami)
app.add_typer(keys.app, name="keys")
app.command()(pairing.pair)
app.command()(posts.post)
app.command()(posts.comment)
app.add_typer(groups.app, name="groups")
app.command(name="jobs")(jobs.jobs)
app.command()(jobs.cancel)
app.command()(jobs.approve)
app.command()(jobs.reject)
app.add_typer(accounts.app, name="accounts")
app.command()(connecting.connect)
app.add_typer(connections.app, name="connections")
app.command()(doctor.doctor)
app.command()(mcp.mcp)
app.add_typer(locators.app, name="locators")
app.command()(backup.backup)
app.command()(backup.restore)
app.command()(copy.copy)
