"""Jobs: the list, one job with its history, canceling, and settling an unknown outcome."""

from collections.abc import Awaitable
from typing import get_args

from aiohttp import web
from pydantic import ValidationError
from yarl import URL

from postbroker.appkeys import ACCOUNTS, APPROVALS, JOBS
from postbroker.contract.requests import SettleJob
from postbroker.contract.words import JobView
from postbroker.dashboard import words
from postbroker.dashboard.frame import Visit, status_of
from postbroker.dashboard.rendering import file_of, see_other
from postbroker.domain.job import CANCELABLE, ENDINGS, Job
from postbroker.domain.outcome import RESTORED
from postbroker.errors import (
    BrokerError,
    ConflictError,
    ValidationFailedError,
    field_error,
)
from postbroker.operations.jobs import job_details
from postbroker.services.jobs import JobFilter

NO_LINK = "Paste the post's full address, such as https://x.com/ada/status/123."


async def show_list(visit: Visit) -> web.Response:
    """A page of jobs, newest first."""
    query = visit.request.query
    status: JobView | None = next((v for v in get_args(JobView) if v == query.get("status")), None)
    wanted = JobFilter(status=status, cursor=query.get("cursor"))
    jobs, cursor = await visit.request.app[JOBS].list(visit.workspace.id, wanted)
    here = URL("/dashboard/jobs")
    views: list[tuple[JobView | None, str, URL]] = [(None, "All", here)]
    views += [(view, word, here % {"status": view}) for view, word in words.VIEWS.items()]
    older = visit.request.rel_url.update_query(cursor=cursor) if cursor else None
    return visit.page("jobs.html", jobs=jobs, views=views, chosen=status, older=older)


async def show(visit: Visit) -> web.Response:
    """One job: where it stands, what happened, and what a person can do."""
    return await _show(visit)


async def cancel(visit: Visit) -> web.Response:
    """Stop a job before its permit."""
    return await _act(visit, visit.request.app[JOBS].cancel(visit.caller, _id(visit)))


async def look_again(visit: Visit) -> web.Response:
    """Have a browser look once more."""
    return await _act(visit, visit.request.app[JOBS].look_again(visit.caller, _id(visit)))


async def settle_live(visit: Visit) -> web.Response:
    """A person found the post and says where."""
    url = visit.field("postUrl").strip()
    try:
        found = SettleJob.model_validate({"id": _id(visit), "postUrl": url})
    except ValidationError:
        return await _show(visit, field_error("VALIDATION_FAILED", "postUrl", NO_LINK), url)
    settled = visit.request.app[JOBS].settle(visit.caller, found.id, found.post_url)
    return await _act(visit, settled, url)


async def settle_absent(visit: Visit) -> web.Response:
    """A person looked, and the post is not there."""
    return await _act(visit, visit.request.app[JOBS].settle(visit.caller, _id(visit), None))


async def approve(visit: Visit) -> web.Response:
    """A person looked for a post from a backup, and it shall go out now."""
    return await _act(visit, visit.request.app[JOBS].approve(visit.caller, _id(visit)))


async def say_yes(visit: Visit) -> web.Response:
    """A person lets a post go out that waited for it."""
    return await _act(visit, visit.request.app[APPROVALS].say_yes(visit.caller, _id(visit)))


async def say_always(visit: Visit) -> web.Response:
    """A person lets this post go out, and all of the same account from now on."""
    yes = visit.request.app[APPROVALS].say_yes(visit.caller, _id(visit), always=True)
    return await _act(visit, yes)


async def say_no(visit: Visit) -> web.Response:
    """A person does not let a post go out."""
    return await _act(visit, visit.request.app[APPROVALS].say_no(visit.caller, _id(visit)))


async def _act(visit: Visit, action: Awaitable[Job], typed: str = "") -> web.Response:
    try:
        job = await action
    except (ConflictError, ValidationFailedError) as error:
        return await _show(visit, error, typed)
    return see_other(f"/dashboard/jobs/{job.id}")


async def _show(visit: Visit, error: BrokerError | None = None, typed: str = "") -> web.Response:
    jobs = visit.request.app[JOBS]
    job = await jobs.get(_id(visit), visit.workspace.id)
    events, attempts = await jobs.history(job)
    waiting = await visit.request.app[ACCOUNTS].waiting(visit.workspace.id, [job])
    asks = job.state == "awaiting_approval"
    return visit.page(
        "job.html",
        status_of(error),
        job=job,
        details=job_details(job, waiting.get(job.id)),
        actor=words.actor_of(job),
        question=await visit.request.app[APPROVALS].question(job) if asks else None,
        files=[file_of(path) for path in job.media_paths],
        events=events,
        attempts=attempts,
        browser_names={
            e.data["browserId"]: e.data["browser"] for e in events if "browserId" in e.data
        },
        is_over=job.state in ENDINGS,
        can_cancel=job.state in CANCELABLE,
        can_settle=job.state == "outcome_unknown" and job.has_ended,
        can_approve=job.error_code == RESTORED and job.expires_at > visit.now,
        field_problem=error.errors[0].message if error and error.errors else None,
        problem=error.detail if error and not error.errors else None,
        typed=typed,
    )


def _id(visit: Visit) -> str:
    return visit.request.match_info["id"]
