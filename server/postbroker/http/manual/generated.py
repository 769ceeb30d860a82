"""What the manual says that is known already: endpoints, platforms and codes, as Markdown."""

from collections.abc import Iterable, Iterator
from typing import Any

from postbroker.catalogue import load_platforms
from postbroker.contract.catalogue import Platform
from postbroker.errors import error_codes
from postbroker.http.openapi.described import Part
from postbroker.http.openapi.refusals import (
    OF_AGENTS,
    OF_BODIES,
    OF_CREDENTIALS,
    OF_EVERY_ROUTE,
    OF_WRITING,
)

OF_ALL = {
    *OF_EVERY_ROUTE,
    *OF_CREDENTIALS,
    *OF_AGENTS,
    *OF_BODIES,
    *OF_WRITING,
    "NOT_ACCEPTABLE",
    "VALIDATION_FAILED",
}
METHODS = ("get", "post", "put", "patch", "delete")
SCHEMAS = "#/components/schemas/"


def endpoints(document: Part, *, without: Iterable[str] = ()) -> str:
    """Every endpoint with its fields, chapter by chapter, but for some chapters."""
    often = ", ".join(f"`{code}`" for code in sorted(OF_ALL))
    lines = [
        "All of them take and answer `X-Request-Id`. Whatever they say of themselves, they may "
        f"refuse with {often}.",
        "",
    ]
    for tag in document["tags"]:
        if tag["name"] in without:
            continue
        lines += [f"## {tag['name']}", "", tag["description"], ""]
        for path, method, operation in _operations(document):
            if tag["name"] in operation["tags"]:
                lines += _endpoint(document, f"{method.upper()} {path}", operation)
    return "\n".join(lines)


def messages(document: Part, names: Iterable[str]) -> str:
    """The fields of some messages, and of the messages in them."""
    lines: list[str] = []
    waiting, seen = list(names), set[str]()
    while waiting:
        name = waiting.pop(0)
        schema = document["components"]["schemas"].get(name)
        if name in seen or schema is None or "properties" not in schema:
            continue
        seen.add(name)
        lines += [f"### {name}", "", schema.get("description", ""), "", *_fields(schema), ""]
        waiting += _named(schema)
    return "\n".join(lines)


def platforms() -> str:
    """What each platform takes."""
    rows = [
        f"| `{each.id}` | {each.name} | {', '.join(each.routes) or 'not yet'} "
        f"| {_text_limit(each)} | {_files(each)} |"
        for each in sorted(load_platforms().values(), key=lambda platform: platform.id)
    ]
    head = ["| `platform` | name | routes | text | files |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows])


def codes() -> str:
    """Every code: who must act, whether to try again, what to do."""
    rows = [
        f"| `{code.code}` | {code.status or 'job'} | {code.actor} "
        f"| {'yes' if code.safe_to_retry else 'no'} | {code.title}. {code.suggested_action} |"
        for code in error_codes().values()
    ]
    head = ["| code | HTTP | who acts | try again? | what to do |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows])


def _operations(document: Part) -> Iterator[tuple[str, str, Part]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def _endpoint(document: Part, address: str, operation: Part) -> list[str]:
    lines = [f"### `{address}`", "", operation["description"], ""]
    parameters = (_resolved(document, each) for each in operation.get("parameters", ()))
    rows = [
        _parameter_row(parameter) for parameter in parameters if parameter["name"] != "X-Request-Id"
    ]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        rows += _body_rows(content["schema"])
    if rows:
        lines += ["| field | in | type | meaning |", "|---|---|---|---|", *rows, ""]
    answers = operation["responses"].items()
    lines += [_answer(status, answer) for status, answer in answers if status < "400"]
    refused = {code for status, answer in answers if status >= "400" for code in _codes(answer)}
    if own := sorted(refused - OF_ALL):
        lines += ["", "Refuses with " + ", ".join(f"`{code}`" for code in own) + "."]
    return [*lines, ""]


def _parameter_row(row: Part) -> str:
    needed = ", needed" if row["required"] else _default(row["schema"])
    about = _inline(row.get("description", ""))
    return f"| `{row['name']}` | {row['in']} | {_type(row['schema'])}{needed} | {about} |"


def _answer(status: str, answer: Part) -> str:
    schemas = [content.get("schema", {}) for content in answer.get("content", {}).values()]
    names = [_type(schema) for schema in schemas if "$ref" in schema]
    return f"`{status}` {' '.join(names)}: {_inline(answer['description'])}".replace(" :", ":")


def _codes(answer: Part) -> list[str]:
    found: list[str] = []
    for content in answer.get("content", {}).values():
        found += content["schema"].get("properties", {}).get("code", {}).get("enum", ())
    return found


def _body_rows(schema: Part) -> list[str]:
    needed = schema.get("required", ())
    return [
        f"| `{name}` | body | {_type(field)}{', needed' if name in needed else _default(field)} "
        f"| {_inline(field.get('description', ''))} |"
        for name, field in schema.get("properties", {}).items()
    ]


def _fields(schema: Part) -> list[str]:
    needed = schema.get("required", ())
    rows = [
        f"| `{name}` | {_type(field)}{'' if name in needed else ', may be absent'} "
        f"| {_inline(field.get('description', ''))} |"
        for name, field in schema["properties"].items()
    ]
    return ["| field | type | meaning |", "|---|---|---|", *rows]


def _named(schema: Any) -> list[str]:
    match schema:
        case {"$ref": str(target)} if target.startswith(SCHEMAS):
            return [target.removeprefix(SCHEMAS)]
        case dict():
            return [name for each in schema.values() for name in _named(each)]
        case list():
            return [name for each in schema for name in _named(each)]
        case _:
            return []


def _resolved(document: Part, parameter: Part) -> Part:
    if "$ref" not in parameter:
        return parameter
    found: Part = document["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
    return found


def _type(schema: Part) -> str:
    """The type of a field in words."""
    match schema:
        case {"$ref": str(target)}:
            return target.rpartition("/")[2]
        case {"anyOf": [*choices]}:
            return " or ".join(_type(each) for each in choices if each != {"type": "null"})
        case {"enum": [*values]}:
            return " / ".join(f"`{value}`" for value in values)
        case {"const": value}:
            return f"`{value}`"
        case {"type": "array", "items": dict(items)}:
            return f"list of {_type(items)}"
        case {"type": str(name)}:
            return name
        case _:
            return "any"


def _default(field: Part) -> str:
    match field.get("default"):
        case None | [] | {}:
            return ""
        case bool(default):
            return f", `{str(default).lower()}` when absent"
        case default:
            return f", `{default}` when absent"


def _inline(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _text_limit(platform: Platform) -> str:
    thread = f", threads of {platform.thread_max}" if platform.thread_max else ""
    return f"{platform.text.max} {platform.text.unit}{thread}"


def _files(platform: Platform) -> str:
    media = platform.media
    kinds = {"pictures": media.image, "GIFs": media.gif, "videos": media.video}
    taken = [f"{limits.max} {kind}" for kind, limits in kinds.items() if limits]
    if not taken:
        return "none"
    needed = ", at least one" if media.required else ""
    return f"{', '.join(taken)}, {media.max} in all{needed}"
