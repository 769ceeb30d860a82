"""Bluesky on a real server: what it keeps is the judge."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from postbroker.clock import SystemClock
from postbroker.domain.media import Attached
from postbroker.platforms.adapter import Draft, Identity
from postbroker.platforms.bluesky import ADAPTER
from postbroker.platforms.outcome import (
    Absent,
    AuthExpired,
    AuthRevoked,
    NotPermitted,
    Published,
    RateLimited,
    Rejected,
    TroubleError,
)
from server.doubles.clock import StillClock
from server.doubles.files import picture, video
from server.doubles.platforms.api import LoopbackApi, attached
from server.doubles.platforms.publication import Publication, next_draft
from servers.pds import PASSWORD, Member, Server, running_server, tell

ALT = "Half teal, half gold"


@pytest.fixture(scope="module")
def bob(server: Server) -> Member:
    return server.join("bob")


@pytest.fixture
async def api(member: Member) -> AsyncIterator[LoopbackApi]:
    """The account, connected by its app password."""
    api = await connect(member)
    yield api
    await api.close()


async def connect(member: Member) -> LoopbackApi:
    api = LoopbackApi(
        member.url,
        StillClock(SystemClock().now()),
        credentials={"handle": member.handle, "app_password": member.app_password},
        identity=Identity("", ""),
        app={},
    )
    try:
        api.identity, api.credentials = await ADAPTER.connect(api)
    except TroubleError:
        await api.close()
        raise
    return api


def a_draft(text: str, media: Sequence[Attached] = (), **options: Any) -> Draft:
    return Draft(text, media, options, "post")


async def publish(api: LoopbackApi, draft: Draft) -> Published:
    """Publish what the rules allow; anything but success fails the test."""
    assert ADAPTER.validate(draft, await ADAPTER.capabilities(api)) == []
    outcome = await Publication(ADAPTER, api, draft).publish()
    assert isinstance(outcome, Published), outcome
    return outcome


async def test_a_session_is_made_of_an_app_password(api: LoopbackApi, member: Member) -> None:
    assert api.identity == Identity(member.did, member.handle, base_url=member.url)
    assert api.credentials.keys() == {"access_token", "refresh_token", "expires_at"}


async def test_a_text_with_everything_in_it(api: LoopbackApi, member: Member, bob: Member) -> None:
    text = f"👋 hello @{bob.handle} and @nobody.test: see https://example.com/ü #tag"
    post = await publish(api, a_draft(text, languages=["en"], labels=["nudity"], card=False))
    (record,) = member.posts()
    assert record["uri"] == post.remote_id
    assert record["cid"] == post.details["cid"]
    assert post.url == f"https://bsky.app/profile/{member.handle}/post/{post.remote_id[-13:]}"
    value = record["value"]
    assert value["text"] == text
    assert [each["features"][0] for each in value["facets"]] == [
        {"$type": "app.bsky.richtext.facet#mention", "did": bob.did},
        {"$type": "app.bsky.richtext.facet#link", "uri": "https://example.com/ü"},
        {"$type": "app.bsky.richtext.facet#tag", "tag": "tag"},
    ]


async def test_pictures_with_descriptions(api: LoopbackApi, member: Member) -> None:
    files = [picture("PNG", (64 + number, 48)) for number in range(4)]
    media = [
        attached(file, "image/png", f"{ALT} {number}", size=(64 + number, 48))
        for number, file in enumerate(files)
    ]
    api.files = {each.media.id: file for each, file in zip(media, files, strict=True)}
    await publish(api, a_draft("", media))
    (record,) = member.posts()
    images = record["value"]["embed"]["images"]
    assert [each["alt"] for each in images] == [f"{ALT} {number}" for number in range(4)]
    assert images[3]["aspectRatio"] == {"width": 67, "height": 48}
    assert [each["image"]["size"] for each in images] == [len(file) for file in files]


async def test_a_video(api: LoopbackApi, member: Member) -> None:
    film = video()
    media = attached(film, "video/mp4", ALT, seconds=1)
    api.files = {media.media.id: film}
    await publish(api, a_draft("a film", [media]))
    (record,) = member.posts()
    embed = record["value"]["embed"]
    assert (embed["$type"], embed["alt"]) == ("app.bsky.embed.video", ALT)
    assert embed["video"]["mimeType"] == "video/mp4"


async def test_a_large_file_comes_in_pieces(api: LoopbackApi, member: Member) -> None:
    film = video() + bytes(20_000_000)
    media = attached(film, "video/mp4", seconds=1)
    api.files = {media.media.id: film}
    await publish(api, a_draft("a long film", [media]))
    (record,) = member.posts()
    assert record["value"]["embed"]["video"]["size"] == len(film)


async def test_a_card_that_was_given(api: LoopbackApi, member: Member) -> None:
    card = {"url": "https://example.com/", "title": "A title", "description": "What it is"}
    await publish(api, a_draft("see", card=card))
    (record,) = member.posts()
    external = record["value"]["embed"]["external"]
    assert external == {
        "uri": card["url"], "title": card["title"], "description": card["description"],
    }  # fmt: skip


async def test_a_thread(api: LoopbackApi, member: Member) -> None:
    draft = a_draft("part 0")
    out: list[Published] = []
    for number in range(3):
        part = next_draft(draft, f"part {number}", out) if out else draft
        out.append(await publish(api, part))
    parts = {record["uri"]: record["value"] for record in member.posts()}
    assert len(parts) == 3
    replies = [parts[post.remote_id].get("reply") for post in out]
    assert replies[0] is None
    assert replies[2]["root"]["uri"] == out[0].remote_id
    assert replies[2]["parent"] == {
        "uri": out[1].remote_id, "cid": out[1].details["cid"],
    }  # fmt: skip


async def test_the_same_commit_again_and_at_once_makes_one_post(
    api: LoopbackApi, member: Member
) -> None:
    publication = Publication(ADAPTER, api, a_draft("once"))
    await publication.prepare()
    first = await publication.commit()
    assert all([await publication.commit() == first for _ in range(10)])
    tries = [Publication(ADAPTER, api, publication.draft) for _ in range(8)]
    for each in tries:
        each.saved = publication.saved
    assert {repr(each) for each in await asyncio.gather(*(one.commit() for one in tries))} == {
        repr(first)
    }
    assert len(member.posts()) == 1


async def test_many_first_tries_at_once_make_one_post(api: LoopbackApi, member: Member) -> None:
    publication = Publication(ADAPTER, api, a_draft("once"))
    await publication.prepare()
    tries = [Publication(ADAPTER, api, publication.draft) for _ in range(8)]
    for each in tries:
        each.saved = publication.saved
    outcomes = await asyncio.gather(*(each.commit() for each in tries))
    assert {type(each) for each in outcomes} == {Published}
    assert len(member.posts()) == 1


async def test_an_answer_that_nobody_waited_for_leaves_one_post(
    api: LoopbackApi, member: Member
) -> None:
    publication = Publication(ADAPTER, api, a_draft("cut off"))
    await publication.prepare()
    for milliseconds in (1, 2, 4, 8, 16, 32, 64, 128):
        trying = asyncio.ensure_future(publication.commit())
        await asyncio.wait([trying], timeout=milliseconds / 1000)
        trying.cancel()
        await asyncio.gather(trying, return_exceptions=True)
    assert isinstance(await publication.commit(), Published)
    assert len(member.posts()) == 1


async def test_it_is_found_or_proven_absent(api: LoopbackApi) -> None:
    publication = Publication(ADAPTER, api, a_draft("look"))
    await publication.prepare()
    assert isinstance(await publication.reconcile(), Absent)
    posted = await publication.commit()
    assert await publication.reconcile() == posted


async def test_a_session_is_renewed_and_posts(api: LoopbackApi, member: Member) -> None:
    old = dict(api.credentials)
    await asyncio.sleep(1.1)  # noqa: TID251  a session of the same second has the same tokens
    api.credentials = await ADAPTER.refresh(api)
    assert api.credentials["access_token"] != old["access_token"]
    assert api.credentials["refresh_token"] != old["refresh_token"]
    await publish(api, a_draft("after a while"))
    assert len(member.posts()) == 1


async def test_a_token_that_is_over_posts_nothing_and_a_fresh_one_does(
    api: LoopbackApi, member: Member
) -> None:
    publication = Publication(ADAPTER, api, a_draft("late"))
    await publication.prepare()
    session = dict(api.credentials)
    api.credentials = {**session, "access_token": member.token(api.now() - timedelta(hours=1))}
    assert isinstance(await publication.commit(), AuthExpired)
    assert member.posts() == []
    publication.api.credentials = await ADAPTER.refresh(publication.api)
    assert isinstance(await publication.commit(), Published)
    assert len(member.posts()) == 1


async def test_the_token_that_the_test_makes_is_like_the_server_s(
    api: LoopbackApi, member: Member
) -> None:
    token = member.token(api.now() + timedelta(hours=1))
    api.credentials = {**api.credentials, "access_token": token}
    await publish(api, a_draft("made by the test"))


@pytest.mark.parametrize("token", ["", "junk", "refresh"])
async def test_a_token_that_is_none_is_told(api: LoopbackApi, member: Member, token: str) -> None:
    publication = Publication(ADAPTER, api, a_draft("no"))
    await publication.prepare()
    wrong = api.credentials["refresh_token"] if token == "refresh" else token
    api.credentials = {**api.credentials, "access_token": wrong}
    assert isinstance(await publication.commit(), AuthRevoked)
    assert member.posts() == []


async def test_a_wrong_password_is_told(member: Member) -> None:
    wrong = replace(member, app_password="wrong")
    with pytest.raises(TroubleError) as refused:
        await connect(wrong)
    assert isinstance(refused.value.trouble, AuthRevoked)


async def test_a_revoked_app_password_ends_the_connection(api: LoopbackApi, member: Member) -> None:
    main = tell(
        member.url,
        "com.atproto.server.createSession",
        {"identifier": member.handle, "password": PASSWORD},
    )
    tell(
        member.url,
        "com.atproto.server.revokeAppPassword",
        {"name": "postbroker"},
        main["accessJwt"],
    )
    with pytest.raises(TroubleError) as refused:
        await ADAPTER.refresh(api)
    assert isinstance(refused.value.trouble, AuthRevoked)


async def test_what_the_schema_forbids_is_refused(api: LoopbackApi, member: Member) -> None:
    outcome = await Publication(ADAPTER, api, a_draft("x" * 301)).publish()
    assert isinstance(outcome, Rejected)
    assert "300" in outcome.message
    huge = picture("PNG") + bytes(2_000_001)
    media = attached(huge, "image/png")
    api.files = {media.media.id: huge}
    outcome = await Publication(ADAPTER, api, a_draft("huge", [media])).publish()
    assert isinstance(outcome, Rejected)
    assert member.posts() == []


async def test_a_post_is_removed_twice(api: LoopbackApi, member: Member) -> None:
    post = await publish(api, a_draft("away"))
    await ADAPTER.delete(api, post)
    assert member.posts() == []
    await ADAPTER.delete(api, post)


async def test_numbers_are_told_where_an_index_answers_and_else_not(api: LoopbackApi) -> None:
    post = await publish(api, a_draft("count me"))
    with pytest.raises(TroubleError) as refused:
        await ADAPTER.metrics(api, [post])
    assert isinstance(refused.value.trouble, NotPermitted)


async def test_too_often_is_told_with_the_time_to_wait(tmp_path: Path) -> None:
    with running_server(tmp_path, rate_limits=True) as server:
        member = server.join("ada")
        api = await connect(member)
        for _ in range(29):
            tell(
                server.url,
                "com.atproto.server.createSession",
                {"identifier": member.handle, "password": member.app_password},
            )
        with pytest.raises(TroubleError) as refused:
            await connect(member)
        trouble = refused.value.trouble
        assert isinstance(trouble, RateLimited)
        assert timedelta(0) < trouble.retry_at - api.now() <= timedelta(minutes=5, seconds=5)
        await publish(api, a_draft("what is not limited still works"))
        await api.close()
