"""The whole document."""

from collections.abc import Iterable
from re import findall
from typing import Any

from postbroker import __version__
from postbroker.contract.jobs import JobEvent
from postbroker.contract.media import MediaAnswer
from postbroker.contract.message import Message
from postbroker.contract.problems import Problem
from postbroker.http.endpoints import ENDPOINTS
from postbroker.http.openapi.described import Described, Part, describe
from postbroker.http.openapi.headers import (
    answer_headers,
    header_components,
    header_parameter,
    request_headers,
)
from postbroker.http.openapi.messages import Messages
from postbroker.http.openapi.others import others
from postbroker.http.openapi.refusals import problem_examples, refusals
from postbroker.http.openapi.security import security_of, security_schemes
from postbroker.http.openapi.tags import TAGS, tag_of
from postbroker.operations.operation import AnyOperation

OPENAPI = "3.1.0"
WITH_BODY = frozenset({"POST", "PATCH", "PUT"})
NO_OPERATION: tuple[type[Message], ...] = (JobEvent, MediaAnswer, Problem)
"""What is answered without an operation."""

ABOUT = """\
Publishes social posts for AI agents through the user's own logged-in browser tab, exactly once.

An agent creates a job and reads it until it has `succeeded` or `failed`; each refusal and each
failure has a code, says who must act, and whether it is safe to try again. Start with
[the manual for agents]({url}/llms.txt).
"""


def routes(operations: dict[str, AnyOperation]) -> list[Described]:
    """Every route that the document speaks of."""
    asked = [describe(endpoint, operations[endpoint.operation]) for endpoint in ENDPOINTS]
    return [*asked, *others(asked)]


def document(operations: dict[str, AnyOperation], public_url: str) -> dict[str, Any]:
    """The OpenAPI document of a broker that is reached at `public_url`."""
    known = routes(operations)
    messages = Messages(
        [route.takes for route in known if route.takes],
        {*(route.gives for route in known if route.gives), *NO_OPERATION},
    )
    for model in NO_OPERATION:
        messages.use(model, "serialization")
    return {
        "openapi": OPENAPI,
        "info": {
            "title": "Postbroker",
            "version": __version__,
            "summary": "Social posts for AI agents, exactly once.",
            "description": ABOUT.format(url=public_url),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "contact": {"name": "Whoever runs this broker", "url": public_url},
        },
        "servers": [{"url": public_url, "description": "This broker"}],
        "tags": _tags(known),
        "paths": _paths(known, messages),
        "components": {
            **header_components(),
            "securitySchemes": security_schemes(public_url),
            "examples": problem_examples(known),
            "schemas": messages.components(),
        },
    }


def _tags(known: Iterable[Described]) -> list[Part]:
    used = {tag_of(route.path).name for route in known}
    tags = {tag.name: tag for tag in TAGS.values() if tag.name in used}
    return [tag._asdict() for tag in tags.values()]


def _paths(known: Iterable[Described], messages: Messages) -> dict[str, Part]:
    paths: dict[str, Part] = {}
    for route in known:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, messages)
    return paths


def _operation(route: Described, messages: Messages) -> Part:
    in_path = set(findall(r"\{(\w+)", route.path))
    has_body = route.method in WITH_BODY
    parameters = [*route.parameters]
    body = route.body
    if route.takes is not None:
        parameters += messages.parameters(route.takes, in_path, has_body=has_body)
        parameters += request_headers(route)
        body = messages.body(route.takes, in_path) if has_body else None
    parameters.append(header_parameter("X-Request-Id"))
    return {
        "operationId": route.name,
        "tags": [tag_of(route.path).name],
        "summary": route.summary,
        "description": _description(route),
        "parameters": parameters,
        **({"requestBody": body} if body else {}),
        "security": security_of(route),
        "responses": _responses(route, messages),
    }


def _description(route: Described) -> str:
    about = [route.description or f"{route.summary}."]
    match route.who:
        case "agent":
            about.append(f"Needs the scope `{route.scope}`." if route.scope else "")
        case "browser":
            about.append("For the browser extension.")
        case "poller":
            about.append("For a browser that waits to be paired.")
        case _:
            pass
    return "\n\n".join(filter(None, about))


def _responses(route: Described, messages: Messages) -> Part:
    headers = answer_headers(route)
    answers: Part = {}
    if route.gives is not None:
        answers[str(route.status)] = {
            "description": _first_sentence(route.gives),
            "headers": headers,
            "content": {"application/json": messages.answer(route.gives)},
        }
    if route.empty or (route.gives is None and not route.answers):
        answers["204"] = {"description": route.empty or "It is done.", "headers": headers}
    own = {status: {"headers": headers, **answer} for status, answer in route.answers.items()}
    return dict(sorted({**refusals(route), **answers, **own}.items()))


def _first_sentence(model: type[Message]) -> str:
    return (model.__doc__ or model.__name__).strip().partition("\n")[0]
