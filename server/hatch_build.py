"""Puts catalogue, pages and extension into the wheel; an editable install reads them in place."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CARRIED = {
    "shared/platforms": "postbroker/_shared/platforms",
    "shared/locators": "postbroker/_shared/locators",
    "shared/locator-keys.json": "postbroker/_shared/locator-keys.json",
    "shared/text": "postbroker/_shared/text",
    "shared/errors.json": "postbroker/_shared/errors.json",
    "shared/examples/valid": "postbroker/_shared/examples/valid",
    "shared/README.md": "postbroker/_shared/README.md",
    "docs": "postbroker/_docs",
    "extension/dist/chrome": "postbroker/_extension/chrome",
    "extension/dist/firefox": "postbroker/_extension/firefox",
}


class CarriedFiles(BuildHookInterface[Any]):
    """Adds what lies outside the package to a wheel, and refuses to build one without it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fill `force_include`; raises FileNotFoundError when the extension is not built."""
        if version != "standard" or self.target_name != "wheel":
            return
        for source, place in CARRIED.items():
            if not (Path(self.root) / source).exists():
                raise FileNotFoundError(
                    f"{source} is missing: run `make package`, which builds it first"
                )
            build_data["force_include"][source] = place
