"""The whole broker on a free loopback port, with people and browsers that come to it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer

from postbroker.app import running_broker
from postbroker.appkeys import JOBS, KEYS, WORKSPACES
from postbroker.domain.job import Job
from postbroker.settings import Settings
from server.dashboard.visitor import Visitor
from server.doubles.extension import FakeBrowser

NewVisitor = Callable[[], Awaitable[Visitor]]
NewJob = Callable[..., Awaitable[str]]


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[web.Application]:
    settings = Settings(
        data_dir=tmp_path,
        verify_delays=(0.0,),
        secret_key="s" * 48,
        pacing=False,
        confirm_first_post=False,
    )
    async with running_broker(settings, "http://127.0.0.1") as app:
        yield app


@pytest.fixture
async def server(app: web.Application) -> AsyncIterator[TestServer]:
    server = TestServer(app)
    async with server:
        await app[WORKSPACES].ensure_first()
        yield server


@pytest.fixture
async def new_visitor(server: TestServer) -> AsyncIterator[NewVisitor]:
    """Makes browser profiles that are not signed in."""
    async with AsyncExitStack() as stack:

        async def make() -> Visitor:
            session = ClientSession(cookie_jar=CookieJar(unsafe=True))
            return Visitor(await stack.enter_async_context(session), server)

        yield make


@pytest.fixture
async def stranger(new_visitor: NewVisitor) -> Visitor:
    """Somebody who is not signed in."""
    return await new_visitor()


@pytest.fixture
async def owner(app: web.Application, new_visitor: NewVisitor) -> Visitor:
    """The signed-in owner of the workspace."""
    visitor = await new_visitor()
    await visitor.sign_in(app[WORKSPACES].sign_in_token())
    return visitor


@pytest.fixture
async def key(app: web.Application, server: TestServer) -> str:
    """An agent's key for the owner's workspace."""
    workspace, _ = await app[WORKSPACES].ensure_first()
    _, secret = await app[KEYS].create(workspace.id, "an agent")
    return secret


@pytest.fixture
async def unpaired_browser(server: TestServer) -> AsyncIterator[FakeBrowser]:
    async with FakeBrowser(str(server.make_url("")), name="Laptop") as browser:
        yield browser


@pytest.fixture
async def paired_browser(server: TestServer, key: str) -> AsyncIterator[FakeBrowser]:
    browser = await FakeBrowser.pair(str(server.make_url("")), key, name="Laptop")
    yield browser
    await browser.close()


@pytest.fixture
async def new_job(server: TestServer, key: str) -> AsyncIterator[NewJob]:
    """Sends a post as an agent does; gives the job's id."""
    async with ClientSession(headers={"clawpost-api-key": key}) as session:

        async def send(text: str = "Hello", **options: object) -> str:
            body = {"text": text, "whenOffline": "queue", **options}
            async with session.post(server.make_url("/v1/jobs/tweet"), json=body) as response:
                assert response.status == 201, await response.text()
                return str((await response.json())["id"])

        yield send


@pytest.fixture
async def published_job(paired_browser: FakeBrowser, new_job: NewJob) -> str:
    job_id = await new_job("Out it goes")
    await paired_browser.publish_next()
    return job_id


@pytest.fixture
async def unsettled_job(paired_browser: FakeBrowser, new_job: NewJob) -> str:
    """A job that may have been posted, and that no look could settle."""
    job_id = await new_job("Is this live?")
    leased = await paired_browser.pull(5)
    assert leased is not None
    await paired_browser.permit(leased)
    await paired_browser.ack(leased, "unknown")
    look = await paired_browser.pull(5)
    assert look is not None
    assert look.purpose == "verify"
    await paired_browser.ack(look, "unseen", error="the page did not load")
    return job_id


@pytest.fixture
def job_of(app: web.Application) -> Callable[[str], Awaitable[Job]]:
    """Reads a job as the broker has it."""

    async def read(job_id: str) -> Job:
        return await app[JOBS].get(job_id, None)

    return read
