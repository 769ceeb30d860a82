"""How often crash tests kill, by which dice, and what they kill."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import pytest

from server.cli.conftest import Broker, Installation
from server.doubles.postgres import Cluster, free_port, running_cluster

SEEDS = 1 << 32
QUICK = {
    "POSTBROKER_LEASE_SECONDS": "1",
    "POSTBROKER_SWEEP_SECONDS": "0.2",
    "POSTBROKER_RETRY_DELAYS": "0.1",
    "POSTBROKER_VERIFY_DELAYS": "0.2,0.4",
    "POSTBROKER_ATTEMPTS": "20",
    "POSTBROKER_SANDBOX": "false",
}
"""What is lost at a kill is taken up again within a second."""

Start = Callable[..., Broker]


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


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """A folder on which no broker has run."""
    fresh = Installation(tmp_path / "data")
    yield fresh
    for broker in fresh.brokers:
        broker.close()


@pytest.fixture
def start(installation: Installation) -> Start:
    """Start a broker there, always at the same address."""
    port = str(free_port())

    def start(*arguments: str, **environment: str) -> Broker:
        return installation.start("--port", port, *arguments, **(QUICK | environment))

    return start


@pytest.fixture
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A PostgreSQL server that the test may kill."""
    if not request.config.getoption("--postgres"):
        pytest.skip("needs PostgreSQL: make durability")
    with running_cluster() as cluster:
        yield cluster
