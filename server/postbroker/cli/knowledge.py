"""`platforms` says where posts can go, `explain` what an error code means."""

from typing import TYPE_CHECKING, Annotated

import typer

from postbroker.cli.completion import offer_codes, offer_platforms
from postbroker.cli.ending import CommandError, Exit, run
from postbroker.cli.exits import exit_of
from postbroker.cli.options import AsJson, place_of
from postbroker.cli.screen import Screen

if TYPE_CHECKING:
    from postbroker.contract.agents import PlatformAnswer
    from postbroker.contract.problems import ErrorCode

ROUTES = {"tab": "through the browser", "api": "by its API"}
ACTORS = {
    "agent": "whoever sent the request",
    "user": "the person at the browser",
    "operator": "whoever runs the broker",
    "nobody": "nobody: it passes by itself",
}


def platforms(
    context: typer.Context,
    platform: Annotated[
        str | None,
        typer.Argument(
            metavar="PLATFORM", help="One, with its limits.", autocompletion=offer_platforms
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List what can be posted to, or say what one platform takes."""

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.connection import client_of, target_of

        async with client_of(target_of(place_of(context))) as client:
            page = await client.platforms()
        found = [each for each in page.platforms if platform in (None, each.id)]
        if not found:
            raise CommandError(
                f"there is no platform {platform}",
                f"Choose one of: {', '.join(each.id for each in page.platforms)}",
                Exit.USAGE,
                "UNSUPPORTED_PLATFORM",
            )
        if platform is None:
            screen.answer(page)
            for each in found:
                routes = " and ".join(ROUTES[route] for route in each.routes)
                screen.say((f"{each.id:<12}", "bold"), f"{each.name:<12}", (routes, "dim"))
        else:
            screen.answer(found[0])
            _show(screen, found[0])
        return Exit.DONE

    run(body, as_json=as_json)


def explain(
    context: typer.Context,
    code: Annotated[
        str, typer.Argument(help="A code of a refusal or of a job.", autocompletion=offer_codes)
    ],
    as_json: AsJson = False,
) -> None:
    """Say what an error code means, who must act, and what to do."""

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.connection import client_of, target_of
        from postbroker.errors import error_codes

        known = error_codes()
        found = known.get(code) or known.get(code.upper()) or known.get(code.lower())
        if found is None:  # a newer broker may know it
            async with client_of(target_of(place_of(context))) as client:
                found = await client.explain(code)
        exit_code = exit_of(found.code, found.kind, found.actor, found.status)
        screen.answer(found.model_dump(mode="json", exclude_none=True) | {"exitCode": exit_code})
        _show_code(screen, found, exit_code)
        return Exit.DONE

    run(body, as_json=as_json)


def _show(screen: Screen, platform: "PlatformAnswer") -> None:
    screen.say((platform.name, "bold"), f"  {', '.join(platform.hosts)}")
    rows = {
        "Posts go": " or ".join(ROUTES[route] for route in platform.routes),
        "Places": ", ".join(platform.places),
        "Text": f"at most {platform.text.max} {platform.text.unit.replace('_', ' ')}",
        "Threads": f"up to {platform.thread_max} posts" if platform.thread_max else "none",
        "State": platform.maturity,
    }
    for name, words in rows.items():
        screen.say((f"{name:<10}", "dim"), words)
    for caveat in platform.caveats:
        screen.say(("·", "dim"), f" {caveat}")


def _show_code(screen: Screen, code: "ErrorCode", exit_code: Exit) -> None:
    screen.say((code.code, "bold"), f": {code.title}.")
    screen.say(("Must act   ", "dim"), ACTORS[code.actor])
    screen.say(("Next       ", "dim"), code.suggested_action)
    again = "yes, nothing is posted twice" if code.safe_to_retry else "no"
    screen.say(("Try again  ", "dim"), again)
    screen.say(("Exit code  ", "dim"), f"{exit_code.value}")
