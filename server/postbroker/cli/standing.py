"""Who holds which job, what waits for whom, and how connected accounts stand, for `doctor`."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from postbroker.cli.checking import Check
from postbroker.cli.exits import Exit
from postbroker.cli.following import EXITS_OF_WAITING
from postbroker.cli.timeline import words_of
from postbroker.client.errors import UNKNOWN_OUTCOMES
from postbroker.contract.jobs import WaitsFor

if TYPE_CHECKING:
    from postbroker.client import AsyncPostbroker
    from postbroker.contract.connections import AccountHealth
    from postbroker.contract.jobs import JobAnswer, JobEvent

HELD_SHOWN = 10
PAGES_READ = 10
PAGE = 100

WAITS: dict[WaitsFor, str] = {
    "approval": "a person's yes",
    "account": "their account",
    "login": "a login",
    "browser": "a browser",
    "workspace": "the workspace",
    "connection": "a connection",
    "limit": "a limit of the platform",
}
SAID_ABOVE: frozenset[WaitsFor] = frozenset({"browser", "workspace", "login"})
"""What has a line of its own before."""


async def at_work(client: "AsyncPostbroker") -> AsyncIterator[Check]:
    """The jobs that somebody holds, each with its holder and how far it is."""
    page = await client.list_jobs(status="processing", limit=HELD_SHOWN)
    for job in page.jobs:
        events = await client.history(job)
        holder = next(filter(None, map(_holder, reversed(events))), "nobody")
        doing = words_of(events[-1]) if events else job.details.state
        yield Check(f"job {job.id}", True, f"{job.platform}, held by {holder}: {doing}")


async def waiting(client: "AsyncPostbroker") -> AsyncIterator[Check]:
    """The jobs that wait, by what they wait for."""
    groups: dict[WaitsFor | None, list[JobAnswer]] = defaultdict(list)
    cursor = None
    for _ in range(PAGES_READ):
        page = await client.list_jobs(cursor, status="queued", limit=PAGE)
        for job in page.jobs:
            groups[job.details.waiting_for].append(job)
        cursor = page.next_cursor
        if cursor is None:
            break
    if not groups:
        yield Check("queue", True, "empty")
    for what, jobs in groups.items():
        yield _group(what, jobs)


async def unsettled(client: "AsyncPostbroker") -> AsyncIterator[Check]:
    """Posts of which only a person can tell whether they are live."""
    page = await client.list_jobs(status="failed", limit=PAGE)
    doubtful = [job for job in page.jobs if job.error_code in UNKNOWN_OUTCOMES]
    if doubtful:
        job = doubtful[0]
        yield Check(
            "outcomes",
            False,
            f"{_posts(len(doubtful))} may be live, and nobody knows",
            f"Look on the account at {job.platform}, then: postbroker settle {job.id}",
            Exit.UNKNOWN,
            f"/dashboard/jobs/{job.id}",
        )


def connected(accounts: Sequence["AccountHealth"]) -> list[Check]:
    """Accounts that are reached by the official API of their platform."""
    return [
        Check(
            f"connection {each.platform} {each.handle or ''}".rstrip(),
            each.next_step is None,
            each.health.replace("_", " "),
            each.next_step,
            Exit.PERSON,
            "/dashboard/connections",
        )
        for each in accounts
    ]


def _group(what: WaitsFor | None, jobs: "Sequence[JobAnswer]") -> Check:
    oldest = jobs[-1]
    since = datetime.fromtimestamp(oldest.created_at / 1000, UTC).astimezone()
    found = f"{_posts(len(jobs))}, the oldest since {since:%Y-%m-%d %H:%M}"
    if what is None:
        return Check("queue", True, found)
    details = oldest.details
    because = f": {details.waiting_because}" if details.waiting_because else ""
    page = "/dashboard/accounts" if what == "account" else f"/dashboard/jobs/{oldest.id}"
    return Check(
        f"waiting for {WAITS[what]}",
        what in SAID_ABOVE or details.suggested_action is None,
        found + because,
        details.suggested_action,
        EXITS_OF_WAITING[what],
        page,
    )


def _holder(event: "JobEvent") -> str | None:
    if event.name not in ("leased", "verifying"):
        return None
    return str(event.data.get("browser") or event.data.get("connection") or "the broker")


def _posts(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"
