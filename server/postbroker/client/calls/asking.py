"""What all calls stand on: asking the broker, and naming things and wishes."""

from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from postbroker.client.errors import RefusedError
from postbroker.client.wire import Wire
from postbroker.clock import Clock
from postbroker.contract.message import Message
from postbroker.contract.problems import FieldProblem

M = TypeVar("M", bound=Message)


class HasId(Protocol):
    """A job, a file, an account, a key or a connection, as the broker answers it."""

    @property
    def id(self) -> str:
        """Its id."""
        ...


class Asking:
    """A client without words of its own."""

    def __init__(self, wire: Wire, clock: Clock) -> None:
        self._wire = wire
        self._clock = clock

    async def ask(
        self,
        method: str,
        path: str,
        model: type[M],
        body: Message | None = None,
        *,
        repeatable: bool | None = None,
        **options: Any,
    ) -> M:
        """Ask for what has no method of its own; `options` are those of aiohttp.

        It is asked again when no answer came where it only reads or is `repeatable`.
        """
        return await self._wire.ask(method, path, model, body, repeatable=repeatable, **options)


def id_of(thing: str | HasId) -> str:
    """An id, given itself or as a part of what has it, fit for a path."""
    return quote(thing if isinstance(thing, str) else thing.id, safe="")


def message(model: type[M], fields: dict[str, Any]) -> M:
    """A message from keyword arguments. Raises RefusedError for what no broker would take."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        problems = tuple(
            FieldProblem(
                field=".".join(str(part) for part in row["loc"]) or "request",
                code=row["type"],
                message=row["msg"],
            )
            for row in error.errors()
        )
        raise RefusedError(
            code="VALIDATION_FAILED",
            message="; ".join(f"{each.field}: {each.message}" for each in problems),
            actor="agent",
            suggested_action="Mend the fields named in errors and send the request again.",
            errors=problems,
        ) from error
