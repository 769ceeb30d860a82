"""How a command ends: with an exit code, and for a failure with a sentence and the next step."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import typer

from postbroker.cli.exits import Exit as Exit
from postbroker.cli.exits import exit_of
from postbroker.cli.screen import Screen

if TYPE_CHECKING:
    from postbroker.client import PostbrokerError


INTERRUPTED = 130
"""What shells say of a command that Ctrl-C stopped."""


@dataclass(eq=False)
class CommandError(Exception):
    """A command cannot go on: why, and what to do next."""

    message: str
    next_step: str | None = None
    exit: Exit = Exit.OTHER
    code: str = "COMMAND_FAILED"
    more: dict[str, Any] = field(default_factory=dict)
    """What a program is told beside these."""


def run(
    command: Callable[[Screen], Awaitable[Exit]],
    *,
    as_json: bool,
    loop_factory: Callable[[], AbstractEventLoop] | None = None,
) -> None:
    """Run a command to its end and leave with its exit code; errors become a sentence."""

    async def body() -> Exit:
        return await command(screen)

    screen = Screen(as_json=as_json)
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            code = int(runner.run(body()))
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as error:
        failure = error if isinstance(error, CommandError) else _explain(error)
        if failure is None:
            raise
        _show(screen, failure)
        code = int(failure.exit)
    raise typer.Exit(code)


def tell_misuse(message: str) -> int:
    """Say to a program that the command was not understood; the exit code."""
    step = "See what the command takes with: --help"
    _show(Screen(as_json=True), CommandError(message, step, Exit.USAGE, "WRONG_USAGE"))
    return int(Exit.USAGE)


def _show(screen: Screen, failure: CommandError) -> None:
    screen.answer(
        {
            "code": failure.code,
            "message": failure.message,
            "suggestedAction": failure.next_step,
            "exitCode": int(failure.exit),
            **failure.more,
        }
    )
    screen.complain(failure.message, failure.next_step)


def _explain(error: Exception) -> CommandError | None:
    """The sentence for an error that people can do something about; None for one of our own."""
    from pydantic import ValidationError

    from postbroker.client import PostbrokerError
    from postbroker.errors import BrokerError, error_codes

    match error:
        case PostbrokerError():
            return failure_of(error)
        case BrokerError():
            action = error_codes()[error.code].suggested_action
            return CommandError(error.detail, action, exit_of(error.code, "request"), error.code)
        case ValidationError():
            row = error.errors()[0]
            field = ".".join(str(part) for part in row["loc"])
            return CommandError(
                f"{field}: {row['msg']}", None, Exit.USAGE, code="VALIDATION_FAILED"
            )
        case _:
            return None


def failure_of(error: "PostbrokerError", next_step: str | None = None) -> CommandError:
    """What the client raised, with its exit, and a better next step where there is one."""
    from postbroker.client import RefusedError

    more: dict[str, Any] = {
        "actor": error.actor,
        "safeToRetry": error.safe_to_retry,
        "retryAfterSeconds": error.retry_after_seconds,
    }
    status = None
    if isinstance(error, RefusedError):
        status = error.status
        rows = [row.model_dump(mode="json", exclude_none=True) for row in error.errors]
        more |= {"errors": rows or None, "details": error.details or None}
        more["traceId"] = error.trace_id
    return CommandError(
        error.message,
        next_step or error.suggested_action,
        exit_of(error.code, "request", error.actor, status),
        error.code,
        more,
    )
