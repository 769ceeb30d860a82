"""After a restore: nothing goes out before what may have gone out since was looked for."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import get_args

from postbroker.domain.job import ENDINGS, Job, JobState
from postbroker.domain.lease import Rules
from postbroker.domain.outcome import after_restore
from postbroker.services.changes import change_job, drop_lease
from postbroker.store.browsers import Browser, select_browsers
from postbroker.store.database import Connection, Database
from postbroker.store.jobs import select_jobs
from postbroker.store.workspaces import Workspace, select_workspaces, update_workspace_paused

PAGE = 200
OPEN_STATES = [(state, False) for state in get_args(JobState) if state not in ENDINGS]


async def distrust(
    database: Database, taken_at: datetime | None, rules: Rules, now: datetime
) -> Counter[str]:
    """Put every job in doubt that had not ended when the backup was taken, and pause everything.

    Returns how many will be looked for ("looks") and how many only a person can tell ("people").
    """
    counts: Counter[str] = Counter()
    for workspace in await database.read(select_workspaces):
        before: int | None = None
        while page := await database.write(
            lambda tx, w=workspace, b=before: _distrust_page(tx, w, b, taken_at, rules, now)  # type: ignore[misc]
        ):
            before, jobs = page
            counts.update("people" if job.has_ended else "looks" for job in jobs)
        because = _reason(taken_at)
        await database.write(
            lambda tx, w=workspace, b=because: update_workspace_paused(  # type: ignore[misc]
                tx, w.id, is_paused=True, because=b
            )
        )
    return counts


async def _distrust_page(
    tx: Connection,
    workspace: Workspace,
    before: int | None,
    taken_at: datetime | None,
    rules: Rules,
    now: datetime,
) -> tuple[int, list[Job]] | None:
    rows = await select_jobs(tx, workspace.id, states=OPEN_STATES, before_number=before, limit=PAGE)
    browsers = await select_browsers(tx, workspace.id)
    doubtful = []
    for _, job in rows:
        account = job.account or _only_account(job, browsers)
        after = after_restore(job, account, taken_at, rules, now)
        await drop_lease(tx, job, after, "lost", now)
        data = {"was": job.state, "account": after.composed_account}
        doubtful.append(await change_job(tx, job, after, "restored", now, data))
    return (rows[-1][0], doubtful) if rows else None


def _only_account(job: Job, browsers: Iterable[Browser]) -> str | None:
    """The one account that the workspace's browsers had; None when there were more, or none."""
    accounts = {
        str(row["account"]).lstrip("@").casefold(): row["account"]
        for browser in browsers
        for row in browser.platforms
        if row["platform"] == job.platform and row["loggedIn"] and row["account"]
    }
    return accounts.popitem()[1] if len(accounts) == 1 and not job.sandbox else None


def _reason(taken_at: datetime | None) -> str:
    of = f" of {taken_at:%Y-%m-%d %H:%M} UTC" if taken_at else ""
    return (
        f"Restored from a backup{of}. Browsers look for what may have gone out since; "
        "what they prove not to be there goes out once this is resumed."
    )
