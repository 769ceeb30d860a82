"""Tells an open page that something it shows has changed, so that it fetches itself anew."""

from aiohttp import web
from aiohttp_sse import sse_response

from postbroker.appkeys import EVENTS, SESSION_COOKIE, WORKSPACES
from postbroker.dashboard.frame import visit_of
from postbroker.store.events import Event

BEAT_SECONDS = 15
"""A page that says how long ago something was is fetched at least this often."""


async def follow(request: web.Request) -> web.StreamResponse:
    """`jobs` and `job-<id>` when jobs changed, `beat` for all else, `signed-out` at the end."""
    async with sse_response(request) as response:
        visit = await visit_of(request)
        if visit is not None:
            pages = request.app[EVENTS].follow(visit.workspace.id, None, BEAT_SECONDS)
            async for page in pages:
                if not await _is_signed_in(request):
                    break
                for name, data in _news(page):
                    await response.send(data, event=name)
        if not await _is_signed_in(request):
            # Without it the page would ask again and again.
            await response.send("-", event="signed-out")
    return response


def _news(page: list[Event]) -> list[tuple[str, str]]:
    if not page:
        return [("beat", "-")]
    states = {event.job_id: event.state for event in page}
    return [("jobs", "-"), *((f"job-{job_id}", state) for job_id, state in states.items())]


async def _is_signed_in(request: web.Request) -> bool:
    cookie = request.cookies.get(SESSION_COOKIE)
    return cookie is not None and await request.app[WORKSPACES].session(cookie) is not None
