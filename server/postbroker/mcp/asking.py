"""Who asks, as the HTTP side hands it to the protocol's side."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from postbroker.contract.message import Message
from postbroker.contract.problems import Problem
from postbroker.domain.caller import Caller
from postbroker.domain.key import Scope
from postbroker.errors import BrokerError, ForbiddenError
from postbroker.operations.operation import AnyOperation, Asked, Reply, Tell
from postbroker.services.events import Events

ASKING = "postbroker.asking"
"""Where it stands in the ASGI scope of a request."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One request, and who is behind it."""

    who: Caller
    address: str
    gone: Callable[[], bool]
    trace_id: str


@dataclass(frozen=True, slots=True)
class Parts:
    """What the protocol's side needs of the broker."""

    version: str
    operations: Mapping[str, AnyOperation]
    events: Events
    problem_of: Callable[[BrokerError, str], Problem]
    """A refusal as every door tells it."""
    validation_error: Callable[[ValidationError, type[BaseModel]], BrokerError]
    """What is wrong with a message, in the words of every door."""
    keeps_sessions: bool
    """Whether clients of the revisions before 2026-07-28 get a session: not where several
    processes answer, because a session lives in one."""


async def run(
    parts: Parts,
    asking: Asking,
    operation: str,
    request: Message,
    *,
    scope: Scope | None = None,
    tell: Tell | None = None,
) -> Reply:
    """What an operation answers to `request`; `scope` is what it needs beside its own.

    The HTTP side has asked for the scope already, where it could see it. Raises BrokerError.
    """
    wanted = parts.operations[operation]
    for needed in (wanted.scope, scope):
        if needed is not None and not asking.who.may(needed):
            raise ForbiddenError("FORBIDDEN", f"this {asking.who.kind} lacks the scope {needed}")
    return await wanted.run(Asked(request, asking.who, asking.address, asking.gone, tell))


def asking_of(context: Any) -> Asking:
    """Who asks, of what the SDK hands a handler."""
    asking: Asking = context.request.scope[ASKING]
    return asking
