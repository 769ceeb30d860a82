"""Reading, listing, waiting, canceling, and settling by a person."""

import asyncio
from dataclasses import replace

import pytest

from postbroker.app import Services
from postbroker.contract.words import JobView
from postbroker.domain.caller import Caller
from postbroker.domain.job import Job
from postbroker.errors import ConflictError, NotFoundError, ValidationFailedError
from postbroker.services.jobs import JobFilter
from postbroker.services.secrets import Vault
from postbroker.store.browsers import Browser
from postbroker.store.database import Database
from postbroker.store.events import Event
from server.doubles.clock import StillClock
from server.samples import POST_URL, a_report_of_success
from server.steps import add_workspace, enqueue, fall_silent, get_permit, is_lost, step, take, tell

LONG = 5
NOBODY = "33333333-3333-4333-8333-333333333333"


@pytest.fixture
async def stranger(caller: Caller, database: Database) -> Caller:
    """An agent of another workspace."""
    return replace(caller, workspace_id=(await add_workspace(database)).id)


@pytest.fixture
async def unsettled_job(services: Services, still_clock: StillClock, doubtful_job: Job) -> Job:
    """Nobody came to look for it in time."""
    return await fall_silent(services, still_clock, doubtful_job)


class TestReading:
    async def test_a_job_is_read_by_its_workspace_or_by_whoever_knows_its_id(
        self, services: Services, caller: Caller, queued_job: Job
    ) -> None:
        assert await services.jobs.get(queued_job.id, caller.workspace_id) == queued_job
        assert await services.jobs.get(queued_job.id, None) == queued_job

    async def test_another_workspace_s_job_is_missing_like_one_that_never_was(
        self, services: Services, stranger: Caller, queued_job: Job
    ) -> None:
        refusals = set()
        for job_id in (queued_job.id, NOBODY):
            with pytest.raises(NotFoundError) as refused:
                await services.jobs.get(job_id, stranger.workspace_id)
            refusals.add(str(refused.value))
        assert len(refusals) == 1

    async def test_the_history_tells_every_attempt(
        self, services: Services, paired_browser: Browser, committing_job: Job
    ) -> None:
        await services.leases.report(paired_browser, a_report_of_success(committing_job))
        events, (attempt,) = await services.jobs.history(committing_job)
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))
        assert (attempt.number, attempt.browser_id, attempt.purpose) == (
            1,
            paired_browser.id,
            "publish",
        )
        assert (attempt.permit_id, attempt.outcome) == (committing_job.permit_id, "published")
        assert attempt.evidence is not None
        assert attempt.evidence["account"] == "ada"


class TestWaiting:
    async def test_an_ended_job_is_answered_at_once(
        self, services: Services, caller: Caller, queued_job: Job
    ) -> None:
        await services.jobs.cancel(caller, queued_job.id)
        assert (await services.jobs.wait(queued_job.id, None, LONG)).state == "canceled"

    async def test_whoever_waits_is_answered_when_the_job_ends_and_not_before(
        self, services: Services, paired_browser: Browser, queued_job: Job
    ) -> None:
        waiting = asyncio.create_task(services.jobs.wait(queued_job.id, None, LONG))
        leased = await take(services, paired_browser)
        await step(services, paired_browser, leased, "insert_text")
        job = await get_permit(services, paired_browser, leased)
        assert not waiting.done()
        await services.leases.report(paired_browser, a_report_of_success(job))
        assert (await waiting).state == "published"

    async def test_whoever_waits_may_hear_of_every_event_once(
        self, services: Services, paired_browser: Browser, queued_job: Job
    ) -> None:
        heard = list[str]()

        async def hear(event: Event) -> None:
            heard.append(event.step or event.name)

        waiting = asyncio.create_task(services.jobs.wait(queued_job.id, None, LONG, hear))
        leased = await take(services, paired_browser)
        await step(services, paired_browser, leased, "insert_text")
        job = await get_permit(services, paired_browser, leased)
        await services.leases.report(paired_browser, a_report_of_success(job))
        await waiting
        history, _ = await services.jobs.history(job)
        assert heard == [event.step or event.name for event in history]
        assert await services.jobs.wait(job.id, None, 0, hear) == await services.jobs.get(
            job.id, None
        )

    async def test_a_wait_that_is_over_answers_the_job_as_it_is(
        self, services: Services, queued_job: Job
    ) -> None:
        assert await services.jobs.wait(queued_job.id, None, 0) == queued_job
        assert await services.jobs.wait(queued_job.id, None, 0.001) == queued_job

    async def test_there_is_no_wait_for_a_job_that_is_not_there(self, services: Services) -> None:
        with pytest.raises(NotFoundError):
            await services.jobs.wait(NOBODY, None, LONG)


