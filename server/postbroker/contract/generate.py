"""Writes the schemas of every message: `python -m postbroker.contract.generate shared/schemas`."""

import json
import sys
from pathlib import Path
from types import ModuleType

from pydantic.json_schema import models_json_schema

from postbroker.contract import (
    accounts,
    agents,
    approvals,
    catalogue,
    connections,
    extension,
    groups,
    jobs,
    keys,
    live,
    locators,
    media,
    pairing,
    problems,
    requests,
)
from postbroker.contract.message import Message

FAMILIES: tuple[ModuleType, ...] = (
    accounts,
    agents,
    approvals,
    catalogue,
    connections,
    extension,
    groups,
    jobs,
    keys,
    live,
    locators,
    media,
    pairing,
    problems,
    requests,
)


def family_schema(family: ModuleType) -> dict[str, object]:
    """One document with every model of a module under `$defs`."""
    models = [
        value
        for value in vars(family).values()
        if isinstance(value, type) and issubclass(value, Message) and value is not Message
    ]
    _, schema = models_json_schema([(model, "validation") for model in models])
    name = family.__name__.rpartition(".")[2]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{name}.json",
        "title": name,
        "description": (family.__doc__ or "").strip(),
        "$defs": schema["$defs"],
    }


def write_schemas(folder: Path) -> None:
    """Write one file per message family into `folder`."""
    for family in FAMILIES:
        schema = family_schema(family)
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        (folder / f"{schema['title']}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))
