"""The form of an operation."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from postbroker.contract.message import Message
from postbroker.domain.key import Scope
from postbroker.domain.record import record
from postbroker.store.events import Event

Who = Literal["anyone", "agent", "browser", "poller"]
"""Whose credential it needs: none, an API key or a session, a browser's token, a poll token."""

Tell = Callable[[Event], Awaitable[None]]

In = TypeVar("In", bound=Message)


@record(frozen=True, slots=True)
class Reply:
    """What an operation answers: a message, or nothing, and what else belongs to the answer."""

    message: Message | None
    replayed: bool = False
    """The answer was given before to the same idempotency key."""
    location: str | None = None
    """Where the thing can be read."""


@record(frozen=True, slots=True)
class Asked(Generic[In]):
    """One request, whichever door it came through."""

    request: In
    who: Any
    """A Caller, a Browser, or the poll token, as the operation's `who` says; None for anyone."""
    address: str
    """The network address the request came from."""
    gone: Callable[[], bool]
    """True once nobody listens for the answer any more."""
    tell: Tell | None = None
    """Hears of each event of a job while its end is waited for, in order from the first."""


@dataclass(frozen=True, slots=True)
class Operation(Generic[In]):
    """One thing that can be asked of the broker."""

    name: str
    summary: str
    who: Who
    takes: type[In]
    gives: type[Message] | None
    run: Callable[[Asked[In]], Awaitable[Reply]]
    scope: Scope | None = None
    errors: tuple[str, ...] = field(default=())
    """The codes it can refuse with, beside those of every operation."""
    description: str = ""
    """What the summary does not say, in CommonMark, for the reference and for tools."""
    empty: str = ""
    """When there is no message to answer with, in words."""


AnyOperation = Operation[Any]
