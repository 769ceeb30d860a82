"""The schemas of the wire are those of the models, and cover every message."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import pytest

from postbroker.contract.check import stale_schemas
from postbroker.contract.generate import FAMILIES, family_schema, write_schemas
from postbroker.contract.message import Message

ROOT = Path(__file__).parents[2]
SCHEMAS = sorted((ROOT / "shared" / "schemas").glob("*.json"))


def messages_of(family: Any) -> set[str]:
    """The names of a family's own messages."""
    return {
        name
        for name, value in vars(family).items()
        if isinstance(value, type)
        and issubclass(value, Message)
        and value.__module__ == family.__name__
    }


def test_committed_schemas_are_what_the_models_say_now() -> None:
    assert stale_schemas() == [], "run make contract"


def test_a_family_is_a_file_and_no_file_is_left_over(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    assert [file.name for file in SCHEMAS] == sorted(file.name for file in tmp_path.iterdir())


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__.split(".")[-1])
def test_every_message_of_a_family_has_a_schema_with_a_description(family: Any) -> None:
    definitions: Any = family_schema(family)["$defs"]
    for name in messages_of(family):
        assert definitions[name]["description"], name


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_a_schema_is_valid_itself_and_refuses_unknown_fields(path: Path) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    for name, definition in schema["$defs"].items():
        if definition["type"] == "object":
            assert definition["additionalProperties"] is False, name
