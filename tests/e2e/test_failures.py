"""What goes wrong before or at the press ends with the true code, and nothing is posted."""

import json
from contextlib import suppress
from typing import Any

import pytest

from e2e.endings import assert_nothing_sent, assert_refused_once
from e2e.files import upload
from e2e.stage import Stage, clock, steps, until
from postbroker.demo.cdp import CdpError
from postbroker.demo.chromium import Page
from server.doubles.files import picture

SETTINGS = {"attempts": "1"}

COMPOSE = "https://x.com/compose/post"
BUSY_FOR_A_MINUTE = "for (const end = Date.now() + 60_000; Date.now() < end;);"

BEFORE_THE_PRESS: list[tuple[dict[str, Any], str, str]] = [
    ({"not_logged_in": True}, "not_logged_in", "check_login"),
    ({"captcha": True}, "challenge_required", "check_login"),
    ({"no_landmarks": True}, "selector_not_found", "check_login"),
    ({"never_loads": "blank"}, "selector_not_found", "check_login"),
    ({"never_loads": True}, "selector_not_found", "check_login"),
    ({"other_text": True}, "composer_mismatch", "read_back"),
]

AT_THE_PRESS: list[tuple[str, str]] = [
    ("error_226", "challenge_required"),
    ("error_344", "rate_limited"),
    ("http_429", "rate_limited"),
    ("logout_before_compose_submit", "not_logged_in"),
    ("error_187", "duplicate_content"),
]


@pytest.mark.parametrize(("faults", "code", "step"), BEFORE_THE_PRESS, ids=str)
async def test_nothing_is_pressed_where_something_is_wrong_before(
    stage: Stage, account: str, faults: dict[str, Any], code: str, step: str
) -> None:
    await stage.site.set_faults(account, **faults)
    job = await stage.publish(f"never posted by {account}", account)
    assert (job["status"], job["errorCode"], job["details"]["step"]) == ("failed", code, step)
    assert stage.site.requests_of(account) == []


@pytest.mark.parametrize(("fault", "code"), AT_THE_PRESS)
async def test_a_clear_refusal_of_the_platform_is_the_end(
    stage: Stage, account: str, fault: str, code: str
) -> None:
    await stage.site.set_faults(account, **{fault: True})
    job = await stage.publish(f"refused to {account}", account)
    assert_refused_once(stage, account, job, code)


async def test_nothing_is_typed_for_another_account(stage: Stage, account: str) -> None:
    await stage.site.add_account("somebody_else")
    job = await stage.publish(f"for somebody else than {account}", "@somebody_else")
    assert (job["status"], job["errorCode"]) == ("failed", "wrong_account")
    assert steps(await stage.events(job["id"])) == ["open_tab", "check_login", "check_account"]


async def test_a_missing_control_is_told_with_an_outline_and_without_anybodys_text(
    stage: Stage, account: str
) -> None:
    secret = f"seen by nobody {account}"
    await stage.site.post_from_elsewhere(account, secret)
    await stage.site.set_faults(account, no_landmarks=True)
    job = await stage.publish(f"no button for {account}", account)
    report = job["details"]["report"]
    assert (job["errorCode"], report["step"]) == ("selector_not_found", "check_login")
    assert report["outline"]
    assert "seen by nobody" not in str(report)


async def test_a_site_that_never_answers_gives_no_tab(stage: Stage, account: str) -> None:
    stage.site.freeze()
    try:
        job = await stage.publish(f"nobody home for {account}", account)
    finally:
        stage.site.thaw()
    assert (job["status"], job["errorCode"]) == ("failed", "no_x_tab")


async def test_an_unreachable_site_is_a_network_error(stage: Stage, account: str) -> None:
    await stage.site.stop()
    try:
        job = await stage.publish(f"nowhere for {account}", account)
    finally:
        await stage.site.start()
    assert (job["status"], job["errorCode"]) == ("failed", "network_error")


async def test_a_tab_that_somebody_closes_is_told(stage: Stage, account: str) -> None:
    await stage.site.set_faults(account, button_enabled_late=30_000)
    job_id = await stage.post(f"closed on {account}", account)
    page = await own_tab(stage, job_id, "read_back")
    await page.close()
    assert (await stage.ended(job_id))["errorCode"] == "tab_closed"


