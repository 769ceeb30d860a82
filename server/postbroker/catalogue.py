"""The catalogue: all of shared/platforms as one value, and what is shared about locators."""

import json
from collections.abc import Mapping

from postbroker.contract.catalogue import Locators, Platform
from postbroker.contract.locators import LocatorKey
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


def load_locators() -> dict[str, Locators]:
    """The locators that are bundled with the extension of this version, by platform."""
    files = sorted(shared_file("locators").glob("*.json"))
    return {file.stem: Locators.model_validate_json(file.read_bytes()) for file in files}


def load_locator_keys() -> list[LocatorKey]:
    """The keys whose locator packs extensions of this version trust."""
    rows = json.loads(shared_file("locator-keys.json").read_bytes())
    return [LocatorKey.model_validate(row) for row in rows]
