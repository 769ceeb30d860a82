"""Posts that are live through official APIs: asked about, and taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from postbroker.clock import Clock
from postbroker.domain.caller import Caller
from postbroker.domain.job import Job
from postbroker.egress.calls import CallError
from postbroker.errors import ConflictError
from postbroker.platforms.adapter import PlatformAdapter
from postbroker.platforms.outcome import TroubleError
from postbroker.services.apis import DisconnectedError
from postbroker.services.changes import announce, change_job
from postbroker.services.connected import ConnectedApis
from postbroker.services.connections import Connections
from postbroker.services.deliveries import post_of
from postbroker.services.jobs import seen_job
from postbroker.services.refusals import refusal_of
from postbroker.services.signals import Signals
from postbroker.store.connections import ConnectionRecord
from postbroker.store.database import Connection, Database
from postbroker.store.deliveries import Delivery, save_delivery, select_deliveries
from postbroker.store.jobs import lock_job, select_job

REMOVED_AT = "removedAt"
"""In a job's report: when its post was taken back."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a platform counts of a job's posts."""

    job: Job
    read_at: datetime
    parts: list[tuple[Delivery, dict[str, int]]]

    @property
    def sums(self) -> dict[str, int]:
        """Over all parts, by name."""
        names = dict.fromkeys(name for _, numbers in self.parts for name in numbers)
        return {name: sum(numbers.get(name, 0) for _, numbers in self.parts) for name in names}


class LivePosts:
    """Use cases of posts that are out."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        signals: Signals,
        connections: Connections,
        apis: ConnectedApis,
        adapters: Mapping[str, PlatformAdapter],
    ) -> None:
        self._database = database
        self._clock = clock
        self._signals = signals
        self._connections = connections
        self._apis = apis
        self._adapters = adapters

    async def numbers(self, caller: Caller, job_id: str) -> Numbers:
        """What the platform counts now.

        Raises NotFoundError, ConflictError for what is not out by an official API, BrokerError.
        """
        job, deliveries, record = await self._live(caller, job_id)
        adapter, posts = self._adapters[job.platform], [*map(post_of, deliveries)]
        try:
            found = await self._apis.ask(record, lambda api: adapter.metrics(api, posts))
        except (CallError, TroubleError, DisconnectedError) as error:
            raise refusal_of(error) from error
        return Numbers(job, self._clock.now(), [*zip(deliveries, found, strict=True)])

    async def remove(self, caller: Caller, job_id: str) -> Job:
        """Take a post back; of a thread every part, the last first. Twice changes nothing.

        Raises as `numbers`. A part that is gone stays gone whatever becomes of the others.
        """
        job, deliveries, record = await self._live(caller, job_id)
        adapter = self._adapters[job.platform]
        for delivery in reversed(deliveries):
            if delivery.deleted_at is not None:
                continue
            post = post_of(delivery)
            try:
                await self._apis.ask(record, lambda api, post=post: adapter.delete(api, post))  # type: ignore[misc]
            except (CallError, TroubleError, DisconnectedError) as error:
                raise refusal_of(error) from error
            gone = replace(delivery, deleted_at=self._clock.now())
            await self._database.write(
                lambda tx, gone=gone: save_delivery(tx, gone, self._clock.now())  # type: ignore[misc]
            )
        return await self._note(caller, job)

    async def _note(self, caller: Caller, job: Job) -> Job:
        """Write down that the post is gone; the job stays published, as it was."""

        async def work(tx: Connection) -> Job:
            now, found = self._clock.now(), await lock_job(tx, job.id, job.workspace_id)
            if found is None or REMOVED_AT in found.report:
                return found or job
            after = replace(found, report={**found.report, REMOVED_AT: now.isoformat()})
            return await change_job(tx, found, after, "removed", now, {"by": caller.name})

        noted = await self._database.write(work)
        announce(self._signals, noted)
        return noted

    async def _live(
        self, caller: Caller, job_id: str
    ) -> tuple[Job, Sequence[Delivery], ConnectionRecord]:
        async def read(tx: Connection) -> tuple[Job, Sequence[Delivery]]:
            job = seen_job(caller, await select_job(tx, job_id, caller.workspace_id))
            return job, (await select_deliveries(tx, [job_id]))[job_id]

        job, deliveries = await self._database.read(read)
        out = [each for each in deliveries if each.remote_id is not None]
        if not out:
            raise ConflictError("INVALID_STATUS_TRANSITION", _why_not(job))
        record = await self._connections.of_account(caller, job.account_id or "")
        return job, out, record


def _why_not(job: Job) -> str:
    if job.state != "published":
        return f"the job is {job.state.replace('_', ' ')}: nothing of it is live"
    return "it went out through a browser: see to it on the platform's own page"
