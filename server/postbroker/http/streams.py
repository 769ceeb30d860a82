"""Server-sent events from the durable event log."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from aiohttp import web
from aiohttp_sse import sse_response

from postbroker.appkeys import EVENTS, JOBS, OPERATIONS, TRACE_ID
from postbroker.callers import identify
from postbroker.errors import field_error
from postbroker.http.endpoints import STREAMS
from postbroker.http.middleware import SNIFF_HEADER, TRACE_HEADER
from postbroker.store.database import DatabaseBusyError
from postbroker.store.events import Event

BEAT_SECONDS = 15
EVENT_ID = re.compile(r"[0-9]{1,18}")


def add_streams(app: web.Application) -> None:
    """`/v1/events` for a workspace, `/v1/jobs/{id}/events` for one job."""
    handlers = {"stream_workspace": stream_workspace, "stream_job": stream_job}
    for endpoint in STREAMS:
        app.router.add_route(endpoint.method, endpoint.path, handlers[endpoint.operation])


async def stream_workspace(request: web.Request) -> web.StreamResponse:
    """All events of the key's workspace from now on, or after Last-Event-ID.

    It begins with an id alone, so that a reader whose connection breaks before the first event
    knows where to go on.
    """
    caller = await identify(request, request.app[OPERATIONS]["list_jobs"])
    events, after = request.app[EVENTS], last_event_id(request)
    if after is None:
        after = await events.newest(caller.workspace_id)  # before the reader is answered
    pages = events.follow(caller.workspace_id, after, BEAT_SECONDS, caller)
    return await _send(request, pages, after)


async def stream_job(request: web.Request) -> web.StreamResponse:
    """All events of one job from its first on, until it has ended."""
    caller = await identify(request, request.app[OPERATIONS]["list_jobs"])
    job = await request.app[JOBS].get_by(caller, request.match_info["id"])
    after = last_event_id(request) or 0
    return await _send(request, request.app[EVENTS].follow_job(job.id, after, BEAT_SECONDS))


def last_event_id(request: web.Request) -> int | None:
    """Where a reader left off. Raises ValidationFailedError for what is no event id."""
    for name in request.query:
        if name != "after":
            hint = "there is no such parameter; did you mean after?"
            raise field_error("VALIDATION_FAILED", name, hint)
    given = request.headers.get("Last-Event-ID") or request.query.get("after")
    if given is None:
        return None
    if not EVENT_ID.fullmatch(given):
        raise field_error("VALIDATION_FAILED", "Last-Event-ID", "give the id of an event")
    return int(given)


async def _send(
    request: web.Request, pages: AsyncIterator[list[Event]], begins_after: int | None = None
) -> web.StreamResponse:
    headers: dict[str, str] = {TRACE_HEADER: request[TRACE_ID], SNIFF_HEADER: "nosniff"}
    async with sse_response(request, headers=headers, ping_interval=BEAT_SECONDS) as response:
        # The reader went away, or comes back to where it was once the database is there again.
        with suppress(ConnectionResetError, DatabaseBusyError):
            if begins_after is not None:
                await response.write(f"id: {begins_after}\r\n\r\n".encode())
            async for page in pages:
                for event in page:
                    body = json.dumps(event_body(event))
                    await response.send(body, id=str(event.id), event=event.name)
                if not response.is_connected():
                    break
    return response


def event_body(event: Event) -> dict[str, Any]:
    """An event as streams and pages carry it (contract: JobEvent)."""
    return {
        "id": event.id,
        "jobId": event.job_id,
        "sequence": event.sequence,
        "name": event.name,
        "state": event.state,
        "step": event.step,
        "at": event.happened_at.isoformat(),
        "data": event.data,
    }
