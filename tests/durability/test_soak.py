"""Memory and file handles stay flat while many jobs go through the whole of the store."""

import asyncio
import gc
import os
from itertools import count
from pathlib import Path
from time import monotonic

import pytest

from postbroker.app import Services, build_services, open_database
from postbroker.clock import SystemClock
from postbroker.domain.caller import Caller
from postbroker.services.secrets import Vault
from postbroker.services.signals import Signals
from postbroker.settings import Settings
from postbroker.store.browsers import Browser
from postbroker.store.folder import DATABASE_FILE
from postbroker.store.sqlite import CACHE_KIB
from server.samples import a_report_of_success, evidence
from server.steps import enqueue, get_permit, pair, pull

BROWSERS = 8
PARTS = 10
"""The soak is measured so many times."""
WARM_UP_PARTS = 2
"""Until caches are full."""
GROWTH_KIB = 4 * 1024
"""What the rest may add beside SQLite's cache: noise of the allocator, not a byte a job."""
PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024
SECRET_KEY = "the secret key of an installation that tests itself"


async def test_memory_and_file_handles_stay_flat(tmp_path: Path, soak_jobs: int) -> None:
    settings = Settings(
        data_dir=tmp_path,
        sandbox=False,
        secret_key=SECRET_KEY,
        pacing=False,
        confirm_first_post=False,
    )
    clock, file = SystemClock(), tmp_path / DATABASE_FILE
    async with open_database(settings, clock) as database:
        services = build_services(settings, database, clock, Signals(), Vault(SECRET_KEY))
        workspace, _ = await services.workspaces.ensure_first()
        _, secret = await services.keys.create(workspace.id, "agent")
        caller = await services.keys.authenticate(secret)
        browsers = [await pair(services, caller, f"account{each}") for each in range(BROWSERS)]
        seen: list[tuple[int, int]] = []
        for part in range(1, PARTS + 1):
            began, jobs = monotonic(), soak_jobs // PARTS
            await _publish(services, caller, browsers, jobs)
            gc.collect()
            memory, handles = _resident_kib(), _open_handles()
            cached = min(file.stat().st_size // 1024, CACHE_KIB)
            seen.append((memory - cached, handles))
            print(
                f"{part * jobs} jobs, {jobs / (monotonic() - began):.0f} a second: "
                f"{memory / 1024:.1f} MiB, of these {cached / 1024:.1f} cache, {handles} handles",
                flush=True,
            )
    steady = seen[WARM_UP_PARTS - 1 :]
    assert max(memory for memory, _ in steady) - steady[0][0] < GROWTH_KIB
    assert len({handles for _, handles in steady}) == 1


async def _publish(services: Services, caller: Caller, browsers: list[Browser], jobs: int) -> None:
    """So many jobs through enqueue, pull, permit and report, by all browsers side by side."""
    numbers = iter(range(jobs))

    async def work(browser: Browser) -> None:
        account = browser.platforms[0]["account"]
        for _ in numbers:
            await enqueue(services, caller, f"post {next(_posts)}")
            leased = await pull(services, browser)
            assert leased is not None
            job = await get_permit(services, browser, leased.job, account=account)
            url = f"https://x.com/{account}/status/{next(_posts)}"
            seen = evidence(job, account=account)
            ack = a_report_of_success(job, post_url=url, evidence=seen)
            assert (await services.leases.report(browser, ack)).state == "published"

    await asyncio.gather(*map(work, browsers))


_posts = count(1)


def _open_handles() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _resident_kib() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_KIB


@pytest.fixture
def soak_jobs(request: pytest.FixtureRequest) -> int:
    """How many jobs to take through."""
    given: int = request.config.getoption("--soak-jobs")
    return given
