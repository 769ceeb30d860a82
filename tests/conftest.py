"""Options of the whole suite."""

import pytest

pytest.register_assert_rewrite("e2e.captioned", "e2e.crashes", "e2e.endings", "e2e.films")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--postgres` runs what stands on a database on PostgreSQL instead of SQLite."""
    parser.addoption("--postgres", action="store_true", help="use a private PostgreSQL cluster")
    parser.addoption("--rounds", type=int, default=5, help="how often crash tests kill something")
    parser.addoption("--seed", type=int, default=None, help="repeat what crash tests chose by it")
    parser.addoption("--soak-jobs", type=int, default=2000, help="how many jobs the soak takes")
    parser.addoption("--attack-seconds", type=int, default=0, help="how long the API is attacked")
