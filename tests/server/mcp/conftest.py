"""The whole broker on a free loopback port, and clients of both eras that come to `/mcp`."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import web

from postbroker.app import build_app, open_database
from postbroker.appkeys import DATABASE, KEYS, WORKSPACES
from postbroker.clock import SystemClock
from postbroker.services.secrets import Vault
from postbroker.settings import Settings
from server.doubles.database import TroubledDatabase
from server.doubles.extension import FakeBrowser
from server.mcp.endpoint import Endpoint
from server.steps import add_workspace


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, secret_key="s" * 48, pacing=False, confirm_first_post=False)


@pytest.fixture
async def troubled_database(settings: Settings) -> AsyncIterator[TroubledDatabase]:
    async with open_database(settings, SystemClock()) as database:
        yield TroubledDatabase(database)


@pytest.fixture
def app(settings: Settings, troubled_database: TroubledDatabase, vault: Vault) -> web.Application:
    database = troubled_database.as_database()
    return build_app(settings, database, SystemClock(), vault, "http://127.0.0.1")


@pytest.fixture
async def url(app: web.Application) -> AsyncIterator[str]:
    """Where the broker listens, by the runner that serves it in earnest.

    The one of aiohttp's tests cancels handlers whose client has gone; that of a broker does not.
    """
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await app[WORKSPACES].ensure_first()
    host, port, *_ = runner.addresses[0]
    yield f"http://{host}:{port}"
    await runner.cleanup()


@pytest.fixture
async def endpoint(app: web.Application, url: str) -> Endpoint:
    """The endpoint, with a key that may do everything agents usually may."""
    workspace, _ = await app[WORKSPACES].ensure_first()
    _, key = await app[KEYS].create(workspace.id, "agent")
    return Endpoint(url, key)


@pytest.fixture
async def browser(url: str, endpoint: Endpoint) -> AsyncIterator[FakeBrowser]:
    """A paired browser in which @ada is logged in to X."""
    async with AsyncExitStack() as stack:
        paired = await FakeBrowser.pair(url, endpoint.key)
        stack.push_async_callback(paired.close)
        yield paired


@pytest.fixture
async def stranger(app: web.Application, url: str) -> Endpoint:
    """The endpoint for a key of another workspace."""
    other = await add_workspace(app[DATABASE])
    _, key = await app[KEYS].create(other.id, "stranger")
    return Endpoint(url, key)
