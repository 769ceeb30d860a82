"""Leases: a holder takes, renews, asks leave to press, reports; what falls silent is swept up."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

from postbroker.clock import Clock
from postbroker.contract.catalogue import Platform
from postbroker.contract.extension import Ack, LeaseRef, PermitRequest, Progress
from postbroker.contract.words import Purpose, Stage
from postbroker.crash import Crash
from postbroker.domain.account import PAUSING_CODES
from postbroker.domain.delivery import rerouted
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
    ask_first,
    put_in_doubt,
)
from postbroker.errors import (
    ConflictError,
    LeaseLostError,
    NotAuthenticatedError,
    PermitRefusedError,
)
from postbroker.services.browsers import is_online
from postbroker.services.care import Care, Guard, login_of, may_serve
from postbroker.services.changes import Change, announce, change_jobs, dropped_lease
from postbroker.services.holders import Holder, is_api, named
from postbroker.services.routing import Routes
from postbroker.services.signals import Signals, pull_by, pulls_of
from postbroker.store import attempts as attempt_store
from postbroker.store import jobs as store
from postbroker.store.attempts import Attempt, AttemptEnd
from postbroker.store.browsers import Browser, select_browsers_by_id
from postbroker.store.database import Connection, Database, Failed, OneByOneError
from postbroker.store.media import select_jobs_with_video
from postbroker.store.workspaces import select_workspace

CANDIDATES = 50
"""How many due jobs are looked at to find one the browser may take."""
SWEPT_AT_ONCE = 100
TRIED_ELSEWHERE = frozenset(
    {
        "not_logged_in",
        "wrong_account",
        "no_x_tab",
        "no_platform_tab",
        "content_script_unavailable",
        "selector_not_found",
        "composer_mismatch",
        "composer_dirty",
        "tab_closed",
        "browser_lost",
        "permission_missing",
        "upload_stalled",
        "network_error",
        "not_posted",
    }
)
"""Endings without a post that lie in the browser: an official API may do it instead."""

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
        care: Care,
        routes: Routes,
        online_within: timedelta,
        jobs_per_browser: int,
        crash: Crash,
    ) -> None:
        self._database = database
        self._clock = clock
        self._signals = signals
        self._platforms = platforms
        self._rules = rules
        self._care = care
        self._routes = routes
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

    async def progress(self, holder: Holder, message: Progress) -> tuple[float, str | None]:
        """Seconds the lease goes on, and why the holder must stop. Raises LeaseLostError."""
        job, stop = await self._database.write_each(self._progress, (holder, message))
        announce(self._signals, job)
        return _seconds_left(job, self._clock.now()), stop

    async def permit(self, holder: Holder, request: PermitRequest) -> str:
        """Leave to press once; the id of the permit. Raises LeaseLostError, PermitRefusedError."""
        job, permit_id = await self._database.write_each(self._permit, (holder, request))
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
        job = await self._database.write_each(self._report, (browser, ack, digest))
        self._crash("report_written")
        announce(self._signals, job)
        return job

    async def sweep(self) -> int:
        """Take back what fell silent, expire what waited too long, queue what may be tried again.

        Returns how many jobs that were.
        """
        now = self._clock.now()

        async def work(tx: Connection) -> list[Job]:
            overdue = await store.select_overdue(tx, now, SWEPT_AT_ONCE)
            return await self._sweep_all(tx, overdue, now)

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
            return await self._sweep_all(tx, held, now)

        for job in await self._database.write(work):
            announce(self._signals, job)

    async def release_publishers(self) -> None:
        """Take back at once what a broker held that is gone; the caller is alone on its data."""
        now = self._clock.now()

        async def work(tx: Connection) -> list[Job]:
            return await self._sweep_all(tx, await store.select_held_by_api(tx), now)

        for job in await self._database.write(work):
            announce(self._signals, job)

    async def _take(self, tx: Connection, asking: list[Browser]) -> list[Look | Failed]:
        """What each of the browsers gets to do; who asked first chooses first."""
        now, looks = self._clock.now(), list[Look | Failed]()
        scenes, taken = dict[str, _Scene](), list[Taken]()
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
                gone = {each.job.id for each in taken} | scene.unapproved.keys()
                scene.queued = [job for job in scene.queued if job.id not in gone]
                scene.guard = await self._care.guard(tx, browser.workspace_id, scene.queued, now)
                scene.may_hold_more = False
                found = scene.find(browser.id)
            if found is not None:
                scene.is_for_another = bool(scene.queued)
                taken.append(
                    Taken(*found, scene.paired[browser.id], len(looks), scene.is_for_another)
                )
            looks.append(Look(None, scene.is_for_another))
        for each, leased in zip(taken, await self.lease(tx, taken, now), strict=True):
            looks[each.place] = Look(leased, each.is_for_another)
        unapproved = [job for scene in scenes.values() for job in scene.unapproved.values()]
        asked = [Change(job, ask_first(job), "awaiting_approval") for job in unapproved]
        await change_jobs(tx, asked, now)
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
            guard=await self._care.guard(tx, workspace_id, queued, now),
            may_hold_more=len(queued) == limit,
        )

    async def lease(self, tx: Connection, taken: Sequence["Taken"], now: datetime) -> list[Leased]:
        """Give each of them the job it takes."""
        changes = []
        with_files = [each.job.id for each in taken if each.job.part_media_paths]
        videos = await select_jobs_with_video(tx, with_files) if with_files else set[str]()
        for each in taken:
            lease_id, browser_id = str(uuid4()), each.holder.id
            if each.purpose == "publish":
                name, has_video = "leased", each.job.id in videos
                after = take_to_publish(
                    each.job, lease_id, browser_id, self._rules, now, has_video=has_video
                )
            else:
                name = "verifying"
                after = take_to_verify(each.job, lease_id, browser_id, self._rules, now)
            changes.append(Change(each.job, after, name, named(each.holder)))
        after_all = await change_jobs(tx, changes, now)
        leases = ((job, job.lease) for job in after_all if job.lease is not None)
        await attempt_store.insert_attempts(tx, leases, now)
        return [
            Leased(
                job=after,
                purpose=each.purpose,
                expires_in_seconds=_seconds_left(after, now),
                permitted_seconds_ago=(now - after.permitted_at).total_seconds()
                if after.permitted_at
                else None,
                previous_stage=each.job.stage if each.job.attempt else None,
                exclude=await store.select_post_urls(tx, after) if each.purpose == "verify" else [],
            )
            for each, after in zip(taken, after_all, strict=True)
        ]

    async def _progress(
        self, tx: Connection, heard: list[tuple[Holder, Progress]]
    ) -> list[tuple[Job, str | None] | Failed]:
        """Each holder's lease goes on; a new step is an event."""
        now, jobs = self._clock.now(), await _lock_once(tx, [ref.job_id for _, ref in heard])
        paused = await self._paused(tx, (holder for holder, _ in heard))
        renewed, changes = list[tuple[Job, Job]](), list[Change]()
        results = list[tuple[Job, str | None] | Failed]()
        for holder, message in heard:
            job = jobs.get(message.job_id)
            if job is None or not is_held(job, holder, message):
                results.append(Failed(lost(seen_by(holder, job))))
                continue
            after = renew(job, message.step, self._rules, now)
            stop = "paused" if job.state == "leased" and holder.id in paused else None
            results.append((after, stop))
            if after.step == job.step and message.detail is None:
                renewed.append((job, after))
            else:
                data = {"detail": message.detail} if message.detail else {}
                changes.append(Change(job, after, "step", data))
        await store.update_jobs(tx, renewed)
        await change_jobs(tx, changes, now)
        return results

    async def _permit(
        self, tx: Connection, asking: list[tuple[Holder, PermitRequest]]
    ) -> list[tuple[Job, str] | Failed]:
        """A permit for each that may press."""
        now, jobs = self._clock.now(), await _lock_once(tx, [ref.job_id for _, ref in asking])
        paused = await self._paused(tx, (holder for holder, _ in asking))
        guards = await self._guards(tx, jobs.values(), now)
        permits, changes = dict[str, str](), list[Change]()
        results = list[tuple[Job, str] | Failed]()
        for holder, request in asking:
            job, composed = jobs.get(request.job_id), request.composed
            if job is None or not is_held(job, holder, request):
                results.append(Failed(lost(seen_by(holder, job))))
                continue
            guard = guards[job.workspace_id]
            hold = guard.hold(job, composed.account)
            reason = permit_refusal(job, composed, is_paused=holder.id in paused, now=now)
            if refusal := reason or (hold and hold.reason):
                results.append(Failed(_refused(refusal)))
                continue
            guard.note_post(job, composed.account)
            permits[request.lease_id] = permit_id = str(uuid4())
            publish = timedelta(seconds=self._platforms[job.platform].publish_seconds)
            after = grant_permit(job, permit_id, composed, publish, self._rules, now)
            data = {"account": composed.account, "textSha256": composed.text_sha256}
            changes.append(Change(job, after, "committing", data))
            results.append((after, permit_id))
        await attempt_store.update_attempt_permits(tx, permits, now)
        await change_jobs(tx, changes, now)
        for guard in guards.values():
            await guard.save(tx)
        return results

    async def _report(
        self, tx: Connection, heard: list[tuple[Browser, Ack, str]]
    ) -> list[Job | Failed]:
        """What follows from each report, which comes with the SHA-256 of its words."""
        now, jobs = self._clock.now(), await _lock_once(tx, [ack.job_id for _, ack, _ in heard])
        attempts = await attempt_store.select_attempts_by_lease(
            tx, [ack.lease_id for _, ack, _ in heard]
        )
        changes, hints = dict[int, Change](), list[Change]()
        results = list[Job | Failed]()
        for browser, ack, digest in heard:
            job, attempt = seen_by(browser, jobs.get(ack.job_id)), attempts.get(ack.lease_id)
            if (
                job is None
                or attempt is None
                or (attempt.job_id, attempt.browser_id) != (job.id, browser.id)
            ):
                results.append(Failed(lost(job)))
            elif attempt.report_sha256 == digest:
                results.append(job)
            elif not is_held(job, browser, ack):
                results.append(Failed(lost(job)))
                if hint := self._late_word(job, attempt, ack, now):
                    hints.append(hint)
            else:
                try:
                    change = await self._reported(tx, job, attempt, ack, digest, now)
                except ConflictError as error:
                    results.append(Failed(error))
                else:
                    changes[len(results)] = change
                    results.append(job)
        after = await change_jobs(tx, [*changes.values(), *hints], now)
        for place, changed in zip(changes, after, strict=False):
            results[place] = changed
        challenged = [
            (browser, job)
            for (browser, ack, _), job in zip(heard, results, strict=True)
            if ack.error_code in PAUSING_CODES and isinstance(job, Job)
        ]
        if challenged:
            await self.pause_accounts(tx, challenged, now)
        return results

    async def pause_accounts(
        self, tx: Connection, challenged: Sequence[tuple[Holder, Job]], now: datetime
    ) -> None:
        """The platform wants to see a person: their accounts post nothing before that."""
        guards = await self._guards(tx, [job for _, job in challenged], now)
        for holder, job in challenged:
            handle = job.composed_account or job.account
            if handle is None and isinstance(holder, Browser):
                handle = login_of(holder, job.platform)
            if handle is not None and job.error_code in PAUSING_CODES and not job.sandbox:
                guards[job.workspace_id].pause(job, handle, job.error_code or "")
        for guard in guards.values():
            await guard.save(tx)

    async def _guards(
        self, tx: Connection, jobs: Collection[Job], now: datetime
    ) -> dict[str, Guard]:
        """The accounts of the workspaces of these jobs, which change with them."""
        return {
            workspace_id: await self._care.guard(
                tx,
                workspace_id,
                [job for job in jobs if job.workspace_id == workspace_id],
                now,
                to_change=True,
            )
            for workspace_id in sorted({job.workspace_id for job in jobs})
        }

    async def _reported(
        self, tx: Connection, job: Job, attempt: Attempt, ack: Ack, digest: str, now: datetime
    ) -> Change:
        after = self._after_report(job, ack, now)
        if await self.is_taken(tx, job, after):
            after = self._without_that_post(job, ack, now)
        name, because = str(after.state), after.error
        if after.state == "failed" and after.error_code in TRIED_ELSEWHERE:
            other = await self._routes.instead_of_tab(tx, job)
            if other is not None:
                name = "rerouted"
                after = rerouted(job, "api", other.account_id, other.handle, now)
        data: dict[str, object] = {
            "outcome": ack.outcome,
            "stage": ack.stage,
            "errorCode": after.error_code,
        }
        if len(after.part_urls) > len(job.part_urls):
            data |= {"part": len(after.part_urls), "postUrl": after.part_urls[-1]}
        if attempt.purpose == "verify":
            data |= {"looks": after.looks, "absences": after.absences}
        if name == "rerouted":
            data |= {"route": "api", "errorCode": ack.error_code, "because": because}
        evidence = ack.evidence.model_dump(mode="json", exclude_none=True) if ack.evidence else None
        end = AttemptEnd(
            lease_id=ack.lease_id,
            outcome=ack.outcome,
            stage=ack.stage,
            error_code=ack.error_code,
            error=ack.error,
            evidence=evidence,
            report_sha256=digest,
        )
        return Change(job, after, name, data, end)

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

    async def is_taken(self, tx: Connection, before: Job, after: Job) -> bool:
        """True when the live post satisfies another job, or another part of a thread, already."""
        if len(after.part_urls) > len(before.part_urls):
            url = after.part_urls[-1]
            thread = await store.select_thread_by_part(tx, after.workspace_id, url)
            if thread is not None:
                return True
        elif after.state != "published" or after.post_url is None:
            return False
        else:
            url = after.post_url
        other = await store.select_job_by_post_url(tx, after.workspace_id, url)
        return other is not None and other.id != after.id

    def _late_word(self, job: Job, attempt: Attempt, ack: Ack, now: datetime) -> Change | None:
        """A lost lease decides nothing, but the address it names says where to look."""
        platform = self._platforms[job.platform]
        hint = find_permalink(platform, ack.post_url or "", own_host_of(job, self._rules))
        if hint is None or attempt.permit_id is None or hint.url in job.part_urls:
            return None
        data = {"postUrl": hint.url}
        if job.state == "outcome_unknown" and job.hint_url is None:
            return Change(job, replace(job, hint_url=hint.url), "hint", data)
        if job.state in ("retry_wait", "queued", "leased") and job.permitted_at is not None:
            after = after_late_word(job, hint.url, self._rules, now)
            return Change(job, after, "hint", data, dropped_lease(job, after, "lost"))
        return None

    async def _sweep_all(self, tx: Connection, jobs: list[Job], now: datetime) -> list[Job]:
        changes = []
        for job in jobs:
            after = after_deadline(job, self._rules, now)
            data = {"reason": after.error, "swept": True}
            end = dropped_lease(job, after, "lost")
            changes.append(Change(job, after, after.state, data, end))
        return await change_jobs(tx, changes, now)

    async def _paused(self, tx: Connection, holders: Iterable[Holder]) -> set[str]:
        """The ids of those that must not press now."""
        ids, paused = defaultdict[str, list[str]](list), set[str]()
        for holder in holders:
            ids[holder.workspace_id].append(holder.id)
        for workspace_id, asking in ids.items():
            workspace = await select_workspace(tx, workspace_id)
            may_press = {id_ for id_ in asking if is_api(id_)}
            if browsers := [id_ for id_ in asking if id_ not in may_press]:
                known = await select_browsers_by_id(tx, workspace_id, browsers)
                may_press |= {
                    each.id
                    for each in known.values()
                    if each.revoked_at is None and not each.is_paused
                }
            if workspace is None or workspace.is_paused:
                may_press.clear()
            paused |= {*asking} - may_press
        return paused


