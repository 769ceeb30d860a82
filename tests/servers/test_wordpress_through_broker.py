"""From an agent's request to a post on a real WordPress, whatever dies in between: once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from postbroker.contract.connections import StartConnection
from postbroker.contract.jobs import JobAnswer
from server.doubles.files import picture
from servers.between import Between, Side, between
from servers.blog import Blog
from servers.stage import JOB_SECONDS, Stage, connected

ALT = "Half teal, half gold"
PUBLISH = r"/wp-json/wp/v2/posts/\d+"
"""The one request that publishes a draft."""
SLOW = {
    "POSTBROKER_LEASE_SECONDS": "10",
    "POSTBROKER_VERIFY_DELAYS": "1,3,6",
    "POSTBROKER_RETRY_DELAYS": "1",
}
"""PHP on WebAssembly takes a second for an answer."""


@pytest.fixture
async def way(blog: Blog) -> AsyncIterator[Between]:
    """What lies between broker and site."""
    async with between(blog.url) as proxy:
        yield proxy


@pytest.fixture
async def stage(tmp_path: Path, blog: Blog, way: Between) -> AsyncIterator[Stage]:
    """A broker with the user connected, through what lies between."""
    fields = {"username": blog.username, "app_password": blog.app_password}
    wish = StartConnection(platform="wordpress", server=way.url, fields=fields)
    async with connected(tmp_path / "data", wish, **SLOW) as stage:
        yield stage


@pytest.fixture
def text() -> str:
    """Words of no other test on this site."""
    return f"Hello from my agent\n\nSee https://example.com/ü {uuid4().hex}"


def assert_published(blog: Blog, job: JobAnswer, text: str) -> None:
    """The job says so, and the site shows it once."""
    shown = blog.posts(text.rpartition(" ")[2])
    assert (job.status, job.error) == ("succeeded", None)
    assert [post["link"] for post in shown] == [job.post_url]


async def test_a_text_with_link_and_picture_goes_out(stage: Stage, blog: Blog, text: str) -> None:
    upload = await stage.client.upload(picture(), name="half.png", alt=ALT)
    job = await stage.ended(await stage.post(text, media_paths=[upload.url]))
    assert_published(blog, job, text)
    [shown] = blog.posts(text.rpartition(" ")[2])
    assert f'alt="{ALT}"' in shown["content"]["raw"]


@pytest.mark.parametrize("status", [500, 302])
async def test_an_answer_that_says_nothing_leads_to_one_post(
    stage: Stage, blog: Blog, way: Between, text: str, status: int
) -> None:
    way.answer(PUBLISH, status, {"code": "internal"}, {"Location": "/elsewhere"})
    assert_published(blog, await stage.ended(await stage.post(text)), text)
    assert "/elsewhere" not in way.count


@pytest.mark.parametrize("point", ["api_prepared", "api_permitted", "api_committed"])
async def test_a_death_at_any_point_leaves_one_post(
    stage: Stage, blog: Blog, text: str, point: str
) -> None:
    await stage.kill()
    await stage.restart(POSTBROKER_CRASH_AT=point)
    asking = asyncio.ensure_future(stage.post(text, idempotency_key="once"))
    await stage.died()
    await stage.restart()
    assert_published(blog, await stage.ended(await asking), text)


@pytest.mark.parametrize("side", ["before", "after"])
async def test_a_death_while_the_site_publishes_leaves_one_post(
    stage: Stage, blog: Blog, way: Between, text: str, side: Side
) -> None:
    held = way.hold(PUBLISH, side)
    job = await stage.post(text)
    await asyncio.wait_for(held.reached.wait(), JOB_SECONDS)
    await stage.kill()
    if side == "after":
        held.let_go.set()
    await stage.restart()
    ended = await stage.ended(job)
    held.let_go.set()
    await asyncio.wait_for(held.passed.wait(), JOB_SECONDS)
    assert_published(blog, ended, text)
