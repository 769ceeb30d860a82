"""A broker as a process of its own, started the way people start it."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

UP = ("-m", "postbroker", "up")
READY_SECONDS = 20.0
STOP_SECONDS = 15.0
LOG_NAME = "broker.log"
SAID_LINES = 3


class BrokerDiedError(Exception):
    """The broker did not start; the message is what it said last."""


@dataclass(frozen=True, slots=True)
class BrokerProcess:
    """A broker that answers, with what it said of itself when it was ready."""

    process: asyncio.subprocess.Process
    url: str
    sign_in_url: str
    api_key: str | None
    """On the first start on a folder only."""

    async def stop(self) -> None:
        """Ask it to end, and see to it that it does."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), STOP_SECONDS)
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it as a crash would."""
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


async def start_broker(
    data_dir: Path, environment: Mapping[str, str], port: int = 0
) -> BrokerProcess:
    """Start a broker on a folder and wait until it answers. Raises BrokerDiedError."""
    log_file = _log_file(data_dir)
    command = [*UP, "--port", str(port), "--data-dir", str(data_dir), "--json"]
    with log_file.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            env=dict(environment),
            # Its own session: a Ctrl-C is ours to pass on, in our order.
            start_new_session=True,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    assert process.stdout is not None  # noqa: S101  it was asked for
    try:
        line = await asyncio.wait_for(process.stdout.readline(), READY_SECONDS)
        ready = json.loads(line)
        return BrokerProcess(process, ready["url"], ready["signInUrl"], ready.get("apiKey"))
    except BaseException as error:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        if not isinstance(error, TimeoutError | ValueError):
            raise
        raise BrokerDiedError(_last_words(log_file)) from error


@asynccontextmanager
async def running_broker(
    data_dir: Path, environment: Mapping[str, str]
) -> AsyncIterator[BrokerProcess]:
    """A broker that is gone at the end."""
    broker = await start_broker(data_dir, environment)
    try:
        yield broker
    finally:
        await broker.stop()


def _log_file(data_dir: Path) -> Path:
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    return data_dir / LOG_NAME


def _last_words(log_file: Path) -> str:
    lines = log_file.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return "\n".join(lines[-SAID_LINES:]) or "nothing"
