"""The event log as streams that miss nothing."""

import asyncio
from dataclasses import replace

import pytest

from postbroker.app import Services
from postbroker.domain.caller import Caller
from postbroker.domain.job import Job
from postbroker.services.events import PAGE
from postbroker.services.signals import Signals
from postbroker.store.browsers import Browser
from postbroker.store.database import Connection, Database
from postbroker.store.events import Event, insert_events
from server.doubles.clock import START
from server.samples import a_report_of_success
from server.steps import add_workspace, enqueue, get_permit, hello, pair, step

LONG = 5


def names(page: list[Event]) -> list[str]:
    return [event.name for event in page]


class TestWorkspace:
    async def test_a_stream_begins_now_and_follows(
        self, services: Services, caller: Caller, queued_job: Job, signals: Signals
    ) -> None:
        pages = services.events.follow(caller.workspace_id, None, LONG)
        assert await anext(pages) == []
        another = await enqueue(services, caller)
        page = await anext(pages)
        assert [(event.job_id, event.name) for event in page] == [(another.id, "queued")]

    async def test_a_stream_goes_on_where_it_left_off(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        jobs = [await enqueue(services, caller) for _ in range(3)]
        first = (await services.jobs.history(jobs[0]))[0][0]
        pages = services.events.follow(caller.workspace_id, first.id, LONG)
        assert [event.job_id for event in await anext(pages)] == [jobs[1].id, jobs[2].id]

    async def test_long_histories_come_in_pages_without_a_wait(
        self, services: Services, caller: Caller, queued_job: Job, database: Database
    ) -> None:
        async def append(tx: Connection) -> None:
            later = [replace(queued_job, event_count=count) for count in range(2, PAGE + 52)]
            await insert_events(tx, [(each, "step", {}) for each in later], START)

        await database.write(append)
        pages = services.events.follow(caller.workspace_id, 0, LONG)
        told = [event.sequence for _ in range(2) for event in await anext(pages)]
        assert told == list(range(1, PAGE + 52))

    async def test_another_workspace_s_events_are_never_told(
        self, services: Services, caller: Caller, queued_job: Job, database: Database
    ) -> None:
        stranger = replace(caller, workspace_id=(await add_workspace(database)).id)
        await pair(services, stranger)
        theirs = await enqueue(services, stranger)
        pages = services.events.follow(stranger.workspace_id, 0, LONG)
        assert [event.job_id for event in await anext(pages)] == [theirs.id]

    async def test_what_is_no_event_makes_an_empty_page(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        pages = services.events.follow(caller.workspace_id, None, LONG)
        await anext(pages)
        next_page = asyncio.ensure_future(anext(pages))
        await asyncio.sleep(0)  # noqa: TID251  lets the waiting begin
        await services.browsers.hello(paired_browser, hello("bob"))
        assert await next_page == []

    async def test_nothing_for_a_while_makes_an_empty_page(
        self, services: Services, caller: Caller
    ) -> None:
        pages = services.events.follow(caller.workspace_id, None, 0)
        assert [await anext(pages) for _ in range(3)] == [[], [], []]

    async def test_a_stream_ends_when_the_broker_stops(
        self, services: Services, caller: Caller, signals: Signals
    ) -> None:
        pages = services.events.follow(caller.workspace_id, None, LONG)
        await anext(pages)
        signals.close()
        with pytest.raises(StopAsyncIteration):
            await anext(pages)


class TestJob:
    async def test_a_job_is_followed_from_its_first_event_to_its_last(
        self, services: Services, paired_browser: Browser, leased_job: Job
    ) -> None:
        pages = services.events.follow_job(leased_job.id, 0, LONG)
        told = names(await anext(pages))
        await step(services, paired_browser, leased_job, "insert_text")
        told += names(await anext(pages))
        job = await get_permit(services, paired_browser, leased_job)
        await services.leases.report(paired_browser, a_report_of_success(job))
        async for page in pages:
            told += names(page)
        assert told == ["queued", "leased", "step", "committing", "published"]

    async def test_an_end_between_two_reads_is_told(
        self, services: Services, paired_browser: Browser, committing_job: Job
    ) -> None:
        pages = services.events.follow_job(committing_job.id, 0, LONG)
        await anext(pages)
        await services.leases.report(paired_browser, a_report_of_success(committing_job))
        assert names(await anext(pages)) == ["published"]

    async def test_a_job_that_has_ended_is_told_at_once_and_no_more(
        self, services: Services, caller: Caller, queued_job: Job
    ) -> None:
        await services.jobs.cancel(caller, queued_job.id)
        pages = services.events.follow_job(queued_job.id, 0, LONG)
        assert [names(page) async for page in pages] == [["queued", "canceled"]]

    async def test_nothing_is_told_of_a_job_that_is_not_there(self, services: Services) -> None:
        pages = services.events.follow_job("no job", 0, LONG)
        assert [page async for page in pages] == [[]]

    async def test_a_stream_of_a_job_ends_when_the_broker_stops(
        self, services: Services, queued_job: Job, signals: Signals
    ) -> None:
        pages = services.events.follow_job(queued_job.id, 0, LONG)
        await anext(pages)
        signals.close()
        assert [page async for page in pages] == []
