"""Which way a job goes: asked for, preferred, able, or the other one once nothing was posted."""

from typing import Any

import pytest

from postbroker.app import Services
from postbroker.contract.accounts import ChangeAccount
from postbroker.domain.caller import Caller
from postbroker.domain.job import Job
from postbroker.errors import ConflictError, ValidationFailedError
from postbroker.store.browsers import Browser
from postbroker.store.database import Database
from server.doubles.clock import StillClock
from server.doubles.platforms.connected import connect, names_of, read, until_over, work_off
from server.doubles.platforms.tiny import Tiny, TinyAdapter
from server.steps import enqueue, get_permit, pair, pull, take, tell

LONG = "x" * 281
"""More than X's composer takes."""


@pytest.fixture
def adapter() -> TinyAdapter:
    """X, by both ways."""
    return TinyAdapter("x", "C")


@pytest.fixture
async def browser(services: Services, caller: Caller, connection_id: str) -> Browser:
    browser = await pair(services, caller)
    services.routes.forget()
    return browser


async def first_words(services: Services, job: Job) -> dict[str, Any]:
    """What the job's history begins with."""
    return (await services.jobs.history(job))[0][0].data


async def prefer(services: Services, caller: Caller, route: str) -> None:
    """Let the connected account prefer a way."""
    [account] = [known.account for known in await services.accounts.all(caller.workspace_id)]
    wanted = ChangeAccount.model_validate({"id": account.id, "route": route})
    await services.accounts.change(caller, wanted)


class TestChoice:
    async def test_without_a_connection_nothing_is_said_of_ways(
        self, services: Services, caller: Caller
    ) -> None:
        await pair(services, caller)
        job = await enqueue(services, caller)
        assert (job.route, job.account, await first_words(services, job)) == ("tab", None, {})

    async def test_what_is_free_needs_no_browser(
        self, services: Services, caller: Caller, browser: Browser
    ) -> None:
        job = await enqueue(services, caller)
        assert (job.route, job.account) == ("api", "ada")
        words = {"route": "api", "because": "it needs no browser"}
        assert await first_words(services, job) == words

    async def test_what_costs_goes_through_a_browser_that_is_there(
        self, services: Services, caller: Caller, adapter: TinyAdapter, connection_id: str
    ) -> None:
        paid = TinyAdapter("x", "C", cost_per_post="0.015 USD")
        adapter.info = paid.info
        alone = await enqueue(services, caller)
        assert (alone.route, (await first_words(services, alone))["because"]) == (
            "api", "no browser is paired",
        )  # fmt: skip
        await pair(services, caller)
        services.routes.forget()
        job = await enqueue(services, caller)
        assert job.route == "tab"
        assert "0.015 USD" in (await first_words(services, job))["because"]

    @pytest.mark.parametrize("route", ["tab", "api"])
    async def test_the_job_decides(
        self, services: Services, caller: Caller, browser: Browser, route: str
    ) -> None:
        await prefer(services, caller, "api" if route == "tab" else "tab")
        job = await enqueue(services, caller, route=route)
        assert job.route == route
        assert (await first_words(services, job))["because"] == "the job asks for it"

    async def test_else_the_account_prefers(
        self, services: Services, caller: Caller, browser: Browser
    ) -> None:
        await prefer(services, caller, "tab")
        job = await enqueue(services, caller)
        assert job.route == "tab"
        assert (await first_words(services, job))["because"] == "ada prefers it"

    async def test_what_one_way_does_not_take_goes_by_the_other(
        self, services: Services, caller: Caller, adapter: TinyAdapter, browser: Browser
    ) -> None:
        adapter.text_max = 300
        await prefer(services, caller, "tab")
        job = await enqueue(services, caller, LONG)
        assert job.route == "api"
        assert (await first_words(services, job))["because"] == "the tab does not take it"

    async def test_what_neither_takes_is_refused_with_the_words_of_the_first(
        self, services: Services, caller: Caller, browser: Browser
    ) -> None:
        with pytest.raises(ValidationFailedError, match="281 of at most 280"):
            await enqueue(services, caller, LONG)

    async def test_another_account_than_the_connected_one_is_a_browsers(
        self, services: Services, caller: Caller, browser: Browser
    ) -> None:
        job = await enqueue(services, caller, account="@eve")
        assert job.route == "tab"
        with pytest.raises(ValidationFailedError, match="connected are: ada"):
            await enqueue(services, caller, account="@eve", route="api")

    async def test_of_several_accounts_one_must_be_named_for_the_api(
        self,
        services: Services,
        caller: Caller,
        database: Database,
        browser: Browser,
        platform: Tiny,
    ) -> None:
        await connect(services, database, caller.workspace_id, "x", platform, handle="eve")
        assert (await enqueue(services, caller)).route == "tab"
        assert (await enqueue(services, caller, account="eve")).route == "api"
        with pytest.raises(ValidationFailedError, match="say which account posts: ada, eve"):
            await enqueue(services, caller, route="api")

    async def test_the_sandbox_is_a_browsers(
        self, services: Services, caller: Caller, browser: Browser
    ) -> None:
        assert (await enqueue(services, caller, sandbox=True)).route == "tab"
        with pytest.raises(ValidationFailedError, match="through the tab"):
            await enqueue(services, caller, sandbox=True, route="api")

    async def test_where_nothing_is_connected_the_api_is_refused(
        self, services: Services, caller: Caller
    ) -> None:
        with pytest.raises(ConflictError, match="ACCOUNT_NOT_CONNECTED"):
            await enqueue(services, caller, route="api")


