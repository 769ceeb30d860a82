"""From an agent's request to a record on a real Bluesky server, whatever dies in between: once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from postbroker.client import RefusedError
from postbroker.contract.connections import StartConnection
from postbroker.contract.jobs import CreatedJob, JobAnswer
from server.cli.conftest import Installation
from server.doubles.files import picture
from servers.between import Between, between
from servers.pds import Member, Server
from servers.stage import JOB_SECONDS, QUICK, Stage, connected

TEXT = "👋 Hello from my agent, see https://example.com/ü #once"
ALT = "Half teal, half gold"
PUT = "/xrpc/com.atproto.repo.putRecord"
KILLED_WITHIN = 0.4
"""Seconds after its acceptance, during which a post is surely on its way."""


@pytest.fixture
async def way(server: Server) -> AsyncIterator[Between]:
    """What lies between broker and server."""
    async with between(server.url) as proxy:
        yield proxy


@pytest.fixture
async def stage(tmp_path: Path, member: Member, way: Between) -> AsyncIterator[Stage]:
    """A broker with the account connected, through what lies between."""
    fields = {"handle": member.handle, "app_password": member.app_password}
    wish = StartConnection(platform="bluesky", server=way.url, fields=fields)
    async with connected(tmp_path / "data", wish) as stage:
        yield stage


def assert_published(member: Member, job: JobAnswer, text: str = TEXT) -> None:
    """The job says so, and the server has it once."""
    posts = member.posts()
    assert [post["value"]["text"] for post in posts] == [text]
    assert (job.status, job.error) == ("succeeded", None)
    assert job.post_url is not None
    assert job.post_url.endswith(posts[0]["uri"].rpartition("/")[2])


# -- nothing goes wrong


async def test_a_text_goes_out(stage: Stage, member: Member) -> None:
    assert_published(member, await stage.ended(await stage.post(TEXT)))


async def test_a_picture_goes_out_with_its_description(stage: Stage, member: Member) -> None:
    upload = await stage.client.upload(picture(), name="half.png", alt=ALT)
    job = await stage.ended(await stage.post(TEXT, media_paths=[upload.url]))
    assert_published(member, job)
    ((image,),) = [post["value"]["embed"]["images"] for post in member.posts()]
    assert image["alt"] == ALT
    assert image["aspectRatio"] == {"width": 64, "height": 48}


async def test_a_thread_goes_out_part_by_part(stage: Stage, member: Member) -> None:
    parts = ["one", "two", "three"]
    job = await stage.ended(await stage.post("zero", platform_payload={"thread": parts}))
    assert job.status == "succeeded", job.error
    posts = list(reversed(member.posts()))
    assert [post["value"]["text"] for post in posts] == ["zero", *parts]
    parents = [post["value"].get("reply", {}).get("parent", {}).get("uri") for post in posts]
    assert parents == [None, *[post["uri"] for post in posts[:-1]]]


async def test_what_cannot_be_posted_is_refused_before_anything_is_sent(
    stage: Stage, way: Between
) -> None:
    with pytest.raises(RefusedError) as refused:
        await stage.post("x" * 301)
    assert refused.value.code == "CONTENT_TOO_LONG"
    assert PUT not in way.count


async def test_the_command_line_connects_and_posts(
    tmp_path: Path, server: Server, member: Member
) -> None:
    installation = Installation(tmp_path / "data")
    broker = await asyncio.to_thread(installation.start, **QUICK)
    fields = (f"handle={member.handle}", f"app_password={member.app_password}")
    made = await installation.run(
        *("connect", "bluesky", "--server", server.url, "--json"),
        *(part for field in fields for part in ("--field", field)),
    )
    assert (made.code, made.document["status"]) == (0, "connected"), made.err
    posted = await installation.run(
        "post", TEXT, "--platform", "bluesky", "--account", member.handle, "--json"
    )
    broker.close()
    assert (posted.code, posted.document["status"]) == (0, "succeeded"), posted.err
    assert [post["value"]["text"] for post in member.posts()] == [TEXT]


# -- the server says no, or not now


async def test_a_token_that_is_over_is_renewed_and_the_post_goes_out(
    stage: Stage, member: Member, way: Between
) -> None:
    way.answer(PUT, 400, {"error": "ExpiredToken", "message": "Token has expired"})
    assert_published(member, await stage.ended(await stage.post(TEXT)))
    assert way.count["/xrpc/com.atproto.server.refreshSession"] == 1


async def test_a_limit_is_waited_for(stage: Stage, member: Member, way: Between) -> None:
    limit = {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
    way.answer(PUT, 429, limit, {"Retry-After": "2"})
    assert_published(member, await stage.ended(await stage.post(TEXT)))
    assert way.count[PUT] == 2


async def test_a_clear_no_ends_the_job(stage: Stage, member: Member, way: Between) -> None:
    way.answer(PUT, 400, {"error": "InvalidRequest", "message": "Invalid record"})
    job = await stage.ended(await stage.post(TEXT))
    assert (job.status, job.error_code) == ("failed", "content_rejected")
    assert member.posts() == []


@pytest.mark.parametrize("status", [500, 502, 302])
async def test_an_answer_that_says_nothing_leads_to_one_post(
    stage: Stage, member: Member, way: Between, status: int
) -> None:
    way.answer(PUT, status, {"error": "InternalServerError"}, {"Location": "/elsewhere"})
    assert_published(member, await stage.ended(await stage.post(TEXT)))
    assert "/elsewhere" not in way.count


# -- the broker dies


@pytest.mark.parametrize(
    "point",
    [
        "accepted", "api_prepared", "permit_written", "api_permitted", "api_committed",
        "api_concluded",
    ],
)  # fmt: skip
async def test_a_death_at_any_point_leaves_one_post(
    stage: Stage, member: Member, point: str
) -> None:
    await stage.kill()
    await stage.restart(POSTBROKER_CRASH_AT=point)
    asking = asyncio.ensure_future(stage.post(TEXT, idempotency_key="once"))
    await stage.died()
    await stage.restart()
    await asyncio.gather(asking, return_exceptions=True)
    job = await stage.post(TEXT, idempotency_key="once")
    assert_published(member, await stage.ended(job))


async def test_a_death_before_the_server_hears_of_the_request(
    stage: Stage, member: Member, way: Between
) -> None:
    """The request is on its way while the broker dies, starts again, looks and asks anew; then
    the first one arrives."""
    held = way.hold(PUT, "before")
    job = await stage.post(TEXT)
    await asyncio.wait_for(held.reached.wait(), JOB_SECONDS)
    await stage.kill()
    await stage.restart()
    ended = await stage.ended(job)
    held.let_go.set()
    await asyncio.wait_for(held.passed.wait(), JOB_SECONDS)
    assert_published(member, ended)


async def test_a_death_after_the_server_did_as_it_was_asked(
    stage: Stage, member: Member, way: Between
) -> None:
    held = way.hold(PUT, "after")
    job = await stage.post(TEXT)
    await asyncio.wait_for(held.reached.wait(), JOB_SECONDS)
    await stage.kill()
    held.let_go.set()
    await stage.restart()
    assert_published(member, await stage.ended(job))
    assert way.count[PUT] == 1


async def test_deaths_at_any_moment_leave_one_post_each(
    stage: Stage, member: Member, rounds: int, dice: Random
) -> None:
    texts, jobs = list[str](), list[CreatedJob]()
    for number in range(rounds):
        for text in (f"round {number}, post {each}" for each in range(3)):
            texts.append(text)
            jobs.append(await stage.post(text))
        await asyncio.sleep(dice.uniform(0, KILLED_WITHIN))  # noqa: TID251
        await stage.kill()
        await stage.restart()
    assert {(await stage.ended(job)).status for job in jobs} == {"succeeded"}
    assert sorted(post["value"]["text"] for post in member.posts()) == sorted(texts)
