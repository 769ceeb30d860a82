"""Pulling, renewing, the one permit, reports, looks, and the sweep."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from postbroker.app import Services, build_services
from postbroker.contract.extension import Evidence
from postbroker.domain.caller import Caller
from postbroker.domain.job import Job
from postbroker.errors import (
    ConflictError,
    LeaseLostError,
    NotAuthenticatedError,
    PermitRefusedError,
)
from postbroker.services.leases import Leased
from postbroker.services.secrets import Vault
from postbroker.services.signals import Signals, pulls_of
from postbroker.settings import Settings
from postbroker.store.browsers import Browser
from postbroker.store.database import Database
from postbroker.store.workspaces import Workspace
from server.doubles.clock import StillClock
from server.samples import POST_URL, X, a_report_of_success, evidence, lease_of, report
from server.steps import (
    add_workspace,
    enqueue,
    fall_silent,
    get_permit,
    hello,
    is_lost,
    pair,
    pull,
    step,
    take,
    tell,
)

LONG = 5
OTHER_URL = "https://x.com/ada/status/1002"


async def now_of(services: Services, job: Job) -> Job:
    """The job as it is now."""
    return await services.jobs.get(job.id, None)


async def look(services: Services, browser: Browser, outcome: str, **more: Any) -> Job:
    """One look at the account, and what it makes of the job."""
    looking = await take(services, browser)
    assert lease_of(looking).purpose == "verify"
    return await tell(services, browser, looking, outcome, stage="preparing", **more)


async def waiting(services: Services, browser: Browser) -> asyncio.Task[Leased | None]:
    """A pull that has looked, found nothing, and waits."""
    task = asyncio.create_task(pull(services, browser, LONG))
    await asyncio.wait([task], timeout=0.05)
    assert not task.done()
    return task


class TestWaiting:
    async def test_a_job_goes_to_the_browser_that_has_waited_longest(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        other = await pair(services, caller, "bob")
        first = await waiting(services, other)
        second = await waiting(services, paired_browser)
        job = await enqueue(services, caller)
        leased = await first
        assert leased is not None
        assert leased.job.id == job.id
        assert not second.done()
        second.cancel()

    async def test_jobs_that_come_together_go_to_as_many_browsers(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        pulls = [
            await waiting(services, browser)
            for browser in (paired_browser, await pair(services, caller, "bob"))
        ]
        jobs = await asyncio.gather(*(enqueue(services, caller) for _ in range(2)))
        answers = await asyncio.gather(*pulls)
        assert {leased.job.id for leased in answers if leased} == {job.id for job in jobs}

    async def test_a_wake_goes_on_from_a_browser_that_may_not_to_one_that_may(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        same_account = await pair(services, caller, "ada")
        other = await pair(services, caller, "bob")
        await enqueue(services, caller)
        await take(services, paired_browser)
        blocked = await waiting(services, same_account)
        free = await waiting(services, other)
        job = await enqueue(services, caller)
        leased = await free
        assert leased is not None
        assert leased.job.id == job.id
        assert not blocked.done()
        blocked.cancel()

    async def test_one_wake_for_several_jobs_of_another_process_reaches_as_many_browsers(
        self,
        settings: Settings,
        services: Services,
        database: Database,
        still_clock: StillClock,
        signals: Signals,
        vault: Vault,
        caller: Caller,
        paired_browser: Browser,
    ) -> None:
        elsewhere = build_services(settings, database, still_clock, Signals(), vault)
        pulls = [
            await waiting(services, browser)
            for browser in (paired_browser, await pair(services, caller, "bob"))
        ]
        jobs = [await enqueue(elsewhere, caller) for _ in range(2)]
        signals.wake(pulls_of(caller.workspace_id))
        answers = await asyncio.gather(*pulls)
        assert {leased.job.id for leased in answers if leased} == {job.id for job in jobs}

    async def test_a_wake_goes_on_from_a_browser_that_has_gone(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        other = await pair(services, caller, "bob")
        is_gone = False
        gone = asyncio.create_task(services.leases.pull(other, LONG, lambda: is_gone))
        await asyncio.wait([gone], timeout=0.05)
        there = await waiting(services, paired_browser)
        is_gone = True
        job = await enqueue(services, caller)
        leased = await there
        assert leased is not None
        assert leased.job.id == job.id
        assert await gone is None

    async def test_one_browser_that_asks_twice_at_once_gets_one_job(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        for _ in range(2):
            await enqueue(services, caller)
        answers = await asyncio.gather(*(pull(services, paired_browser) for _ in range(3)))
        assert sum(leased is not None for leased in answers) == 1

    async def test_a_long_queue_of_a_busy_account_does_not_hide_another_account_s_job(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        other = await pair(services, caller, "bob")
        jobs = [await enqueue(services, caller, account="@ada") for _ in range(60)]
        hidden = await enqueue(services, caller, account="@bob")
        assert (await take(services, paired_browser)).id == jobs[0].id
        assert (await take(services, other)).id == hidden.id


class TestPull:
    async def test_a_job_is_leased_to_whoever_asks_first(
        self, services: Services, paired_browser: Browser, queued_job: Job
    ) -> None:
        leased = await pull(services, paired_browser)
        assert leased is not None
        assert (leased.job.id, leased.purpose, leased.expires_in_seconds) == (
            queued_job.id,
            "publish",
            60,
        )
        assert (leased.permitted_seconds_ago, leased.previous_stage, leased.exclude) == (
            None,
            None,
            [],
        )
        assert await pull(services, paired_browser) is None

    async def test_one_job_goes_to_one_of_two_browsers_a_hundred_times(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        other = await pair(services, caller, "bob")
        for _ in range(100):
            job = await enqueue(services, caller)
            answers = await asyncio.gather(
                pull(services, paired_browser), pull(services, other), pull(services, other)
            )
            leased = [answer for answer in answers if answer is not None]
            assert [answer.job.id for answer in leased] == [job.id]
            await services.jobs.cancel(caller, job.id)

    async def test_a_pull_that_waits_gets_the_job_that_comes(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        waiting = asyncio.create_task(pull(services, paired_browser, LONG))
        await pull(services, paired_browser)  # by now the other one waits
        job = await enqueue(services, caller)
        leased = await waiting
        assert leased is not None
        assert leased.job.id == job.id

    async def test_a_pull_that_waits_gets_what_another_browser_lets_go(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        one = await enqueue(services, caller, account="@ada")
        two = await enqueue(services, caller, account="@ada")
        await take(services, paired_browser)
        other = await pair(services, caller, "ada")
        waiting = asyncio.create_task(pull(services, other, LONG))
        await pull(services, paired_browser)  # by now the other one waits
        await services.jobs.cancel(caller, one.id)
        leased = await waiting
        assert leased is not None
        assert leased.job.id == two.id

    async def test_who_is_woken_in_vain_hands_the_wake_on(
        self, services: Services, caller: Caller, paired_browser: Browser, leased_job: Job
    ) -> None:
        other = await pair(services, caller, "bob")
        busy = asyncio.create_task(pull(services, paired_browser, LONG))
        await pull(services, paired_browser)  # by now the busy one waits
        free = asyncio.create_task(pull(services, other, LONG))
        await pull(services, paired_browser)  # by now the free one waits too
        job = await enqueue(services, caller, account="@bob")
        leased = await free
        assert leased is not None
        assert leased.job.id == job.id
        assert not busy.done()
        busy.cancel()

    async def test_a_pull_ends_when_its_wait_is_over(
        self, services: Services, paired_browser: Browser
    ) -> None:
        assert await pull(services, paired_browser, 0.001) is None

    async def test_nothing_is_leased_to_a_closed_connection(
        self, services: Services, paired_browser: Browser, queued_job: Job
    ) -> None:
        assert await services.leases.pull(paired_browser, LONG, lambda: True) is None
        assert (await now_of(services, queued_job)).state == "queued"

    async def test_nothing_is_leased_by_a_broker_that_stops(
        self, services: Services, paired_browser: Browser, queued_job: Job, signals: Signals
    ) -> None:
        signals.close()
        assert await pull(services, paired_browser, LONG) is None

    async def test_the_job_that_is_due_longest_comes_first(
        self, services: Services, caller: Caller, paired_browser: Browser, still_clock: StillClock
    ) -> None:
        jobs = []
        for _ in range(3):
            jobs.append(await enqueue(services, caller))
            still_clock.move(1)
        for job in jobs:
            leased = await take(services, paired_browser)
            assert leased.id == job.id
            await services.jobs.cancel(caller, job.id)

    async def test_a_long_queue_of_one_account_does_not_starve_another(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        for _ in range(60):
            await enqueue(services, caller, account="@ada")
        theirs = await enqueue(services, caller, account="@bob")
        await take(services, paired_browser)
        bob = await pair(services, caller, "bob")
        assert (await take(services, bob)).id == theirs.id

    async def test_one_account_is_worked_on_by_one_browser_at_a_time(
        self, services: Services, caller: Caller, paired_browser: Browser, leased_job: Job
    ) -> None:
        await enqueue(services, caller)
        same, other = await pair(services, caller, "@Ada"), await pair(services, caller, "bob")
        assert await pull(services, same) is None
        assert await pull(services, other) is not None

    async def test_who_is_logged_out_of_a_platform_works_on_no_account_there(
        self, services: Services, caller: Caller, paired_browser: Browser, leased_job: Job
    ) -> None:
        await enqueue(services, caller)
        assert await pull(services, await pair(services, caller, None)) is not None

    async def test_a_browser_holds_as_many_jobs_as_the_settings_let_it(
        self,
        services_with: Callable[..., Services],
        caller: Caller,
        paired_browser: Browser,
        leased_job: Job,
    ) -> None:
        services = services_with(jobs_per_browser=2)
        await enqueue(services, caller)
        assert await pull(services, paired_browser) is None
        simulated = await enqueue(services, caller, sandbox=True)
        assert (await take(services, paired_browser)).id == simulated.id
        await enqueue(services, caller, sandbox=True)
        assert await pull(services, paired_browser) is None

    async def test_a_paused_workspace_gets_no_job_and_its_doubts_are_still_looked_into(
        self,
        services: Services,
        caller: Caller,
        paired_browser: Browser,
        doubtful_job: Job,
    ) -> None:
        await enqueue(services, caller)
        await services.workspaces.set_paused(caller.workspace_id, is_paused=True)
        looking = await take(services, paired_browser)
        assert (looking.id, lease_of(looking).purpose) == (doubtful_job.id, "verify")
        await services.leases.report(paired_browser, a_report_of_success(looking))
        assert await pull(services, paired_browser) is None

    async def test_a_paused_browser_gets_no_job(
        self, services: Services, paired_browser: Browser, queued_job: Job
    ) -> None:
        await services.browsers.hello(paired_browser, hello(paused=True))
        assert await pull(services, paired_browser) is None
        await services.browsers.hello(paired_browser, hello())
        assert await pull(services, paired_browser) is not None

    async def test_a_browser_that_is_not_there_is_turned_away(
        self, services: Services, paired_browser: Browser, queued_job: Job
    ) -> None:
        with pytest.raises(NotAuthenticatedError):
            await pull(services, replace(paired_browser, id="nobody"))

    async def test_another_workspace_s_browser_gets_no_job(
        self, services: Services, caller: Caller, queued_job: Job, database: Database
    ) -> None:
        stranger = replace(caller, workspace_id=(await add_workspace(database)).id)
        assert await pull(services, await pair(services, stranger)) is None

    async def test_a_job_whose_time_is_over_is_not_leased_although_nobody_swept(
        self, services: Services, paired_browser: Browser, queued_job: Job, still_clock: StillClock
    ) -> None:
        still_clock.move(hours=24)
        assert await pull(services, paired_browser) is None

    async def test_a_second_attempt_hears_how_far_the_first_got(
        self, services: Services, paired_browser: Browser, leased_job: Job, still_clock: StillClock
    ) -> None:
        await fall_silent(services, still_clock, leased_job)
        still_clock.move(5)
        await services.leases.sweep()
        leased = await pull(services, paired_browser)
        assert leased is not None
        assert (leased.job.attempt, leased.previous_stage) == (2, "preparing")


class TestProgress:
    async def test_a_step_renews_the_lease(
        self, services: Services, paired_browser: Browser, leased_job: Job, still_clock: StillClock
    ) -> None:
        still_clock.move(50)
        assert await step(services, paired_browser, leased_job, "insert_text") == (60, None)
        still_clock.move(50)
        assert await services.leases.sweep() == 0

    async def test_a_lease_never_goes_on_beyond_its_limit(
        self, services: Services, paired_browser: Browser, leased_job: Job, still_clock: StillClock
    ) -> None:
        left = []
        for _ in range(18):
            still_clock.move(50)
            left.append((await step(services, paired_browser, leased_job, "insert_text"))[0])
        assert (left[0], left[-3:]) == (60, [60, 50, 0])
        assert await services.leases.sweep() == 1
        with pytest.raises(LeaseLostError):
            await step(services, paired_browser, leased_job, "insert_text")

    async def test_a_new_step_or_a_detail_is_an_event_and_a_repetition_is_none(
        self, services: Services, paired_browser: Browser, leased_job: Job
    ) -> None:
        for detail in (None, None, "typed 10 of 20"):
            await step(services, paired_browser, leased_job, "insert_text", detail)
        events, _ = await services.jobs.history(leased_job)
        assert [(event.step, event.data) for event in events[2:]] == [
            ("insert_text", {}),
            ("insert_text", {"detail": "typed 10 of 20"}),
        ]

    async def test_the_holder_hears_that_all_is_paused(
        self, services: Services, paired_browser: Browser, leased_job: Job
    ) -> None:
        await services.workspaces.set_paused(paired_browser.workspace_id, is_paused=True)
        assert (await step(services, paired_browser, leased_job, "insert_text"))[1] == "paused"

    async def test_after_the_permit_pausing_stops_nothing(
        self, services: Services, paired_browser: Browser, committing_job: Job
    ) -> None:
        await services.workspaces.set_paused(paired_browser.workspace_id, is_paused=True)
        assert await step(services, paired_browser, committing_job, "press") == (130, None)

    async def test_only_the_holder_renews(
        self, services: Services, caller: Caller, leased_job: Job
    ) -> None:
        other = await pair(services, caller, "bob")
        with pytest.raises(LeaseLostError, match="the job is leased"):
            await step(services, other, leased_job, "insert_text")

    async def test_a_job_that_is_not_there_is_held_by_nobody(
        self, services: Services, paired_browser: Browser, leased_job: Job
    ) -> None:
        gone = replace(leased_job, id="33333333-3333-4333-8333-333333333333")
        with pytest.raises(LeaseLostError, match="the job is gone"):
            await step(services, paired_browser, gone, "insert_text")


class TestPermit:
    async def test_a_permit_is_written_down_before_it_is_answered(
        self, services: Services, paired_browser: Browser, leased_job: Job, still_clock: StillClock
    ) -> None:
        job = await get_permit(services, paired_browser, leased_job)
        events, (attempt,) = await services.jobs.history(job)
        assert (job.state, job.presses, job.composed_account) == ("committing", 1, "ada")
        assert (attempt.permit_id, attempt.permitted_at) == (job.permit_id, still_clock.now())
        assert events[-1].data == {"account": "ada", "textSha256": job.text_sha256}

    async def test_there_is_one_permit_for_a_lease(
        self, services: Services, paired_browser: Browser, leased_job: Job
    ) -> None:
        answers = await asyncio.gather(
            *(get_permit(services, paired_browser, leased_job) for _ in range(10)),
            return_exceptions=True,
        )
        refused = [answer for answer in answers if isinstance(answer, PermitRefusedError)]
        assert len(refused) == 9
        assert (await now_of(services, leased_job)).presses == 1

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"account": "bob"}, "account_differs"),
            ({"text_sha256": "0" * 64}, "text_differs"),
            ({"media_count": 1}, "media_differs"),
            ({"target": "12345"}, "target_differs"),
        ],
    )
    async def test_something_else_than_the_job_gets_no_permit(
        self,
        services: Services,
        caller: Caller,
        paired_browser: Browser,
        changes: dict[str, Any],
        reason: str,
    ) -> None:
        await enqueue(services, caller, account="@ada")
        leased = await take(services, paired_browser)
        with pytest.raises(PermitRefusedError) as refused:
            await get_permit(services, paired_browser, leased, **changes)
        assert refused.value.details == {"reason": reason}
        assert await now_of(services, leased) == leased

    async def test_nothing_is_pressed_while_the_workspace_or_the_browser_is_paused(
        self, services: Services, paired_browser: Browser, leased_job: Job
    ) -> None:
        await services.workspaces.set_paused(paired_browser.workspace_id, is_paused=True)
        with pytest.raises(PermitRefusedError, match="paused"):
            await get_permit(services, paired_browser, leased_job)
        await services.workspaces.set_paused(paired_browser.workspace_id, is_paused=False)
        await services.browsers.hello(paired_browser, hello(paused=True))
        with pytest.raises(PermitRefusedError, match="paused"):
            await get_permit(services, paired_browser, leased_job)

    async def test_a_lease_that_is_over_gets_no_permit_although_nobody_swept(
        self, services: Services, paired_browser: Browser, leased_job: Job, still_clock: StillClock
    ) -> None:
        still_clock.move(60)
        with pytest.raises(PermitRefusedError, match="not_leased"):
            await get_permit(services, paired_browser, leased_job)

    async def test_a_job_whose_time_is_over_gets_no_permit(
        self, services: Services, caller: Caller, paired_browser: Browser, still_clock: StillClock
    ) -> None:
        await enqueue(services, caller, expires_in_seconds=30)
        leased = await take(services, paired_browser)
        still_clock.move(30)
        with pytest.raises(PermitRefusedError, match="expired"):
            await get_permit(services, paired_browser, leased)

    async def test_a_canceled_job_gets_no_permit(
        self, services: Services, caller: Caller, paired_browser: Browser, leased_job: Job
    ) -> None:
        await services.jobs.cancel(caller, leased_job.id)
        with pytest.raises(LeaseLostError, match="the job is canceled"):
            await get_permit(services, paired_browser, leased_job)

    async def test_whoever_looks_gets_no_permit(
        self, services: Services, paired_browser: Browser, doubtful_job: Job
    ) -> None:
        looking = await take(services, paired_browser)
        with pytest.raises(PermitRefusedError, match="not_leased"):
            await get_permit(services, paired_browser, looking)

    async def test_an_earlier_holder_gets_no_permit(
        self, services: Services, paired_browser: Browser, leased_job: Job
    ) -> None:
        await tell(services, paired_browser, leased_job, "released")
        again = await take(services, paired_browser)
        assert lease_of(again).epoch > lease_of(leased_job).epoch
        with pytest.raises(LeaseLostError):
            await get_permit(services, paired_browser, leased_job)


class TestReport:
    async def test_success_with_evidence_is_published(
        self, services: Services, paired_browser: Browser, committing_job: Job
    ) -> None:
        ack = a_report_of_success(committing_job)
        job = await services.leases.report(paired_browser, ack)
        assert (job.state, job.post_url, job.view) == ("published", POST_URL, "succeeded")

    async def test_the_same_report_again_changes_nothing(
        self, services: Services, paired_browser: Browser, committing_job: Job
    ) -> None:
        ack = a_report_of_success(committing_job)
        first = await services.leases.report(paired_browser, ack)
        assert await services.leases.report(paired_browser, ack) == first
        again = await asyncio.gather(
            *(services.leases.report(paired_browser, ack) for _ in range(5))
        )
        assert again == [first] * 5
        assert await now_of(services, committing_job) == first

    async def test_another_report_after_the_first_is_refused(
        self, services: Services, paired_browser: Browser, committing_job: Job
    ) -> None:
        job = await services.leases.report(paired_browser, a_report_of_success(committing_job))
        assert await is_lost(services, paired_browser, report(committing_job, "failed"))
        assert await now_of(services, committing_job) == job

    async def test_publishing_without_a_permit_is_refused(
        self, services: Services, paired_browser: Browser, leased_job: Job
    ) -> None:
        with pytest.raises(ConflictError, match="without a permit") as refused:
            await services.leases.report(paired_browser, a_report_of_success(leased_job))
        assert refused.value.code == "PERMIT_REFUSED"
        assert await now_of(services, leased_job) == leased_job

    async def test_success_without_evidence_is_looked_into(
        self, services: Services, paired_browser: Browser, committing_job: Job
    ) -> None:
        job = await tell(services, paired_browser, committing_job, "published", post_url=POST_URL)
        assert (job.state, job.post_url, job.hint_url) == ("outcome_unknown", None, POST_URL)
        assert job.view == "processing"

    async def test_a_report_is_the_holder_s_own(
        self, services: Services, caller: Caller, committing_job: Job
    ) -> None:
        other = await pair(services, caller, "bob")
        assert await is_lost(services, other, a_report_of_success(committing_job))
        assert await now_of(services, committing_job) == committing_job

    @pytest.mark.parametrize(
        "changes",
        [
            {"lease_id": "44444444-4444-4444-8444-444444444444"},
            {"epoch": 7},
            {"job_id": "33333333-3333-4333-8333-333333333333"},
        ],
    )
    async def test_a_lease_that_was_never_given_reports_nothing(
        self,
        services: Services,
        paired_browser: Browser,
        committing_job: Job,
        changes: dict[str, Any],
    ) -> None:
        ack = a_report_of_success(committing_job).model_copy(update=changes)
        assert await is_lost(services, paired_browser, ack)
        assert await now_of(services, committing_job) == committing_job

    async def test_a_lease_of_another_job_reports_nothing(
        self, services: Services, caller: Caller, paired_browser: Browser, committing_job: Job
    ) -> None:
        other = await enqueue(services, caller)
        ack = a_report_of_success(committing_job).model_copy(update={"job_id": other.id})
        assert await is_lost(services, paired_browser, ack)

    async def test_the_publisher_may_report_late_until_somebody_looks(
        self, services: Services, paired_browser: Browser, doubtful_job: Job
    ) -> None:
        job = await services.leases.report(paired_browser, a_report_of_success(doubtful_job))
        assert (job.state, job.post_url) == ("published", POST_URL)
        _, (attempt,) = await services.jobs.history(job)
        assert attempt.outcome == "published"

    async def test_a_report_that_comes_while_another_looks_is_a_hint(
        self, services: Services, paired_browser: Browser, doubtful_job: Job
    ) -> None:
        looking = await take(services, paired_browser)
        late = a_report_of_success(doubtful_job, post_url=f"{POST_URL}?s=20")
        assert await is_lost(services, paired_browser, late)
        job = await now_of(services, doubtful_job)
        assert (job.state, job.hint_url, job.lease) == ("outcome_unknown", POST_URL, looking.lease)
        assert await is_lost(
            services, paired_browser, a_report_of_success(doubtful_job, post_url=OTHER_URL)
        )
        assert (await now_of(services, doubtful_job)).hint_url == POST_URL

    async def test_a_late_address_that_is_no_permalink_is_no_hint(
        self, services: Services, paired_browser: Browser, doubtful_job: Job
    ) -> None:
        await take(services, paired_browser)
        late = a_report_of_success(doubtful_job, post_url="https://evil.example/ada/status/1")
        assert await is_lost(services, paired_browser, late)
        assert (await now_of(services, doubtful_job)).hint_url is None

    async def test_a_late_report_changes_no_ended_job(
        self, services: Services, caller: Caller, paired_browser: Browser, doubtful_job: Job
    ) -> None:
        ended = await services.jobs.settle(caller, doubtful_job.id, None)
        assert await is_lost(services, paired_browser, a_report_of_success(doubtful_job))
        assert await now_of(services, doubtful_job) == ended

    async def test_a_live_post_publishes_one_job_and_leaves_the_other_in_doubt(
        self, services: Services, caller: Caller, paired_browser: Browser, committing_job: Job
    ) -> None:
        await services.leases.report(paired_browser, a_report_of_success(committing_job))
        await enqueue(services, caller)
        second = await get_permit(services, paired_browser, await take(services, paired_browser))
        job = await services.leases.report(paired_browser, a_report_of_success(second))
        assert (job.state, job.post_url) == ("outcome_unknown", None)
        assert job.error == "the post that was seen belongs to another job"
        own = a_report_of_success(second, post_url=OTHER_URL)
        assert await is_lost(services, paired_browser, own)

    async def test_three_attempts_wait_longer_each_time(
        self, services: Services, caller: Caller, paired_browser: Browser, still_clock: StillClock
    ) -> None:
        job = await enqueue(services, caller)
        waits = []
        for _ in range(3):
            leased = await take(services, paired_browser)
            job = await tell(services, paired_browser, leased, "failed", error_code="tab_closed")
            if job.state == "retry_wait":
                waits.append((job.due_at - still_clock.now()).total_seconds())
                assert await pull(services, paired_browser) is None
                still_clock.move(waits[-1])
                await services.leases.sweep()
        assert waits == [5, 30]
        assert (job.state, job.error_code, job.attempt) == ("failed", "tab_closed", 3)

    async def test_what_a_job_code_says_of_trying_again_is_done(
        self, services: Services, paired_browser: Browser, leased_job: Job
    ) -> None:
        job = await tell(
            services, paired_browser, leased_job, "failed", error_code="challenge_required"
        )
        assert (job.state, job.error_code) == ("failed", "challenge_required")


class TestLook:
    async def test_the_schedule_is_counted_from_the_permit(
        self,
        services: Services,
        paired_browser: Browser,
        committing_job: Job,
        still_clock: StillClock,
    ) -> None:
        pressed_at = still_clock.now()
        await tell(services, paired_browser, committing_job, "unknown")
        looks = []
        while (job := await now_of(services, committing_job)).state == "outcome_unknown":
            looks.append((job.due_at - pressed_at).total_seconds())
            assert await pull(services, paired_browser) is None
            still_clock.move((job.due_at - still_clock.now()).total_seconds())
            await look(services, paired_browser, "absent")
        assert looks == [10, 30, 120, 600]
        assert (job.state, job.error_code) == ("retry_wait", "not_posted")

    @pytest.mark.parametrize("reached", ["retry_wait", "queued", "leased"])
    async def test_a_late_word_of_the_publisher_is_looked_into_before_a_second_press(
        self,
        services: Services,
        paired_browser: Browser,
        committing_job: Job,
        still_clock: StillClock,
        reached: str,
    ) -> None:
        silent = await fall_silent(services, still_clock, committing_job)
        while silent.state == "outcome_unknown":
            still_clock.move(max(0, (silent.due_at - still_clock.now()).total_seconds()))
            silent = await look(services, paired_browser, "absent")
        if reached != "retry_wait":
            still_clock.move((silent.due_at - still_clock.now()).total_seconds())
            await services.leases.sweep()
        if reached == "leased":
            await take(services, paired_browser)
        assert (await now_of(services, committing_job)).state == reached

        late = a_report_of_success(committing_job)
        assert await is_lost(services, paired_browser, late)
        leased = await pull(services, paired_browser)
        assert leased is not None
        assert (leased.purpose, leased.job.hint_url) == ("verify", POST_URL)
        job = await services.leases.report(
            paired_browser, a_report_of_success(leased.job, stage="preparing")
        )
        assert (job.state, job.post_url) == ("published", POST_URL)

    @pytest.mark.parametrize(
        ("looks", "state", "has_ended"),
        [
            ("absent absent absent absent", "retry_wait", False),
            ("unseen absent absent absent", "retry_wait", False),
            ("unseen unseen absent absent", "retry_wait", False),
            ("absent absent unseen absent absent", "retry_wait", False),
            ("absent absent absent unseen", "outcome_unknown", True),
            ("unseen unseen unseen unseen", "outcome_unknown", True),
            ("unseen unseen unseen absent unseen", "outcome_unknown", True),
            ("released absent failed absent unknown absent absent", "retry_wait", False),
            ("found", "published", True),
            ("absent absent absent found", "published", True),
            ("unseen absent found", "published", True),
        ],
    )
    async def test_only_looks_in_a_row_prove_and_only_a_look_finds(
        self,
        services: Services,
        paired_browser: Browser,
        committing_job: Job,
        still_clock: StillClock,
        looks: str,
        state: str,
        has_ended: bool,
    ) -> None:
        job = await tell(services, paired_browser, committing_job, "unknown")
        for outcome in looks.split():
            assert (job.state, job.has_ended) == ("outcome_unknown", False)
            still_clock.move(max(0, (job.due_at - still_clock.now()).total_seconds()))
            proof = {"post_url": POST_URL, "evidence": evidence(job)} if outcome == "found" else {}
            job = await look(services, paired_browser, outcome, **proof)
        assert (job.state, job.has_ended) == (state, has_ended)

    async def test_whoever_looks_knows_since_when_where_and_what_is_not_it(
        self, services: Services, caller: Caller, paired_browser: Browser, still_clock: StillClock
    ) -> None:
        await enqueue(services, caller)
        first = await get_permit(services, paired_browser, await take(services, paired_browser))
        await services.leases.report(paired_browser, a_report_of_success(first))
        await enqueue(services, caller)
        second = await get_permit(services, paired_browser, await take(services, paired_browser))
        await tell(services, paired_browser, second, "published", post_url=OTHER_URL)
        still_clock.move(10)
        leased = await pull(services, paired_browser)
        assert isinstance(leased, Leased)
        assert (leased.purpose, leased.permitted_seconds_ago) == ("verify", 10)
        assert (leased.job.hint_url, leased.exclude) == (OTHER_URL, [POST_URL])
        assert leased.previous_stage == "pressed"

    async def test_a_post_of_another_job_is_not_found_again(
        self, services: Services, caller: Caller, paired_browser: Browser, still_clock: StillClock
    ) -> None:
        await enqueue(services, caller)
        first = await get_permit(services, paired_browser, await take(services, paired_browser))
        await services.leases.report(paired_browser, a_report_of_success(first))
        await enqueue(services, caller)
        second = await get_permit(services, paired_browser, await take(services, paired_browser))
        await tell(services, paired_browser, second, "unknown")
        still_clock.move(10)
        looking = await take(services, paired_browser)
        job = await services.leases.report(paired_browser, a_report_of_success(looking))
        assert (job.state, job.looks, job.absences) == ("outcome_unknown", 1, 0)

    async def test_the_button_is_pressed_again_once_and_only_after_proof(
        self,
        services: Services,
        paired_browser: Browser,
        committing_job: Job,
        still_clock: StillClock,
    ) -> None:
        job = committing_job
        for presses in (1, 2):
            assert job.presses == presses
            job = await tell(services, paired_browser, job, "unknown")
            while job.state == "outcome_unknown":
                still_clock.move(max(0, (job.due_at - still_clock.now()).total_seconds()))
                job = await look(services, paired_browser, "absent")
            if presses == 1:
                still_clock.move(30)
                await services.leases.sweep()
                leased = await pull(services, paired_browser)
                assert leased is not None
                assert leased.previous_stage == "pressed"
                job = await get_permit(services, paired_browser, leased.job)
        assert (job.state, job.error_code, job.presses) == ("failed", "not_posted", 2)

    async def test_another_browser_looks_only_while_the_one_that_pressed_is_away(
        self, services: Services, caller: Caller, paired_browser: Browser, still_clock: StillClock
    ) -> None:
        await enqueue(services, caller)
        other = await pair(services, caller, "bob")
        job = await get_permit(services, paired_browser, await take(services, paired_browser))
        await tell(services, paired_browser, job, "unknown")
        still_clock.move(10)
        assert await pull(services, other) is None
        still_clock.move(61)
        assert (await take(services, other)).id == job.id

    async def test_a_platform_that_refuses_in_clear_words_is_not_looked_into(
        self, services: Services, paired_browser: Browser, committing_job: Job
    ) -> None:
        said = Evidence(source="network", http_status=429, platform_code="88")
        job = await tell(
            services,
            paired_browser,
            committing_job,
            "failed",
            error_code="rate_limited",
            evidence=said,
            retry_after_seconds=900,
        )
        assert (job.state, job.error_code) == ("failed", "rate_limited")
        assert job.report == {"retryAfterSeconds": 900}

    async def test_a_lost_look_is_made_again(
        self,
        services: Services,
        paired_browser: Browser,
        doubtful_job: Job,
        still_clock: StillClock,
    ) -> None:
        looking = await take(services, paired_browser)
        await fall_silent(services, still_clock, looking)
        again = await take(services, paired_browser)
        assert (again.id, again.looks) == (doubtful_job.id, 0)
        assert await is_lost(services, paired_browser, report(looking, "absent"))


class TestSweep:
    async def test_nothing_is_swept_before_its_time(
        self, services: Services, leased_job: Job, still_clock: StillClock
    ) -> None:
        still_clock.move(59)
        assert await services.leases.sweep() == 0
        assert await now_of(services, leased_job) == leased_job

    async def test_a_silent_holder_loses_the_job_which_another_gets(
        self,
        services: Services,
        caller: Caller,
        paired_browser: Browser,
        leased_job: Job,
        still_clock: StillClock,
    ) -> None:
        swept = await fall_silent(services, still_clock, leased_job)
        assert (swept.state, swept.error_code) == ("retry_wait", "browser_lost")
        still_clock.move(5)
        await services.leases.sweep()
        other = await pair(services, caller, "bob")
        assert (await take(services, other)).id == leased_job.id
        with pytest.raises(LeaseLostError):
            await step(services, paired_browser, leased_job, "insert_text")

    async def test_what_waits_too_long_expires(
        self, services: Services, queued_job: Job, still_clock: StillClock
    ) -> None:
        still_clock.move(hours=24)
        assert await services.leases.sweep() == 1
        job = await now_of(services, queued_job)
        assert (job.state, job.view, job.error_code) == ("expired", "failed", "expired")

    async def test_whoever_waits_for_a_look_is_woken_when_it_is_due(
        self,
        services: Services,
        paired_browser: Browser,
        committing_job: Job,
        still_clock: StillClock,
    ) -> None:
        await tell(services, paired_browser, committing_job, "unknown")
        waiting = asyncio.create_task(pull(services, paired_browser, LONG * 10))
        assert await pull(services, paired_browser) is None  # by now the other one waits
        still_clock.move(10)
        await services.leases.sweep()
        leased = await waiting
        assert leased is not None
        assert leased.purpose == "verify"

    async def test_many_are_swept_in_turns(
        self, services: Services, caller: Caller, paired_browser: Browser, still_clock: StillClock
    ) -> None:
        for _ in range(120):
            await enqueue(services, caller)
        still_clock.move(hours=24)
        assert [await services.leases.sweep() for _ in range(3)] == [100, 20, 0]

    async def test_every_state_that_waits_has_a_deadline_and_leaves_it(
        self, services: Services, workspace: Workspace, committing_job: Job, still_clock: StillClock
    ) -> None:
        states = []
        while not (job := await now_of(services, committing_job)).has_ended:
            assert job.deadline_at is not None
            states.append(job.state)
            still_clock.move((job.deadline_at - still_clock.now()).total_seconds())
            assert await services.leases.sweep() == 1
        assert states == ["committing", "outcome_unknown"]
        assert (job.state, job.error_code) == ("outcome_unknown", "outcome_unknown")

    async def test_the_publisher_has_its_time_between_permit_and_report(
        self, services: Services, committing_job: Job, still_clock: StillClock
    ) -> None:
        granted = timedelta(seconds=10 + X.publish_seconds)
        assert lease_of(committing_job).expires_at == still_clock.now() + granted


class TestRevokedBrowser:
    async def test_a_permit_it_held_is_a_doubt(
        self, services: Services, caller: Caller, paired_browser: Browser, committing_job: Job
    ) -> None:
        await services.browsers.revoke(caller.workspace_id, paired_browser.id)
        await services.leases.release_browser(caller.workspace_id, paired_browser.id)
        job = await now_of(services, committing_job)
        assert (job.state, job.has_ended) == ("outcome_unknown", False)

    async def test_it_gets_no_permit_even_if_nothing_was_taken_back(
        self, services: Services, caller: Caller, paired_browser: Browser, leased_job: Job
    ) -> None:
        await services.browsers.revoke(caller.workspace_id, paired_browser.id)
        with pytest.raises(PermitRefusedError, match="paused"):
            await get_permit(services, paired_browser, leased_job)
