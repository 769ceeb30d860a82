"""The whole broker on a free loopback port, its database in a file, its clock still."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from postbroker.app import build_app, open_database
from postbroker.appkeys import KEYS, WORKSPACES
from postbroker.contract.extension import PullAnswer
from postbroker.services.secrets import Vault
from postbroker.settings import Settings
from postbroker.store.workspaces import Workspace
from server.dashboard.visitor import Visitor
from server.doubles.clock import StillClock
from server.doubles.connecting import Program
from server.doubles.database import TroubledDatabase
from server.doubles.extension import FakeBrowser
from server.http.agent import Agent
from server.steps import add_workspace

NewAgent = Callable[..., Awaitable[Agent]]
NewPerson = Callable[[], Awaitable[Visitor]]


@pytest.fixture
async def troubled_database(
    settings: Settings, still_clock: StillClock
) -> AsyncIterator[TroubledDatabase]:
    async with open_database(settings, still_clock) as database:
        yield TroubledDatabase(database)


@pytest.fixture
def app(
    settings: Settings, troubled_database: TroubledDatabase, still_clock: StillClock, vault: Vault
) -> web.Application:
    database = troubled_database.as_database()
    return build_app(settings, database, still_clock, vault, "http://127.0.0.1")


@pytest.fixture
async def broker(app: web.Application) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.fixture
def url(broker: TestClient[web.Request, web.Application]) -> str:
    return str(broker.make_url("/")).rstrip("/")


@pytest.fixture
async def workspace(app: web.Application) -> Workspace:
    workspace, _ = await app[WORKSPACES].ensure_first()
    return workspace


@pytest.fixture
def new_agent(
    app: web.Application,
    broker: TestClient[web.Request, web.Application],
    workspace: Workspace,
) -> NewAgent:
    """Makes agents with a key of their own."""

    async def make(*scopes: str, workspace_id: str = workspace.id) -> Agent:
        _, secret = await app[KEYS].create(workspace_id, "agent", *([scopes] if scopes else []))
        return Agent(broker, secret)

    return make


@pytest.fixture
async def agent(new_agent: NewAgent) -> Agent:
    """A program whose key may do everything."""
    return await new_agent()


@pytest.fixture
async def stranger(new_agent: NewAgent, troubled_database: TroubledDatabase) -> Agent:
    """A program of another workspace, which may do everything there."""
    other = await add_workspace(troubled_database.as_database())
    return await new_agent(workspace_id=other.id)


@pytest.fixture
async def browser(url: str, agent: Agent) -> AsyncIterator[FakeBrowser]:
    """A paired browser in which @ada is logged in to X."""
    async with AsyncExitStack() as stack:
        paired = await FakeBrowser.pair(url, agent.key)
        stack.push_async_callback(paired.close)
        yield paired


@pytest.fixture
async def leased(agent: Agent, browser: FakeBrowser) -> PullAnswer:
    """A job that the browser has just been given."""
    await agent.create()
    pulled = await browser.pull()
    assert pulled is not None
    return pulled


@pytest.fixture
async def new_person(
    broker: TestClient[web.Request, web.Application],
) -> AsyncIterator[NewPerson]:
    """Makes browser profiles that are not signed in."""
    async with AsyncExitStack() as stack:

        async def make() -> Visitor:
            session = ClientSession(cookie_jar=CookieJar(unsafe=True))
            return Visitor(await stack.enter_async_context(session), broker)

        yield make


@pytest.fixture
async def person(app: web.Application, workspace: Workspace, new_person: NewPerson) -> Visitor:
    """The signed-in owner."""
    visitor = await new_person()
    await visitor.sign_in(app[WORKSPACES].sign_in_token())
    return visitor


@pytest.fixture
async def program(url: str) -> AsyncIterator[Program]:
    """A program that has registered."""
    async with Program(url) as program:
        await program.register()
        yield program
