"""Options of the whole suite, and what crash tests read from them."""

from random import Random, SystemRandom
from typing import Any

import pytest

SEEDS = 1 << 32

pytest.register_assert_rewrite("e2e.captioned", "e2e.crashes", "e2e.endings", "e2e.films")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--postgres` runs what stands on a database on PostgreSQL instead of SQLite."""
    parser.addoption("--postgres", action="store_true", help="use a private PostgreSQL cluster")
    parser.addoption("--rounds", type=int, default=5, help="how often crash tests kill something")
    parser.addoption("--seed", type=int, default=None, help="repeat what crash tests chose by it")
    parser.addoption("--soak-jobs", type=int, default=2000, help="how many jobs the soak takes")
    parser.addoption("--attack-seconds", type=int, default=0, help="how long the API is attacked")


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    """How often to kill."""
    given: int = request.config.getoption("--rounds")
    return given


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> Random:
    """Chance that can be repeated by the seed it prints."""
    seed: Any = request.config.getoption("--seed")
    seed = SystemRandom().randrange(SEEDS) if seed is None else seed
    print(f"\n--seed {seed}")
    return Random(seed)  # noqa: S311  nothing secret
