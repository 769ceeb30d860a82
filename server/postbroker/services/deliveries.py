"""Deliveries: leases of accounts' connections, kept and concluded as those of browsers are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from postbroker.clock import Clock
from postbroker.contract.catalogue import Platform
from postbroker.contract.extension import LeaseRef
from postbroker.contract.words import Outcome, Step
from postbroker.domain.account import PAUSING_CODES
from postbroker.domain.job import Job
from postbroker.domain.lease import Busy, Holding, Rules, renew
from postbroker.domain.outcome import ask_first
from postbroker.platforms.outcome import Published
from postbroker.services.care import Care
from postbroker.services.changes import Change, announce, change_job, change_jobs
from postbroker.services.holders import ApiHolder
from postbroker.services.leases import Leased, Leases, Taken, is_held, lost
from postbroker.services.signals import Signals
from postbroker.store.attempts import AttemptEnd
from postbroker.store.database import Connection, Database
from postbroker.store.deliveries import Delivery, save_delivery, select_deliveries
from postbroker.store.jobs import (
    lock_job,
    select_api_workspaces,
    select_due_by_api,
    select_holdings,
    update_jobs,
)
from postbroker.store.limits import Limit, save_limit, select_limits
from postbroker.store.workspaces import select_workspace

CANDIDATES = 50
"""How many due jobs of a workspace are looked at in one go, each of another account."""

LIMIT_REACHED = "the platform's limit is reached"

OBSTACLE_FREE = 1
"""Jobs that one connection works on at once."""


@dataclass(frozen=True, slots=True)
class Held:
    """A job under a fresh lease of a connection."""

    leased: Leased
    holder: ApiHolder
    deliveries: list[Delivery]
    """What was told to the platform so far, of each part."""
    may_press: bool
    """False where a doubtful request must not be repeated now: a person paused something."""

    @property
    def job(self) -> Job:
        """As it was leased."""
        return self.leased.job

    @property
    def ref(self) -> LeaseRef:
        """The lease, as its holder names it."""
        lease = self.job.lease
        if lease is None:
            raise ValueError("the job is not leased")
        return LeaseRef(job_id=self.job.id, lease_id=lease.id, epoch=lease.epoch)

    @property
    def delivery(self) -> Delivery:
        """Of the part that goes out now."""
        part = len(self.job.part_urls)
        known = (each for each in self.deliveries if each.part == part)
        new = Delivery(self.job.id, part, self.holder.connection_id, self.job.updated_at)
        return replace(next(known, new), connection_id=self.holder.connection_id)

    @property
    def previous(self) -> list[Delivery]:
        """Of the parts that are out."""
        return self.deliveries[: len(self.job.part_urls)]


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How a lease ends: the job after it, and what is written down with it."""

    after: Job
    outcome: Outcome
    data: dict[str, Any] = field(default_factory=dict)
    """For the job's history."""
    name: str | None = None
    """Of the event; the job's new state when absent."""
    delivery: Delivery | None = None
    limit: Limit | None = None


Decide = Callable[[Job, datetime], Conclusion]
"""What follows for the job as it is now. Pure: it may run again."""


