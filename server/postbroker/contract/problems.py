"""Errors, as every client sees them."""

from typing import Any, Literal

from pydantic import computed_field

from postbroker.contract.message import Message

Actor = Literal["agent", "user", "operator", "nobody"]


class ErrorCode(Message):
    """One code of shared/errors.json: what happened, who must act, whether it is safe to retry."""

    code: str
    kind: Literal["request", "job"]
    """`request`: an endpoint refused. `job`: how a job ended, in `errorCode`."""
    status: int | None = None
    """The HTTP status of a request that is refused with it."""
    title: str
    actor: Actor
    safe_to_retry: bool
    auto_retry: bool = False
    """True when the broker itself tries again, before the permit only."""
    suggested_action: str


class FieldProblem(Message):
    """One thing that is wrong with one field."""

    field: str
    code: str
    message: str


class Problem(Message):
    """An error body: RFC 9457, flat, with `error` and `message` for Claw Post clients."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    error: str
    message: str
    actor: Actor
    safe_to_retry: bool
    retry_after_seconds: float | None = None
    suggested_action: str
    auto_fixable: bool
    trace_id: str
    errors: list[FieldProblem] | None = None
    details: dict[str, Any] | None = None

    @computed_field(alias="suggested_action")  # type: ignore[prop-decorator]
    @property
    def suggested_action_snake(self) -> str:
        """The name that PostMCP clients read."""
        return self.suggested_action

    @computed_field(alias="auto_fixable")  # type: ignore[prop-decorator]
    @property
    def auto_fixable_snake(self) -> bool:
        """The name that PostMCP clients read."""
        return self.auto_fixable

    @computed_field(alias="trace_id")  # type: ignore[prop-decorator]
    @property
    def trace_id_snake(self) -> str:
        """The name that PostMCP clients read."""
        return self.trace_id
