"""`python -m postbroker`, and the console script."""

from postbroker.cli import app


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
