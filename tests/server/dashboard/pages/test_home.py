"""The first page, and the switch that stops everything."""

import pytest
from aiohttp import web

from postbroker.appkeys import WORKSPACES
from server.dashboard.conftest import NewJob
from server.dashboard.visitor import Visitor
from server.doubles.extension import FakeBrowser


async def test_new_workspace_is_told_to_pair_a_browser(owner: Visitor) -> None:
    page = await owner.open("/dashboard")
    assert "No browser is paired" in page.text
    assert page.link("Pair a browser") == "/dashboard/browsers"


@pytest.mark.usefixtures("paired_browser")
async def test_nothing_is_needed_when_a_browser_is_ready(owner: Visitor) -> None:
    assert "Nothing. Posts can go out." in (await owner.open("/dashboard")).text


async def test_browser_without_a_login_needs_somebody(
    owner: Visitor, paired_browser: FakeBrowser
) -> None:
    await paired_browser.hello(logged_in=False)
    assert "Nobody is logged in to X" in (await owner.open("/dashboard")).text


async def test_unsettled_job_comes_first(owner: Visitor, unsettled_job: str) -> None:
    page = await owner.open("/dashboard")
    assert "Is this post live?" in page.text
    assert page.link("Settle it") == f"/dashboard/jobs/{unsettled_job}"


async def test_jobs_under_way_are_shown_and_the_rest_counted(
    owner: Visitor, new_job: NewJob, published_job: str
) -> None:
    for number in range(12):
        await new_job(f"Waiting number {number}")
    page = await owner.open("/dashboard")
    assert "Waiting number 11" in page.text
    assert "Waiting number 0 " not in page.text
    assert "2 more" in page.text
    assert f"/dashboard/jobs/{published_job}" in page.html


@pytest.mark.parametrize("path", ["/dashboard", "/dashboard/jobs", "/dashboard/keys"])
async def test_pausing_stops_everything_and_is_seen_everywhere(
    app: web.Application, owner: Visitor, path: str
) -> None:
    workspace, _ = await app[WORKSPACES].ensure_first()
    page = await owner.press(path, "/dashboard/pause")
    assert page.path == path
    assert (await app[WORKSPACES].get(workspace.id)).is_paused
    for seen in ("/dashboard", "/dashboard/jobs", "/dashboard/browsers", "/dashboard/keys"):
        assert "everything is paused" in (await owner.open(seen)).text
    page = await owner.press(path, "/dashboard/resume")
    assert page.path == path
    assert not (await app[WORKSPACES].get(workspace.id)).is_paused


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/dashboard/../v1", ""])
async def test_the_switch_leads_to_no_other_site(owner: Visitor, back: str) -> None:
    page = await owner.press("/dashboard", "/dashboard/pause", back=back)
    assert page.path == "/dashboard"
