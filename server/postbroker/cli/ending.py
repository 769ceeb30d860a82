"""How a command ends: one of eight exit codes, and for a failure a sentence and the next step."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import assert_never

import typer

from postbroker.cli.screen import Screen


class Exit(IntEnum):
    """What a program learns without reading a word."""

    DONE = 0
    OTHER = 1
    USAGE = 2
    PERSON = 3
    POLICY = 4
    PLATFORM = 5
    UNKNOWN = 6
    OFFLINE = 7


EXIT_CODES_HELP = (
    "Exit codes: 0 done, 2 wrong usage, 3 a person is needed, 4 refused by policy, "
    "5 the platform failed, 6 outcome unknown, 7 browser offline, 1 anything else."
)

INTERRUPTED = 130
"""What shells say of a command that Ctrl-C stopped."""

OWN_EXITS = {
    "BAD_REQUEST": Exit.USAGE,
    "VALIDATION_FAILED": Exit.USAGE,
    "CONTENT_TOO_LONG": Exit.USAGE,
    "UNSUPPORTED_PLATFORM": Exit.USAGE,
    "UNSUPPORTED_MEDIA_CONFIG": Exit.USAGE,
    "UNSUPPORTED_MEDIA_TYPE": Exit.USAGE,
    "MIXED_MEDIA_NOT_SUPPORTED": Exit.USAGE,
    "MEDIA_NOT_AVAILABLE": Exit.USAGE,
    "IDEMPOTENCY_KEY_REUSED": Exit.USAGE,
    "FORBIDDEN": Exit.POLICY,
    "QUOTA_EXCEEDED": Exit.POLICY,
    "PERMIT_REFUSED": Exit.POLICY,
    "EXTENSION_NOT_PAIRED": Exit.OFFLINE,
    "browser_lost": Exit.OFFLINE,
    "expired": Exit.OFFLINE,
    "outcome_unknown": Exit.UNKNOWN,
    "restored": Exit.UNKNOWN,
    "canceled": Exit.OTHER,
}
"""Codes whose exit does not follow from who must act."""


def exit_of(code: str) -> Exit:
    """The exit code for a code of shared/errors.json."""
    from postbroker.errors import error_codes

    known = error_codes().get(code)
    if code in OWN_EXITS:
        return OWN_EXITS[code]
    if known is None:
        return Exit.OTHER
    match known.actor:
        case "user":
            return Exit.PERSON
        case "agent" | "operator" | "nobody":
            return Exit.PLATFORM if known.kind == "job" else Exit.OTHER
        case _:
            assert_never(known.actor)


@dataclass(eq=False)
class CommandError(Exception):
    """A command cannot go on: why, and what to do next."""

    message: str
    next_step: str | None = None
    exit: Exit = Exit.OTHER
    code: str = "COMMAND_FAILED"


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


def _show(screen: Screen, failure: CommandError) -> None:
    screen.answer(
        {
            "code": failure.code,
            "message": failure.message,
            "suggestedAction": failure.next_step,
            "exitCode": int(failure.exit),
        }
    )
    screen.complain(failure.message, failure.next_step)


def _explain(error: Exception) -> CommandError | None:
    """The sentence for an error that people can do something about; None for one of our own."""
    from pydantic import ValidationError

    from postbroker.client import ClientError
    from postbroker.errors import BrokerError, error_codes

    match error:
        case ClientError():
            return CommandError(
                error.message, error.suggested_action, exit_of(error.code), error.code
            )
        case BrokerError():
            action = error_codes()[error.code].suggested_action
            return CommandError(error.detail, action, exit_of(error.code), error.code)
        case ValidationError():
            row = error.errors()[0]
            field = ".".join(str(part) for part in row["loc"])
            return CommandError(
                f"{field}: {row['msg']}", None, Exit.USAGE, code="VALIDATION_FAILED"
            )
        case _:
            return None
