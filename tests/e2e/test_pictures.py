"""Takes the pictures of the README from the real thing."""

from pathlib import Path

import pytest

from e2e.dashboard import Dashboard
from e2e.stage import Stage
from postbroker.demo.chromium import Page
from postbroker.demo.popup import control

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
BYTES_MAX = 120_000
POPUP_SIZE = (400, 360)
SITES_SIZE = (400, 640)
BROWSERS_SIZE = (900, 480)
JOB_SIZE = (900, 940)

TEXT = """One post, through the tab that was logged in, exactly once.

No API key of the platform, no password, no cookie leaves the browser. https://example.org/how"""

pytestmark = pytest.mark.pictures


async def test_pictures_of_popup_and_dashboard_are_small(stage: Stage, account: str) -> None:
    popup, dashboard = stage.popup, await Dashboard.sign_in(stage)
    for browser in (await stage.ask("GET", "/v1/account/status"))["browsers"]:
        await dashboard.revoke(browser["id"])
    await popup.page.size(*POPUP_SIZE)
    code = await popup.connect(stage.broker.url)
    await save(popup.page, "popup-code")
    await stage.ask("POST", "/v1/connect/pair", {"code": code})
    await popup.page.text(control("confirm-workspace"))
    await save(popup.page, "popup-confirm")
    await popup.answer(accept=True)
    await popup.until_connected()
    await save(popup.page, "popup-paired")

    job = await stage.publish(TEXT, None)
    check = await stage.ask("POST", "/v1/checks", {"platform": "x"})
    await stage.ended(check["id"])
    await popup.page.size(*SITES_SIZE)
    await popup.page.click(f"{control('sites')} summary")
    found = f"{control('sites')} [data-platform='x']"
    await popup.page.until(f"document.querySelector(`{found}`)?.innerText.includes('all found')")
    await popup.page.until("document.querySelector('#now').hidden")
    await save(popup.page, "popup-sites")
    for path, name, size in (
        ("/dashboard/browsers", "dashboard-browsers", BROWSERS_SIZE),
        (f"/dashboard/jobs/{job['id']}", "dashboard-job", JOB_SIZE),
    ):
        await dashboard.page.size(*size)
        await dashboard.go(path)
        await save(dashboard.page, name)


async def save(page: Page, name: str) -> None:
    """Keep a picture, unless it is too large for a README."""
    await page.send("Emulation.setScrollbarsHidden", hidden=True)
    picture = await page.screenshot()
    assert len(picture) <= BYTES_MAX
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / f"{name}.png").write_bytes(picture)
