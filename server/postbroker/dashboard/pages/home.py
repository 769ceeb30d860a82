"""The first page, and the switch that stops everything."""

import re

from aiohttp import web

from postbroker.appkeys import JOBS, USAGE, WORKSPACES
from postbroker.dashboard.frame import Visit
from postbroker.dashboard.needs import needs_of
from postbroker.dashboard.rendering import see_other
from postbroker.services.jobs import JobFilter

LIVE_JOBS = 20
ENDED_JOBS = 5

_OWN_PAGE = re.compile(r"/dashboard(/[\w-]+)*", re.ASCII)


async def show(visit: Visit) -> web.Response:
    """What needs a person, then what is under way, then what ended last."""
    app, workspace_id = visit.request.app, visit.workspace.id
    standing = await app[USAGE].standing(workspace_id)
    live = [
        job
        for status in ("processing", "queued")
        for job in (await app[JOBS].list(workspace_id, JobFilter(status, limit=LIVE_JOBS)))[0]
    ]
    latest, _ = await app[JOBS].list(workspace_id, JobFilter(limit=LIVE_JOBS))
    return visit.page(
        "home.html",
        needs=needs_of(standing, await app[JOBS].unsettled(workspace_id)),
        live=live[:LIVE_JOBS],
        ended=[job for job in latest if job.has_ended][:ENDED_JOBS],
    )


async def pause(visit: Visit) -> web.Response:
    """Give no lease and no permit from now on."""
    return await _set_paused(visit, is_paused=True)


async def resume(visit: Visit) -> web.Response:
    """Go on."""
    return await _set_paused(visit, is_paused=False)


async def _set_paused(visit: Visit, *, is_paused: bool) -> web.Response:
    await visit.request.app[WORKSPACES].set_paused(visit.workspace.id, is_paused=is_paused)
    back = visit.field("back")
    return see_other(back if _OWN_PAGE.fullmatch(back) else "/dashboard")
