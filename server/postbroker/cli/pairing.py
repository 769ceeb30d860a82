"""`pair` makes the browser known that shows a code."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from postbroker.cli.ending import CommandError, Exit, run
from postbroker.cli.options import AsJson, place_of
from postbroker.cli.screen import Screen

if TYPE_CHECKING:
    from postbroker.client import AsyncPostbroker
    from postbroker.contract.jobs import BrowserAnswer

PATIENCE_SECONDS = 120
LOOK_SECONDS = 0.5


def pair(
    context: typer.Context,
    code: Annotated[str, typer.Argument(help="The 6 digits that the extension shows.")],
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Wait for the Yes in the extension.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Pair a browser: claim its code, then somebody presses Yes in the extension."""

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.connection import broker

        async with broker(place_of(context)) as client:
            claimed = await client.pair(code)
            screen.say("The browser is claimed. Now press ", ("Yes", "bold"), " in the extension.")
            if not wait:
                screen.answer(claimed)
                return Exit.DONE
            browser = await _paired(client, claimed.browser_id)
        screen.answer({"browserId": browser.id, "status": "paired", "name": browser.name})
        screen.say(("Paired: ", "bold green"), (browser.name, "bold"), f" ({browser.browser})")
        return Exit.DONE

    run(body, as_json=as_json)


async def _paired(client: "AsyncPostbroker", browser_id: str) -> "BrowserAnswer":
    from postbroker.clock import SystemClock

    clock = SystemClock()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                for browser in (await client.status()).browsers:
                    if browser.id == browser_id:
                        return browser
                await clock.sleep(LOOK_SECONDS)
    except TimeoutError as error:
        raise CommandError(
            "nobody pressed Yes in the extension",
            "Press Connect there for a new code and run this again.",
            Exit.PERSON,
            "PAIRING_NOT_CONFIRMED",
        ) from error