class TestListing:
    async def test_pages_hold_every_job_once_newest_first(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        jobs = [await enqueue(services, caller) for _ in range(5)]
        listed: list[str] = []
        cursor: str | None = None
        pages = 0
        while pages == 0 or cursor is not None:
            page, cursor = await services.jobs.list(
                caller.workspace_id, JobFilter(cursor=cursor, limit=2)
            )
            listed += [job.id for job in page]
            pages += 1
        assert listed == [job.id for job in reversed(jobs)]
        assert pages == 3

    @pytest.mark.parametrize("view", ["queued", "processing", "succeeded", "failed"])
    async def test_a_list_can_hold_one_status(
        self,
        services: Services,
        caller: Caller,
        paired_browser: Browser,
        committing_job: Job,
        view: JobView,
    ) -> None:
        await services.leases.report(paired_browser, a_report_of_success(committing_job))
        canceled = await enqueue(services, caller)
        await services.jobs.cancel(caller, canceled.id)
        await enqueue(services, caller)
        await take(services, paired_browser)
        await enqueue(services, caller)
        page, _ = await services.jobs.list(caller.workspace_id, JobFilter(status=view))
        assert [job.view for job in page] == [view]

    async def test_a_list_can_hold_one_platform_or_one_idempotency_key(
        self, services: Services, caller: Caller, queued_job: Job
    ) -> None:
        keyed = await enqueue(services, caller, idempotency_key="one")
        by_key, _ = await services.jobs.list(caller.workspace_id, JobFilter(idempotency_key="one"))
        on_x, _ = await services.jobs.list(caller.workspace_id, JobFilter(platform="x"))
        elsewhere, _ = await services.jobs.list(caller.workspace_id, JobFilter(platform="linkedin"))
        assert [job.id for job in by_key] == [keyed.id]
        assert ([job.id for job in on_x], elsewhere) == ([keyed.id, queued_job.id], [])

    async def test_another_workspace_s_jobs_are_not_listed(
        self, services: Services, stranger: Caller, queued_job: Job
    ) -> None:
        assert await services.jobs.list(stranger.workspace_id, JobFilter()) == ([], None)

    @pytest.mark.parametrize("cursor", ["nonsense", "1", "WzFd.x"])
    async def test_a_forged_cursor_is_refused(
        self, services: Services, caller: Caller, cursor: str
    ) -> None:
        with pytest.raises(ValidationFailedError, match="nextCursor"):
            await services.jobs.list(caller.workspace_id, JobFilter(cursor=cursor))

    async def test_a_value_signed_for_something_else_is_no_cursor(
        self, services: Services, caller: Caller, vault: Vault
    ) -> None:
        with pytest.raises(ValidationFailedError):
            await services.jobs.list(
                caller.workspace_id, JobFilter(cursor=vault.sign("1", "jobs cursor"))
            )

    async def test_what_only_a_person_can_settle_is_listed_apart(
        self, services: Services, caller: Caller, unsettled_job: Job, stranger: Caller
    ) -> None:
        await enqueue(services, caller)
        assert [job.id for job in await services.jobs.unsettled(caller.workspace_id)] == [
            unsettled_job.id
        ]
        assert await services.jobs.unsettled(stranger.workspace_id) == []


class TestCanceling:
    async def test_a_queued_job_is_canceled_and_says_by_whom(
        self, services: Services, caller: Caller, queued_job: Job
    ) -> None:
        job = await services.jobs.cancel(caller, queued_job.id)
        assert (job.state, job.has_ended) == ("canceled", True)
        events, _ = await services.jobs.history(job)
        assert (events[-1].name, events[-1].data) == ("canceled", {"by": "agent"})

    async def test_a_leased_job_is_taken_from_its_holder(
        self, services: Services, caller: Caller, paired_browser: Browser, leased_job: Job
    ) -> None:
        await services.jobs.cancel(caller, leased_job.id)
        assert await is_lost(
            services, paired_browser, a_report_of_success(leased_job, stage="preparing")
        )
        job = await services.jobs.get(leased_job.id, None)
        _, (attempt,) = await services.jobs.history(job)
        assert (job.state, attempt.outcome) == ("canceled", "canceled")

    async def test_canceling_twice_changes_nothing(
        self, services: Services, caller: Caller, queued_job: Job
    ) -> None:
        first = await services.jobs.cancel(caller, queued_job.id)
        assert await services.jobs.cancel(caller, queued_job.id) == first

    async def test_after_the_permit_it_is_too_late(
        self, services: Services, caller: Caller, committing_job: Job
    ) -> None:
        with pytest.raises(ConflictError, match="committing: it cannot be canceled") as refused:
            await services.jobs.cancel(caller, committing_job.id)
        assert refused.value.code == "INVALID_STATUS_TRANSITION"
        assert await services.jobs.get(committing_job.id, None) == committing_job

    async def test_another_workspace_s_job_is_not_canceled(
        self, services: Services, stranger: Caller, queued_job: Job
    ) -> None:
        with pytest.raises(NotFoundError):
            await services.jobs.cancel(stranger, queued_job.id)


class TestSettling:
    async def test_a_person_found_the_post(
        self, services: Services, caller: Caller, unsettled_job: Job
    ) -> None:
        job = await services.jobs.settle(caller, unsettled_job.id, f"{POST_URL}?s=20")
        assert (job.state, job.post_url, job.view) == ("published", POST_URL, "succeeded")

    async def test_a_person_found_no_post(
        self, services: Services, caller: Caller, unsettled_job: Job
    ) -> None:
        job = await services.jobs.settle(caller, unsettled_job.id, None)
        assert (job.state, job.error_code) == ("failed", "not_posted")

    async def test_a_person_may_be_quicker_than_the_looks(
        self,
        services: Services,
        caller: Caller,
        paired_browser: Browser,
        doubtful_job: Job,
    ) -> None:
        looking = await take(services, paired_browser)
        job = await services.jobs.settle(caller, doubtful_job.id, POST_URL)
        assert await is_lost(services, paired_browser, a_report_of_success(looking))
        assert await services.jobs.get(doubtful_job.id, None) == job

    @pytest.mark.parametrize("url", ["https://example.com/ada/status/1", "https://x.com/ada", ""])
    async def test_an_address_that_is_no_permalink_settles_nothing(
        self, services: Services, caller: Caller, unsettled_job: Job, url: str
    ) -> None:
        with pytest.raises(ValidationFailedError, match="no permalink of X"):
            await services.jobs.settle(caller, unsettled_job.id, url)
        assert await services.jobs.get(unsettled_job.id, None) == unsettled_job

    async def test_one_post_settles_one_job_however_it_is_spelt(
        self,
        services: Services,
        caller: Caller,
        paired_browser: Browser,
        unsettled_job: Job,
    ) -> None:
        await enqueue(services, caller)
        other = await get_permit(services, paired_browser, await take(services, paired_browser))
        await services.leases.report(paired_browser, a_report_of_success(other))
        with pytest.raises(ValidationFailedError, match="belongs to another job"):
            await services.jobs.settle(
                caller, unsettled_job.id, POST_URL.replace("x.com", "www.twitter.com") + "/"
            )

    async def test_only_an_unknown_outcome_is_settled_or_looked_for(
        self, services: Services, caller: Caller, queued_job: Job
    ) -> None:
        with pytest.raises(ConflictError, match="only an unknown outcome"):
            await services.jobs.settle(caller, queued_job.id, None)
        with pytest.raises(ConflictError, match="only an unknown outcome"):
            await services.jobs.look_again(caller, queued_job.id)

    async def test_another_workspace_s_job_is_not_settled(
        self, services: Services, stranger: Caller, unsettled_job: Job
    ) -> None:
        with pytest.raises(NotFoundError):
            await services.jobs.settle(stranger, unsettled_job.id, None)
        with pytest.raises(NotFoundError):
            await services.jobs.look_again(stranger, unsettled_job.id)

    async def test_one_more_look_is_made_and_may_find_the_post(
        self,
        services: Services,
        caller: Caller,
        paired_browser: Browser,
        unsettled_job: Job,
    ) -> None:
        assert unsettled_job.view == "failed"
        again = await services.jobs.look_again(caller, unsettled_job.id)
        assert again.view == "processing"
        looking = await take(services, paired_browser)
        job = await services.leases.report(paired_browser, a_report_of_success(looking))
        assert job.state == "published"

    async def test_one_more_look_that_sees_nothing_leaves_it_to_a_person_again(
        self,
        services: Services,
        caller: Caller,
        paired_browser: Browser,
        unsettled_job: Job,
    ) -> None:
        await services.jobs.look_again(caller, unsettled_job.id)
        looking = await take(services, paired_browser)
        job = await tell(services, paired_browser, looking, "unseen", stage="preparing")
        assert (job.state, job.has_ended) == ("outcome_unknown", True)
