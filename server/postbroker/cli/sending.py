"""Sends a request for a job, follows the job, and says how it ended."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from postbroker.cli.ending import failure_of, run
from postbroker.cli.exits import Exit
from postbroker.cli.options import AsJson, JobId, Route, Timeout, place_of
from postbroker.cli.screen import Screen

if TYPE_CHECKING:
    from postbroker.client import AsyncPostbroker
    from postbroker.client.options import GroupOptions, JobOptions
    from postbroker.contract.jobs import CreatedJob, JobAnswer

PATIENCE_SECONDS = 180
NO_BROWSER_STEP = (
    "Load the extension, press Connect there and run: postbroker pair CODE. "
    "Or let the job wait for a browser with --queue."
)

Ask = Callable[["AsyncPostbroker"], Awaitable["CreatedJob | JobAnswer"]]
"""Asks the broker for a job."""


@dataclass(slots=True)
class Manner:
    """The options that every command has which asks for a job."""

    account: str | None
    sandbox: bool
    queue: bool
    route: Route | None
    key: str | None
    """The idempotency key, under which a lost request can be repeated; the client makes one up
    when there is none."""
    wait: bool | None
    timeout: float
    """Seconds."""
    as_json: bool

    @property
    def options(self) -> "JobOptions":
        """What they are in a request."""
        options: JobOptions = {
            "sandbox": self.sandbox,
            "when_offline": "queue" if self.queue else "refuse",
        }
        if self.account is not None:
            options["account"] = self.account
        if self.route is not None:
            options["route"] = self.route.value
        if self.key is not None:
            options["idempotency_key"] = self.key
        return options

    @property
    def waits(self) -> bool:
        """Whether to go with the job to its end."""
        return not self.queue if self.wait is None else self.wait


def send(context: typer.Context, manner: Manner, ask: Ask, opening: str) -> None:
    """Have a job accepted, say `opening`, and go with it to its end where that is wanted."""

    async def body(screen: Screen) -> Exit:
        from postbroker.cli.connection import broker
        from postbroker.cli.following import follow, tell_end
        from postbroker.client import RefusedError, UnreachableError

        async with broker(place_of(context)) as client:
            try:
                created = await ask(client)
            except UnreachableError as error:
                if error.idempotency_key is None:
                    raise  # a file did not arrive, and no job was asked for yet
                step = (
                    f"{error.suggested_action}. Then repeat it safely with "
                    f"--idempotency-key {error.idempotency_key}"
                )
                raise failure_of(error, step) from error
            except RefusedError as error:
                if error.code == "EXTENSION_NOT_PAIRED":
                    raise failure_of(error, NO_BROWSER_STEP) from error
                raise
            screen.say(opening)
            if not manner.waits:
                screen.answer(created)
                screen.say(
                    "Accepted. Follow it with: ", (f"postbroker jobs {created.id} --watch", "bold")
                )
                return Exit.DONE
            job = await follow(screen, client, created.id, manner.timeout)
            return await tell_end(screen, client, job)

    run(body, as_json=manner.as_json)


def retry(
    context: typer.Context,
    job_id: JobId,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the end.")] = True,
    timeout: Timeout = PATIENCE_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Send a job again that ended without a post, and follow the new one.

    A job that may have been posted is refused: settle it first.
    """
    manner = Manner(None, False, False, None, None, wait, timeout, as_json)

    async def ask(client: "AsyncPostbroker") -> "JobAnswer":
        return await client.retry(job_id)

    send(context, manner, ask, f"Once more: {job_id}")


def named_group(group: str, manner: Manner) -> "GroupOptions":
    """A group named by its address, or else by its id."""
    named: GroupOptions = {"group_url": group} if "/" in group else {"group_id": group}
    return {**named, **manner.options}
