"""Schemas of messages, as small as they can be said: a model reads them with every request."""

from collections.abc import Collection
from typing import Any

from postbroker.contract.message import Message

IGNORED = "tenantId"
"""Accepted for old clients, and of no use to a model."""


def taken(model: type[Message]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of what a tool takes."""
    schema = _schema_of(model)
    schema.get("properties", {}).pop(IGNORED, None)
    return schema


def given(model: type[Message], untold: Collection[str] = ()) -> dict[str, Any]:
    """The JSON Schema (2020-12) of what a tool answers; only the message itself is described.

    Of fields named in `untold` it says that they are objects, and no more.
    """
    schema = _schema_of(model, untold)
    for part in schema.get("$defs", {}).values():
        for field in part.get("properties", {}).values():
            field.pop("description", None)
    return schema


def _schema_of(model: type[Message], untold: Collection[str] = ()) -> dict[str, Any]:
    """A schema without what names and types say already, and without nulls: nobody sends one."""
    whole = model.model_json_schema()
    for part in whole.get("$defs", {}).values():
        fields = part.get("properties", {})
        fields |= {name: {"type": "object"} for name in untold if name in fields}
    schema: dict[str, Any] = _plain(whole)
    used = set[str]()
    _collect(schema, whole.get("$defs", {}), used)
    schema.pop("$defs", None)
    if used:
        schema["$defs"] = {name: _plain(whole["$defs"][name]) for name in sorted(used)}
    return schema


def _plain(part: Any) -> Any:
    """A part of a schema without the titles that are made from names, and without nulls."""
    if isinstance(part, list):
        return [_plain(each) for each in part]
    if not isinstance(part, dict):
        return part
    match part:
        case {"anyOf": [kind, {"type": "null"}], **rest}:
            said = {name: each for name, each in rest.items() if each is not None}
            return _plain({**kind, **said})
        case {"properties": dict(properties), **rest}:
            plain = {name: _plain(each) for name, each in properties.items()}
            return {**_plain(rest), "properties": plain}
        case _:
            return {name: _plain(each) for name, each in part.items() if name != "title"}


def _collect(part: Any, defs: dict[str, Any], used: set[str]) -> None:
    """Note the definitions that a part needs, and those that they need."""
    if isinstance(part, list):
        for each in part:
            _collect(each, defs, used)
    if not isinstance(part, dict):
        return
    name = str(part.get("$ref", "")).rpartition("/")[2]
    if name and name not in used:
        used.add(name)
        _collect(_plain(defs[name]), defs, used)
    for key, each in part.items():
        if key != "$defs":
            _collect(each, defs, used)
