"""What goes after the retention time, and what stays true of a job without it."""

from datetime import timedelta

import pytest

from postbroker.app import Services
from postbroker.contract.jobs import CreateTweet
from postbroker.domain.caller import Caller
from postbroker.domain.job import Job
from postbroker.errors import ConflictError
from postbroker.operations.jobs import created_answer, job_answer
from postbroker.services.jobs import JobFilter
from postbroker.services.retention import NUMBERS_AT_ONCE, PRUNED_AT_ONCE, Retention
from postbroker.store.browsers import Browser
from postbroker.store.database import Database
from server.doubles.clock import StillClock
from server.samples import POST_URL, TEXT, a_report_of_success
from server.steps import enqueue, get_permit, pull, take

KEPT = timedelta(days=90)


@pytest.fixture
def retention(database: Database, still_clock: StillClock) -> Retention:
    return Retention(database, still_clock, KEPT)


@pytest.fixture
async def published_job(services: Services, caller: Caller, paired_browser: Browser) -> Job:
    """A job with an idempotency key that is live at POST_URL."""
    await enqueue(services, caller, idempotency_key="monday")
    job = await get_permit(services, paired_browser, await take(services, paired_browser))
    return await services.leases.report(paired_browser, a_report_of_success(job))


async def after(clock: StillClock, days: float, retention: Retention) -> int:
    """How many jobs are pruned so many days later."""
    clock.move(hours=24 * days)
    return await retention.clean()


class TestClean:
    async def test_text_and_history_go_once_the_time_is_over(
        self,
        services: Services,
        published_job: Job,
        retention: Retention,
        still_clock: StillClock,
        database: Database,
    ) -> None:
        assert await after(still_clock, 89, retention) == 0
        assert (await services.jobs.get(published_job.id, None)).text == TEXT
        assert await after(still_clock, 2, retention) == 1
        pruned = await services.jobs.get(published_job.id, None)
        assert await services.jobs.history(pruned) == ([], [])
        rows = await database.read(lambda tx: tx.fetch("SELECT * FROM jobs"))
        assert TEXT not in repr([dict(row) for row in rows])
        assert await retention.clean() == 0

    async def test_job_that_has_not_ended_stays_whole(
        self, services: Services, queued_job: Job, retention: Retention, still_clock: StillClock
    ) -> None:
        assert await after(still_clock, 200, retention) == 0
        await services.leases.sweep()
        assert await after(still_clock, 89, retention) == 0
        assert await after(still_clock, 2, retention) == 1

    async def test_outcome_that_nobody_settled_stays_whole(
        self,
        services: Services,
        caller: Caller,
        doubtful_job: Job,
        retention: Retention,
        still_clock: StillClock,
    ) -> None:
        still_clock.move(hours=3)
        await services.leases.sweep()
        assert await after(still_clock, 200, retention) == 0
        assert [job.text for job in await services.jobs.unsettled(caller.workspace_id)] == [TEXT]

    async def test_nothing_is_pruned_when_all_is_kept(
        self, database: Database, published_job: Job, still_clock: StillClock
    ) -> None:
        assert await after(still_clock, 9999, Retention(database, still_clock, timedelta())) == 0

    async def test_many_jobs_go_in_steps_and_newer_ones_stay(
        self, services: Services, caller: Caller, retention: Retention, still_clock: StillClock
    ) -> None:
        old = 2 * PRUNED_AT_ONCE + 1
        for number in range(old):
            job = await enqueue(services, caller, f"old {number}", when_offline="queue")
            await services.jobs.cancel(caller, job.id)
        still_clock.move(hours=24 * 91)
        newer = await enqueue(services, caller, "newer", when_offline="queue")
        await services.jobs.cancel(caller, newer.id)
        assert await retention.clean() == old
        assert (await services.jobs.get(newer.id, None)).text == "newer"

    async def test_old_job_behind_a_wide_gap_of_numbers_is_found(
        self,
        services: Services,
        caller: Caller,
        published_job: Job,
        database: Database,
        retention: Retention,
        still_clock: StillClock,
    ) -> None:
        await database.write(
            lambda tx: tx.execute("UPDATE jobs SET number = :far", far=10 * NUMBERS_AT_ONCE)
        )
        assert await after(still_clock, 91, retention) == 1

    async def test_sign_ins_that_are_over_are_forgotten(
        self, services: Services, caller: Caller, retention: Retention, still_clock: StillClock
    ) -> None:
        cookie, _ = await services.workspaces.sign_in(services.workspaces.sign_in_token())
        await after(still_clock, 20, retention)
        assert await services.workspaces.session(cookie) is not None
        await after(still_clock, 20, retention)
        assert await services.workspaces.session(cookie) is None


class TestPrunedJob:
    @pytest.fixture
    async def pruned_job(
        self,
        services: Services,
        published_job: Job,
        retention: Retention,
        still_clock: StillClock,
    ) -> Job:
        assert await after(still_clock, 91, retention) == 1
        return await services.jobs.get(published_job.id, None)

    def test_its_answer_says_what_is_left_and_that_more_was_there(self, pruned_job: Job) -> None:
        answer = job_answer(pruned_job, is_own=True)
        assert (answer.status, answer.post_url, answer.text) == ("succeeded", POST_URL, None)
        assert answer.details.pruned

    async def test_replay_of_its_key_answers_the_same_job(
        self, services: Services, caller: Caller, pruned_job: Job
    ) -> None:
        request = CreateTweet(text=TEXT, idempotency_key="monday")
        job, is_replay = await services.posts.create(caller, request)
        assert (job.id, is_replay) == (pruned_job.id, True)
        answer = created_answer(job, TEXT)
        assert (answer.id, answer.text, answer.status) == (pruned_job.id, TEXT, "succeeded")

    async def test_its_key_is_not_good_for_another_text(
        self, services: Services, caller: Caller, pruned_job: Job
    ) -> None:
        request = CreateTweet(text="another text", idempotency_key="monday")
        with pytest.raises(ConflictError):
            await services.posts.create(caller, request)

    async def test_its_live_post_satisfies_no_other_job(
        self,
        services: Services,
        caller: Caller,
        pruned_job: Job,
        paired_browser: Browser,
        still_clock: StillClock,
    ) -> None:
        await enqueue(services, caller)
        leased = await pull(services, paired_browser)
        assert leased is not None
        committing = await get_permit(services, paired_browser, leased.job)
        job = await services.leases.report(paired_browser, a_report_of_success(committing))
        assert job.state == "outcome_unknown"

    async def test_it_is_counted_and_listed(
        self, services: Services, caller: Caller, pruned_job: Job
    ) -> None:
        assert (await services.usage.count(caller)).by_view == {"succeeded": 1}
        listed, _ = await services.jobs.list(caller.workspace_id, JobFilter())
        assert [job.id for job in listed] == [pruned_job.id]
