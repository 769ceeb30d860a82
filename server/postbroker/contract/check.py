"""Fails when generated files differ from the models: `python -m postbroker.contract.check`."""

import sys
import tempfile
from pathlib import Path

from postbroker.contract.generate import write_schemas
from postbroker.resources import shared_file


def stale_schemas() -> list[str]:
    """Names of the schema files that `make contract` would change."""
    committed = shared_file("schemas")
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        write_schemas(fresh)
        names = {file.name for file in [*fresh.glob("*.json"), *committed.glob("*.json")]}
        return sorted(name for name in names if _text(fresh / name) != _text(committed / name))


def _text(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None


if __name__ == "__main__":
    if stale := stale_schemas():
        sys.exit(f"stale: {', '.join(stale)}: run make contract")
