"""Options of the whole suite."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--postgres` runs what stands on a database on PostgreSQL instead of SQLite."""
    parser.addoption("--postgres", action="store_true", help="use a private PostgreSQL cluster")
