"""The example messages, held against the models and against the schemas made from them."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import pytest
from pydantic import ValidationError

from postbroker.contract.generate import FAMILIES as GENERATED
from postbroker.contract.message import Message

SHARED = Path(__file__).parents[2] / "shared"
FAMILIES = {family.__name__.rpartition(".")[2]: family for family in GENERATED}
PARTS_OF_OTHERS = {"LeaseRef"}  # what other messages begin with


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


SCHEMAS = {name: read(SHARED / "schemas" / f"{name}.json") for name in FAMILIES}
VALID = sorted((SHARED / "examples" / "valid").glob("*.json"))
INVALID = sorted((SHARED / "examples" / "invalid").glob("*.json"))


def name_of(path: Path) -> str:
    return path.stem


def model_of(example: dict[str, Any]) -> type[Message]:
    family, _, name = example["schema"].partition(".json#/$defs/")
    model: type[Message] = getattr(FAMILIES[family], name)
    return model


def fits_schema(example: dict[str, Any]) -> bool:
    family, _, name = example["schema"].partition(".json#/$defs/")
    schema = {"$ref": f"#/$defs/{name}", "$defs": SCHEMAS[family]["$defs"]}
    return bool(jsonschema.Draft202012Validator(schema).is_valid(example["message"]))


def validate(example: dict[str, Any]) -> Message:
    return model_of(example).model_validate(example["message"], by_alias=True, by_name=False)


@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_valid_message_is_accepted_by_model_and_schema(path: Path) -> None:
    example = read(path)
    assert fits_schema(example)
    assert isinstance(validate(example), Message)


@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_valid_message_comes_back_as_it_was(path: Path) -> None:
    example = read(path)
    written = json.loads(validate(example).model_dump_json(exclude_unset=True))
    assert written == example["message"]


@pytest.mark.parametrize("path", INVALID, ids=name_of)
def test_invalid_message_is_refused_by_model_and_schema(path: Path) -> None:
    example = read(path)
    assert not fits_schema(example)
    with pytest.raises(ValidationError):
        validate(example)


def test_every_message_of_the_extensions_wire_has_a_valid_example() -> None:
    shown = {read(path)["schema"] for path in VALID}
    nested = json.dumps(SCHEMAS)
    messages = {
        f"{family}.json#/$defs/{name}"
        for family in ("extension", "pairing")
        for name in SCHEMAS[family]["$defs"]
        if f'"#/$defs/{name}"' not in nested and name not in PARTS_OF_OTHERS
    }
    assert messages - shown == set()


@pytest.mark.parametrize("path", VALID + INVALID, ids=name_of)
def test_example_says_why_it_is_there(path: Path) -> None:
    example = read(path)
    assert set(example) == {"schema", "message", "why"}
    assert example["why"].endswith(".")
