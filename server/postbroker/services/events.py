"""The event log as a stream: what happened since an event, then what happens, as it happens."""

from collections.abc import AsyncIterator

from postbroker.services.signals import Signals, events_of, job_topic
from postbroker.store import events as store
from postbroker.store.database import Database
from postbroker.store.events import Event

PAGE = 200


class Events:
    """Use cases of the event log."""

    def __init__(self, database: Database, signals: Signals) -> None:
        self._database = database
        self._signals = signals

    async def follow(
        self,
        workspace_id: str,
        after_id: int | None,
        beat_seconds: float,
        job_id: str | None = None,
    ) -> AsyncIterator[list[Event]]:
        """Events after `after_id` (from now on when None), of one job or of all, in order.

        A page is empty when there is nothing yet, when something changed that is no event of a job,
        and when nothing happened for `beat_seconds`. Ends when the broker stops.
        """
        if after_id is None:
            after_id = await self._database.read(
                lambda tx: store.select_last_event_id(tx, workspace_id)
            )
        async with self._signals.listen(
            job_topic(job_id) if job_id else events_of(workspace_id)
        ) as waiter:
            while not self._signals.is_closed:
                page = await self._page(workspace_id, after_id, job_id)
                after_id = page[-1].id if page else after_id
                yield page
                if len(page) < PAGE:
                    await waiter.wait(beat_seconds)

    async def _page(self, workspace_id: str, after_id: int, job_id: str | None) -> list[Event]:
        if job_id is not None:
            return await self._database.read(
                lambda tx: store.select_events_of_job(tx, job_id, after_id)
            )
        return await self._database.read(
            lambda tx: store.select_events(tx, workspace_id, after_id, PAGE)
        )
