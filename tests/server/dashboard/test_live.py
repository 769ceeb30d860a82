"""Open pages hear of changes."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from postbroker.appkeys import SESSION_COOKIE, SIGNALS, WORKSPACES
from server.dashboard.conftest import NewJob
from server.doubles.extension import FakeBrowser

HEARD_WITHIN_SECONDS = 5


class Listener:
    """An open page's event source."""

    def __init__(self, lines: AsyncIterator[bytes]) -> None:
        self._lines = lines
        self.has_ended = False

    async def hears(self, name: str, data: str | None = None) -> None:
        """Return once that event comes; fails when it does not."""
        async with asyncio.timeout(HEARD_WITHIN_SECONDS):
            event = ""
            async for line in self._lines:
                key, _, value = line.decode().strip().partition(": ")
                event = value if key == "event" else event
                if key == "data" and event == name and data in (None, value):
                    return
        pytest.fail(f"the stream ended without {name}")

    async def ends(self) -> None:
        """Return once the stream is over; fails when it goes on."""
        async with asyncio.timeout(HEARD_WITHIN_SECONDS):
            async for _ in self._lines:
                pass


@pytest.fixture
async def cookie(app: web.Application, server: TestServer) -> str:
    value, _ = await app[WORKSPACES].sign_in(app[WORKSPACES].sign_in_token())
    return value


@pytest.fixture
async def listener(server: TestServer, cookie: str) -> AsyncIterator[Listener]:
    """A page that is open and has heard its first beat."""
    url = server.make_url("/dashboard/events")
    headers = {"Cookie": f"{SESSION_COOKIE}={cookie}"}
    async with ClientSession() as session, session.get(url, headers=headers) as response:
        assert response.content_type == "text/event-stream"
        listener = Listener(aiter(response.content))
        await listener.hears("beat")
        yield listener


async def test_page_hears_a_jobs_new_state(
    listener: Listener, paired_browser: FakeBrowser, new_job: NewJob
) -> None:
    job_id = await new_job()
    await listener.hears("jobs")
    await listener.hears(f"job-{job_id}", "queued")
    await paired_browser.publish_next()
    await listener.hears(f"job-{job_id}", "published")


async def test_page_hears_that_everything_was_paused(
    app: web.Application, listener: Listener
) -> None:
    workspace, _ = await app[WORKSPACES].ensure_first()
    await app[WORKSPACES].set_paused(workspace.id, is_paused=True)
    await listener.hears("beat")


async def test_page_hears_nothing_after_signing_out(
    app: web.Application, listener: Listener, cookie: str, new_job: NewJob
) -> None:
    await app[WORKSPACES].sign_out(cookie)
    await new_job("a secret")
    await listener.hears("signed-out")
    await listener.ends()


async def test_page_without_a_session_is_told_to_stop(server: TestServer) -> None:
    url = server.make_url("/dashboard/events")
    async with ClientSession() as session, session.get(url) as response:
        listener = Listener(aiter(response.content))
        await listener.hears("signed-out")
        await listener.ends()


async def test_stream_ends_when_the_broker_stops(app: web.Application, listener: Listener) -> None:
    app[SIGNALS].close()
    await listener.ends()
