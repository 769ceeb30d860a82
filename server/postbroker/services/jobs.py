"""Jobs: reading, listing, waiting, canceling, and settling what nobody could settle by looking."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from postbroker.clock import Clock
from postbroker.contract.catalogue import Platform
from postbroker.contract.words import JobView
from postbroker.domain.caller import Caller
from postbroker.domain.job import STATES_OF_VIEW, Job, TransitionError
from postbroker.domain.lease import Rules, own_host_of
from postbroker.domain.matching import find_permalink
from postbroker.domain.outcome import approve, cancel, look_again, settle_by_person
from postbroker.errors import ConflictError, NotFoundError, field_error
from postbroker.services.changes import announce, change_job, drop_lease
from postbroker.services.secrets import Vault
from postbroker.services.signals import Signals, job_topic
from postbroker.store import jobs as store
from postbroker.store.attempts import Attempt, select_attempts
from postbroker.store.database import Connection, Database, UniqueError
from postbroker.store.events import Event, select_events_of_job

FINAL_VIEWS: frozenset[JobView] = frozenset({"succeeded", "failed"})
PAGE = 100
PAGES_LOOKED_THROUGH = 50
"""For a caller that sees few of many jobs; then the cursor goes on."""


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs a list holds."""

    status: JobView | None = None
    platform: str | None = None
    idempotency_key: str | None = None
    cursor: str | None = None
    limit: int = 20


