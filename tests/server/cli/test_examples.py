"""The examples of the manual, run as they stand against a real broker."""

import asyncio
import re
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from postbroker.settings import environment_without_settings
from server.cli.conftest import Running
from server.doubles.extension import FakeBrowser
from server.doubles.files import picture

PAGE = Path(__file__).parents[3] / "docs" / "examples.md"
BLOCK = re.compile(r"^```(sh|python|js)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
OF_THE_CLIENT = BLOCK.findall(PAGE.with_name("python.md").read_text(encoding="utf-8"))
RUN = {
    "sh": ("bash", "-euo", "pipefail", "-c"),
    "python": (sys.executable, "-W", "error", "-c"),
    "js": ("node", "--input-type=module", "-e"),
}
EXAMPLE_SECONDS = 20


@pytest.fixture
async def working_browser(
    running_with_browser: Running, browser: FakeBrowser
) -> AsyncIterator[None]:
    """A browser that publishes whatever comes."""

    async def work() -> None:
        while True:
            if (leased := await browser.pull(1)) is not None:
                await browser.publish(leased)

    task = asyncio.ensure_future(work())
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def run(
    language: str, code: str, broker: Running, folder: Path | None = None
) -> tuple[int | None, str]:
    """Run one example to its end: its exit code and all that it said."""
    variables = {"POSTBROKER_URL": broker.broker.url, "POSTBROKER_API_KEY": broker.key}
    process = await asyncio.create_subprocess_exec(
        *RUN[language],
        code,
        cwd=folder,
        env=environment_without_settings() | variables,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), EXAMPLE_SECONDS)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    return process.returncode, said.decode()


@pytest.mark.usefixtures("working_browser")
async def test_every_example_does_what_the_page_says(running_with_browser: Running) -> None:
    said = []
    for language, code in EXAMPLES:
        status, words = await run(language, code, running_with_browser)
        assert status == 0, f"{code}\n{words}"
        said.append(words)
    together = "\n".join(said)
    assert {language for language, _ in EXAMPLES} == set(RUN)
    assert together.count("live at") == 4
    assert "Idempotent-Replayed: true" in together
    assert "did you mean platform?" in together


@pytest.mark.usefixtures("working_browser")
async def test_the_client_does_what_its_page_says(
    running_with_browser: Running, tmp_path: Path
) -> None:
    await asyncio.to_thread((tmp_path / "boat.png").write_bytes, picture())
    said = []
    for language, code in OF_THE_CLIENT:
        status, words = await run(language, code, running_with_browser, tmp_path)
        assert status == 0, f"{code}\n{words}"
        said.append(words)
    together = "\n".join(said)
    assert together.count("live at http") == 3
    assert " published " in together
    assert "CONTENT_TOO_LONG, for the agent: Shorten" in together


async def test_an_example_that_cannot_work_fails(running: Running) -> None:
    posting = [code for language, code in EXAMPLES if language == "python"]
    status, words = await run("python", posting[0], running)
    assert status != 0
    assert "503" in words
