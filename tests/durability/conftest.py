"""What crash tests kill."""

from collections.abc import Callable, Iterator

import pytest

from server.cli.conftest import Broker, Installation, installation
from server.doubles.postgres import Cluster, free_port, running_cluster

__all__ = ["installation"]

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
