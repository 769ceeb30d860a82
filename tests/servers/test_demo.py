"""The demo that posts to a real Bluesky server ends as the others do: with one line of JSON."""

import asyncio
import json
import sys
from pathlib import Path

from postbroker.settings import environment_without_settings
from servers.processes import folder_of

DEMO_SECONDS = 90


async def test_demo_posts_once_to_a_real_server(tmp_path: Path) -> None:
    folder_of("bluesky")
    demo = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "postbroker.demo", "--platform", "bluesky"),
        env=environment_without_settings() | {"TMPDIR": str(tmp_path)},
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await asyncio.wait_for(demo.communicate(), DEMO_SECONDS)
    report = json.loads(output.splitlines()[-1])
    assert (demo.returncode, report["status"], report["ledgerEntries"]) == (0, "succeeded", 1)
    assert report["postUrl"].startswith("https://bsky.app/profile/ada.test/post/")
    assert left_in(tmp_path) == []


def left_in(folder: Path) -> list[Path]:
    """What the demo did not remove."""
    return list(folder.glob("postbroker-demo-*"))
