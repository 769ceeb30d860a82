"""A broker in a process of its own, with a paired browser, for those who judge it from outside."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.cli.conftest import Installation
from server.doubles.extension import FakeBrowser

IMPATIENT = {
    "POSTBROKER_PULL_WAIT_SECONDS": "0.05",
    "POSTBROKER_READ_WAIT_SECONDS": "0.05",
    "POSTBROKER_KEY_REQUESTS_PER_MINUTE": "0",
    "POSTBROKER_DAILY_POSTS": "1000000",
}


@dataclass(frozen=True)
class Judged:
    """Where the broker is, and every credential that it takes."""

    url: str
    key: str
    browser_token: str
    poll_token: str
    log: Path
    """What the broker said meanwhile."""


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    """A broker that waits for nothing, so that many requests fit a minute."""
    installation = Installation(tmp_path_factory.mktemp("judged") / "data")
    broker = installation.start(**IMPATIENT)
    key = broker.ready["apiKey"]
    yield Judged(broker.url, key, *asyncio.run(_tokens(broker.url, key)), broker.log)
    broker.stop()


async def _tokens(url: str, key: str) -> tuple[str, str]:
    """Of a browser that is paired, and of one that waits to be."""
    paired = await FakeBrowser.pair(url, key)
    async with FakeBrowser(url) as waiting:
        await waiting.register()
    await paired.close()
    return paired.token, waiting.poll_token
