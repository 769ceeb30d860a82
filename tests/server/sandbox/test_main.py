"""The simulated X in a process of its own."""

import json
import os
import signal
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from postbroker.sandbox.ledger import Ledger
from server.doubles.certificate import write_certificate

DEADLINE_SECONDS = 10


@contextmanager
def sandbox(data_dir: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A sandbox in a process of its own, killed at the end."""
    command = [sys.executable, "-m", "postbroker.sandbox", "--data-dir", str(data_dir), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"], process
        finally:
            process.kill()


def ask(url: str, body: object = None, tls: ssl.SSLContext | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=DEADLINE_SECONDS, context=tls) as response:
        return json.load(response)


def test_posts_and_switches_survive_a_kill(tmp_path: Path) -> None:
    with sandbox(tmp_path, "--at-root") as (url, process):
        ask(f"{url}/_control/x/posts", {"handle": "ada_sandbox", "text": "before"})
        request = urllib.request.Request(
            f"{url}/_control/x/faults/ada_sandbox", b'{"captcha": true}', method="PUT"
        )
        urllib.request.urlopen(request, timeout=DEADLINE_SECONDS).close()
        os.kill(process.pid, signal.SIGKILL)
        process.wait(DEADLINE_SECONDS)
    with sandbox(tmp_path, "--at-root") as (url, _):
        entry = ask(f"{url}/_control/x/posts", {"handle": "ada_sandbox", "text": "after"})
        faults = ask(f"{url}/_control/x/faults/ada_sandbox")["faults"]
    assert (entry["number"], list(faults)) == (2, ["captcha"])
    assert [each.text for each in Ledger.of(tmp_path, "x").entries()] == ["before", "after"]


def test_a_request_to_stop_ends_it_cleanly(tmp_path: Path) -> None:
    with sandbox(tmp_path) as (_, process):
        process.terminate()
        assert process.wait(DEADLINE_SECONDS) == 0


def test_it_speaks_tls_with_a_given_certificate(
    tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    cert, key = certificate
    options = ("--at-root", "--tls-cert", str(cert), "--tls-key", str(key))
    tls = ssl.create_default_context(cafile=cert)
    with sandbox(tmp_path, *options) as (url, _):
        assert url.startswith("https://127.0.0.1:")
        assert ask(f"{url}/_control/x/ledger", tls=tls) == {"entries": []}


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for loopback, and its key."""
    return write_certificate(tmp_path)
