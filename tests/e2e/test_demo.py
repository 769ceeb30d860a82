"""The demo as a stranger runs it: it proves its post or says why not, and leaves nothing behind."""

import asyncio
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from postbroker.demo.scenes import SCENES
from postbroker.settings import environment_without_settings

DEMO_SECONDS = 60
INTERRUPTED = 130
PNG = b"\x89PNG\r\n"


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A short path: the browser's socket lies below it, and sockets take 107 characters."""
    with TemporaryDirectory(prefix="demo-") as folder:
        yield Path(folder)


@pytest.fixture
def judge() -> None:
    """The demo has a broker and a ledger of its own, and judges them itself."""


@pytest.mark.parametrize("platform", ["x", "linkedin", "reddit"])
async def test_demo_posts_once_and_ends_with_one_line_of_json(
    tmp_path: Path, platform: str
) -> None:
    picture = tmp_path / "post.png"
    demo = await start(tmp_path, "--screenshot", str(picture), "--platform", platform)
    code, report = await ended(demo)
    assert (code, report["status"], report["ledgerEntries"]) == (0, "succeeded", 1)
    assert f"/sandbox/{SCENES[platform].platform}/" in report["postUrl"]
    assert (report["screenshot"], picture.read_bytes()[: len(PNG)]) == (str(picture), PNG)
    assert left_behind(tmp_path) == []


async def test_interrupted_demo_stops_all_that_it_started(tmp_path: Path) -> None:
    demo = await start(tmp_path)
    assert demo.stdout is not None
    while b"extension is loaded" not in await demo.stdout.readline():
        assert demo.returncode is None
    demo.send_signal(signal.SIGINT)
    code, report = await ended(demo)
    assert (code, report["status"], report["error"]) == (INTERRUPTED, "failed", "interrupted")
    assert left_behind(tmp_path) == []


async def test_demo_without_a_browser_says_how_to_get_one(tmp_path: Path) -> None:
    demo = await start(tmp_path, POSTBROKER_CHROMIUM=str(tmp_path / "nowhere"))
    code, report = await ended(demo)
    assert (code, report["status"], report["jobId"]) == (1, "failed", None)
    assert "apt install chromium" in report["error"]
    assert left_behind(tmp_path) == []


async def start(folder: Path, *arguments: str, **environment: str) -> asyncio.subprocess.Process:
    """The demo, with all its files below `folder`."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "postbroker.demo", *arguments),
        env=environment_without_settings() | {"TMPDIR": str(folder)} | environment,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
    )


async def ended(demo: asyncio.subprocess.Process) -> tuple[int | None, dict[str, Any]]:
    """Exit code and the last line."""
    output, _ = await asyncio.wait_for(demo.communicate(), DEMO_SECONDS)
    return demo.returncode, json.loads(output.splitlines()[-1])


def left_behind(folder: Path) -> list[str]:
    """Processes that work on files below `folder`, and folders that are still there."""
    commands = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = process.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in command and "postbroker.demo" not in command:
            commands.append(command)
    return commands + [str(path) for path in folder.glob("postbroker-demo-*")]
