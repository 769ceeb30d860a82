"""Options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from postbroker.cli.completion import offer_accounts, offer_jobs, offer_platforms
from postbroker.cli.place import Place as Place
from postbroker.cli.place import place_of as place_of

AsJson = Annotated[
    bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")
]
Account = Annotated[
    str | None,
    typer.Option(
        help="Who must be logged in, such as @ada.",
        show_default=False,
        autocompletion=offer_accounts,
    ),
]
JobId = Annotated[str, typer.Argument(metavar="ID", help="The job.", autocompletion=offer_jobs)]
PlatformId = Annotated[
    str | None,
    typer.Option(
        "--platform",
        help="Where to.",
        show_default="x, or facebook with --group",
        autocompletion=offer_platforms,
    ),
]
Sandbox = Annotated[
    bool, typer.Option("--sandbox", help="Do it on the broker's simulated platform.")
]
Queue = Annotated[bool, typer.Option("--queue", help="Accept it although no browser is paired.")]
Repeat = Annotated[
    bool,
    typer.Option("--allow-duplicate", help="Accept it although one like it was, within a day."),
]


class Route(StrEnum):
    """Which way a post goes."""

    AUTO = "auto"
    TAB = "tab"
    API = "api"


AskedRoute = Annotated[
    Route | None,
    typer.Option(
        "--route",
        help="By the browser's tab, or by the platform's official API.",
        show_default="the account's usual way",
    ),
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
