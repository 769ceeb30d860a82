"""A restore drill: what went out after the backup is found, and what did not goes out once."""

import asyncio
import sys
from pathlib import Path

import pytest_asyncio

from e2e.newcomers import newcomer
from e2e.stage import Stage, environment, until
from postbroker.demo.popup import control


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def judge(stage: Stage) -> None:
    """The judge of the other tests would miss the permits, which went with the lost database."""


async def test_nothing_is_lost_or_doubled_by_going_back_to_a_backup(
    stage: Stage, tmp_path: Path
) -> None:
    here, elsewhere = [await newcomer(stage, name) for name in ("present_", "absent_")]
    await stage.log_in(here)
    backup = tmp_path / "backup.db"
    await stage.popup.page.click(control("pause"))
    sent = await stage.post("this goes out after the backup", here, whenOffline="queue")
    unsent = await stage.post("this waits for its account", elsewhere, whenOffline="queue")
    await run("backup", str(backup), stage=stage)
    await stage.popup.page.click(control("pause"))
    assert (await stage.ended(sent))["status"] == "succeeded"

    await stage.broker.stop()
    await run("restore", str(backup), stage=stage)
    await stage.restart_broker()
    await stage.nudge()

    assert (await stage.ended(sent))["status"] == "succeeded"
    assert (await stage.job(unsent))["details"]["state"] == "outcome_unknown"
    await stage.log_in(elsewhere)

    async def is_proven_absent() -> bool:
        return bool((await stage.job(unsent))["details"]["state"] == "queued")

    await until(is_proven_absent, "the look does not find what never went out")
    await run("resume", stage=stage)
    await stage.restart_broker()  # which would hear of it within half a minute by itself
    assert (await stage.ended(unsent))["status"] == "succeeded"
    assert [entry.text for entry in stage.site.ledger_of(here)] == [
        "this goes out after the backup"
    ]
    assert [entry.text for entry in stage.site.ledger_of(elsewhere)] == [
        "this waits for its account"
    ]


async def run(*command: str, stage: Stage) -> None:
    """A command of the operator on the broker's folder."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "postbroker", *command, "--data-dir", str(stage.data_dir),
        env=environment(stage.settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
