"""Real servers, each started once for all tests of a module."""

from collections.abc import Iterator

import pytest

from servers.blog import Blog, running_blog
from servers.pds import Member, Server, running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("pds")) as server:
        yield server


@pytest.fixture
def member(server: Server, request: pytest.FixtureRequest) -> Member:
    """An account that has posted nothing yet."""
    return server.join(f"ada{abs(hash(request.node.name)) % 10**8}")


@pytest.fixture(scope="module")
def blog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Blog]:
    with running_blog(tmp_path_factory.mktemp("blog")) as blog:
        yield blog
