"""Tells an open page that something it shows has changed, so that it fetches itself anew."""

from collections.abc import AsyncIterator
from contextlib import suppress

from aiohttp import web
from aiohttp_sse import sse_response

from postbroker.appkeys import EVENTS
from postbroker.dashboard.frame import visit_of
from postbroker.store.database import DatabaseBusyError
from postbroker.store.events import Event

BEAT_SECONDS = 15
"""A page that says how long ago something was is fetched at least this often."""

NOTHING = "-"
"""Browsers drop events without data."""


async def follow(request: web.Request) -> web.StreamResponse:
    """Stream what is new until the page is closed, the session ends or the broker stops."""
    async with sse_response(request) as response:
        with suppress(ConnectionResetError, DatabaseBusyError):  # the page comes back by itself
            async for name, data in _news(request):
                await response.send(data, event=name)
    return response


async def _news(request: web.Request) -> AsyncIterator[tuple[str, str]]:
    """`jobs` and `job-<id>` when jobs changed, `beat` for all else, `signed-out` at the end."""
    visit = await visit_of(request)
    if visit is not None:
        pages = request.app[EVENTS].follow(visit.workspace.id, None, BEAT_SECONDS)
        async for page in pages:
            if await visit_of(request) is None:
                break
            for news in _names(page):
                yield news
        else:
            return  # The broker stops, and the page comes back when it runs again.
    yield "signed-out", NOTHING


def _names(page: list[Event]) -> list[tuple[str, str]]:
    if not page:
        return [("beat", NOTHING)]
    states = {event.job_id: event.state for event in page}
    return [("jobs", NOTHING), *((f"job-{job_id}", state) for job_id, state in states.items())]
