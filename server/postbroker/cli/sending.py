"""Sends a request for a job, follows the job, and says how it ended."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

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


@dataclass(slots=True)
class Manner:
    """The options that every command has which asks for a job."""

    account: str | None
    sandbox: bool
    queue: bool
    key: str | None
    """The idempotency key, under which a lost request can be repeated; random unless given."""
    wait: bool | None
    timeout: float
    """Seconds."""
    as_json: bool

    def __post_init__(self) -> None:
        self.key = self.key or str(uuid4())

    @property
    def fields(self) -> dict[str, Any]:
        """What they are in a request."""
        return {
            "account": self.account,
            "sandbox": self.sandbox,
            "when_offline": "queue" if self.queue else "refuse",
            "idempotency_key": self.key,
        }

    @property
    def waits(self) -> bool:
        """Whether to go with the job to its end."""
        return not self.queue if self.wait is None else self.wait


def send(context: typer.Context, manner: Manner, ask: Ask, opening: str) -> None:
    """Have a job accepted, say `opening`, and go with it to its end where that is wanted."""

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
                    f"{error.suggested_action}. Then repeat it safely with "
                    f"--idempotency-key {manner.key}",
                    code=error.code,
                ) from error
            except ClientError as error:
                if error.code == "EXTENSION_NOT_PAIRED":
                    raise CommandError(
                        error.message, NO_BROWSER_STEP, Exit.OFFLINE, error.code
                    ) from error
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


def group_fields(group: str) -> dict[str, Any]:
    """A group named by its address, or else by its id."""
    return {"group_url": group} if "/" in group else {"group_id": group}
