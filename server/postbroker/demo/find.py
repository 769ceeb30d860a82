"""Finds the browser to drive; run as a module it prints it, or fails in a sentence."""

import shutil
import sys
from pathlib import Path

from postbroker.settings import Settings

PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


class NoChromiumError(Exception):
    """There is no browser to drive on this machine."""


def find_chromium(wanted: Path | None = None) -> Path:
    """The wanted program, or the first known one that is installed. Raises NoChromiumError."""
    for name in [str(wanted)] if wanted is not None else PROGRAMS:
        if found := shutil.which(name):
            return Path(found)
    where = f"at {wanted}" if wanted is not None else "on this machine"
    raise NoChromiumError(
        f"There is no Chromium or Google Chrome {where}. Install one (on Debian and Ubuntu:"
        " apt install chromium), or name its program in POSTBROKER_CHROMIUM."
    )


def main() -> None:
    """Print the program that the demo and the end-to-end tests will use."""
    try:
        sys.stdout.write(f"{find_chromium(Settings().chromium)}\n")
    except NoChromiumError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
