"""`python -m postbroker`, and the console script."""

import sys
from typing import Any

import typer

from postbroker.cli import app
from postbroker.cli.ending import tell_misuse


def main() -> None:
    """Run the command line. With --json wrong usage is a JSON document, too."""
    if "--json" not in sys.argv:
        app()
        return
    try:
        code: Any = app(standalone_mode=False)
    except typer.Abort:
        code = 1
    except Exception as error:
        words = getattr(error, "format_message", None)  # what the command line's own errors have
        if words is None:
            raise
        code = tell_misuse(words())
    sys.exit(code)


if __name__ == "__main__":
    main()