@dataclass(frozen=True, slots=True)
class Taken:
    """A job that a holder gets."""

    job: Job
    purpose: Purpose
    holder: Holder
    place: int = 0
    """Of the holder among those that ask."""
    is_for_another: bool = False
    """True when something is left for others."""


@dataclass(slots=True)
class _Scene:
    """What can be done in a workspace now, and who works on what."""

    paired: dict[str, Browser]
    """Those who ask, and others as far as they matter."""
    online: set[str]
    busy: Busy
    in_doubt: list[Job]
    queued: list[Job]
    guard: Guard
    """Of the accounts of those queued."""
    may_hold_more: bool
    """True when more is queued than was read."""
    unapproved: dict[str, Job] = field(default_factory=dict)
    """Those of the queued, by id, that a person must say yes to first."""
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
            if self._is_allowed(job, browser) and self._is_free(job, browser):
                self.queued.remove(job)
                return job, "publish"
        return None

    def _is_allowed(self, job: Job, browser: Browser) -> bool:
        """False while the account must not post the job; what needs a yes is put aside."""
        if job.options.get("browserId", browser.id) != browser.id:
            self.is_for_another = True
            return False
        if job.sandbox:
            return True
        if job.id in self.unapproved:
            return False
        if not may_serve(browser, job):
            self.is_for_another = True
            return False
        hold = self.guard.hold(job, job.poster or login_of(browser, job.platform))
        if hold is None:
            return True
        if hold.reason == "not_approved":
            self.unapproved[job.id] = job
        else:
            self.is_for_another |= job.account is None
        return False

    def _is_free(self, job: Job, browser: Browser) -> bool:
        account = login_of(browser, job.platform)
        obstacle = self.busy.obstacle(job, browser.id, account)
        if obstacle is None:
            mine = job.composed_account or job.account or account
            self.busy.add(Holding(browser.id, job.platform, job.sandbox, mine))
            return True
        self.is_for_another |= obstacle == "browser"
        return False


