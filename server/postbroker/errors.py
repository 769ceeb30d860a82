"""Every refusal of the broker is a BrokerError with a code of shared/errors.json.

BrokerError
├── ValidationFailedError   fields are wrong
├── NotAuthenticatedError   no credential, or one that is not valid
├── ForbiddenError          a credential without the scope
├── NotFoundError           no such thing for this caller
├── ConflictError           the state does not allow it
│   ├── LeaseLostError      the lease went to somebody else
│   └── PermitRefusedError  no leave to press
├── TooManyError            a limit with a time to wait
└── UnavailableError        not now
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from postbroker.contract.problems import ErrorCode, FieldProblem
from postbroker.resources import shared_file


@cache
def error_codes() -> dict[str, ErrorCode]:
    """All codes of shared/errors.json by name."""
    rows = json.loads(shared_file("errors.json").read_text(encoding="utf-8"))
    return {row["code"]: ErrorCode.model_validate(row) for row in rows}


@dataclass(eq=False)
class BrokerError(Exception):
    """A refusal: `code` names it, `detail` says it in a sentence for this one case."""

    code: str
    detail: str
    retry_after_seconds: float | None = None
    errors: tuple[FieldProblem, ...] = ()
    details: dict[str, Any] | None = None

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


class ValidationFailedError(BrokerError):
    """Fields are wrong; `errors` names each."""


class NotAuthenticatedError(BrokerError):
    """There is no credential, or it is not valid."""


class ForbiddenError(BrokerError):
    """The credential lacks a scope, or the request is not allowed at all."""


class NotFoundError(BrokerError):
    """There is no such thing for this caller; what belongs to others looks the same."""


class ConflictError(BrokerError):
    """The state of the thing does not allow this."""


class LeaseLostError(ConflictError):
    """The lease went to somebody else, or the job is over."""


class PermitRefusedError(ConflictError):
    """No leave to press the platform's button; the reason stands in `details`."""


class TooManyError(BrokerError):
    """A limit is reached; `retry_after_seconds` says until when."""


class UnavailableError(BrokerError):
    """The broker cannot do this now."""


def field_error(code: str, field: str, message: str) -> ValidationFailedError:
    """A refusal because of one field."""
    problem = FieldProblem(field=field, code=code, message=message)
    return ValidationFailedError(code, f"{field}: {message}", errors=(problem,))
