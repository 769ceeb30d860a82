"""A whole broker on a disk that fills up, and gets room again."""

from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from postbroker.client import AsyncPostbroker, PostbrokerError
from postbroker.store.reserve import RESERVE_BYTES
from server.cli.conftest import Installation
from server.doubles.disk import fill, small_disk
from server.doubles.extension import FakeBrowser

TRIES = 200
"""What is left in the log file's last block takes some jobs more."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path, 4 * RESERVE_BYTES) as place:
        yield place


async def readiness(url: str) -> tuple[int, bool]:
    """The status of /readyz, and whether there is room."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}/readyz") as response:
        return response.status, (await response.json())["checks"]["disk"]


async def test_full_disk_is_survived_and_said(disk: Path) -> None:
    installation = Installation(disk / "data")
    broker = installation.start()
    key = broker.ready["apiKey"]
    browser = await FakeBrowser.pair(broker.url, key)
    async with AsyncPostbroker(broker.url, key) as client:
        running = await client.post("under way")
        filler = fill(disk)

        refusal = None
        for number in range(TRIES):
            try:
                await client.post(f"post {number}")
            except PostbrokerError as error:
                refusal = error.code
                break
        assert refusal == "STORAGE_FULL"
        assert await readiness(broker.url) == (503, False)
        checks = {
            c["name"]: c for c in (await installation.run("doctor", "--json")).document["checks"]
        }
        assert not checks["disk"]["ok"]

        await browser.publish_next()
        assert (await client.get(running.id)).status == "succeeded"

        filler.unlink()
        assert await readiness(broker.url) == (200, True)
        assert (await client.post("room again")).status == "queued"
    await browser.close()
    assert broker.stop() == 0


async def test_a_file_that_does_not_fit_is_refused_and_leaves_the_room_it_took(
    disk: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    installation = Installation(disk / "data")
    broker = installation.start()
    async with AsyncPostbroker(broker.url, broker.ready["apiKey"]) as client:
        with pytest.raises(PostbrokerError) as refused:
            await client.upload(a_large_file(tmp_path_factory.mktemp("elsewhere") / "large.png"))
        assert refused.value.code == "STORAGE_FULL"
        assert await readiness(broker.url) == (200, True)
        assert (await client.post("x", when_offline="queue")).status == "queued"
    assert broker.stop() == 0


def a_large_file(place: Path) -> Path:
    place.write_bytes(bytes(5 * RESERVE_BYTES))
    return place
