"""The catalogue: all of shared/platforms as one value."""

import json
from collections.abc import Mapping

from postbroker.contract.catalogue import Platform
from postbroker.domain.content import WeightTable
from postbroker.resources import shared_file


def load_platforms() -> dict[str, Platform]:
    """Every platform by id; the file's name is the id."""
    files = sorted(shared_file("platforms").glob("*.json"))
    return {file.stem: Platform.model_validate_json(file.read_bytes()) for file in files}


def load_weights() -> Mapping[str, WeightTable]:
    """How platforms that weigh text count it, by id."""
    files = sorted(shared_file("text").glob("*.json"))
    return {file.stem: WeightTable.from_json(json.loads(file.read_bytes())) for file in files}
