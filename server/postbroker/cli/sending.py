"""Sends a request for a job, follows the job, and says how it ended."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import typer

from postbroker.cli.ending import CommandError, Exit, run
from postbroker.cli.options import place_of
from postbroker.cli.screen import Screen

if TYPE_CHECKING:
    from postbroker.client import Client
    from postbroker.contract.jobs import CreatedJob

PATIENCE_SECONDS = 180
NO_BROWSER_STEP = (
    "Load the extension, press Connect there and run: postbroker pair CODE. "
    "Or let the job wait for a browser with --queue."
)

Ask = Callable[["Client"], Awaitable["CreatedJob"]]
"""Asks the broker for a job."""


def send(
    context: typer.Context,
    ask: Ask,
    opening: str,
    *,
    key: str,
    waits: bool,
    timeout: float,
    as_json: bool,
) -> None:
    """Have a job accepted, say `opening`, and go with it to its end where `waits`.

    `key` is its idempotency key, under which a lost request can be repeated; `timeout` in seconds.
    """

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.connection import broker
        from postbroker.cli.following import follow, tell_end
        from postbroker.client import ClientError, UnreachableError

        async with broker(place_of(context)) as client:
            try:
                created = await ask(client)
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
            screen.say(opening)
            if not waits:
                screen.answer(created)
                screen.say(
                    "Accepted. Follow it with: ", (f"postbroker jobs {created.id} --watch", "bold")
                )
                return Exit.DONE
            job = await follow(screen, client, created.id, timeout)
            return await tell_end(screen, client, job)

    run(body, as_json=as_json)


def group_fields(group: str) -> dict[str, Any]:
    """A group named by its address, or else by its id."""
    return {"group_url": group} if "/" in group else {"group_id": group}
