"""The real console script against a real broker on a folder of its own."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from postbroker.settings import environment_without_settings
from server.doubles.extension import FakeBrowser

SCRIPT = Path(sys.executable).parent / "postbroker"
COMMAND_SECONDS = 20
STOP_SECONDS = 5


@dataclass(frozen=True)
class Ended:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


@dataclass
class Installation:
    """A data folder, commands that work on it, and a broker that can be started there."""

    data_dir: Path
    program: Sequence[Path | str] = (SCRIPT,)
    """What starts a broker."""
    brokers: list["Broker"] = field(default_factory=list)
    """All that were started here."""

    async def run(self, *arguments: str, entered: str = "", **environment: str) -> Ended:
        """Run a command to its end; what is entered comes to it on stdin."""
        process = await asyncio.create_subprocess_exec(
            SCRIPT,
            *arguments,
            env=self._variables() | environment,
            stdin=asyncio.subprocess.PIPE if entered else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            said = process.communicate(entered.encode() if entered else None)
            out, err = await asyncio.wait_for(said, COMMAND_SECONDS)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
        assert process.returncode is not None
        return Ended(process.returncode, out.decode(), err.decode())

    def start(self, *arguments: str, **environment: str) -> "Broker":
        """Start a broker here and wait until it is ready."""
        process = self.begin(*arguments, **environment)
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            process.wait()
            process.stdout.close()
            pytest.fail(f"the broker did not start:\n{self._log.read_text()}")
        broker = Broker(process, json.loads(line), self._log)
        self.brokers.append(broker)
        return broker

    def begin(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a broker here and do not wait for it."""
        with self._log.open("ab") as stderr:
            return subprocess.Popen(
                [*self.program, "up", "--port", "0", "--json", *arguments],
                env=self._variables() | environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
            )

    @property
    def _log(self) -> Path:
        return self.data_dir.parent / f"{self.data_dir.name}.log"

    def _variables(self) -> dict[str, str]:
        return environment_without_settings() | {
            "POSTBROKER_DATA_DIR": str(self.data_dir),
            "POSTBROKER_PACING": "false",
            "POSTBROKER_CONFIRM_FIRST_POST": "false",
            "POSTBROKER_KEY_REQUESTS_PER_MINUTE": "0",
        }


@dataclass
class Broker:
    """A broker in a process of its own."""

    process: subprocess.Popen[bytes]
    ready: dict[str, str]
    """The line it said when it was ready."""
    log: Path

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.ready["url"]

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """End it; its exit code."""
        self.process.send_signal(how)
        try:
            return self.process.wait(STOP_SECONDS)
        finally:
            self.close()

    def close(self) -> None:
        """Let go of it, dead or alive."""
        assert self.process.stdout is not None
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@dataclass
class Running:
    """An installation whose broker runs."""

    installation: Installation
    broker: Broker

    async def run(self, *arguments: str, **environment: str) -> Ended:
        """Run a command to its end."""
        return await self.installation.run(*arguments, **environment)

    @property
    def key(self) -> str:
        """The first key."""
        return self.broker.ready["apiKey"]


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """A folder on which no broker has run."""
    fresh = Installation(tmp_path / "data")
    yield fresh
    for broker in fresh.brokers:
        broker.close()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A broker that no browser is ever paired with; shared by all tests that need none."""
    folder = Installation(tmp_path_factory.mktemp("installation") / "data")
    broker = folder.start()
    yield Running(folder, broker)
    broker.stop()


@pytest.fixture(scope="session")
def running_with_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A broker for tests that pair a browser and revoke nothing."""
    folder = Installation(tmp_path_factory.mktemp("with-browser") / "data")
    broker = folder.start()
    yield Running(folder, broker)
    broker.stop()


@pytest.fixture
async def browser(
    running_with_browser: Running, request: pytest.FixtureRequest
) -> AsyncIterator[FakeBrowser]:
    """A paired browser whose account is logged in."""
    paired = await FakeBrowser.pair(
        running_with_browser.broker.url, running_with_browser.key, name=request.node.name[:80]
    )
    yield paired
    await paired.close()