async def test_a_page_that_does_not_stay_is_given_up(stage: Stage, account: str) -> None:
    await stage.site.set_faults(account, button_enabled_late=30_000)
    job_id = await stage.post(f"reloaded on {account}", account)
    page = await own_tab(stage, job_id, "read_back")
    with suppress(CdpError):
        while (await stage.job(job_id))["status"] == "processing":
            await page.evaluate("location.reload()")
            await clock.sleep(0.3)
    assert (await stage.ended(job_id))["errorCode"] == "content_script_unavailable"


async def test_a_page_that_hangs_does_not_hang_the_browser(stage: Stage, account: str) -> None:
    await stage.site.set_faults(account, button_enabled_late=30_000)
    job_id = await stage.post(f"hung up on {account}", account)
    page = await own_tab(stage, job_id, "read_back")
    await page.evaluate(f"setTimeout(() => {{ {BUSY_FOR_A_MINUTE} }}, 0)")
    job = await stage.ended(job_id)
    assert job["errorCode"] == "content_script_unavailable"
    await stage.site.set_faults(account)
    assert (await stage.publish(f"next of {account}", account))["status"] == "succeeded"


async def test_a_permit_that_is_over_is_not_used(stage: Stage, account: str) -> None:
    await stage.restart_broker(permit_seconds="0.001")
    try:
        job = await stage.publish(f"too late for {account}", account)
    finally:
        await stage.restart_broker()
    assert_nothing_sent(stage, account, job, "unknown_error")


async def test_a_browser_that_dies_before_the_press_is_lost(stage: Stage, account: str) -> None:
    await stage.site.set_faults(account, button_enabled_late=30_000)
    job_id = await stage.post(f"left alone by the browser of {account}", account)
    await own_tab(stage, job_id, "read_back")
    await stage.browser.kill()
    job = await stage.ended(job_id)
    await stage.restart_browser()
    assert_nothing_sent(stage, account, job, "browser_lost")


async def test_what_is_canceled_while_a_browser_prepares_it_is_not_pressed(
    stage: Stage, account: str
) -> None:
    await stage.site.set_faults(account, button_enabled_late=30_000)
    job_id = await stage.post(f"called back by {account}", account)
    await own_tab(stage, job_id, "read_back")
    await stage.ask("POST", f"/v1/jobs/{job_id}/cancel")
    assert_nothing_sent(stage, account, await stage.job(job_id), "canceled")

    async def has_let_go() -> bool:
        return all(url != COMPOSE for _, url in await stage.open_pages())

    await until(has_let_go, "the browser lets go")
    await stage.site.set_faults(account)
    assert (await stage.publish(f"next of {account}", account))["status"] == "succeeded"


async def test_a_file_that_is_gone_from_the_broker_is_told(stage: Stage, account: str) -> None:
    file = await upload(stage, "gone.png", picture())
    for kept in (stage.data_dir / "media").rglob("*"):
        if kept.is_file():
            kept.unlink()
    job = await stage.publish(f"without a picture of {account}", account, mediaPaths=[file.url])
    assert_nothing_sent(stage, account, job, "media_fetch_failed")


async def test_a_site_that_the_person_took_back_is_not_opened(stage: Stage, account: str) -> None:
    await allow_sites(stage, "ON_SPECIFIC_SITES", stage.broker.url)
    try:
        job = await stage.publish(f"forbidden to {account}", account)
    finally:
        await allow_sites(stage, "ON_ALL_SITES")
    assert (job["status"], job["errorCode"]) == ("failed", "permission_missing")
    assert steps(await stage.events(job["id"])) == []


async def allow_sites(stage: Stage, access: str, *origins: str) -> None:
    """Choose in the browser's own settings on which sites the extension may work."""
    page = await stage.open_tab("chrome://extensions/")
    wish = {"extensionId": stage.extension_id, "hostAccess": access}
    await page.evaluate(
        f"chrome.developerPrivate.updateExtensionConfiguration({json.dumps(wish)}).then(() => true)"
    )
    for origin in origins:
        named = f"{json.dumps(stage.extension_id)}, {json.dumps(f'{origin}/*')}"
        await page.evaluate(f"chrome.developerPrivate.addHostPermission({named}).then(() => true)")
    await page.close()


async def own_tab(stage: Stage, job_id: str, step: str) -> Page:
    """The extension's tab, attached to, once the job has reached a step."""

    async def has_come() -> bool:
        return bool((await stage.job(job_id))["details"].get("step") == step)

    await until(has_come, f"the step {step}")
    [target_id] = [target for target, url in await stage.open_pages() if url == COMPOSE]
    return await stage.browser.attach(target_id)
