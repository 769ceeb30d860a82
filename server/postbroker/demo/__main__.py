"""`python -m postbroker.demo`: the whole product at work in half a minute."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from postbroker.demo.official import PLATFORM, run_official
from postbroker.demo.report import DemoError, Report, Teller
from postbroker.demo.run import run_demo
from postbroker.demo.scenes import SCENES
from postbroker.settings import Settings

INTERRUPTED = 130
PLACES = (*SCENES, PLATFORM)


def main(
    platform: Annotated[str, typer.Option(help=f"Where: {', '.join(PLACES)}.")] = "x",
    screenshot: Annotated[
        Path, typer.Option(help="Where the picture of the live post goes.")
    ] = Path("postbroker-demo.png"),
    headed: Annotated[bool, typer.Option("--headed", help="Show the browser at work.")] = False,
) -> None:
    """Start a broker and a browser, pair them, publish one post to a simulated site, and prove it.

    For bluesky there is no browser: the post goes through the official API to a real server that
    is started here. Everything that is started is stopped at the end. The last line is one JSON
    object.
    """
    if platform not in PLACES:
        raise typer.BadParameter(
            f"there is no scene {platform}; there are {', '.join(PLACES)}", param_hint="--platform"
        )
    console, report = Console(), Report()
    teller = Teller(console)
    code = 0
    if platform == PLATFORM:
        demo = run_official(teller, report)
    else:
        picture, scene = screenshot.resolve(), SCENES[platform]
        demo = run_demo(Settings(), scene, picture, teller, report, headless=not headed)
    try:
        asyncio.run(_until_told(demo))
    except DemoError as error:
        report.error, code = str(error), 1
        console.print(f"[red]✗[/] {escape(str(error))}", highlight=False, soft_wrap=True)
    except (KeyboardInterrupt, asyncio.CancelledError):
        report.error, code = "interrupted", INTERRUPTED
    sys.stdout.write(report.as_json() + "\n")
    raise typer.Exit(code)


async def _until_told(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end, or until a first signal; further ones do not disturb the cleaning up."""
    task = asyncio.ensure_future(work)

    def stop() -> None:
        if not task.cancelling():
            task.cancel()

    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop)
    await task


if __name__ == "__main__":
    typer.run(main)
