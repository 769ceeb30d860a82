"""Turns every error into one body: RFC 9457, flat, with the fields Claw Post clients read."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, get_args

from aiohttp import web
from pydantic import BaseModel, ValidationError

from postbroker.contract.problems import FieldProblem, Problem
from postbroker.errors import BrokerError, ValidationFailedError, error_codes

PROBLEM_TYPE = "application/problem+json"
DOCS = "urn:postbroker:error:"

STATUS_CODES = {
    400: "BAD_REQUEST",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    406: "NOT_ACCEPTABLE",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_CONTENT_TYPE",
}


def problem_response(error: BrokerError, trace_id: str) -> web.Response:
    """The response for a refusal, with Retry-After where waiting helps."""
    problem = problem_of(error, trace_id)
    headers = {}
    if error.retry_after_seconds is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after_seconds)))
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return web.Response(
        status=problem.status,
        text=problem.model_dump_json(exclude_none=True),
        content_type=PROBLEM_TYPE,
        headers=headers,
    )


def problem_of(error: BrokerError, trace_id: str) -> Problem:
    """A refusal as its body."""
    code = error_codes()[error.code]
    return Problem(
        type=DOCS + code.code,
        title=code.title,
        status=code.status or 500,
        detail=error.detail,
        code=code.code,
        error=code.title,
        message=error.detail,
        actor=code.actor,
        safe_to_retry=code.safe_to_retry,
        retry_after_seconds=error.retry_after_seconds,
        suggested_action=code.suggested_action,
        auto_fixable=code.actor == "agent",
        trace_id=trace_id,
        errors=list(error.errors) or None,
        details=error.details,
    )


def http_error(error: web.HTTPException) -> BrokerError:
    """aiohttp's own refusals in our words."""
    code = STATUS_CODES.get(error.status, "BAD_REQUEST" if error.status < 500 else "INTERNAL_ERROR")
    return BrokerError(code, (error.text or error.reason).removeprefix(f"{error.status}: "))


def validation_error(error: ValidationError, model: type[BaseModel]) -> ValidationFailedError:
    """Every field that is wrong, with a guess at what a misspelt name should be."""
    problems = tuple(_field_problem(dict(row), model) for row in error.errors())
    detail = "; ".join(f"{row.field}: {row.message}" for row in problems)
    return ValidationFailedError("VALIDATION_FAILED", detail, errors=problems)


def _field_problem(row: dict[str, Any], model: type[BaseModel]) -> FieldProblem:
    field = ".".join(str(part) for part in row["loc"]) or "body"
    message = str(row["msg"])
    match row["type"]:
        case "extra_forbidden":
            *place, name = (str(part) for part in row["loc"])
            names = [
                info.alias or known
                for inner in _models_at(model, place)
                for known, info in inner.model_fields.items()
            ]
            close = get_close_matches(name, names, n=1)
            message = "there is no such field" + (f"; did you mean {close[0]}?" if close else "")
        case "missing":
            message = "this field is needed"
        case _:
            pass
    return FieldProblem(field=field, code=str(row["type"]), message=message)


def _models_at(model: type[BaseModel], place: list[str]) -> Iterator[type[BaseModel]]:
    """The messages that may stand at a place inside a message; numbers are places in lists."""
    names = [name for name in place if not name.isdigit()]
    if not names:
        yield model
        return
    for known, info in model.model_fields.items():
        if names[0] in (info.alias, known):
            for inner in _models_in(info.annotation):
                yield from _models_at(inner, names[1:])


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
