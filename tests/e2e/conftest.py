"""One stage a module, one account a test, and the judge after each."""

import re
import sys
from collections.abc import AsyncIterator, Generator
from pathlib import Path

import pytest
import pytest_asyncio

from e2e.certificate import make_certificate
from e2e.crashes import Tally
from e2e.newcomers import newcomer
from e2e.site import SimulatedSite
from e2e.stage import Stage, raise_stage
from postbroker.demo.find import find_chromium
from postbroker.sandbox.app import BY_ID
from postbroker.settings import Settings

HERE = Path(__file__).parent
ARTIFACTS = HERE / "artifacts"
FAILED = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "pictures: takes the pictures of the README (make pictures)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    ours = [item for item in items if item.path.is_relative_to(HERE)]
    for item in ours:
        # One loop for all: the stage outlives the tests that play on it.
        item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
    if not config.option.markexpr:
        pictures = [item for item in ours if item.get_closest_marker("pictures")]
        config.hook.pytest_deselected(items=pictures)
        items[:] = [item for item in items if item not in pictures]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    """A broker, a paired browser and a simulated site.

    A module's PLATFORM names the site, its SETTINGS are the broker's, the extension's manifest goes
    WITHOUT these keys, and it takes locators that the key TRUSTED has signed.
    """
    folder = tmp_path_factory.mktemp("stage")
    platform = getattr(request.module, "PLATFORM", "x")
    hosts = BY_ID[platform].site.hosts
    site = SimulatedSite(platform, folder, make_certificate(folder, hosts))
    await site.start()
    try:
        settings = getattr(request.module, "SETTINGS", {})
        without = getattr(request.module, "WITHOUT", ())
        chromium = find_chromium(Settings().chromium)
        trusted = getattr(request.module, "TRUSTED", None)
        stage = await raise_stage(folder, site, chromium, settings, without, trusted)
    except BaseException:
        await site.stop()
        raise
    try:
        await stage.pair()
        yield stage
    finally:
        await stage.strike()


@pytest_asyncio.fixture(loop_scope="session")
async def account(stage: Stage) -> str:
    """Somebody new on the site, logged in in the browser."""
    return await newcomer(stage, "tester_")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def one_attempt(stage: Stage) -> AsyncIterator[None]:
    """The broker does not try again by itself."""
    await stage.restart_broker(attempts="1")
    yield
    await stage.restart_broker()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tally(stage: Stage) -> AsyncIterator[Tally]:
    """Counts, and says at the end what came of it."""
    tally = Tally()
    yield tally
    print(
        f"\n{tally.rounds} crashes: {tally.doubled} double entries, {tally.lost} lost jobs; "
        + ", ".join(f"{count} {ending}" for ending, count in tally.endings.most_common()),
        file=sys.stderr,  # which is shown whichever process the test runs in
    )
    assert (tally.doubled, tally.lost) == (0, 0)


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def judge(request: pytest.FixtureRequest, stage: Stage) -> AsyncIterator[None]:
    """After each test no promise is broken; of a failed one the evidence is kept."""
    yield
    broken = stage.violations()
    if broken or request.node.stash.get(FAILED, False):
        await stage.keep_evidence(ARTIFACTS / re.sub(r"\W+", "-", request.node.name))
    assert broken == []
