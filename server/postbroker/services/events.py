"""The event log as a stream: what happened since an event, then what happens, as it happens."""

from collections.abc import AsyncIterator

from postbroker.domain.caller import Caller
from postbroker.services.signals import Signals, events_of, job_topic
from postbroker.store import events as store
from postbroker.store.database import Connection, Database
from postbroker.store.events import Event
from postbroker.store.jobs import select_job

PAGE = 200


class Events:
    """Use cases of the event log."""

    def __init__(self, database: Database, signals: Signals) -> None:
        self._database = database
        self._signals = signals

    async def newest(self, workspace_id: str) -> int:
        """The id of the last event so far; what comes after it is new."""
        return await self._database.read(lambda tx: store.select_last_event_id(tx, workspace_id))

    async def follow(
        self,
        workspace_id: str,
        after_id: int | None,
        beat_seconds: float,
        caller: Caller | None = None,
    ) -> AsyncIterator[list[Event]]:
        """Events of a workspace after `after_id` (from now on when None), in order.

        With a caller those of jobs that it sees.

        A page is empty when there is nothing yet, when something changed that is no event of a job,
        and when nothing happened for `beat_seconds`. Ends when the broker stops.
        """
        async with self._signals.listen(events_of(workspace_id)) as waiter:
            if after_id is None:
                after_id = await self.newest(workspace_id)
            while not self._signals.is_closed:
                page = await self._page(workspace_id, after_id)
                after_id = page[-1].id if page else after_id
                yield page if caller is None else await self._seen(caller, page)
                if len(page) < PAGE:
                    await waiter.wait(beat_seconds)

    async def follow_job(
        self, job_id: str, after_id: int, beat_seconds: float
    ) -> AsyncIterator[list[Event]]:
        """Events of one job after `after_id`, in order, to its end; pages as in `follow`."""
        async with self._signals.listen(job_topic(job_id)) as waiter:
            while not self._signals.is_closed:
                # In this order: what is read after the end holds all that happened before it.
                has_ended = await self._has_ended(job_id)
                page = await self._page_of_job(job_id, after_id)
                after_id = page[-1].id if page else after_id
                yield page
                if has_ended:
                    return
                await waiter.wait(beat_seconds)

    async def _page(self, workspace_id: str, after_id: int) -> list[Event]:
        return await self._database.read(
            lambda tx: store.select_events(tx, workspace_id, after_id, PAGE)
        )

    async def _page_of_job(self, job_id: str, after_id: int) -> list[Event]:
        return await self._database.read(
            lambda tx: store.select_events_of_job(tx, job_id, after_id)
        )

    async def _seen(self, caller: Caller, page: list[Event]) -> list[Event]:
        if caller.accounts is None:
            return page

        async def read(tx: Connection) -> set[str]:
            jobs = [await select_job(tx, each) for each in {event.job_id for event in page}]
            return {job.id for job in jobs if job is not None and caller.sees_job(job)}

        seen = await self._database.read(read)
        return [event for event in page if event.job_id in seen]

    async def _has_ended(self, job_id: str) -> bool:
        job = await self._database.read(lambda tx: select_job(tx, job_id))
        return job is None or job.has_ended
