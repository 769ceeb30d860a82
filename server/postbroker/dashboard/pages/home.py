"""The first page, and the switch that stops everything."""

import re

from aiohttp import web

from postbroker.appkeys import ACCOUNTS, APPROVALS, CONNECTIONS, JOBS, USAGE, WORKSPACES
from postbroker.contract.words import JobView
from postbroker.dashboard.frame import Visit
from postbroker.dashboard.needs import needs_of
from postbroker.dashboard.rendering import see_other
from postbroker.domain.job import Job
from postbroker.operations.connections import health_answer
from postbroker.services.jobs import JobFilter

LIVE_JOBS = 10
ENDED_JOBS = 5

_OWN_PAGE = re.compile(r"/dashboard(/[\w-]+)*", re.ASCII)


async def show(visit: Visit) -> web.Response:
    """What needs a person, then what is under way, then what ended last."""
    app, workspace_id = visit.request.app, visit.workspace.id
    standing = await app[USAGE].standing(workspace_id)
    live = (await _jobs(visit, LIVE_JOBS, "processing", "queued"))[:LIVE_JOBS]
    ended = await _jobs(visit, ENDED_JOBS, "succeeded", "failed")
    under_way = standing.by_view.get("processing", 0) + standing.by_view.get("queued", 0)
    return visit.page(
        "home.html",
        needs=needs_of(
            standing,
            await app[JOBS].unsettled(workspace_id),
            await app[APPROVALS].questions(workspace_id),
            [known.account for known in await app[ACCOUNTS].all(workspace_id)],
            health_answer(await app[CONNECTIONS].standing(visit.caller), visit.now).accounts,
        ),
        live=live,
        more=under_way - len(live),
        ended=sorted(ended, key=lambda job: job.updated_at, reverse=True)[:ENDED_JOBS],
    )


async def _jobs(visit: Visit, limit: int, *views: JobView) -> list[Job]:
    jobs = visit.request.app[JOBS]
    pages = [await jobs.list(visit.workspace.id, JobFilter(view, limit=limit)) for view in views]
    return [job for page, _ in pages for job in page]


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
