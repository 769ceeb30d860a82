"""Promises that every page keeps."""

import pytest

from server.dashboard.conftest import NewJob
from server.dashboard.visitor import Page, Visitor

PAGES = ["/dashboard", "/dashboard/jobs", "/dashboard/browsers", "/dashboard/keys"]
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)> \"'& \u202egnp.exe"


def assert_safe(page: Page) -> None:
    """Nothing on the page runs or styles but files of our own."""
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cache-Control"] == "no-store"
    for tag, attributes in page.elements:
        assert tag not in ("style", "iframe", "object", "embed")
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        if tag == "script":
            assert (attributes["src"] or "").startswith("/dashboard/static/")


@pytest.mark.parametrize("path", PAGES)
async def test_page_is_there_and_safe(owner: Visitor, path: str) -> None:
    page = await owner.open(path)
    assert page.status == 200
    assert_safe(page)


@pytest.mark.parametrize("path", PAGES)
async def test_page_names_itself_in_the_navigation(owner: Visitor, path: str) -> None:
    page = await owner.open(path)
    current = [a.get("href") for tag, a in page.elements if tag == "a" and "aria-current" in a]
    assert path in current


@pytest.mark.parametrize("path", [*PAGES, "/dashboard/jobs/some-job", "/dashboard/no-such-page"])
async def test_page_needs_a_session(stranger: Visitor, path: str) -> None:
    page = await stranger.open(path)
    assert page.path == "/dashboard/signed-out"
    assert "postbroker signin" in page.text
    assert_safe(page)


async def test_the_root_leads_to_the_dashboard(owner: Visitor) -> None:
    assert (await owner.open("/")).path == "/dashboard"


async def test_an_unknown_address_is_a_page_that_says_so(owner: Visitor) -> None:
    page = await owner.open("/dashboard/no-such-page")
    assert page.status == 404
    assert "There is no such thing here" in page.text
    assert_safe(page)


async def test_hostile_text_is_shown_and_never_run(owner: Visitor, new_job: NewJob) -> None:
    job_id = await new_job(HOSTILE)
    for path in ("/dashboard", "/dashboard/jobs", f"/dashboard/jobs/{job_id}"):
        page = await owner.open(path)
        assert_safe(page)
        assert not any(attributes.get("src") == "x" for _, attributes in page.elements)
        assert "<script>alert(1)</script>" in page.text
        assert "U+202E" in page.text
        assert "\u202e" not in page.html
