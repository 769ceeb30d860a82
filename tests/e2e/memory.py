"""How much memory a browser takes, as Linux counts it: what processes share is counted once."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from postbroker.clock import SystemClock

SAMPLE_SECONDS = 0.05
KIB_PER_MIB = 1024


@dataclass(slots=True)
class Peak:
    """The most that was taken at once, in MiB."""

    pages: float = 0
    """By all processes that run pages and extensions."""
    whole: float = 0
    """By the browser with all its processes."""


@asynccontextmanager
async def watched(process_group: int) -> AsyncIterator[Peak]:
    """Looks at a browser's processes as long as the block runs."""
    peak, clock = Peak(), SystemClock()

    async def watch() -> None:
        while True:
            pages, whole = await asyncio.to_thread(_taken, process_group)
            peak.pages, peak.whole = max(peak.pages, pages), max(peak.whole, whole)
            await clock.sleep(SAMPLE_SECONDS)

    watching = asyncio.create_task(watch())
    try:
        yield peak
    finally:
        watching.cancel()


def _taken(process_group: int) -> tuple[float, float]:
    pages = whole = 0.0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getpgid(int(folder.name)) != process_group:
                continue
            rollup = (folder / "smaps_rollup").read_text()
            line = next(line for line in rollup.splitlines() if line.startswith("Pss:"))
            mebibytes = int(line.split()[1]) / KIB_PER_MIB
            whole += mebibytes
            if b"--type=renderer" in (folder / "cmdline").read_bytes():
                pages += mebibytes
    return pages, whole
