"""The messages as schemas: components for all, bodies and parameters for requests."""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from pydantic.json_schema import JsonSchemaMode, models_json_schema

from postbroker.catalogue import load_platforms
from postbroker.contract.jobs import AskedJob
from postbroker.contract.message import Message
from postbroker.http.openapi.described import Part
from postbroker.http.openapi.examples import examples_of

PREFIX = "#/components/schemas/"
PLATFORM = "platform"
NULL = {"type": "null"}
DATA = frozenset({"default", "enum", "const", "examples"})
"""What holds values in place of schemas."""


class Messages:
    """The schemas of all messages that a document speaks of."""

    def __init__(self, taken: Iterable[type[Message]], given: Iterable[type[Message]]) -> None:
        wanted: set[tuple[type[Message], JsonSchemaMode]] = {
            *((model, "validation") for model in taken),
            *((model, "serialization") for model in given),
        }
        in_order = sorted(wanted, key=lambda pair: (pair[0].__name__, pair[1]))
        names, whole = models_json_schema(in_order, ref_template=PREFIX + "{model}")
        self._names = {key: schema["$ref"].removeprefix(PREFIX) for key, schema in names.items()}
        self._all: dict[str, Part] = whole["$defs"]
        self._used: set[str] = set()

    def answer(self, model: type[Message]) -> Part:
        """What an endpoint gives."""
        return {
            "schema": self.use(model, "serialization"),
            **_shown(examples_of(model)),
        }

    def body(self, model: type[Message], in_path: set[str]) -> Part | None:
        """What an endpoint takes in its body: the message without what its path names."""
        schema = self._request(model)
        fields = schema["properties"].keys() - in_path
        if not fields:
            return None
        schema["properties"] = {
            name: _platforms(name, value)
            for name, value in schema["properties"].items()
            if name in fields
        }
        schema["required"] = [name for name in schema.get("required", ()) if name in fields]
        if issubclass(model, AskedJob):
            _take_null(schema)
        if not schema["required"]:
            del schema["required"]
        self._use(schema)
        examples = {
            name: {**example, "value": _without(example["value"], in_path)}
            for name, example in examples_of(model).items()
        }
        content = {"application/json": {"schema": _plain(schema), **_shown(examples)}}
        return {"required": "required" in schema, "content": content}

    def parameters(self, model: type[Message], in_path: set[str], *, has_body: bool) -> list[Part]:
        """What an endpoint takes in its path, and in its query where it has no body."""
        schema = self._request(model)
        fields = schema.get("properties", {})
        found = [
            self._parameter(name, fields[name], "path" if name in in_path else "query", schema)
            for name in fields
            if name in in_path or not has_body
        ]
        return sorted(found, key=lambda row: row["in"])

    def components(self) -> dict[str, Part]:
        """Every schema that something refers to, by name."""
        waiting, found = set(self._used), set[str]()
        while waiting:
            name = waiting.pop()
            found.add(name)
            waiting |= set(_references(self._all[name])) - found
        return {name: _plain(self._all[name]) for name in sorted(found)}

    def use(self, model: type[Message], mode: JsonSchemaMode) -> Part:
        """A reference to a message."""
        return self._reference(self._names[model, mode])

    def _request(self, model: type[Message]) -> Part:
        return deepcopy(self._all[self._names[model, "validation"]])

    def _parameter(self, name: str, schema: Part, place: str, whole: Part) -> Part:
        schema = _without_null(schema)
        description = schema.pop("description", None)
        self._use(schema)
        is_needed = place == "path" or name in whole.get("required", ())
        about = {"description": description} if description else {}
        return {"name": name, "in": place, "required": is_needed, **about, "schema": _plain(schema)}

    def _reference(self, name: str) -> Part:
        self._used.add(name)
        return {"$ref": PREFIX + name}

    def _use(self, schema: Any) -> None:
        self._used |= set(_references(schema))


def _references(schema: Any) -> Iterable[str]:
    match schema:
        case {"$ref": str(target)}:
            yield target.removeprefix(PREFIX)
        case dict():
            for each in schema.values():
                yield from _references(each)
        case list():
            for each in schema:
                yield from _references(each)
        case _:
            pass


def _plain(schema: Any) -> Any:
    """A schema without the titles that only repeat the names of fields."""
    match schema:
        case dict():
            return {
                name: value if name in DATA else _plain(value)
                for name, value in schema.items()
                if name != "title" or not isinstance(value, str)
            }
        case list():
            return [_plain(each) for each in schema]
        case _:
            return schema


def _shown(examples: dict[str, Part]) -> Part:
    return {"examples": examples} if examples else {}


def _without(message: dict[str, Any], fields: set[str]) -> dict[str, Any]:
    return {name: value for name, value in message.items() if name not in fields}


def _without_null(schema: Part) -> Part:
    """A query leaves a parameter out: it has no word for nothing."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != NULL]
    rest = {
        name: value
        for name, value in schema.items()
        if name != "anyOf" and (name, value) != ("default", None)
    }
    match choices:
        case []:
            return rest
        case [only]:
            return {**only, **rest}
        case _:
            return {"anyOf": choices, **rest}


def _take_null(schema: Part) -> None:
    """Requests for jobs take null for whatever may be left out."""
    for name, value in schema["properties"].items():
        if name in schema["required"] or NULL in value.get("anyOf", ()):
            continue
        about = {key: value.pop(key) for key in ("description", "default") if key in value}
        schema["properties"][name] = {"anyOf": [value, NULL], **about}


def _platforms(name: str, schema: Part) -> Part:
    """Where a platform is named: the ones there are."""
    if name != PLATFORM:
        return schema
    known = {"type": "string", "enum": sorted(load_platforms())}
    about = {key: value for key, value in schema.items() if key in ("description", "default")}
    return {**({"anyOf": [known, NULL]} if NULL in schema.get("anyOf", ()) else known), **about}
