"""Pairing by the form, what browsers say of themselves, revoking."""

from datetime import timedelta

import pytest
from aiohttp import web

from postbroker.appkeys import BROWSERS, CLOCK, JOBS, WORKSPACES
from postbroker.contract.locators import LastCheck, LocatorState, RefusedPack
from postbroker.store.instants import to_ms
from server.dashboard.conftest import NewJob
from server.dashboard.visitor import Page, Visitor
from server.doubles.extension import FakeBrowser, RefusedError

PAIR = "/dashboard/browsers/pair"
WRONG = "000000"


async def pair(owner: Visitor, code: str) -> Page:
    return await owner.press("/dashboard/browsers", PAIR, code=code)


async def test_code_pairs_after_the_yes_in_the_extension(
    owner: Visitor, unpaired_browser: FakeBrowser
) -> None:
    registered = await unpaired_browser.register()
    page = await pair(owner, f"{registered.code[:3]} {registered.code[3:]}")
    assert "Now press Yes in the extension" in page.text
    assert (await unpaired_browser.pairing()).claimed_by == "owner"
    await unpaired_browser.confirm()
    page = await owner.open(page.url)
    assert "Laptop is paired." in page.text
    assert "Online" in page.text or "not seen yet" in page.text


async def test_wrong_codes_close_pairing_for_a_while(
    owner: Visitor, unpaired_browser: FakeBrowser
) -> None:
    code = (await unpaired_browser.register()).code
    wrong = WRONG if code != WRONG else "000001"
    answers = {(await pair(owner, wrong)).text for _ in range(5)}
    assert len(answers) == 1
    assert "That code is not valid." in answers.pop()
    page = await pair(owner, code)
    assert page.status == 429
    assert "Too many wrong codes: pairing is closed for 10 minutes." in page.text
    assert (await unpaired_browser.pairing()).status == "pending"


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "١٢٣٤٥٦", "<b>"])
async def test_what_is_no_code_is_refused_beside_the_field(owner: Visitor, typed: str) -> None:
    page = await pair(owner, typed)
    assert page.status == 404
    field = next(a for tag, a in page.elements if tag == "input" and a.get("name") == "code")
    assert field["aria-describedby"] == "code-problem"
    assert field["value"] == typed


async def test_page_carries_what_the_extension_pairs_by(owner: Visitor) -> None:
    page = await owner.open("/dashboard/browsers")
    ids = {attributes.get("id"): attributes for _, attributes in page.elements}
    assert ids["pair-form"]["action"] == PAIR
    assert "hidden" in ids["pair-this-browser"]
    assert ids["pair-this-browser"]["type"] == "button"
    assert "chrome://extensions" in page.text


async def test_browser_tells_who_it_is(owner: Visitor, paired_browser: FakeBrowser) -> None:
    page = await owner.open("/dashboard/browsers")
    for words in ("Laptop", "Chromium 156", "extension 0.1.0", "X: logged in as @ada", "Online"):
        assert words in page.text
    await paired_browser.hello(paused=True, logged_in=False)
    page = await owner.open("/dashboard/browsers")
    assert "X: nobody is logged in" in page.text
    assert "Paused" in page.text


async def test_revoked_browser_loses_its_jobs_at_once(
    app: web.Application, owner: Visitor, paired_browser: FakeBrowser, new_job: NewJob
) -> None:
    job_id = await new_job()
    assert await paired_browser.pull(5) is not None
    workspace, _ = await app[WORKSPACES].ensure_first()
    (browser,) = await app[BROWSERS].list(workspace.id)
    page = await owner.press("/dashboard/browsers", f"/dashboard/browsers/{browser.id}/revoke")
    assert page.path == "/dashboard/browsers"
    assert "No browser is paired yet." in page.text
    assert (await app[JOBS].get(job_id, None)).lease is None
    with pytest.raises(RefusedError) as refused:
        await paired_browser.pull()
    assert refused.value.status == 401


async def test_unknown_browser_cannot_be_revoked(owner: Visitor) -> None:
    form = (await owner.open("/dashboard")).form("/dashboard/pause")
    page = await owner.post("/dashboard/browsers/nobody/revoke", form.fields)
    assert page.status == 404


async def test_what_a_browser_found_and_refused_is_shown(
    app: web.Application, owner: Visitor, paired_browser: FakeBrowser
) -> None:
    checked_at = to_ms(app[CLOCK].now() - timedelta(minutes=3))
    found = LastCheck(checked_at=checked_at, session="in", account="ada", missing=["toast"])
    refused = RefusedPack(version="2027.01.02", reason="the signature <b>does not fit</b>")
    await paired_browser.hello(
        locators=[
            LocatorState(platform="x", version="2027.01.01", signed=True, check=found),
            LocatorState(platform="reddit", version="2026.11.24", refused=refused),
            LocatorState(platform="tiktok", version="2026.11.24"),
        ]
    )
    page = await owner.open("/dashboard/browsers")
    assert (
        "X, checked 3 minutes ago: not found: toast, as ada; signed locators 2027.01.01"
        in page.text
    )
    assert "REDDIT: refused locators 2027.01.02: the signature <b>does not fit</b>" in page.text
    assert "<b>" not in page.html
    assert 'data-site="tiktok"' not in page.html
