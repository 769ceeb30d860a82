"""What a restore does to jobs: looked for first, let out only by a person."""

from dataclasses import replace
from datetime import timedelta

import pytest

from postbroker.app import Services, rules_of
from postbroker.domain.caller import Caller
from postbroker.domain.job import Job
from postbroker.domain.outcome import RESTORED_PATIENCE
from postbroker.errors import ConflictError
from postbroker.services.restoring import distrust
from postbroker.settings import Settings
from postbroker.store.browsers import Browser
from postbroker.store.database import Database
from server.doubles.clock import START, StillClock
from server.samples import a_report_of_success, report
from server.steps import enqueue, fall_silent, get_permit, hello, is_lost, pair, pull, take, tell

TAKEN = START - timedelta(hours=3)


@pytest.fixture
def restore(database: Database, settings: Settings, still_clock: StillClock) -> "Restore":
    return Restore(database, settings, still_clock)


class Restore:
    """Takes the database for one that just came out of a backup."""

    def __init__(self, database: Database, settings: Settings, clock: StillClock) -> None:
        self._database, self._settings, self._clock = database, settings, clock

    async def __call__(self) -> tuple[int, int]:
        """How many jobs will be looked for, and how many only a person can tell."""
        rules = rules_of(self._settings)
        counts = await distrust(self._database, TAKEN, rules, self._clock.now())
        return counts["looks"], counts["people"]


async def look(services: Services, clock: StillClock, browser: Browser, outcome: str) -> Job:
    """The browser looks for a post from the backup, and says what it saw."""
    clock.move(30)
    leased = await pull(services, browser)
    assert leased is not None
    assert leased.purpose == "verify"
    if outcome == "found":
        return await services.leases.report(browser, a_report_of_success(leased.job))
    return await tell(services, browser, leased.job, outcome)


class TestDistrust:
    async def test_nothing_is_leased_for_publishing_before_a_person_resumes(
        self,
        services: Services,
        caller: Caller,
        paired_browser: Browser,
        queued_job: Job,
        restore: Restore,
        still_clock: StillClock,
    ) -> None:
        assert await restore() == (1, 0)
        workspace = await services.workspaces.get(caller.workspace_id)
        assert workspace.is_paused
        assert workspace.paused_because is not None
        assert "2026-03-01 09:00 UTC" in workspace.paused_because
        for _ in range(2):
            await look(services, still_clock, paired_browser, "absent")
        still_clock.move(60)
        await services.leases.sweep()
        assert await pull(services, paired_browser) is None
        assert (await services.jobs.get(queued_job.id, None)).state == "queued"

        await services.workspaces.set_paused(caller.workspace_id, is_paused=False)
        assert (await services.workspaces.get(caller.workspace_id)).paused_because is None
        leased = await pull(services, paired_browser)
        assert leased is not None
        assert (leased.job.id, leased.purpose) == (queued_job.id, "publish")

    async def test_queued_job_that_went_out_after_the_backup_is_found(
        self,
        services: Services,
        paired_browser: Browser,
        queued_job: Job,
        restore: Restore,
        still_clock: StillClock,
    ) -> None:
        await restore()
        found = await look(services, still_clock, paired_browser, "found")
        assert (found.id, found.state, found.error_code) == (queued_job.id, "published", None)

    async def test_look_reaches_back_to_the_backup_and_no_further(
        self,
        services: Services,
        paired_browser: Browser,
        queued_job: Job,
        restore: Restore,
        still_clock: StillClock,
    ) -> None:
        await restore()
        still_clock.move(30)
        leased = await pull(services, paired_browser)
        assert leased is not None
        assert leased.permitted_seconds_ago == timedelta(hours=3, seconds=30).total_seconds()

    async def test_nobody_looks_while_an_old_permit_may_still_be_used(
        self, services: Services, paired_browser: Browser, queued_job: Job, restore: Restore
    ) -> None:
        await restore()
        assert await pull(services, paired_browser) is None

    @pytest.mark.parametrize("state", ["leased", "committing", "outcome_unknown"])
    async def test_job_under_way_is_taken_from_its_holder_and_looked_for(
        self,
        state: str,
        services: Services,
        paired_browser: Browser,
        leased_job: Job,
        restore: Restore,
        still_clock: StillClock,
    ) -> None:
        job = leased_job
        if state != "leased":
            job = await get_permit(services, paired_browser, job)
        if state == "outcome_unknown":
            job = await fall_silent(services, still_clock, job)
        assert job.state == state
        await restore()
        restored = await services.jobs.get(job.id, None)
        assert (restored.state, restored.lease) == ("outcome_unknown", None)
        assert await is_lost(services, paired_browser, report(job, "unknown"))
        assert (await look(services, still_clock, paired_browser, "found")).state == "published"

    async def test_ended_job_stays_as_it_is(
        self, services: Services, paired_browser: Browser, committing_job: Job, restore: Restore
    ) -> None:
        published = await services.leases.report(
            paired_browser, a_report_of_success(committing_job)
        )
        assert await restore() == (0, 0)
        assert await services.jobs.get(published.id, None) == published

    async def test_log_of_a_job_goes_on_without_a_gap(
        self, services: Services, queued_job: Job, restore: Restore
    ) -> None:
        await restore()
        events, _ = await services.jobs.history(await services.jobs.get(queued_job.id, None))
        assert [(e.sequence, e.name) for e in events] == [(1, "queued"), (2, "restored")]
        assert events[-1].data["was"] == "queued"

    async def test_every_one_of_many_jobs_is_put_in_doubt(
        self, services: Services, caller: Caller, paired_browser: Browser, restore: Restore
    ) -> None:
        for number in range(450):
            await enqueue(services, caller, f"post {number}")
        assert await restore() == (450, 0)


