"""Asking first: a post waits for a person's yes, in the dashboard or beside the page."""

from collections.abc import AsyncIterator

import pytest_asyncio

from e2e.dashboard import Dashboard
from e2e.stage import Stage, until
from postbroker.demo.chromium import Page
from postbroker.demo.popup import control

SETTINGS = {"confirm_first_post": "true", "pull_wait_seconds": "1"}
TEXT = "Say <b>yes</b> to {handle}"


@pytest_asyncio.fixture(loop_scope="session")
async def panel(stage: Stage) -> AsyncIterator[Page]:
    """The extension's panel, in a tab of its own."""
    page = await stage.open_tab(f"chrome-extension://{stage.extension_id}/panel.html")
    yield page
    await page.close()


async def state_of(stage: Stage, job_id: str) -> str:
    """Where the job is."""
    return str((await stage.job(job_id))["details"]["state"])


async def test_a_yes_in_the_dashboard_lets_the_post_out(stage: Stage, account: str) -> None:
    text = TEXT.format(handle=account)
    job_id = await stage.post(text, f"@{account}")
    assert await state_of(stage, job_id) == "awaiting_approval"
    dashboard = await Dashboard.sign_in(stage)
    await dashboard.page.until("document.body.innerText.includes('Shall this go out?')")
    await dashboard.go(f"/dashboard/jobs/{job_id}")
    assert await dashboard.page.text("blockquote.text") == text
    await dashboard.page.click("#yes")
    job = await stage.ended(job_id)
    assert job["status"] == "succeeded"
    [entry] = stage.site.ledger_of(account)
    assert entry.text == text
    await dashboard.page.close()
    # The account had its yes: the next post goes out by itself.
    assert (await stage.publish(f"no question for {account}", account))["status"] == "succeeded"


async def test_a_yes_in_the_extension_lets_the_post_out(
    stage: Stage, account: str, panel: Page
) -> None:
    text = TEXT.format(handle=account)
    job_id = await stage.post(text, f"@{account}")

    async def badge() -> bool:
        return bool(
            await stage.popup.page.evaluate("chrome.action.getBadgeText({}).then((t) => t === '1')")
        )

    await until(badge, "the badge says that one post waits")
    assert await stage.popup.page.text(control("questions")) == "A post waits for your yes"
    assert await panel.text("#questions blockquote") == text
    assert await panel.text("#questions h2") == f"@{account} on X"
    await panel.click(control("answer-yes"))
    assert (await stage.ended(job_id))["status"] == "succeeded"
    await panel.until("document.querySelector('#questions').childElementCount === 0")


async def test_a_no_posts_nothing(stage: Stage, account: str, panel: Page) -> None:
    job_id = await stage.post(TEXT.format(handle=account), f"@{account}")
    await panel.click(control("answer-no"))
    job = await stage.ended(job_id)
    assert (job["status"], job["errorCode"]) == ("failed", "rejected")
    assert stage.site.ledger_of(account) == []
