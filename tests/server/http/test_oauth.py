"""OAuth 2.1 from end to end: a program that connects, a person who is asked, a broker that runs."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from postbroker.appkeys import WORKSPACES
from postbroker.store.workspaces import Workspace
from server.dashboard.visitor import Visitor
from server.doubles.connecting import Program

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def new_person(broker: Client) -> AsyncIterator[Callable[[], Awaitable[Visitor]]]:
    """Makes browser profiles that are not signed in."""
    server = broker.server
    assert isinstance(server, TestServer)
    async with AsyncExitStack() as stack:

        async def make() -> Visitor:
            session = ClientSession(cookie_jar=CookieJar(unsafe=True))
            return Visitor(await stack.enter_async_context(session), server)

        yield make


@pytest.fixture
async def person(
    app: web.Application, workspace: Workspace, new_person: Callable[[], Awaitable[Visitor]]
) -> Visitor:
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


async def test_a_program_connects_and_asks_as_its_person_allowed(
    person: Visitor, program: Program, url: str
) -> None:
    tokens = await program.connect(person)
    assert program.answer["state"] == program.state
    assert program.answer["iss"] == url
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 3600
    assert (await program.read("/v1/usage", tokens["access_token"])).status == 200
