"""Leases: a browser pulls, renews, asks leave to press, reports; what falls silent is swept up."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from postbroker.clock import Clock
from postbroker.contract.catalogue import Platform
from postbroker.contract.extension import Ack, LeaseRef, PermitRequest, Progress
from postbroker.contract.words import Purpose, Stage
from postbroker.crash import Crash
from postbroker.domain.job import Job
from postbroker.domain.lease import (
    Busy,
    Holding,
    Rules,
    grant_permit,
    is_held_by,
    may_verify,
    own_host_of,
    permit_refusal,
    renew,
    take_to_publish,
    take_to_verify,
)
from postbroker.domain.matching import find_permalink
from postbroker.domain.outcome import (
    ReportError,
    after_deadline,
    after_late_word,
    after_publish_report,
    after_verify_report,
    put_in_doubt,
)
from postbroker.errors import (
    ConflictError,
    LeaseLostError,
    NotAuthenticatedError,
    PermitRefusedError,
)
from postbroker.services.browsers import is_online
from postbroker.services.changes import announce, change_job, drop_lease
from postbroker.services.signals import Signals, pull_by, pulls_of
from postbroker.store import attempts as attempt_store
from postbroker.store import jobs as store
from postbroker.store.attempts import Attempt
from postbroker.store.browsers import Browser, select_browser, select_browsers_by_id
from postbroker.store.database import Connection, Database, Failed
from postbroker.store.workspaces import select_workspace

CANDIDATES = 50
"""How many due jobs are looked at to find one the browser may take."""
SWEPT_AT_ONCE = 100

Gone = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Leased:
    """A job under a fresh lease."""

    job: Job
    purpose: Purpose
    expires_in_seconds: float
    permitted_seconds_ago: float | None
    previous_stage: Stage | None
    """How far the attempt before got; None for the first."""
    exclude: list[str]
    """Live posts of other jobs, which cannot be this job's."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a browser that pulled was given."""

    leased: Leased | None
    is_for_another: bool
    """True when something waits still that may be for another browser."""