class Deliveries:
    """Use cases of whoever publishes through official APIs."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        signals: Signals,
        platforms: Mapping[str, Platform],
        rules: Rules,
        care: Care,
        leases: Leases,
    ) -> None:
        self._database = database
        self._clock = clock
        self._signals = signals
        self._platforms = platforms
        self._rules = rules
        self._care = care
        self._leases = leases

    async def workspaces(self) -> list[str]:
        """Where something is to be done now."""
        now = self._clock.now()
        return await self._database.read(lambda tx: select_api_workspaces(tx, now))

    async def take(self, workspace_id: str, most: int) -> list[Held]:
        """Lease up to `most` jobs of a workspace that can be worked on now."""
        held = await self._database.write(lambda tx: self._take(tx, workspace_id, most))
        for each in held:
            announce(self._signals, each.job)
        return held

    async def keep(self, held: Held, delivery: Delivery, step: Step) -> None:
        """Write down how far a delivery is, and let the lease go on. Raises LeaseLostError."""

        async def work(tx: Connection) -> None:
            job, now = await self._held_job(tx, held), self._clock.now()
            await save_delivery(tx, delivery, now)
            after = renew(job, step, self._rules, now)
            if after.step == job.step:
                await update_jobs(tx, [(job, after)])
            else:
                await change_job(tx, job, after, "step", now)

        await self._database.write(work)

    async def conclude(self, held: Held, decide: Decide, instead: Decide) -> Job:
        """End a lease; `instead` decides when the live post belongs to another job already.

        Raises LeaseLostError. What the platform said of a live post is kept even then: whoever
        looks for it next finds it there.
        """

        async def work(tx: Connection) -> Job | None:
            job, now = await lock_job(tx, held.job.id, held.job.workspace_id), self._clock.now()
            if job is None or not is_held(job, held.holder, held.ref):
                told = decide(held.job, now)
                if told.delivery is not None and told.delivery.remote_id is not None:
                    await save_delivery(tx, told.delivery, now)
                return None
            conclusion = decide(job, now)
            if await self._leases.is_taken(tx, job, conclusion.after):
                conclusion = instead(job, now)
            return await self._end(tx, held, job, conclusion, now)

        job = await self._database.write(work)
        if job is None:
            raise lost(None)
        announce(self._signals, job)
        return job

    async def _end(
        self, tx: Connection, held: Held, job: Job, conclusion: Conclusion, now: datetime
    ) -> Job:
        after = conclusion.after
        end = AttemptEnd(
            held.ref.lease_id, conclusion.outcome, after.stage, after.error_code, after.error
        )
        data: dict[str, Any] = {"outcome": conclusion.outcome, "errorCode": after.error_code}
        if len(after.part_urls) > len(job.part_urls):
            data |= {"part": len(after.part_urls), "postUrl": after.part_urls[-1]}
        name = conclusion.name or after.state
        [changed] = await change_jobs(
            tx, [Change(job, after, name, data | conclusion.data, end)], now
        )
        if conclusion.delivery is not None:
            await save_delivery(tx, conclusion.delivery, now)
        if conclusion.limit is not None:
            await save_limit(tx, conclusion.limit)
        if after.error_code in PAUSING_CODES:
            await self._leases.pause_accounts(tx, [(held.holder, changed)], now)
        return changed

    async def _held_job(self, tx: Connection, held: Held) -> Job:
        job = await lock_job(tx, held.job.id, held.job.workspace_id)
        if job is None or not is_held(job, held.holder, held.ref):
            raise lost(job)
        return job

    async def _take(self, tx: Connection, workspace_id: str, most: int) -> list[Held]:
        now = self._clock.now()
        # The lock of browsers' pulls: an account is at work in one place alone.
        await tx.lock(f"leases of {workspace_id}")
        due = await select_due_by_api(tx, workspace_id, now, CANDIDATES)
        workspace = await select_workspace(tx, workspace_id)
        is_paused = workspace is None or workspace.is_paused
        busy = Busy(await select_holdings(tx, workspace_id), OBSTACLE_FREE)
        limits = await select_limits(tx, now)
        guard = await self._care.guard(tx, workspace_id, [job for job, _ in due], now)
        taken, changes = list[tuple[Taken, bool]](), list[Change]()
        for job, connection_id in due:
            if len(taken) == most:
                break
            name = f"{self._platforms[job.platform].name} as {job.account}"
            holder = ApiHolder(workspace_id, connection_id, name)
            if busy.obstacle(job, holder.id, job.account):
                continue
            hold = guard.hold(job, job.poster)
            if job.state == "outcome_unknown":
                may_press = not is_paused and hold is None
                taken.append((Taken(job, "verify", holder), may_press))
            elif is_paused:
                continue
            elif hold is not None:
                if hold.reason == "not_approved":
                    changes.append(Change(job, ask_first(job), "awaiting_approval"))
                continue
            elif limit := _limit_of(limits, job):
                changes.append(_wait(job, limit))
                continue
            else:
                taken.append((Taken(job, "publish", holder), True))
            busy.add(Holding(holder.id, job.platform, job.sandbox, job.account))
        await change_jobs(tx, changes, now)
        leased = await self._leases.lease(tx, [each for each, _ in taken], now)
        deliveries = await select_deliveries(tx, [each.job.id for each in leased])
        return [
            Held(each, _api(take), deliveries[each.job.id], may_press)
            for each, (take, may_press) in zip(leased, taken, strict=True)
        ]


def post_of(delivery: Delivery) -> Published:
    """The live post, as the platform told of it."""
    return Published(delivery.remote_id or "", delivery.url, delivery.details)


def limits_of(job: Job) -> dict[str, str]:
    """What the limits that a job falls under are called, by their scope."""
    return {
        "account": f"account {job.account_id}",
        "app": f"app {job.platform}",
        "address": f"address {job.platform}",
        "target": f"target {job.account_id} {job.target}",
    }


def _limit_of(limits: Mapping[str, Limit], job: Job) -> Limit | None:
    """The longest that keeps the job from going out now."""
    found = [limits[id_] for id_ in limits_of(job).values() if id_ in limits]
    return max(found, key=lambda limit: limit.until, default=None)


def _wait(job: Job, limit: Limit) -> Change:
    after = replace(job, due_at=limit.until, error_code=limit.code, error=LIMIT_REACHED)
    data = {"errorCode": limit.code, "notBefore": limit.until.isoformat()}
    return Change(job, after, "put_off", data)


def _api(taken: Taken) -> ApiHolder:
    if not isinstance(taken.holder, ApiHolder):
        raise TypeError("a browser cannot deliver")
    return taken.holder
