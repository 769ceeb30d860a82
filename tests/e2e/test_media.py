"""Large files reach the site whole, and pass through the browser without filling its memory."""

import sys

import pytest

from e2e.files import upload_large
from e2e.memory import Peak, watched
from e2e.stage import Stage
from server.doubles.files import video

MIB = 1 << 20
GROWTH_MIB = 100
"""What a page may take more for the largest file than for the smallest."""


async def peak_of(stage: Stage, account: str, mebibytes: int) -> Peak:
    """Post a video of that size, and say how much memory the browser took meanwhile."""
    file = await upload_large(stage, "film.mp4", video(), mebibytes * MIB)
    assert stage.browser.process is not None
    async with watched(stage.browser.process.pid) as peak:
        text = f"a film of {mebibytes} MiB by {account}"
        job = await stage.publish(text, account, mediaPaths=[file.url])
    assert job["status"] == "succeeded", job
    [shown] = stage.site.ledger_of(account)[-1].media
    assert (shown.sha256, shown.size) == (file.sha256, file.size)
    return peak


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read as Linux tells it")
async def test_memory_does_not_grow_with_the_file(stage: Stage, account: str) -> None:
    peaks = {size: await peak_of(stage, account, size) for size in (1, 100, 300)}
    for size, peak in peaks.items():
        said = f"\n{size:4} MiB: pages {peak.pages:.0f} MiB, browser {peak.whole:.0f} MiB"
        print(said, end="", file=sys.stderr)
    assert peaks[300].pages - peaks[1].pages < GROWTH_MIB
