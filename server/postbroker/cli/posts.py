"""`post` has a post published and says how it ended."""

from typing import Annotated
from uuid import uuid4

import typer

from postbroker.cli.ending import CommandError, Exit, run
from postbroker.cli.options import AsJson, place_of
from postbroker.cli.screen import Screen

PATIENCE_SECONDS = 180
NO_BROWSER_STEP = (
    "Load the extension, press Connect there and run: postbroker pair CODE. "
    "Or let the post wait for a browser with --queue."
)


def post(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="What to post.")],
    platform: Annotated[str, typer.Option(help="Where to.")] = "x",
    account: Annotated[
        str | None, typer.Option(help="Who must be logged in, such as @ada.", show_default=False)
    ] = None,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Post to the broker's simulated platform.")
    ] = False,
    queue: Annotated[
        bool, typer.Option("--queue", help="Accept the post although no browser is paired.")
    ] = False,
    idempotency_key: Annotated[
        str | None,
        typer.Option(
            help="Your name for this post: used twice, it is posted once.", show_default="random"
        ),
    ] = None,
    wait: Annotated[
        bool | None,
        typer.Option(
            "--wait/--no-wait", help="Wait for the end.", show_default="wait unless --queue"
        ),
    ] = None,
    timeout: Annotated[
        float, typer.Option(help="How many seconds to wait; the post goes on after that.", min=0)
    ] = PATIENCE_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Publish a post. Ends well only when the post was seen live."""
    waits = not queue if wait is None else wait
    key = idempotency_key or str(uuid4())

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.connection import broker
        from postbroker.cli.following import follow, tell_end
        from postbroker.client import ClientError, UnreachableError
        from postbroker.contract.jobs import CreateTweet

        wanted = CreateTweet(
            text=text,
            platform=platform,
            account=account,
            sandbox=sandbox,
            when_offline="queue" if queue else "refuse",
            idempotency_key=key,
        )
        async with broker(place_of(context)) as client:
            try:
                created = await client.create(wanted)
            except UnreachableError as error:
                raise CommandError(
                    error.message,
                    f"{error.suggested_action}. Then repeat it safely with --idempotency-key {key}",
                    code=error.code,
                ) from error
            except ClientError as error:
                if error.code == "EXTENSION_NOT_PAIRED":
                    raise CommandError(
                        error.message, NO_BROWSER_STEP, Exit.OFFLINE, error.code
                    ) from error
                raise
            where = f"{platform} in the sandbox" if sandbox else platform
            screen.say("To ", (where, "bold"), ", as ", (account or "whoever is logged in", "bold"))
            if not waits:
                screen.answer(created)
                screen.say(
                    "Accepted. Follow it with: ", (f"postbroker jobs {created.id} --watch", "bold")
                )
                return Exit.DONE
            job = await follow(screen, client, created.id, timeout)
            return await tell_end(screen, client, job)

    run(body, as_json=as_json)
