"""What the document says of one route, whether an operation stands behind it or not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from postbroker.contract.message import Message
from postbroker.domain.key import Scope
from postbroker.http.endpoints import Endpoint
from postbroker.operations.operation import AnyOperation, Who

Part = dict[str, Any]
"""A piece of the document, as JSON."""


@dataclass(frozen=True, slots=True)
class Described:
    """One route."""

    method: str
    path: str
    name: str
    summary: str
    description: str = ""
    who: Who = "anyone"
    is_open: bool = False
    """Web pages of any origin may call it."""
    takes_credential: bool = True
    """False where an address or nothing at all is the credential."""
    scope: Scope | None = None
    errors: tuple[str, ...] = ()
    """The codes it refuses with beside those that come by rule."""
    refuses: bool = True
    """False where no rule applies: it answers whoever asks."""
    takes: type[Message] | None = None
    gives: type[Message] | None = None
    status: int = 200
    empty: str = ""
    """When it answers 204, in words."""
    parameters: tuple[Part, ...] = ()
    """What it takes beside its message."""
    body: Part | None = None
    """What it takes in place of a JSON message: a request body object."""
    answers: Mapping[str, Part] = field(default_factory=dict)
    """What it answers in place of a JSON message: response objects by status."""


def describe(endpoint: Endpoint, operation: AnyOperation) -> Described:
    """An endpoint of the table with the operation behind it."""
    return Described(
        method=endpoint.method,
        path=endpoint.path,
        name=operation.name,
        summary=operation.summary,
        description=operation.description,
        who=operation.who,
        is_open=endpoint.is_open,
        scope=operation.scope,
        errors=operation.errors,
        takes=operation.takes,
        gives=operation.gives,
        status=endpoint.status,
        empty=operation.empty,
    )


@dataclass(frozen=True, slots=True)
class Told:
    """What the table of endpoints does not say of a route behind which no operation stands."""

    summary: str
    description: str = ""
    of: str | None = None
    """The operation whose credential it takes; None where it takes none."""
    errors: tuple[str, ...] = ()
    parameters: tuple[Part, ...] = ()
    body: Part | None = None
    answers: dict[str, Part] | None = None
    is_media: bool = False
    """It answers what a file is."""
