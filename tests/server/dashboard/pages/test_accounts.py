"""The page of accounts, and a person's yes and no to a post."""

import pytest
from aiohttp import web

from postbroker.appkeys import ACCOUNTS, WORKSPACES
from postbroker.services.accounts import Known
from server.dashboard.conftest import NewJob
from server.dashboard.visitor import Page, Visitor
from server.doubles.extension import FakeBrowser

ACCOUNTS_PAGE = "/dashboard/accounts"


async def only(app: web.Application) -> Known:
    """The one account there is."""
    workspace, _ = await app[WORKSPACES].ensure_first()
    [known] = await app[ACCOUNTS].all(workspace.id)
    return known


async def press(app: web.Application, owner: Visitor, change: str) -> Page:
    """Turn a switch of the one account."""
    account = (await only(app)).account
    return await owner.press(ACCOUNTS_PAGE, f"{ACCOUNTS_PAGE}/{account.id}/{change}")


@pytest.fixture
async def asking(app: web.Application, owner: Visitor, paired_browser: FakeBrowser) -> None:
    """The account asks before each post."""
    await press(app, owner, "ask")


async def test_accounts_appear_as_browsers_tell_of_them(
    owner: Visitor, paired_browser: FakeBrowser
) -> None:
    page = await owner.open(ACCOUNTS_PAGE)
    assert "@ada" in page.text
    assert "Ready" in page.text
    assert "asks you before its first post" in page.text


async def test_one_click_pauses_and_one_lets_it_go_on(
    app: web.Application, owner: Visitor, paired_browser: FakeBrowser
) -> None:
    assert "Paused" in (await press(app, owner, "pause")).text
    assert (await only(app)).account.paused_because == "person"
    assert "Ready" in (await press(app, owner, "resume")).text


async def test_asking_is_switched_on_and_taken_back(
    app: web.Application, owner: Visitor, paired_browser: FakeBrowser
) -> None:
    assert "asks you before each post" in (await press(app, owner, "ask")).text
    assert "never asks" in (await press(app, owner, "always")).text
    assert "asks you before each post" in (await press(app, owner, "ask")).text


async def test_no_other_switch_is_there(
    app: web.Application, owner: Visitor, paired_browser: FakeBrowser
) -> None:
    account = (await only(app)).account
    form = (await owner.open(ACCOUNTS_PAGE)).form(f"{ACCOUNTS_PAGE}/{account.id}/pause")
    form.action = f"{ACCOUNTS_PAGE}/{account.id}/delete"
    assert (await owner.submit(form)).status == 404


@pytest.mark.usefixtures("asking")
class TestAsking:
    async def test_the_first_page_says_what_waits_for_a_yes(
        self, owner: Visitor, new_job: NewJob
    ) -> None:
        job_id = await new_job("May <i>this</i> go out?")
        page = await owner.open("/dashboard")
        assert "Shall this go out? May <i>this</i> go out?" in page.text
        assert page.link("Look at it") == f"/dashboard/jobs/{job_id}"

    async def test_a_yes_lets_it_out(
        self, owner: Visitor, new_job: NewJob, paired_browser: FakeBrowser
    ) -> None:
        path = f"/dashboard/jobs/{await new_job('Yes, please')}"
        shown = await owner.open(path)
        assert "Shall this go out as @ada on X?" in shown.text
        assert await paired_browser.pull() is None
        page = await owner.press(path, f"{path}/yes")
        assert "Yes, says owner" in page.text
        assert not page.can(f"{path}/yes")
        leased = await paired_browser.pull()
        assert leased is not None
        assert leased.job.text == "Yes, please"

    async def test_a_no_ends_it(self, owner: Visitor, new_job: NewJob) -> None:
        path = f"/dashboard/jobs/{await new_job('No')}"
        page = await owner.press(path, f"{path}/no")
        assert "No, says owner" in page.text
        assert "Canceled" in page.text

    async def test_always_asks_no_more(
        self, app: web.Application, owner: Visitor, new_job: NewJob
    ) -> None:
        path = f"/dashboard/jobs/{await new_job('First')}"
        await owner.press(path, f"{path}/always")
        assert (await only(app)).account.mode == "always"
        next_page = await owner.open(f"/dashboard/jobs/{await new_job('Second')}")
        assert "Waiting" in next_page.text


async def test_a_challenge_needs_a_person(
    app: web.Application, owner: Visitor, new_job: NewJob, paired_browser: FakeBrowser
) -> None:
    await new_job("Asks for a captcha")
    leased = await paired_browser.pull(5)
    assert leased is not None
    await paired_browser.ack(
        leased, "failed", "preparing", error_code="challenge_required", error="a captcha"
    )
    page = await owner.open("/dashboard")
    assert "X wants to see you @ada" in page.text
    assert "Needs you" in (await owner.open(ACCOUNTS_PAGE)).text
    waiting = await owner.open(f"/dashboard/jobs/{await new_job('The next one')}")
    assert "@ada is paused (after challenge_required)." in waiting.text
    await press(app, owner, "resume")
    assert await paired_browser.pull(5) is not None
