"""The examples in shared/ that the tests of both languages read."""

import json
from typing import Any

from postbroker.resources import shared_file


def read_example(name: str) -> Any:
    """The whole of shared/examples/<name>.json."""
    return json.loads((shared_file("examples") / f"{name}.json").read_bytes())