class Leases:
    """Use cases of whoever holds a lease, and of the sweep."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        signals: Signals,
        platforms: Mapping[str, Platform],
        rules: Rules,
        online_within: timedelta,
        jobs_per_browser: int,
        crash: Crash,
    ) -> None:
        self._database = database
        self._clock = clock
        self._signals = signals
        self._platforms = platforms
        self._rules = rules
        self._online_within = online_within
        self._jobs_per_browser = jobs_per_browser
        self._crash = crash

    async def pull(self, browser: Browser, wait_seconds: float, gone: Gone) -> Leased | None:
        """The next job for this browser, waiting up to `wait_seconds`; None when there is none.

        `gone` tells whether the caller still listens: nothing is leased to a closed connection.
        """
        deadline = self._clock.now() + timedelta(seconds=wait_seconds)
        topics = pulls_of(browser.workspace_id), pull_by(browser.id)
        async with self._signals.listen(*topics) as waiter:
            while not (self._signals.is_closed or gone()):
                look = await self._database.write_each(self._take, browser)
                if look.is_for_another and look.leased is not None:
                    # Another process tells of a whole batch once: a wake may stand for many jobs.
                    self._signals.wake(topics[0])
                elif look.is_for_another and waiter.has_unused_wake:
                    self._signals.hand_on(topics[0], waiter)
                waiter.use()
                if look.leased is not None:
                    self._crash("lease_written")
                    announce(self._signals, look.leased.job)
                    return look.leased
                left = (deadline - self._clock.now()).total_seconds()
                if left <= 0 or not await waiter.wait(left):
                    return None
        return None

    async def progress(self, browser: Browser, message: Progress) -> tuple[float, str | None]:
        """Seconds the lease goes on, and why the holder must stop. Raises LeaseLostError."""
        now = self._clock.now()

        async def work(tx: Connection) -> tuple[Job, str | None]:
            job = await self._held(tx, browser, message)
            stop = (
                "paused" if job.state == "leased" and await self._is_paused(tx, browser) else None
            )
            after = renew(job, message.step, self._rules, now)
            if after.step == job.step and message.detail is None:
                await store.update_job(tx, job, after)
                return after, stop
            data = {"detail": message.detail} if message.detail else {}
            return await change_job(tx, job, after, "step", now, data), stop

        job, stop = await self._database.write(work)
        announce(self._signals, job)
        return _seconds_left(job, now), stop

    async def permit(self, browser: Browser, request: PermitRequest) -> str:
        """Leave to press once; the id of the permit. Raises LeaseLostError, PermitRefusedError."""
        permit_id = str(uuid4())

        async def work(tx: Connection) -> Job:
            now, job = self._clock.now(), await self._held(tx, browser, request)
            is_paused = await self._is_paused(tx, browser)
            reason = permit_refusal(job, request.composed, is_paused=is_paused, now=now)
            if reason is not None:
                raise PermitRefusedError(
                    "PERMIT_REFUSED", f"no leave to press: {reason}", details={"reason": reason}
                )
            publish = timedelta(seconds=self._platforms[job.platform].publish_seconds)
            after = grant_permit(job, permit_id, request.composed, publish, self._rules, now)
            await attempt_store.update_attempt_permit(tx, request.lease_id, permit_id, now)
            data = {"account": request.composed.account, "textSha256": request.composed.text_sha256}
            return await change_job(tx, job, after, "committing", now, data)

        job = await self._database.write(work)
        self._crash("permit_written")
        announce(self._signals, job)
        return permit_id

    async def report(self, browser: Browser, ack: Ack) -> Job:
        """How a lease ended; repeating the same report changes nothing.

        Raises LeaseLostError, ConflictError. A report from a lost lease is refused, but the address
        it names is kept as a hint where to look.
        """
        self._crash("report_received")
        digest = hashlib.sha256(ack.model_dump_json().encode()).hexdigest()
        job = await self._database.write(lambda tx: self._report(tx, browser, ack, digest))
        self._crash("report_written")
        if isinstance(job, LeaseLostError):
            raise job
        announce(self._signals, job)
        return job

    async def sweep(self) -> int:
        """Take back what fell silent, expire what waited too long, queue what may be tried again.

        Returns how many jobs that were.
        """
        now = self._clock.now()

        async def work(tx: Connection) -> list[Job]:
            overdue = await store.select_overdue(tx, now, SWEPT_AT_ONCE)
            return [await self._sweep_one(tx, job, now) for job in overdue]

        if not await self._database.read(lambda tx: store.select_overdue(tx, now, 1)):
            swept = []
        else:
            swept = await self._database.write(work)
        for job in swept:
            announce(self._signals, job)
        for workspace_id, poster_id in await self._database.read(
            lambda tx: store.select_posters_in_doubt(tx, now)
        ):
            self._signals.wake(pulls_of(workspace_id), pull_by(poster_id or ""))
        return len(swept)

    async def release_browser(self, workspace_id: str, browser_id: str) -> None:
        """Take back what a revoked browser holds, at once."""
        now = self._clock.now()

        async def work(tx: Connection) -> list[Job]:
            held = await store.select_held_by(tx, workspace_id, browser_id)
            return [await self._sweep_one(tx, job, now) for job in held]

        for job in await self._database.write(work):
            announce(self._signals, job)

    async def _take(self, tx: Connection, asking: list[Browser]) -> list[Look | Failed]:
        """What each of the browsers gets to do; who asked first chooses first."""
        now, looks = self._clock.now(), list[Look | Failed]()
        scenes = {}
        for workspace_id in sorted({browser.workspace_id for browser in asking}):
            # One at a time in a workspace: what is held must not change under this look.
            await tx.lock(f"leases of {workspace_id}")
            ids = [each.id for each in asking if each.workspace_id == workspace_id]
            scenes[workspace_id] = await self._scene(tx, workspace_id, ids, now)
        for browser in asking:
            scene = scenes[browser.workspace_id]
            if browser.id not in scene.paired:
                # A pull that waited through the revoking must not go on waiting.
                error = NotAuthenticatedError("UNAUTHORIZED", "this browser is not paired")
                looks.append(Failed(error))
                continue
            found = scene.find(browser.id)
            if found is None and scene.may_hold_more:
                scene.queued = await store.select_first_queued(
                    tx, browser.workspace_id, now, CANDIDATES
                )
                scene.may_hold_more = False
                found = scene.find(browser.id)
            leased = None
            if found is not None:
                leased = await self._lease(tx, found, scene.paired[browser.id], now)
                scene.is_for_another = bool(scene.queued)
            looks.append(Look(leased, scene.is_for_another))
        return looks

    async def _scene(
        self, tx: Connection, workspace_id: str, asking: list[str], now: datetime
    ) -> "_Scene":
        workspace = await select_workspace(tx, workspace_id)
        in_doubt = await store.select_in_doubt(tx, workspace_id, now, CANDIDATES)
        limit = CANDIDATES + len(asking)
        queued = []
        if workspace is not None and not workspace.is_paused:
            queued = await store.select_queued(tx, workspace_id, now, limit)
        held = []
        if in_doubt or queued:
            held = await store.select_holdings(tx, workspace_id)
        others = {job.poster_id for job in in_doubt if job.poster_id}
        others |= {holding.browser_id for holding in held if holding.account is None}
        browsers = await select_browsers_by_id(tx, workspace_id, [*{*asking, *others}])
        paired = {id_: each for id_, each in browsers.items() if each.revoked_at is None}
        known = [
            replace(holding, account=_account_of(browsers.get(holding.browser_id), holding))
            for holding in held
        ]
        return _Scene(
            paired=paired,
            online={
                id_ for id_, each in paired.items() if is_online(each, now, self._online_within)
            },
            busy=Busy(known, self._jobs_per_browser),
            in_doubt=in_doubt,
            queued=queued,
            may_hold_more=len(queued) == limit,
        )

    async def _lease(
        self, tx: Connection, found: tuple[Job, Purpose], browser: Browser, now: datetime
    ) -> Leased:
        job, purpose = found
        take = take_to_publish if purpose == "publish" else take_to_verify
        after = take(job, str(uuid4()), browser.id, self._rules, now)
        name = "leased" if purpose == "publish" else "verifying"
        after = await change_job(
            tx, job, after, name, now, {"browser": browser.name, "browserId": browser.id}
        )
        assert after.lease is not None  # noqa: S101  both ways of taking give a lease
        await attempt_store.insert_attempt(tx, after, after.lease, now)
        ago = (now - job.permitted_at).total_seconds() if job.permitted_at else None
        exclude = await store.select_post_urls(tx, after) if purpose == "verify" else []
        previous_stage = job.stage if job.attempt else None
        return Leased(after, purpose, _seconds_left(after, now), ago, previous_stage, exclude)

    async def _held(self, tx: Connection, browser: Browser, ref: LeaseRef) -> Job:
        job = await store.lock_job(tx, ref.job_id, browser.workspace_id)
        if job is None or not is_held_by(job, ref.lease_id, ref.epoch, browser.id):
            raise _lost(job)
        return job

    async def _report(
        self, tx: Connection, browser: Browser, ack: Ack, digest: str
    ) -> Job | LeaseLostError:
        now = self._clock.now()
        job = await store.lock_job(tx, ack.job_id, browser.workspace_id)
        attempt = await attempt_store.select_attempt(tx, ack.lease_id)
        if (
            job is None
            or attempt is None
            or (attempt.job_id, attempt.browser_id) != (job.id, browser.id)
        ):
            raise _lost(job)
        if attempt.report_sha256 == digest:
            return job
        if not is_held_by(job, ack.lease_id, ack.epoch, browser.id):
            await self._hear_late_word(tx, job, attempt, ack, now)
            return _lost(job)
        after = self._after_report(job, ack, now)
        if await self._is_taken(tx, after):
            after = self._without_that_post(job, ack, now)
        await attempt_store.update_attempt_end(
            tx,
            ack.lease_id,
            outcome=ack.outcome,
            stage=ack.stage,
            error_code=ack.error_code,
            error=ack.error,
            evidence=ack.evidence.model_dump(mode="json", exclude_none=True)
            if ack.evidence
            else None,
            report_sha256=digest,
            now=now,
        )
        data: dict[str, object] = {
            "outcome": ack.outcome,
            "stage": ack.stage,
            "errorCode": after.error_code,
        }
        if attempt.purpose == "verify":
            data |= {"looks": after.looks, "absences": after.absences}
        return await change_job(tx, job, after, after.state, now, data)

    def _after_report(self, job: Job, ack: Ack, now: datetime) -> Job:
        platform = self._platforms[job.platform]
        purpose = job.lease.purpose if job.lease else "publish"
        decide = after_publish_report if purpose == "publish" else after_verify_report
        try:
            return decide(job, ack, platform, self._rules, now)
        except ReportError as error:
            raise ConflictError("PERMIT_REFUSED", str(error)) from error

    def _without_that_post(self, job: Job, ack: Ack, now: datetime) -> Job:
        reason = "the post that was seen belongs to another job"
        if job.lease is not None and job.lease.purpose == "verify":
            unseen = ack.model_copy(update={"outcome": "unseen", "error": reason})
            return self._after_report(job, unseen, now)
        return put_in_doubt(replace(job, stage=ack.stage), self._rules, now, reason)

    async def _is_taken(self, tx: Connection, job: Job) -> bool:
        """True when the live post satisfies another job already."""
        if job.state != "published" or job.post_url is None:
            return False
        other = await store.select_job_by_post_url(tx, job.workspace_id, job.post_url)
        return other is not None and other.id != job.id

    async def _hear_late_word(
        self, tx: Connection, job: Job, attempt: Attempt, ack: Ack, now: datetime
    ) -> None:
        """A lost lease decides nothing, but the address it names says where to look."""
        platform = self._platforms[job.platform]
        hint = find_permalink(platform, ack.post_url or "", own_host_of(job, self._rules))
        if hint is None or attempt.permit_id is None:
            return
        if job.state == "outcome_unknown" and job.hint_url is None:
            after = replace(job, hint_url=hint.url)
        elif job.state in ("retry_wait", "queued", "leased"):
            after = after_late_word(job, hint.url, self._rules, now)
            await drop_lease(tx, job, after, "lost", now)
        else:
            return
        await change_job(tx, job, after, "hint", now, {"postUrl": hint.url})

    async def _sweep_one(self, tx: Connection, job: Job, now: datetime) -> Job:
        after = after_deadline(job, self._rules, now)
        await drop_lease(tx, job, after, "lost", now)
        return await change_job(
            tx, job, after, after.state, now, {"reason": after.error, "swept": True}
        )

    async def _is_paused(self, tx: Connection, browser: Browser) -> bool:
        workspace = await select_workspace(tx, browser.workspace_id)
        current = await select_browser(tx, browser.id)
        if workspace is None or current is None or current.revoked_at is not None:
            return True
        return workspace.is_paused or current.is_paused


@dataclass(slots=True)
class _Scene:
    """What can be done in a workspace now, and who works on what."""

    paired: dict[str, Browser]
    """Those who ask, and others as far as they matter."""
    online: set[str]
    busy: Busy
    in_doubt: list[Job]
    queued: list[Job]
    may_hold_more: bool
    """True when more is queued than was read."""
    is_for_another: bool = False

    def find(self, browser_id: str) -> tuple[Job, Purpose] | None:
        """The job for this browser, which nobody else gets then."""
        browser = self.paired[browser_id]
        if browser.is_paused:
            self.is_for_another = bool(self.queued)
            return None
        self.is_for_another = False
        for job in self.in_doubt:
            if may_verify(job, browser_id, self.online) and self._is_free(job, browser):
                self.in_doubt.remove(job)
                return job, "verify"
        for job in self.queued:
            if self._is_free(job, browser):
                self.queued.remove(job)
                return job, "publish"
        return None

    def _is_free(self, job: Job, browser: Browser) -> bool:
        account = _logged_in(browser, job.platform)
        obstacle = self.busy.obstacle(job, browser.id, account)
        if obstacle is None:
            mine = job.composed_account or job.account or account
            self.busy.add(Holding(browser.id, job.platform, job.sandbox, mine))
            return True
        self.is_for_another |= obstacle == "browser"
        return False


def _logged_in(browser: Browser, platform: str) -> str | None:
    """Who is logged in to a platform, as far as the browser told."""
    for row in browser.platforms:
        if row["platform"] == platform and row["loggedIn"] and row["account"]:
            return str(row["account"])
    return None


def _account_of(browser: Browser | None, holding: Holding) -> str | None:
    if holding.account is not None or browser is None:
        return holding.account
    return _logged_in(browser, holding.platform)


def _seconds_left(job: Job, now: datetime) -> float:
    return 0 if job.lease is None else max(0, (job.lease.expires_at - now).total_seconds())


def _lost(job: Job | None) -> LeaseLostError:
    state = job.state if job else "gone"
    return LeaseLostError(
        "LEASE_LOST",
        f"the lease is not yours any more: the job is {state}",
        details={"state": state},
    )
