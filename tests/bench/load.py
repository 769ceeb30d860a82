"""Drives a server with wrk, whose one thread is never what limits."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

PATIENCE_SECONDS = 30
SCRIPTS = Path(__file__).parent / "wrk"


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it."""

    per_second: float
    p50_ms: float
    p99_ms: float


def enqueue(url: str, key: str, connections: int, seconds: int) -> Load:
    """Posts, each under its own idempotency key."""
    return _drive("enqueue.lua", url, connections, 1, seconds, key, uuid4().hex[:12])


def cycles(url: str, key: str, tokens: Path, browsers: int, seconds: int, skipped: int = 0) -> Load:
    """Whole lives of posts: enqueue, pull, permit, report, read; a thread is a browser.

    The end of a load leaves browsers in the middle of a job, so the next one skips them.
    """
    return _drive("cycle.lua", url, browsers, browsers, seconds, key, str(tokens), str(skipped))


def _drive(
    script: str, url: str, connections: int, threads: int, seconds: int, *arguments: str
) -> Load:
    command = [
        "wrk", f"-c{connections}", f"-t{threads}", f"-d{seconds}s",
        f"--timeout={PATIENCE_SECONDS}s", "-s", str(SCRIPTS / script), url, "--", *arguments,
    ]  # fmt: skip
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    measured = json.loads(ended.stdout.splitlines()[-1])
    if measured["refused"]:
        raise RuntimeError(f"{measured['refused']} requests were refused: {ended.stdout}")
    return Load(measured["done"] / measured["seconds"], measured["p50_ms"], measured["p99_ms"])
