"""Server-sent events from the durable event log."""

import json
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web
from aiohttp_sse import sse_response

from postbroker.appkeys import EVENTS, JOBS, OPERATIONS
from postbroker.errors import field_error
from postbroker.http.auth import identify
from postbroker.store.events import Event

BEAT_SECONDS = 15


def add_streams(app: web.Application) -> None:
    """`/v1/events` for a workspace, `/v1/jobs/{id}/events` for one job."""
    app.router.add_get("/v1/events", stream_workspace)
    app.router.add_get("/v1/jobs/{id}/events", stream_job)


async def stream_workspace(request: web.Request) -> web.StreamResponse:
    """All events of the key's workspace from now on, or after Last-Event-ID."""
    caller = await identify(request, request.app[OPERATIONS]["list_jobs"])
    pages = request.app[EVENTS].follow(caller.workspace_id, last_event_id(request), BEAT_SECONDS)
    return await _send(request, pages, None)


async def stream_job(request: web.Request) -> web.StreamResponse:
    """All events of one job from its first on, until it has ended."""
    caller = await identify(request, request.app[OPERATIONS]["list_jobs"])
    job = await request.app[JOBS].get(request.match_info["id"], caller.workspace_id)
    after = last_event_id(request) or 0
    pages = request.app[EVENTS].follow(caller.workspace_id, after, BEAT_SECONDS, job.id)
    return await _send(request, pages, job.id)


def last_event_id(request: web.Request) -> int | None:
    """Where a reader left off. Raises ValidationFailedError for what is no event id."""
    given = request.headers.get("Last-Event-ID") or request.query.get("after")
    if given is None:
        return None
    if not given.isdecimal():
        raise field_error("VALIDATION_FAILED", "Last-Event-ID", "give the id of an event")
    return int(given)


async def _send(
    request: web.Request, pages: AsyncIterator[list[Event]], job_id: str | None
) -> web.StreamResponse:
    async with sse_response(request) as response:
        async for page in pages:
            for event in page:
                await response.send(
                    json.dumps(event_body(event)), id=str(event.id), event=event.name
                )
            if job_id is not None and await _has_ended(request, job_id):
                break
    return response


async def _has_ended(request: web.Request, job_id: str) -> bool:
    job = await request.app[JOBS].get(job_id, None)
    return job.has_ended


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
