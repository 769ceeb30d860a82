"""The headers of requests and answers, each described once among the components."""

from postbroker.contract.message import Message
from postbroker.http.openapi.described import Described, Part

TEXT = {"type": "string"}
CREATED = 201

REQUEST_HEADERS: dict[str, Part] = {
    "X-Request-Id": {
        "description": "Your name for this request, 1 to 100 of `A-Z a-z 0-9 _ . : -`; it comes "
        "back with the answer and as `traceId` of a problem. Anything else is replaced by one of "
        "ours.",
        "schema": TEXT,
        "example": "agent-7:try-1",
    },
    "Idempotency-Key": {
        "description": "The same as `idempotencyKey` in the body; where both are given they must "
        "agree. The same key and body give the same job, for good.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[!-~]+$"},
        "example": "spring-launch-1",
    },
    "Prefer": {
        "description": "`wait=30` waits up to 30 seconds, as the field `wait` does (RFC 7240).",
        "schema": TEXT,
        "example": "wait=30",
    },
    "Last-Event-ID": {
        "description": "The id of the last event you read: the stream goes on after it.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
        "example": "1042",
    },
}

ANSWER_HEADERS: dict[str, Part] = {
    "X-Request-Id": {"description": "Names the request, for you and for the broker's log."},
    "Location": {"description": "Where the thing that was made can be read."},
    "Idempotent-Replayed": {
        "description": "`true` when this answer was given before to the same idempotency key."
    },
    "Preference-Applied": {"description": "The `wait` that was honoured (RFC 7240)."},
    "Link": {"description": 'The next page, as `<…>; rel="next"`, when there is one (RFC 8288).'},
    "Retry-After": {"description": "How many seconds to wait before the next try."},
    "RateLimit": {"description": "What is left of the key's limit, and when it is whole again."},
    "RateLimit-Policy": {"description": "The limits that count for the key."},
    "X-RateLimit-Limit": {"description": "How many requests the key may send in its window."},
    "X-RateLimit-Remaining": {"description": "How many are left."},
    "X-RateLimit-Reset": {"description": "In how many seconds the window ends."},
}

RATE_HEADERS = tuple(name for name in ANSWER_HEADERS if "RateLimit" in name)


def answer_headers(route: Described) -> Part:
    """The headers that an answer of a route has."""
    names = ["X-Request-Id"]
    if route.gives is not None:
        fields = _fields(route.gives)
        if route.status == CREATED and "id" in fields:
            names.append("Location")
        if "nextCursor" in fields:
            names.append("Link")
    if route.takes is not None:
        fields = _fields(route.takes)
        if "idempotencyKey" in fields and route.method == "POST":
            names.append("Idempotent-Replayed")
        if "wait" in fields:
            names.append("Preference-Applied")
    return _named(*names, *(RATE_HEADERS if route.who == "agent" else ()))


def retry_headers(status: int) -> Part:
    """The headers of a refusal."""
    return _named("X-Request-Id", *(("Retry-After",) if status in (429, 503) else ()))


def request_headers(route: Described) -> list[Part]:
    """The headers that a request may have beside its credential."""
    if route.takes is None:
        return []
    fields = _fields(route.takes)
    names = {"idempotencyKey": "Idempotency-Key", "wait": "Prefer"}
    wanted = [
        header
        for name, header in names.items()
        if name in fields and (name != "idempotencyKey" or route.method == "POST")
    ]
    return [header_parameter(header) for header in wanted]


def header_parameter(name: str) -> Part:
    """A reference to a header of requests."""
    return {"$ref": f"#/components/parameters/{name}"}


def header_components() -> dict[str, dict[str, Part]]:
    """All headers, as the components of a document."""
    return {
        "parameters": {
            name: {"name": name, "in": "header", "required": False, **about}
            for name, about in REQUEST_HEADERS.items()
        },
        "headers": {name: {**about, "schema": TEXT} for name, about in ANSWER_HEADERS.items()},
    }


def _named(*names: str) -> Part:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _fields(model: type[Message]) -> set[str]:
    return {info.alias or name for name, info in model.model_fields.items()}