class TestUnknownAccount:
    async def test_one_of_several_accounts_is_for_a_person(
        self, services: Services, caller: Caller, queued_job: Job, restore: Restore
    ) -> None:
        await pair(services, caller, "bob")
        assert await restore() == (0, 1)
        [unsettled] = await services.jobs.unsettled(caller.workspace_id)
        assert (unsettled.id, unsettled.error_code) == (queued_job.id, "restored")

    async def test_named_account_is_looked_at(
        self, services: Services, caller: Caller, paired_browser: Browser, restore: Restore
    ) -> None:
        await pair(services, caller, "bob")
        job = await enqueue(services, caller, account="@Bob")
        assert await restore() == (1, 0)
        assert (await services.jobs.get(job.id, None)).composed_account == "@Bob"

    async def test_two_spellings_are_one_account(
        self, services: Services, caller: Caller, queued_job: Job, restore: Restore
    ) -> None:
        await pair(services, caller, "@ADA")
        assert await restore() == (1, 0)

    async def test_logged_out_browser_tells_no_account(
        self,
        services: Services,
        caller: Caller,
        queued_job: Job,
        paired_browser: Browser,
        restore: Restore,
    ) -> None:
        await services.browsers.hello(paired_browser, hello(None))
        assert await restore() == (0, 1)

    async def test_account_of_the_real_site_says_nothing_of_the_sandbox(
        self, services: Services, caller: Caller, paired_browser: Browser, restore: Restore
    ) -> None:
        await enqueue(services, caller, sandbox=True)
        assert await restore() == (0, 1)

    async def test_look_that_nobody_took_in_a_day_is_for_a_person(
        self,
        services: Services,
        caller: Caller,
        queued_job: Job,
        restore: Restore,
        still_clock: StillClock,
    ) -> None:
        await restore()
        still_clock.move(RESTORED_PATIENCE.total_seconds())
        await services.leases.sweep()
        [unsettled] = await services.jobs.unsettled(caller.workspace_id)
        assert (unsettled.id, unsettled.error_code) == (queued_job.id, "restored")


class TestApprove:
    @pytest.fixture
    async def unsettled_job(
        self, services: Services, caller: Caller, queued_job: Job, restore: Restore
    ) -> Job:
        await pair(services, caller, "bob")
        await restore()
        return await services.jobs.get(queued_job.id, None)

    async def test_approved_job_goes_out_once_all_goes_on(
        self,
        services: Services,
        caller: Caller,
        unsettled_job: Job,
        paired_browser: Browser,
    ) -> None:
        assert (await services.jobs.approve(caller, unsettled_job.id)).view == "queued"
        await services.leases.sweep()
        assert await pull(services, paired_browser) is None
        await services.workspaces.set_paused(caller.workspace_id, is_paused=False)
        leased = await take(services, paired_browser)
        committing = await get_permit(services, paired_browser, leased)
        published = a_report_of_success(committing)
        assert (await services.leases.report(paired_browser, published)).state == "published"

    async def test_job_past_its_time_is_not_posted_late(
        self, services: Services, caller: Caller, unsettled_job: Job, still_clock: StillClock
    ) -> None:
        still_clock.move(hours=25)
        with pytest.raises(ConflictError, match="within its time"):
            await services.jobs.approve(caller, unsettled_job.id)
        settled = await services.jobs.settle(caller, unsettled_job.id, None)
        assert settled.error_code == "not_posted"

    async def test_other_doubt_cannot_be_approved_away(
        self, services: Services, caller: Caller, doubtful_job: Job, still_clock: StillClock
    ) -> None:
        with pytest.raises(ConflictError):
            await services.jobs.approve(caller, doubtful_job.id)
        still_clock.move(hours=3)
        await services.leases.sweep()
        given_up = await services.jobs.get(doubtful_job.id, None)
        assert given_up.has_ended
        with pytest.raises(ConflictError):
            await services.jobs.approve(caller, doubtful_job.id)

    async def test_job_still_looked_for_waits_for_the_look(
        self, services: Services, caller: Caller, queued_job: Job, restore: Restore
    ) -> None:
        await restore()
        with pytest.raises(ConflictError):
            await services.jobs.approve(caller, queued_job.id)


async def test_second_restore_of_the_same_backup_changes_nothing_more_than_the_first(
    services: Services, queued_job: Job, restore: Restore
) -> None:
    await restore()
    first = await services.jobs.get(queued_job.id, None)
    await restore()
    second = await services.jobs.get(queued_job.id, None)
    assert replace(second, event_count=first.event_count) == first