class Jobs:
    """Use cases of jobs."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        vault: Vault,
        signals: Signals,
        rules: Rules,
        platforms: Mapping[str, Platform],
    ) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._signals = signals
        self._rules = rules
        self._platforms = platforms

    async def get(self, job_id: str, workspace_id: str | None) -> Job:
        """One job; with a workspace only if it is there. Raises NotFoundError."""
        job = await self._database.read(lambda tx: store.select_job(tx, job_id, workspace_id))
        return _found(job)

    async def get_by(self, caller: Caller, job_id: str) -> Job:
        """One job that the caller sees. Raises NotFoundError."""
        return seen_job(caller, await self.get(job_id, caller.workspace_id))

    async def wait(
        self,
        job_id: str,
        workspace_id: str | None,
        seconds: float,
        tell: Callable[[Event], Awaitable[None]] | None = None,
    ) -> Job:
        """The job once Claw Post clients may stop polling, or as it is after `seconds`.

        `tell` hears of each of its events meanwhile, from the first one on. Raises NotFoundError.
        """
        if seconds <= 0 and tell is None:
            return await self.get(job_id, workspace_id)
        deadline, told = self._clock.now().timestamp() + seconds, 0
        async with self._signals.listen(job_topic(job_id)) as waiter:
            woken = True
            while True:
                job = await self.get(job_id, workspace_id)
                if tell is not None:
                    told = await self._tell(job, told, tell)
                left = deadline - self._clock.now().timestamp()
                if job.view in FINAL_VIEWS or left <= 0 or not woken:
                    return job
                woken = await waiter.wait(left)

    async def _tell(self, job: Job, after_id: int, tell: Callable[[Event], Awaitable[None]]) -> int:
        """Tell what happened to a job after an event; the id of the last one told."""
        events = await self._database.read(lambda tx: select_events_of_job(tx, job.id, after_id))
        for event in events:
            await tell(event)
        return events[-1].id if events else after_id

    async def history(self, job: Job) -> tuple[list[Event], list[Attempt]]:
        """What happened to a job, and its attempts, in order."""

        async def read(tx: Connection) -> tuple[list[Event], list[Attempt]]:
            return await select_events_of_job(tx, job.id), await select_attempts(tx, job.id)

        return await self._database.read(read)

    async def unsettled(self, workspace_id: str) -> list[Job]:
        """Jobs whose outcome only a person can tell any more, newest first."""
        rows = await self._database.read(
            lambda tx: store.select_jobs(
                tx, workspace_id, states=[("outcome_unknown", True)], limit=PAGE
            )
        )
        return [job for _, job in rows]

    async def list_by(self, caller: Caller, wanted: JobFilter) -> tuple[list[Job], str | None]:
        """As `list`, of those that the caller sees: a page may be short and have one after it."""
        if caller.accounts is None:
            return await self.list(caller.workspace_id, wanted)
        seen, cursor = list[Job](), wanted.cursor
        for _ in range(PAGES_LOOKED_THROUGH):
            step = replace(wanted, cursor=cursor, limit=wanted.limit - len(seen))
            page, cursor = await self.list(caller.workspace_id, step)
            seen += [job for job in page if caller.sees_job(job)]
            if cursor is None or len(seen) >= wanted.limit:
                break
        return seen, cursor

    async def list(self, workspace_id: str, wanted: JobFilter) -> tuple[list[Job], str | None]:
        """A page of jobs, newest first, and the next cursor. Raises ValidationFailedError."""
        before = None
        if wanted.cursor is not None:
            before = self._vault.read(wanted.cursor, "jobs cursor")
            if not isinstance(before, int):
                raise field_error(
                    "VALIDATION_FAILED", "cursor", "use nextCursor of the page before"
                )
        limit = min(wanted.limit, PAGE)
        rows = await self._database.read(
            lambda tx: store.select_jobs(
                tx,
                workspace_id,
                states=STATES_OF_VIEW[wanted.status] if wanted.status else (),
                platform=wanted.platform,
                idempotency_key=wanted.idempotency_key,
                before_number=before,
                limit=limit + 1,
            )
        )
        page = rows[:limit]
        more = self._vault.sign(page[-1][0], "jobs cursor") if len(rows) > limit else None
        return [job for _, job in page], more

    async def cancel(self, caller: Caller, job_id: str) -> Job:
        """Stop a job before its permit. Raises NotFoundError, ConflictError after the permit."""

        async def work(tx: Connection) -> Job:
            job = seen_job(caller, await store.lock_job(tx, job_id, caller.workspace_id))
            if job.state == "canceled":
                return job
            try:
                after = cancel(job)
            except TransitionError as error:
                raise ConflictError(
                    "INVALID_STATUS_TRANSITION",
                    f"the job is {job.state.replace('_', ' ')}: it cannot be canceled any more",
                ) from error
            now = self._clock.now()
            await drop_lease(tx, job, after, "canceled", now)
            return await change_job(tx, job, after, "canceled", now, {"by": caller.name})

        return await self._announced(work)

    async def settle(self, caller: Caller, job_id: str, post_url: str | None) -> Job:
        """A person says where the post is, or with None that it is not there.

        Raises NotFoundError, ValidationFailedError for an address that is no permalink or belongs
        to another job, ConflictError unless the outcome is unknown.
        """

        async def work(tx: Connection) -> Job:
            job = seen_job(caller, await store.lock_job(tx, job_id, caller.workspace_id))
            _must_be_unknown(job)
            platform = self._platforms[job.platform]
            live = find_permalink(platform, post_url or "", own_host_of(job, self._rules))
            if post_url is not None and live is None:
                raise field_error(
                    "VALIDATION_FAILED", "postUrl", f"that is no permalink of {platform.name}"
                )
            now = self._clock.now()
            after = settle_by_person(job, live.url if live else None, now)
            return await change_job(tx, job, after, after.state, now, {"by": caller.name})

        try:
            return await self._announced(work)
        except UniqueError as error:
            raise field_error(
                "VALIDATION_FAILED", "postUrl", "that post belongs to another job"
            ) from error

    async def look_again(self, caller: Caller, job_id: str) -> Job:
        """Have a browser look once more for a post that nobody could settle. Raises as `settle`."""

        async def work(tx: Connection) -> Job:
            job = seen_job(caller, await store.lock_job(tx, job_id, caller.workspace_id))
            now = self._clock.now()
            _must_be_unknown(job)
            after = look_again(job, self._rules, now)
            return await change_job(tx, job, after, "outcome_unknown", now, {"by": caller.name})

        return await self._announced(work)

    async def approve(self, caller: Caller, job_id: str) -> Job:
        """A person looked for a post from a backup, it is not there, and it shall go out now.

        Raises NotFoundError, ConflictError for any other job and after the job's time.
        """

        async def work(tx: Connection) -> Job:
            job = seen_job(caller, await store.lock_job(tx, job_id, caller.workspace_id))
            now = self._clock.now()
            try:
                after = approve(job, now)
            except TransitionError as error:
                raise ConflictError("INVALID_STATUS_TRANSITION", str(error)) from error
            return await change_job(tx, job, after, "approved", now, {"by": caller.name})

        return await self._announced(work)

    async def _announced(self, work: Callable[[Connection], Awaitable[Job]]) -> Job:
        job = await self._database.write(work)
        announce(self._signals, job)
        return job


def _found(job: Job | None) -> Job:
    if job is None:
        raise NotFoundError("JOB_NOT_FOUND", "there is no job with that id here")
    return job


def seen_job(caller: Caller, job: Job | None) -> Job:
    """The job, if it is there for the caller to see. Raises NotFoundError."""
    return _found(job if job is not None and caller.sees_job(job) else None)


def _must_be_unknown(job: Job) -> None:
    if job.state != "outcome_unknown":
        raise ConflictError(
            "INVALID_STATUS_TRANSITION",
            f"the job is {job.state}: only an unknown outcome can be settled",
        )
