"""A browser belongs to a workspace after a person there said yes, and no longer than they want."""

from collections.abc import AsyncIterator

import pytest_asyncio

from e2e.dashboard import Dashboard
from e2e.stage import Stage, until
from postbroker.demo.popup import control

DISCONNECTED = "Not connected."
AT_ONCE_SECONDS = 5.0
"""Well below the wait of a pull."""


@pytest_asyncio.fixture(loop_scope="session")
async def unpaired(stage: Stage) -> AsyncIterator[Stage]:
    """A browser that belongs to nobody."""
    if await stage.popup.status() != DISCONNECTED:
        await stage.popup.page.click(control("disconnect"))
    await status_is(stage, DISCONNECTED)
    yield stage


async def test_popup_names_server_workspace_and_person_before_it_connects(unpaired: Stage) -> None:
    asked = await unpaired.pair()
    assert asked.split(" · ") == [unpaired.broker.url, "My workspace", "first key"]


async def test_a_wrong_code_pairs_nothing(unpaired: Stage) -> None:
    code = await unpaired.popup.connect(unpaired.broker.url)
    wrong = str((int(code) + 1) % 1_000_000).zfill(6)
    body = {"code": wrong}
    async with unpaired.http.post(f"{unpaired.broker.url}/v1/connect/pair", json=body) as answer:
        assert (answer.status, (await answer.json())["code"]) == (404, "PAIRING_CODE_INVALID")
    assert await unpaired.popup.stored("connection") is None
    await unpaired.ask("POST", "/v1/connect/pair", {"code": code})
    await unpaired.popup.answer(accept=True)
    await unpaired.popup.until_connected()


async def test_nothing_is_connected_after_a_no(unpaired: Stage) -> None:
    before = {each["id"] for each in await browsers(unpaired)}
    code = await unpaired.popup.connect(unpaired.broker.url)
    await unpaired.ask("POST", "/v1/connect/pair", {"code": code})
    await unpaired.popup.answer(accept=False)
    await status_is(unpaired, DISCONNECTED)
    assert "said no" in await unpaired.popup.page.text("#note")
    assert {each["id"] for each in await browsers(unpaired)} == before
    assert await unpaired.popup.stored("connection") is None


async def test_one_click_on_the_dashboard_pairs_without_typing(unpaired: Stage) -> None:
    dashboard = await Dashboard.sign_in(unpaired)
    await dashboard.go("/dashboard/browsers")
    await dashboard.page.click("#pair-this-browser")
    await unpaired.popup.answer(accept=True)
    await unpaired.popup.until_connected()
    await dashboard.page.until("document.body.innerText.includes('is paired')")
    await dashboard.page.close()


async def test_a_script_of_the_page_cannot_press_the_button_of_one_click_pairing(
    unpaired: Stage,
) -> None:
    await unpaired.restart_broker()
    dashboard = await Dashboard.sign_in(unpaired)
    await dashboard.go("/dashboard/browsers")
    button = "document.querySelector('#pair-this-browser')"
    await dashboard.page.until(f"!{button}.hidden")
    await dashboard.page.evaluate(f"{button}.click()")
    assert await unpaired.popup.stored("pairing") is None
    await dashboard.page.close()


async def test_a_paused_browser_takes_no_job_until_it_resumes(
    unpaired: Stage, account: str
) -> None:
    await unpaired.pair()
    await unpaired.popup.page.click(control("pause"))
    await status_is(unpaired, "Paused. Nothing is posted from this browser.")

    browser_id = (await until(lambda: unpaired.popup.stored("hello"), "the broker's answer"))[
        "answer"
    ]["browserId"]

    async def is_known() -> bool:
        known = [each for each in await browsers(unpaired) if each["id"] == browser_id]
        return bool(known[0]["paused"])

    await until(is_known, "the broker knows of the pause")
    too_old = await unpaired.post(f"too old for {account}", account, expiresInSeconds=10)
    job_id = await unpaired.post(f"after the pause of {account}", account)
    assert (await unpaired.ended(too_old))["errorCode"] == "expired"
    assert (await unpaired.job(job_id))["status"] == "queued"
    await unpaired.popup.page.click(control("pause"))
    assert (await unpaired.ended(job_id))["status"] == "succeeded"


async def test_a_revoked_browser_stops_at_once(unpaired: Stage, account: str) -> None:
    await unpaired.pair()
    await unpaired.restart_broker()
    dashboard = await Dashboard.sign_in(unpaired)
    for browser in await browsers(unpaired):
        await dashboard.revoke(str(browser["id"]))
    await status_is(unpaired, DISCONNECTED, AT_ONCE_SECONDS)
    assert await unpaired.popup.stored("connection") is None
    body = {"text": f"too late for {account}", "account": account}
    async with unpaired.http.post(f"{unpaired.broker.url}/v1/jobs/tweet", json=body) as answer:
        assert (await answer.json())["code"] == "EXTENSION_NOT_PAIRED"
    await dashboard.page.close()


async def status_is(stage: Stage, wanted: str, seconds: float = 20.0) -> None:
    """Wait for the popup to say a sentence."""

    async def says() -> bool:
        return await stage.popup.status() == wanted

    await until(says, wanted, seconds)


async def browsers(stage: Stage) -> list[dict[str, object]]:
    """What the broker has paired."""
    return list((await stage.ask("GET", "/v1/account/status"))["browsers"])
