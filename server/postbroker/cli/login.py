"""`login` lets the commands of this machine in at a broker elsewhere; `logout`, `whoami`."""

import sys
import webbrowser
from typing import TYPE_CHECKING, Annotated

import typer

from postbroker.cli.ending import CommandError, Exit, run
from postbroker.cli.options import AsJson, place_of
from postbroker.cli.screen import Screen

if TYPE_CHECKING:
    from postbroker.client.places import Target
    from postbroker.contract.keys import Credential

MEANS = {"key": "by a key", "login": "by a login", "local key": "by this machine's own key"}

At = Annotated[
    str | None,
    typer.Argument(metavar="URL", help="The broker's address; else the one in use."),
]


def login(
    context: typer.Context,
    url: At = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="What it may do; all but posts.approve when absent.", show_default=False),
    ] = None,
    open_page: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in a browser here.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Log in at a broker: a person says yes on its page, here or on any other device.

    The commands that follow go to that broker. With --json two lines: what the person must do, and
    then who is logged in.
    """

    async def body(screen: Screen) -> Exit:
        from postbroker.client.device import DeviceLogin
        from postbroker.client.logins import LoginStore
        from postbroker.client.places import find_broker
        from postbroker.domain.key import USUAL_SCOPES

        place = place_of(context)
        target = find_broker(url or place.url, None, place.data_dir)
        async with DeviceLogin(target.url, LoginStore(target.data_dir)) as at:
            code = await at.begin(scope or sorted(USUAL_SCOPES))
            screen.answer(
                {
                    "url": target.url,
                    "userCode": code.user_code,
                    "verificationUri": code.verification_uri,
                    "verificationUriComplete": code.verification_uri_complete,
                    "expiresInSeconds": code.expires_in,
                }
            )
            screen.say("Open  ", (code.verification_uri_complete, "bold"))
            screen.say("and say yes if it shows  ", (code.user_code, "bold cyan"))
            if open_page and not as_json and sys.stdout.isatty():
                webbrowser.open(code.verification_uri_complete)
            await at.finish(code)
        return await _tell_who(screen, find_broker(target.url, None, place.data_dir))

    run(body, as_json=as_json)


def logout(context: typer.Context, url: At = None, as_json: AsJson = False) -> None:
    """End the login at a broker, there and here."""

    async def body(screen: Screen) -> Exit:
        from postbroker.client.device import DeviceLogin
        from postbroker.client.logins import LoginStore
        from postbroker.client.places import find_broker

        place = place_of(context)
        target = find_broker(url or place.url, None, place.data_dir)
        async with DeviceLogin(target.url, LoginStore(target.data_dir)) as at:
            was_there = await at.end()
        if not was_there:
            raise CommandError(
                f"there is no login at {target.url}",
                "See which one is in use with: postbroker whoami",
                Exit.USAGE,
                "NO_LOGIN",
            )
        screen.answer({"url": target.url, "loggedOut": True})
        screen.say(f"Logged out at {target.url}.")
        return Exit.DONE

    run(body, as_json=as_json)


def whoami(context: typer.Context, as_json: AsJson = False) -> None:
    """Say which broker the commands go to, as whom, and what they may do there."""

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.connection import admitted_target

        return await _tell_who(screen, admitted_target(place_of(context)))

    run(body, as_json=as_json)


async def _tell_who(screen: Screen, target: "Target") -> Exit:
    from postbroker.cli.connection import client_of

    async with client_of(target) as client:
        credential = await client.credential()
    screen.answer(
        {"url": target.url, "means": target.means}
        | credential.model_dump(mode="json", exclude_none=True)
    )
    screen.say(("Broker     ", "dim"), (target.url, "bold"), f", {MEANS[target.means or 'key']}")
    screen.say(("Workspace  ", "dim"), (credential.tenant.name, "bold"))
    screen.say(("As         ", "dim"), credential.label)
    screen.say(("Accounts   ", "dim"), _accounts_of(credential))
    screen.say(("May        ", "dim"), ", ".join(credential.scopes))
    return Exit.DONE


def _accounts_of(credential: "Credential") -> str:
    if credential.accounts is None:
        return "all"
    return ", ".join(f"@{each.handle} on {each.platform}" for each in credential.accounts)
