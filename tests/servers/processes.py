"""Servers that others wrote, each a Node process on loopback, for as long as a test needs it.

`tests/servers/<name>/` holds the packages and `start.mjs`, which reads one JSON line of options
from stdin, prints one JSON line with its `url` once it listens, and ends when stdin does.
`make test-servers` installs the packages into `.make/servers/<name>/`.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from select import select
from tempfile import TemporaryFile
from typing import Any

import pytest

SOURCES = Path(__file__).parent
INSTALLED = SOURCES.parents[1] / ".make" / "servers"
STARTED_WITHIN_SECONDS = 90
ENDED_WITHIN_SECONDS = 10


def folder_of(name: str) -> Path:
    """Where the packages of a server are. Skips the test where they are not."""
    folder = INSTALLED / name
    if not (folder / "installed").exists():
        pytest.skip(f"the server {name} is not installed: make test-servers installs it")
    return folder


@contextmanager
def running(
    name: str, options: Mapping[str, Any], program: str | Path = "node"
) -> Iterator[dict[str, Any]]:
    """The server until the block ends; what it said of itself, its `url` with it."""
    with TemporaryFile() as log:
        process = subprocess.Popen(
            [program, SOURCES / name / "start.mjs"],
            cwd=folder_of(name),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            assert process.stdin is not None
            process.stdin.write(json.dumps(options) + "\n")
            process.stdin.flush()
            yield _first_word(process, log)
        finally:
            _end(process)


def _first_word(process: subprocess.Popen[str], log: Any) -> dict[str, Any]:
    assert process.stdout is not None
    readable, _, _ = select([process.stdout], [], [], STARTED_WITHIN_SECONDS)
    line = process.stdout.readline() if readable else ""
    if not line:
        log.seek(0)
        raise AssertionError(f"it did not start:\n{log.read().decode()[-2000:]}")
    said: dict[str, Any] = json.loads(line)
    return said


def _end(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    try:
        process.wait(ENDED_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
