"""Runs the broker until somebody stops it: binds, starts, says when it is ready, ends cleanly."""

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from postbroker.app import running_broker
from postbroker.appkeys import KEYS, WORKSPACES
from postbroker.errors import NotAuthenticatedError
from postbroker.local import LocalAccess, read_local_access, write_local_access
from postbroker.resources import extension_folder
from postbroker.services.keys import Keys
from postbroker.settings import Settings

LOCAL_KEY_LABEL = "this machine's command line"
SHUTDOWN_SECONDS = 10
"""How long running requests may take to finish after a signal."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What somebody who just started the broker wants to know."""

    url: str
    sign_in_url: str
    api_key: str | None
    """The first key, on the first start only."""
    extension_dir: str


async def serve(settings: Settings, ready: Callable[[Ready], Awaitable[None]]) -> None:
    """Serve until SIGINT or SIGTERM: then no new leases, running requests finish.

    Raises OSError when the port is taken, DataDirInUseError when the folder is.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    with _bound(settings) as listener:
        local = local_url(settings, listener.getsockname()[1])
        url = str(settings.public_url).rstrip("/") if settings.public_url else local
        async with running_broker(settings, url) as app:
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
            await runner.setup()
            try:
                await web.SockSite(runner, listener).start()
                introduced = await _introduce(app, url)
                await _let_commands_in(app, settings.data_dir, local)
                await ready(introduced)
                await stop.wait()
            finally:
                await runner.cleanup()


def local_url(settings: Settings, port: int) -> str:
    """Where this machine reaches the broker, without a slash at the end."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def sign_in_url(url: str, token: str) -> str:
    """The link that signs the owner in, once."""
    return f"{url}/dashboard/sign-in?token={token}"


def _bound(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    return socket.create_server((settings.host, settings.port), family=family, backlog=1024)


async def _introduce(app: web.Application, url: str) -> Ready:
    workspace, is_new = await app[WORKSPACES].ensure_first()
    secret = None
    if is_new:
        _, secret = await app[KEYS].create(workspace.id, "first key")
    return Ready(
        url=url,
        sign_in_url=sign_in_url(url, app[WORKSPACES].sign_in_token()),
        api_key=secret,
        extension_dir=str(extension_folder()),
    )


async def _let_commands_in(app: web.Application, data_dir: Path, url: str) -> None:
    """Leave address and key where commands on this machine look; the key is made once and kept."""
    known = read_local_access(data_dir)
    secret = known.api_key if known and await _is_valid(app[KEYS], known.api_key) else None
    if secret is None:
        workspace, _ = await app[WORKSPACES].ensure_first()
        _, secret = await app[KEYS].create(workspace.id, LOCAL_KEY_LABEL)
    write_local_access(data_dir, LocalAccess(url=url, api_key=secret))


async def _is_valid(keys: Keys, secret: str) -> bool:
    try:
        await keys.authenticate(secret)
    except NotAuthenticatedError:
        return False
    return True
