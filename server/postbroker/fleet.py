"""Several broker processes on one port and one PostgreSQL database, watched over by one more."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog

from postbroker.app import build_services, open_database, secret_key
from postbroker.clock import SystemClock
from postbroker.services.secrets import Vault
from postbroker.services.signals import Signals
from postbroker.serving import (
    SHUTDOWN_SECONDS,
    Ready,
    bound,
    introduce,
    local_url,
    public_url,
    stop_signal,
)
from postbroker.settings import Settings

log = structlog.get_logger()

START_SECONDS = 30
RESTART_SECONDS = 1.0
GRACE_SECONDS = 5


class WorkerError(Exception):
    """A worker did not start."""


async def serve_fleet(
    settings: Settings, workers: int, ready: Callable[[Ready], Awaitable[None]]
) -> None:
    """Serve by `workers` processes until SIGINT or SIGTERM; one that dies is started again.

    Raises OSError when the port is taken, WorkerError when a process does not come up.
    """
    stop = stop_signal()
    # Bound and never listening, this socket keeps the port for the workers.
    with bound(settings, is_shared=True) as placeholder:
        port = placeholder.getsockname()[1]
        local = local_url(settings, port)
        introduced = await _introduced(settings, public_url(settings, local), local)
        async with _watched(settings, port, workers):
            await ready(introduced)
            await stop.wait()


async def _introduced(settings: Settings, url: str, local: str) -> Ready:
    clock = SystemClock()
    async with open_database(settings, clock) as database:
        vault = Vault(secret_key(settings))
        services = build_services(settings, database, clock, Signals(), vault)
        return await introduce(services.workspaces, services.keys, settings, url, local)


@asynccontextmanager
async def _watched(settings: Settings, port: int, workers: int) -> AsyncIterator[None]:
    processes = await asyncio.gather(*(_start(settings, port) for _ in range(workers)))
    watchers = [asyncio.create_task(_watch(settings, port, process)) for process in processes]
    try:
        yield
    finally:
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)


async def _watch(settings: Settings, port: int, process: asyncio.subprocess.Process) -> None:
    clock = SystemClock()
    while True:
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            await _end(process)
            raise
        log.error("worker_ended", code=code, pid=process.pid)
        await clock.sleep(RESTART_SECONDS)
        with suppress(WorkerError):
            process = await _start(settings, port)


async def _start(settings: Settings, port: int) -> asyncio.subprocess.Process:
    """A worker that answers. Raises WorkerError."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "postbroker", "up", "--json", "--as-worker"),
        *("--host", settings.host, "--port", str(port), "--data-dir", str(settings.data_dir)),
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C reaches the watcher, which ends its workers in order
    )
    assert process.stdout is not None  # noqa: S101  asked for above
    try:
        async with asyncio.timeout(START_SECONDS):
            line = await process.stdout.readline()
    except BaseException:
        await _end(process)
        raise
    if not line:
        raise WorkerError(f"a worker ended with code {await process.wait()} while starting")
    return process


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(SHUTDOWN_SECONDS + GRACE_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