def _account_of(browser: Browser | None, holding: Holding) -> str | None:
    if holding.account is not None or browser is None:
        return holding.account
    return login_of(browser, holding.platform)


def _seconds_left(job: Job, now: datetime) -> float:
    return 0 if job.lease is None else max(0, (job.lease.expires_at - now).total_seconds())


async def _lock_once(tx: Connection, job_ids: list[str]) -> dict[str, Job]:
    """The jobs of a batch. Raises OneByOneError when two of its items are about the same job."""
    if len({*job_ids}) < len(job_ids):
        raise OneByOneError
    return await store.lock_jobs(tx, job_ids)


def seen_by(holder: Holder, job: Job | None) -> Job | None:
    """The job, if it is of the holder's workspace."""
    return job if job is not None and job.workspace_id == holder.workspace_id else None


def is_held(job: Job, holder: Holder, ref: LeaseRef) -> bool:
    """True when the lease that is named is the job's present one, and the holder's."""
    return seen_by(holder, job) is not None and is_held_by(job, ref.lease_id, ref.epoch, holder.id)


def _refused(reason: str) -> PermitRefusedError:
    return PermitRefusedError(
        "PERMIT_REFUSED", f"no leave to press: {reason}", details={"reason": reason}
    )


def lost(job: Job | None) -> LeaseLostError:
    """What a holder is told whose lease is over."""
    state = job.state if job else "gone"
    return LeaseLostError(
        "LEASE_LOST",
        f"the lease is not yours any more: the job is {state}",
        details={"state": state},
    )
