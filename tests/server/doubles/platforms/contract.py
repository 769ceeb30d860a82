"""What a vendor's own description says of the requests that we send, and whether one obeys it.

The descriptions are tests/server/platforms/contracts/<id>.json. Each says whence it is, and of each
endpoint the schemas (JSON Schema 2020-12) of its headers, its query and its bodies by content type.
Names of headers are in lower case. What comes as text is read as the type that its schema names.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Self

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from server.doubles.platforms.asked import Asked

FOLDER = Path(__file__).parents[2] / "platforms/contracts"
NOTHING = {"type": "object", "maxProperties": 0}
SAID = 200


class Contract:
    """The requests that one platform takes of us."""

    def __init__(self, described: Mapping[str, Any]) -> None:
        self.source: Mapping[str, str] = described["source"]
        """Whence it is: `document`, `version`, `licence`, `read`."""
        self.requests: Mapping[str, Mapping[str, Any]] = described["requests"]
        """By method and path, such as `GET /pins/{id}`."""
        self.definitions: Mapping[str, Any] = described.get("$defs", {})
        """Schemas that several requests share."""

    @classmethod
    @cache
    def of(cls, platform: str) -> Self:
        """The contract of a platform."""
        return cls(json.loads((FOLDER / f"{platform}.json").read_text(encoding="utf-8")))

    def problems(self, asked: Asked, path: str) -> list[str]:
        """Where a request breaks the contract; `path` is below the API's base address."""
        name = self._name(asked.method, path)
        if name is None:
            return [f"{asked.method} {path} is in no contract"]
        request = self.requests[name]
        headers = {key.lower(): value for key, value in asked.headers.items()}
        return [
            *self._wrong_text(f"{name} headers", request.get("headers", {}), headers),
            *self._wrong_text(f"{name} query", request.get("query", NOTHING), asked.query),
            *self._wrong_body(name, request.get("bodies"), asked),
        ]

    def _name(self, method: str, path: str) -> str | None:
        for name in self.requests:
            wanted, _, template = name.partition(" ")
            pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
            if wanted == method and re.fullmatch(pattern, path):
                return name
        return None

    def _wrong_body(self, name: str, bodies: Mapping[str, Any] | None, asked: Asked) -> list[str]:
        if bodies is None:
            return [f"{name} takes no body"] if asked.body else []
        schema = bodies.get(asked.content_type)
        if schema is None:
            return [f"{name} takes no {asked.content_type or 'body without a type'}"]
        if asked.content_type == "application/json":
            try:
                return self._wrong(f"{name} body", schema, json.loads(asked.body))
            except ValueError:
                return [f"{name} body is no JSON"]
        files = {part.name: "" for part in asked.parts if part.file_name is not None}
        return self._wrong_text(f"{name} body", schema, {**asked.form, **files})

    def _wrong_text(
        self, what: str, schema: Mapping[str, Any], given: Mapping[str, str]
    ) -> list[str]:
        named = schema.get("properties", {})
        return self._wrong(
            what,
            schema,
            {name: self._read(named.get(name, {}), text) for name, text in given.items()},
        )

    def _read(self, schema: Mapping[str, Any], text: str) -> Any:
        """Text as the type that a schema names; what cannot be read stays text, and is wrong."""
        if "$ref" in schema:
            return self._read(self.definitions[schema["$ref"].rpartition("/")[2]], text)
        match schema.get("type"):
            case "array":
                return text.split(",")
            case "integer" | "number" | "boolean" | "object":
                try:
                    return json.loads(text)
                except ValueError:
                    return text
            case _:
                return text

    def _wrong(self, what: str, schema: Mapping[str, Any], given: Any) -> list[str]:
        whole = {**schema, "$defs": self.definitions}
        return [
            f"{what}: {error.json_path} {error.message[:SAID]}"
            for error in Draft202012Validator(whole).iter_errors(given)
        ]