class TestOtherWay:
    async def test_what_the_api_may_not_do_a_browser_does(
        self, services: Services, caller: Caller, browser: Browser, platform: Tiny
    ) -> None:
        job = await enqueue(services, caller)
        platform.break_at("commit", "not_permitted")
        await work_off(services)
        moved = await read(services, job)
        assert (moved.state, moved.route, moved.presses) == ("queued", "tab", 0)
        events, _ = await services.jobs.history(job)
        assert events[-1].name == "rerouted"
        assert events[-1].data["errorCode"] == "not_permitted"
        assert (await take(services, browser)).id == job.id

    async def test_not_when_the_job_asked_for_the_api(
        self, services: Services, caller: Caller, browser: Browser, platform: Tiny
    ) -> None:
        job = await enqueue(services, caller, route="api")
        platform.break_at("commit", "not_permitted")
        await work_off(services)
        assert (await read(services, job)).state == "failed"

    async def test_never_out_of_a_doubt(
        self,
        services: Services,
        caller: Caller,
        still_clock: StillClock,
        browser: Browser,
        platform: Tiny,
    ) -> None:
        platform.hides = True
        job = await enqueue(services, caller)
        platform.break_at("commit", "dropped")
        done = await until_over(services, still_clock, job)
        assert (done.route, done.state) == ("api", "outcome_unknown")
        assert await pull(services, browser) is None

    async def test_what_the_browser_cannot_do_the_api_does(
        self, services: Services, caller: Caller, browser: Browser, platform: Tiny
    ) -> None:
        await prefer(services, caller, "tab")
        job = await enqueue(services, caller, account="ada")
        leased = await take(services, browser)
        moved = await tell(services, browser, leased, "failed", error_code="not_logged_in")
        assert (moved.state, moved.route) == ("queued", "api")
        assert (await names_of(services, job))[-1] == "rerouted"
        await work_off(services)
        assert (await read(services, job)).state == "published"
        assert len(platform.ledger) == 1

    async def test_a_press_that_may_have_posted_stays_the_browsers(
        self, services: Services, caller: Caller, browser: Browser
    ) -> None:
        await prefer(services, caller, "tab")
        await enqueue(services, caller, account="ada")
        pressed = await get_permit(services, browser, await take(services, browser))
        told = await tell(services, browser, pressed, "failed", error_code="network_error")
        assert (told.state, told.route) == ("outcome_unknown", "tab")
        assert await work_off(services) == 0

    async def test_an_api_and_a_browser_do_not_work_on_one_account_at_once(
        self, services: Services, caller: Caller, browser: Browser
    ) -> None:
        await enqueue(services, caller, "By the tab", account="ada", route="tab")
        await enqueue(services, caller, "By the API", route="api")
        await take(services, browser)
        assert await services.deliveries.take(caller.workspace_id, 5) == []
