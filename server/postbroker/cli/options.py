"""Options that several commands share, and what stands before the command."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[
    bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")
]
Account = Annotated[
    str | None, typer.Option(help="Who must be logged in, such as @ada.", show_default=False)
]
Sandbox = Annotated[
    bool, typer.Option("--sandbox", help="Do it on the broker's simulated platform.")
]
Queue = Annotated[bool, typer.Option("--queue", help="Accept it although no browser is paired.")]
Repeat = Annotated[
    bool,
    typer.Option("--allow-duplicate", help="Accept it although one like it was, within a day."),
]
Key = Annotated[
    str | None,
    typer.Option(
        "--idempotency-key",
        help="Your name for this request: used twice, it is done once.",
        show_default="random",
    ),
]
Wait = Annotated[
    bool | None,
    typer.Option("--wait/--no-wait", help="Wait for the end.", show_default="wait unless --queue"),
]
Timeout = Annotated[
    float, typer.Option(help="How many seconds to wait; the job goes on after that.", min=0)
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
