"""Accounts: who is logged in where, pausing, pacing, and why a job waits."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from postbroker.app import Services
from postbroker.contract.accounts import ChangeAccount, PacingChange
from postbroker.domain.caller import Caller
from postbroker.domain.job import Job
from postbroker.domain.key import USUAL_SCOPES
from postbroker.errors import ForbiddenError, NotFoundError, PermitRefusedError
from postbroker.services.accounts import Known, Waiting
from postbroker.settings import Settings
from postbroker.store.browsers import Browser
from postbroker.store.database import Database
from postbroker.store.workspaces import Workspace
from server.doubles.clock import StillClock
from server.samples import a_report_of_success
from server.steps import add_workspace, enqueue, get_permit, hello, pair, pull, take, tell

GAP_AT_MOST = 240


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"pacing": True})


@pytest.fixture
async def caller(services: Services, workspace: Workspace) -> Caller:
    """A person, who may do everything."""
    _, secret = await services.keys.create(workspace.id, "person", [*USUAL_SCOPES, "posts.approve"])
    return await services.keys.authenticate(secret)


async def only(services: Services, workspace: Workspace) -> Known:
    """The one account there is."""
    [known] = await services.accounts.all(workspace.id)
    return known


async def publish(services: Services, browser: Browser) -> Job:
    """The next job of the browser, published."""
    job = await get_permit(services, browser, await take(services, browser))
    url = f"https://x.com/ada/status/{int(job.id[-6:], 16) + 1000}"
    return await services.leases.report(browser, a_report_of_success(job, post_url=url))


async def waiting(services: Services, job: Job) -> Waiting | None:
    """Why the job waits."""
    return (await services.accounts.waiting(job.workspace_id, [job])).get(job.id)


class TestLogins:
    async def test_a_browser_makes_its_accounts_known(
        self, services: Services, workspace: Workspace, paired_browser: Browser
    ) -> None:
        known = await only(services, workspace)
        assert (known.account.platform, known.account.handle) == ("x", "ada")
        assert known.browser_ids == [paired_browser.id]
        assert known.account.state(is_logged_in=True) == "active"

    async def test_another_login_ends_the_one_before_and_its_history_stays(
        self, services: Services, workspace: Workspace, paired_browser: Browser
    ) -> None:
        await services.browsers.hello(paired_browser, hello("bob"))
        await services.browsers.hello(paired_browser, hello("@Ada"))
        ada, bob = await services.accounts.all(workspace.id)
        assert (ada.browser_ids, bob.browser_ids) == ([paired_browser.id], [])
        history = (await services.accounts.get(workspace.id, ada.account.id)).logins
        assert [login.ended_at is None for login, _ in history].count(True) == 1
        assert len(history) == 2

    async def test_one_account_may_live_in_several_browsers(
        self, services: Services, workspace: Workspace, caller: Caller, paired_browser: Browser
    ) -> None:
        other = await pair(services, caller)
        known = await only(services, workspace)
        assert {*known.browser_ids} == {paired_browser.id, other.id}
        await services.browsers.hello(other, hello(None))
        await services.browsers.revoke(workspace.id, paired_browser.id)
        assert (await only(services, workspace)).browser_ids == []

    async def test_accounts_of_others_are_not_there(
        self, services: Services, database: Database, workspace: Workspace, paired_browser: Browser
    ) -> None:
        stranger = await add_workspace(database)
        known = await only(services, workspace)
        assert await services.accounts.all(stranger.id) == []
        with pytest.raises(NotFoundError):
            await services.accounts.get(stranger.id, known.account.id)


class TestLeasing:
    async def test_a_job_goes_to_the_browser_where_its_account_is_logged_in(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        bobs = await pair(services, caller, "bob")
        job = await enqueue(services, caller, account="@Bob")
        assert await pull(services, paired_browser) is None
        assert (await take(services, bobs)).id == job.id

    async def test_a_job_waits_for_its_login_and_says_so(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        job = await enqueue(services, caller, account="@bob")
        assert await pull(services, paired_browser) is None
        found = await waiting(services, job)
        assert found is not None
        assert found.waits_for == "login"
        assert "log in to x.com as @bob in the browser" in (found.next_step or "")
        await services.browsers.hello(paired_browser, hello("bob"))
        assert (await take(services, paired_browser)).id == job.id

    async def test_a_browser_that_does_not_know_its_login_may_try(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        unknown = hello().model_copy(update={"platforms": []})
        await services.browsers.hello(paired_browser, unknown)
        job = await enqueue(services, caller, account="@bob")
        assert (await take(services, paired_browser)).id == job.id


class TestPacing:
    async def test_the_next_post_of_an_account_waits_for_the_gap(
        self,
        services: Services,
        still_clock: StillClock,
        workspace: Workspace,
        caller: Caller,
        paired_browser: Browser,
    ) -> None:
        await enqueue(services, caller)
        await publish(services, paired_browser)
        job = await enqueue(services, caller, "the next one")
        assert await pull(services, paired_browser) is None
        found = await waiting(services, job)
        assert found is not None
        assert found.because.startswith("pacing: next post of ada in ")
        assert found.next_step is None
        assert found.not_before == (await only(services, workspace)).may_post_at
        still_clock.move(GAP_AT_MOST)
        await services.browsers.hello(paired_browser, hello())
        assert (await take(services, paired_browser)).id == job.id

    async def test_sandbox_posts_are_not_paced(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        for number in range(3):
            await enqueue(services, caller, f"{number}", sandbox=True)
        for _ in range(3):
            job = await get_permit(services, paired_browser, await take(services, paired_browser))
            await tell(services, paired_browser, job, "failed", stage="preparing")

    async def test_the_permit_is_paced_too(
        self, services: Services, caller: Caller, workspace: Workspace, paired_browser: Browser
    ) -> None:
        """Who is logged in shows only on the page: the lease could not know."""
        await enqueue(services, caller)
        await publish(services, paired_browser)
        unknown = hello().model_copy(update={"platforms": []})
        await services.browsers.hello(paired_browser, unknown)
        await enqueue(services, caller, "the next one")
        job = await take(services, paired_browser)
        with pytest.raises(PermitRefusedError, match="paced"):
            await get_permit(services, paired_browser, job)

    async def test_a_day_is_full_and_the_numbers_are_the_account_s_own(
        self,
        services: Services,
        still_clock: StillClock,
        workspace: Workspace,
        caller: Caller,
        paired_browser: Browser,
    ) -> None:
        ada = (await only(services, workspace)).account
        slow = PacingChange(gap_seconds=0, jitter_seconds=0, posts_per_day=2)
        await services.accounts.change(caller, ChangeAccount(id=ada.id, pacing=slow))
        for number in range(2):
            await enqueue(services, caller, f"{number}")
            await publish(services, paired_browser)
        known = await only(services, workspace)
        assert known.posts_today == 2
        assert known.may_post_at is not None
        assert known.may_post_at - still_clock.now() <= timedelta(days=1)
        assert known.may_post_at.hour == 0
        usual = await services.accounts.change(
            caller, ChangeAccount(id=ada.id, pacing=PacingChange())
        )
        assert usual.pacing is not None
        assert usual.pacing.posts_per_day == 20

    async def test_another_account_does_not_wait(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        bobs = await pair(services, caller, "bob")
        await enqueue(services, caller, account="ada")
        await publish(services, paired_browser)
        job = await enqueue(services, caller, "of whoever")
        assert await pull(services, paired_browser) is None
        assert (await take(services, bobs)).id == job.id

    async def test_the_setting_switches_it_off(
        self, services_with: Callable[..., Services]
    ) -> None:
        services = services_with(pacing=False)
        workspace, _ = await services.workspaces.ensure_first()
        _, secret = await services.keys.create(workspace.id, "agent")
        caller = await services.keys.authenticate(secret)
        browser = await pair(services, caller)
        await enqueue(services, caller)
        await publish(services, browser)
        await enqueue(services, caller, "the next one")
        await take(services, browser)


class TestWithoutAnyRecord:
    """Nothing is paced or asked about first: accounts are read once a second at most."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"pacing": False})

    async def test_a_pause_and_its_end_count_at_once(
        self, services: Services, workspace: Workspace, caller: Caller, paired_browser: Browser
    ) -> None:
        ada = (await only(services, workspace)).account
        await enqueue(services, caller)
        await services.accounts.change(caller, ChangeAccount(id=ada.id, paused=True))
        assert await pull(services, paired_browser) is None
        await services.accounts.change(caller, ChangeAccount(id=ada.id, paused=False))
        await take(services, paired_browser)

    async def test_asking_each_time_counts_at_once(
        self, services: Services, workspace: Workspace, caller: Caller, paired_browser: Browser
    ) -> None:
        ada = (await only(services, workspace)).account
        first = await enqueue(services, caller, "before")
        await services.accounts.change(caller, ChangeAccount(id=ada.id, mode="ask"))
        assert (await enqueue(services, caller, "after")).state == "awaiting_approval"
        assert await pull(services, paired_browser) is None
        assert (await services.jobs.get(first.id, None)).state == "awaiting_approval"

    async def test_a_challenge_counts_at_once(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        await enqueue(services, caller)
        await enqueue(services, caller, "the next one")
        job = await take(services, paired_browser)
        await tell(services, paired_browser, job, "failed", error_code="challenge_required")
        assert await pull(services, paired_browser) is None


class TestPausing:
    async def test_a_paused_account_posts_nothing_until_it_goes_on(
        self, services: Services, workspace: Workspace, caller: Caller, paired_browser: Browser
    ) -> None:
        ada = (await only(services, workspace)).account
        job = await enqueue(services, caller)
        leased = await take(services, paired_browser)
        await services.accounts.change(caller, ChangeAccount(id=ada.id, paused=True))
        with pytest.raises(PermitRefusedError, match="account_paused"):
            await get_permit(services, paired_browser, leased)
        await tell(services, paired_browser, leased, "released")
        assert await pull(services, paired_browser) is None
        found = await waiting(services, await services.jobs.get(job.id, None))
        assert found is not None
        assert found.because == "ada is paused (a person paused it)"
        await services.accounts.change(caller, ChangeAccount(id=ada.id, paused=False))
        assert (await take(services, paired_browser)).id == job.id

    @pytest.mark.parametrize("code", ["challenge_required", "account_restricted"])
    async def test_a_challenge_pauses_the_account(
        self,
        services: Services,
        workspace: Workspace,
        caller: Caller,
        paired_browser: Browser,
        code: str,
    ) -> None:
        await enqueue(services, caller)
        job = await take(services, paired_browser)
        await tell(services, paired_browser, job, "failed", error_code=code)
        known = await only(services, workspace)
        assert known.account.paused_because == code
        assert known.account.state(is_logged_in=True) == "challenge"
        await enqueue(services, caller, "the next one")
        assert await pull(services, paired_browser) is None

    async def test_an_agent_may_pause_but_not_let_more_out(
        self, services: Services, workspace: Workspace, caller: Caller, paired_browser: Browser
    ) -> None:
        ada = (await only(services, workspace)).account
        _, secret = await services.keys.create(workspace.id, "agent")
        agent = await services.keys.authenticate(secret)
        for allowed in (
            ChangeAccount(id=ada.id, paused=True),
            ChangeAccount(id=ada.id, mode="ask"),
        ):
            await services.accounts.change(agent, allowed)
        for refused in (
            ChangeAccount(id=ada.id, paused=False),
            ChangeAccount(id=ada.id, mode="always"),
            ChangeAccount(id=ada.id, mode="first"),
            ChangeAccount(id=ada.id, pacing=PacingChange(gap_seconds=0)),
        ):
            with pytest.raises(ForbiddenError, match=r"posts\.approve"):
                await services.accounts.change(agent, refused)


class TestWaiting:
    @pytest.mark.parametrize("sandbox", [False, True])
    async def test_a_job_says_that_everything_is_paused_or_nobody_is_there(
        self,
        services: Services,
        still_clock: StillClock,
        caller: Caller,
        paired_browser: Browser,
        sandbox: bool,
    ) -> None:
        job = await enqueue(services, caller, sandbox=sandbox)
        assert await waiting(services, job) is None
        await services.workspaces.set_paused(job.workspace_id, is_paused=True)
        paused = await waiting(services, job)
        assert paused is not None
        assert paused.waits_for == "workspace"
        await services.workspaces.set_paused(job.workspace_id, is_paused=False)
        still_clock.move(3600)
        offline = await waiting(services, job)
        assert offline is not None
        assert offline.waits_for == "browser"


class TestNamingThePlace:
    async def failed(self, services: Services, browser: Browser, code: str) -> Job:
        leased = await take(services, browser)
        return await tell(services, browser, leased, "failed", error_code=code, error="no")

    async def test_a_failure_of_a_person_s_names_site_and_browser(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        await enqueue(services, caller, account="@ada")
        job = await self.failed(services, paired_browser, "not_logged_in")
        step = await services.accounts.step_after(job)
        assert step == (
            "The user must log in to x.com as @ada in the browser «Work laptop»; "
            "then retry the post."
        )

    async def test_another_failure_names_none(
        self, services: Services, caller: Caller, paired_browser: Browser
    ) -> None:
        await enqueue(services, caller)
        job = await self.failed(services, paired_browser, "content_rejected")
        assert await services.accounts.step_after(job) is None

    async def test_a_job_that_no_browser_ever_had_names_none(
        self, services: Services, caller: Caller, paired_browser: Browser, still_clock: StillClock
    ) -> None:
        job = await enqueue(services, caller)
        still_clock.move(hours=25)
        await services.leases.sweep()
        expired = await services.jobs.get(job.id, None)
        assert (expired.state, expired.error_code) == ("expired", "expired")
        assert await services.accounts.step_after(expired) is None

    async def test_a_poster_that_is_no_browser_names_none(
        self, services: Services, caller: Caller, database: Database, paired_browser: Browser
    ) -> None:
        await enqueue(services, caller)
        job = await self.failed(services, paired_browser, "not_logged_in")
        elsewhere = replace(job, workspace_id=(await add_workspace(database)).id)
        assert await services.accounts.step_after(elsewhere) is None
