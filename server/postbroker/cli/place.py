"""What stands before a command: where the broker is."""

from dataclasses import dataclass
from pathlib import Path

import typer


@dataclass(frozen=True, slots=True)
class Place:
    """Where the broker is, as far as it was said on the command line."""

    url: str | None
    key: str | None
    data_dir: Path | None


def place_of(context: typer.Context) -> Place:
    """What was said before the command, or stands there while the shell completes a word."""
    if isinstance(context.obj, Place):
        return context.obj
    given = context.find_root().params
    data_dir = given.get("data_dir")
    return Place(given.get("url"), given.get("key"), Path(data_dir) if data_dir else None)
