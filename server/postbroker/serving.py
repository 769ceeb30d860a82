"""Runs the broker until somebody stops it: binds, starts, says when it is ready, ends cleanly."""

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import uvloop
from aiohttp import web

from postbroker.app import running_broker
from postbroker.appkeys import KEYS, WORKSPACES
from postbroker.domain.key import ALL_SCOPES
from postbroker.errors import NotAuthenticatedError
from postbroker.local import LocalAccess, read_local_access, write_local_access
from postbroker.resources import extension_folder
from postbroker.services.keys import Keys
from postbroker.services.workspaces import Workspaces
from postbroker.settings import Settings

LOCAL_KEY_LABEL = "this machine's command line"
BACKLOG = 1024
SWITCH_SECONDS = 0.0005
"""How long the database's thread waits at most for the interpreter, once its statement is done."""
COLLECT_AFTER = (10_000, 20, 50)
"""Requests make much short-lived garbage, and looking for it among idle connections takes long."""
ADDRESS_BYTES = 1 << 16
"""An address that is longer never reaches us: the library refuses it, in words of its own."""
SHUTDOWN_SECONDS = 10
"""How long running requests may take to finish after a signal."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What somebody who just started the broker wants to know."""

    url: str
    sign_in_url: str = ""
    api_key: str | None = None
    """The first key, on the first start only."""
    extension_dir: str = ""


async def serve(
    settings: Settings, ready: Callable[[Ready], Awaitable[None]], *, is_worker: bool = False
) -> None:
    """Serve until SIGINT or SIGTERM: then no new leases, running requests finish.

    A worker shares its port with others. Raises OSError when the port is taken, DataDirInUseError
    when the folder is.
    """
    stop = stop_signal()
    if is_worker:  # the simulated platforms live in one process
        settings = settings.model_copy(update={"sandbox": False})
    with bound(settings, is_shared=is_worker) as listener:
        listener.listen(BACKLOG)
        local = local_url(settings, listener.getsockname()[1])
        url = public_url(settings, local)
        async with running_broker(settings, url) as app:
            runner = web.AppRunner(
                app,
                access_log=None,
                shutdown_timeout=SHUTDOWN_SECONDS,
                max_line_size=ADDRESS_BYTES,
            )
            await runner.setup()
            try:
                await web.SockSite(runner, listener).start()
                await ready(
                    Ready(url)
                    if is_worker
                    else await introduce(app[WORKSPACES], app[KEYS], settings, url, local)
                )
                tune()
                await stop.wait()
            finally:
                await runner.cleanup()


def new_event_loop() -> asyncio.AbstractEventLoop:
    """The loop a broker runs on."""
    return uvloop.new_event_loop()


def tune() -> None:
    """Settle the interpreter for serving: what was built at the start stays for good."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def local_url(settings: Settings, port: int) -> str:
    """Where this machine reaches the broker, without a slash at the end."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def sign_in_url(url: str, token: str) -> str:
    """The link that signs the owner in, once."""
    return f"{url}/dashboard/sign-in?token={token}"


def stop_signal() -> asyncio.Event:
    """Set by SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    return stop


def public_url(settings: Settings, local: str) -> str:
    """Where browsers reach the broker, without a slash at the end."""
    return str(settings.public_url).rstrip("/") if settings.public_url else local


def bound(settings: Settings, *, is_shared: bool) -> socket.socket:
    """A socket that holds the address, not yet listening; several processes may share one."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((settings.host, settings.port))
    except BaseException:
        listener.close()
        raise
    return listener


async def introduce(
    workspaces: Workspaces, keys: Keys, settings: Settings, url: str, local: str
) -> Ready:
    """What the owner needs to begin with; the first start makes the first workspace and key."""
    workspace, is_new = await workspaces.ensure_first()
    secret = None
    if is_new:
        _, secret = await keys.create(workspace.id, "first key")
    await _let_commands_in(workspace.id, keys, settings.data_dir, local)
    return Ready(
        url=url,
        sign_in_url=sign_in_url(url, workspaces.sign_in_token()),
        api_key=secret,
        extension_dir=str(extension_folder()),
    )


async def _let_commands_in(workspace_id: str, keys: Keys, data_dir: Path, url: str) -> None:
    """Leave address and key where commands on this machine look; the key is made once and kept."""
    known = read_local_access(data_dir)
    secret = known.api_key if known and await _may_do_all(keys, known.api_key) else None
    if secret is None:
        _, secret = await keys.create(workspace_id, LOCAL_KEY_LABEL, ALL_SCOPES)
    write_local_access(data_dir, LocalAccess(url=url, api_key=secret))


async def _may_do_all(keys: Keys, secret: str) -> bool:
    try:
        caller = await keys.authenticate(secret)
    except NotAuthenticatedError:
        return False
    return caller.scopes == ALL_SCOPES
