"""What crash tests kill."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.cli.conftest import Broker, Installation
from server.doubles.postgres import Cluster, free_port, running_cluster

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
