"""Options that several commands share, and what stands before the command."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[
    bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")
]
DataDir = Annotated[
    Path | None, typer.Option(help="The broker's data folder.", file_okay=False, show_default=False)
]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the broker is, as far as it was said on the command line."""

    url: str | None
    key: str | None
    data_dir: Path | None


def place_of(context: typer.Context) -> Place:
    """What was said before the command."""
    place: Place = context.obj
    return place
