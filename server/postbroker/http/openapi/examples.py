"""The examples of the reference: the messages of shared/examples, which the suite holds true."""

import json
from functools import cache
from typing import Any

from postbroker.contract.message import Message
from postbroker.http.openapi.described import Part
from postbroker.resources import shared_file


def examples_of(model: type[Message]) -> dict[str, Part]:
    """The examples of a message as example objects, by name."""
    family = model.__module__.rpartition(".")[2]
    return {
        name: {"summary": row["why"], "value": dict(row["message"])}
        for name, row in _rows().items()
        if row["schema"] == f"{family}.json#/$defs/{model.__name__}"
    }


@cache
def _rows() -> dict[str, dict[str, Any]]:
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(shared_file("examples/valid").glob("*.json"))
    }
