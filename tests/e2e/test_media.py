"""Large files reach the site whole, and pass through the browser without filling its memory."""

import sys

import pytest

from e2e.films import peak_of
from e2e.stage import Stage
from server.doubles.files import video

GROWTH_MIB = 100
"""What a page may take more for the largest file than for the smallest."""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read as Linux tells it")
async def test_memory_does_not_grow_with_the_file(stage: Stage, account: str) -> None:
    peaks = {size: await peak_of(stage, account, video(), size) for size in (1, 100, 300)}
    for size, peak in peaks.items():
        said = f"\n{size:4} MiB: pages {peak.pages:.0f} MiB, browser {peak.whole:.0f} MiB"
        print(said, end="", file=sys.stderr)
    assert peaks[300].pages - peaks[1].pages < GROWTH_MIB
