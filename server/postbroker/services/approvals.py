"""Approvals: which jobs wait for a person's yes, and what follows a yes or a no."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from postbroker.clock import Clock
from postbroker.domain.account import Account, account_key
from postbroker.domain.caller import Caller
from postbroker.domain.job import Job, TransitionError
from postbroker.domain.outcome import say_no, say_yes
from postbroker.errors import ConflictError, field_error
from postbroker.services.care import (
    Care,
    lock_accounts,
    new_account,
    presumed_handle,
    whole_text_sha256,
)
from postbroker.services.changes import Change, announce, change_job, change_jobs
from postbroker.services.jobs import seen_job
from postbroker.services.signals import Signals
from postbroker.store import jobs as store
from postbroker.store.accounts import save_account, select_accounts
from postbroker.store.approvals import Approval, insert_approval, select_approvals
from postbroker.store.browsers import Browser, select_browsers
from postbroker.store.database import Connection, Database

SHOWN = 100
"""How many waiting jobs are shown at once, and let out by one yes for always."""


@dataclass(frozen=True, slots=True)
class Question:
    """A job that waits for a yes, and who would post it as far as anybody knows."""

    job: Job
    handle: str | None


class Approvals:
    """Use cases of a person's yes and no."""

    def __init__(self, database: Database, clock: Clock, signals: Signals, care: Care) -> None:
        self._database = database
        self._care = care
        self._clock = clock
        self._signals = signals

    async def questions(self, workspace_id: str) -> list[Question]:
        """All jobs that wait for a yes, newest first."""
        return await self._database.read(lambda tx: self._questions(tx, workspace_id))

    async def question(self, job: Job) -> Question:
        """Who would post this job."""

        async def read(tx: Connection) -> Question:
            browsers = await select_browsers(tx, job.workspace_id)
            return Question(job, job.account or presumed_handle(browsers, job.platform))

        return await self._database.read(read)

    async def say_yes(self, caller: Caller, job_id: str, *, always: bool = False) -> Job:
        """Let a job go out; with `always` all that the same account posts from now on.

        Saying it twice changes nothing. Raises NotFoundError, ConflictError for a job that does not
        ask, ValidationFailedError for `always` where nobody knows whose post it is.
        """

        async def work(tx: Connection) -> list[Job]:
            job, now = await self._locked(tx, caller, job_id), self._clock.now()
            if job.state != "awaiting_approval" and await select_approvals(tx, [job_id]):
                return [job]
            browsers = await select_browsers(tx, caller.workspace_id)
            handle = job.account or presumed_handle(browsers, job.platform)
            if always and handle is None:
                raise field_error(
                    "VALIDATION_FAILED",
                    "always",
                    "nobody knows yet which account will post it: say yes to this post only",
                )
            jobs = [job]
            if handle is not None:
                await self._confirm(tx, job, handle, now, always=always)
            if always and handle is not None:
                jobs += await self._others_of(tx, job, handle, browsers)
            return await self._let_out(tx, caller, jobs, now)

        return await self._announced(work)

    async def say_no(self, caller: Caller, job_id: str) -> Job:
        """A job does not go out. Raises NotFoundError, ConflictError for one that does not ask."""

        async def work(tx: Connection) -> list[Job]:
            job = await self._locked(tx, caller, job_id)
            try:
                after = say_no(job)
            except TransitionError as error:
                raise ConflictError("INVALID_STATUS_TRANSITION", str(error)) from error
            now, data = self._clock.now(), {"by": caller.name}
            return [await change_job(tx, job, after, "rejected", now, data)]

        return await self._announced(work)

    async def _questions(self, tx: Connection, workspace_id: str) -> list[Question]:
        rows = await store.select_jobs(
            tx, workspace_id, states=[("awaiting_approval", None)], limit=SHOWN
        )
        browsers = await select_browsers(tx, workspace_id) if rows else []
        return [
            Question(job, job.account or presumed_handle(browsers, job.platform)) for _, job in rows
        ]

    async def _confirm(
        self, tx: Connection, job: Job, handle: str, now: datetime, *, always: bool
    ) -> None:
        """The account had a yes, and with `always` needs none any more."""
        await lock_accounts(tx, job.workspace_id)
        account = await self._account(tx, job, handle, now)
        if account.confirmed_at is None:
            account = replace(account, confirmed_at=now)
        await save_account(tx, replace(account, mode="always") if always else account)

    async def _account(self, tx: Connection, job: Job, handle: str, now: datetime) -> Account:
        wanted = account_key(job.platform, handle)
        for account in await select_accounts(tx, job.workspace_id):
            if account.key == wanted:
                return account
        return new_account(job.workspace_id, job.platform, handle, now)

    async def _others_of(
        self, tx: Connection, job: Job, handle: str, browsers: list[Browser]
    ) -> list[Job]:
        """The other jobs of the account that wait for a yes."""
        rows = await store.select_jobs(
            tx, job.workspace_id, states=[("awaiting_approval", None)], limit=SHOWN
        )
        found = []
        for _, other in rows:
            theirs = other.account or presumed_handle(browsers, other.platform)
            if theirs is None or other.id == job.id:
                continue
            if account_key(other.platform, theirs) == account_key(job.platform, handle):
                found.append(await self._locked_again(tx, other))
        return [each for each in found if each is not None]

    async def _locked_again(self, tx: Connection, job: Job) -> Job | None:
        locked = await store.lock_job(tx, job.id, job.workspace_id)
        return locked if locked and locked.state == "awaiting_approval" else None

    async def _let_out(
        self, tx: Connection, caller: Caller, jobs: list[Job], now: datetime
    ) -> list[Job]:
        changes = []
        for job in jobs:
            try:
                after = say_yes(job, now)
            except TransitionError as error:
                raise ConflictError("INVALID_STATUS_TRANSITION", str(error)) from error
            yes = Approval(job.id, whole_text_sha256(job), job.media_paths, caller.name, now)
            await insert_approval(tx, yes)
            changes.append(Change(job, after, "allowed", {"by": caller.name}))
        return await change_jobs(tx, changes, now)

    async def _locked(self, tx: Connection, caller: Caller, job_id: str) -> Job:
        return seen_job(caller, await store.lock_job(tx, job_id, caller.workspace_id))

    async def _announced(self, work: Callable[[Connection], Awaitable[list[Job]]]) -> Job:
        jobs = await self._database.write(work)
        self._care.forget()
        for job in jobs:
            announce(self._signals, job)
        return jobs[0]
