"""Runs `bench.direct` in a process of its own."""

import json
import os
import subprocess
from pathlib import Path

from bench.processes import TESTS, module


def run(data_dir: Path, old_ids: Path | None, jobs: int) -> dict[str, float]:
    """Seconds for each step of a job."""
    arguments = [data_dir, jobs, *([old_ids] if old_ids else [])]
    ended = subprocess.run(
        module("direct", *arguments),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(TESTS)},  # noqa: TID251
    )
    if ended.returncode:
        raise RuntimeError(ended.stderr[-2000:])
    seconds: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return seconds
