"""What the owner sees after a restore, and the three answers to a post that nobody could find."""

from datetime import timedelta

import pytest
from aiohttp import web

from postbroker.app import rules_of
from postbroker.appkeys import CLOCK, DATABASE, JOBS, SETTINGS
from postbroker.services.restoring import distrust
from server.dashboard.conftest import NewJob
from server.dashboard.visitor import Visitor


@pytest.fixture
async def restored_job(app: web.Application, new_job: NewJob) -> str:
    """A job from a backup that no known account can have posted."""
    job_id = await new_job("From the backup")
    now = app[CLOCK].now()
    taken_at = now - timedelta(hours=1)
    await distrust(app[DATABASE], taken_at, rules_of(app[SETTINGS]), now)
    return job_id


async def test_home_says_why_all_is_paused_and_what_to_settle(
    owner: Visitor, restored_job: str
) -> None:
    page = await owner.open("/dashboard")
    assert "Restored from a backup of " in page.text
    assert page.link("Settle it") == f"/dashboard/jobs/{restored_job}"


async def test_owner_who_did_not_find_it_lets_it_out(
    app: web.Application, owner: Visitor, restored_job: str
) -> None:
    path = f"/dashboard/jobs/{restored_job}"
    page = await owner.open(path)
    assert "It comes from a backup and may have gone out since; nobody could tell." in page.text
    for action in ("/live", "/not-there", "/look-again", "/approve"):
        assert page.can(path + action)
    page = await owner.press(path, path + "/approve")
    assert "Not there, says owner: to go out now" in page.text
    assert (await app[JOBS].get(restored_job, None)).view == "queued"
    assert not page.can(path + "/approve")


async def test_second_click_does_no_harm(
    app: web.Application, owner: Visitor, restored_job: str
) -> None:
    path = f"/dashboard/jobs/{restored_job}"
    form = (await owner.open(path)).form(path + "/approve")
    await owner.submit(form)
    assert (await owner.submit(form)).status == 409
    assert (await app[JOBS].get(restored_job, None)).view == "queued"
