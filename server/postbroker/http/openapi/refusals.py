"""How a route refuses: its codes by status, each with the problem that a client would read."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from postbroker.contract.problems import ErrorCode, Problem
from postbroker.errors import BrokerError, error_codes
from postbroker.http.openapi.described import Described, Part
from postbroker.http.openapi.headers import retry_headers
from postbroker.http.openapi.messages import PREFIX
from postbroker.http.problems import PROBLEM_TYPE, problem_of

OF_EVERY_ROUTE = ("BAD_REQUEST", "INTERNAL_ERROR", "SHUTTING_DOWN", "DATABASE_BUSY")
OF_CREDENTIALS = ("CONFLICTING_CREDENTIALS", "UNAUTHORIZED", "WRONG_CREDENTIAL")
OF_AGENTS = ("FORBIDDEN", "CSRF_FAILED", "RATE_LIMITED")
OF_BODIES = ("PAYLOAD_TOO_LARGE", "UNSUPPORTED_CONTENT_TYPE")
OF_WRITING = ("STORAGE_FULL",)
TRACE_ID = "5f1c9a2e7b3d4c6f8a0b1d2e"
RETRY_SECONDS = 5


def codes_of(route: Described) -> list[ErrorCode]:
    """Every code that a route can refuse with, by status."""
    if not route.refuses:
        return [error_codes()["INTERNAL_ERROR"]]
    names = {*OF_EVERY_ROUTE, *route.errors}
    if route.takes_credential:
        names |= {*OF_CREDENTIALS}
    if route.takes is not None:
        names |= {"NOT_ACCEPTABLE"}
        if route.takes.model_fields:
            names |= {"VALIDATION_FAILED"}
    if route.who == "agent":
        names |= {*OF_AGENTS}
    if not route.is_open and route.who in ("browser", "poller"):
        names |= {"FORBIDDEN"}
    if route.method not in ("GET", "HEAD"):
        names |= {*OF_BODIES, *OF_WRITING}
    known = error_codes()
    return sorted(
        (known[name] for name in names),
        key=lambda code: (code.status or 500, code.code),
    )


def refusals(route: Described) -> dict[str, Part]:
    """The responses with which a route refuses, by status."""
    return {
        str(status): _refusal(status, list(codes))
        for status, codes in groupby(codes_of(route), key=lambda code: code.status or 500)
    }


def problem_examples(known: Iterable[Described]) -> dict[str, Part]:
    """One example for each code with which a route refuses, for the components of a document."""
    codes = {code.code: code for route in known for code in codes_of(route)}
    return {
        name: {"summary": code.title, "value": _example(code)}
        for name, code in sorted(codes.items())
    }


def _refusal(status: int, codes: list[ErrorCode]) -> Part:
    names = [code.code for code in codes]
    schema = {
        "allOf": [{"$ref": f"{PREFIX}{Problem.__name__}"}],
        "properties": {"code": {"enum": names}},
    }
    return {
        "description": "\n".join(f"- `{code.code}`: {code.title}." for code in codes),
        "headers": retry_headers(status),
        "content": {
            PROBLEM_TYPE: {
                "schema": schema,
                "examples": {name: {"$ref": f"#/components/examples/{name}"} for name in names},
            }
        },
    }


def _example(code: ErrorCode) -> dict[str, Any]:
    waits = RETRY_SECONDS if code.actor != "agent" and code.status in (429, 503) else None
    error = BrokerError(code.code, code.title.lower(), retry_after_seconds=waits)
    return problem_of(error, TRACE_ID).model_dump(mode="json", exclude_none=True)
