"""What the simulated TikTok does with the requests of its pages."""

from hashlib import sha256
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestServer

from postbroker.sandbox.ledger import Ledger
from server.sandbox.conftest import NewBrowser
from server.sandbox.visitors import ACCOUNT, Browser, Control, StillClock

PLATFORM = "tiktok"
START = "/tiktokstudio/upload"
PROJECT = "/tiktok/web/project/post/v1/"
LIST = "/tiktok/creator/manage/item_list/v1/"


async def upload(member: Browser, *parts: bytes) -> str:
    wish = {"contentType": "video/mp4"}
    async with member.session.post(f"{member.url}/video/upload", json=wish) as begun:
        video_id = str((await begun.json())["video_id"])
    place = f"{member.url}/video/upload/{video_id}"
    for part in parts:
        async with member.session.put(place, data=part) as sent:
            sent.raise_for_status()
    async with member.session.post(place) as finished:
        finished.raise_for_status()
    return video_id


async def post(member: Browser, text: str, video_id: str, token: str | None = None) -> Any:
    body = {
        "post_common_info": {"creation_id": "press-1"},
        "single_post_req_list": [
            {"video_id": video_id, "single_post_feature_info": {"text": text}},
        ],
    }
    headers = {"tt-csrf-token": token or member.cookie("tt_csrf_token")}
    response: ClientResponse = await member.session.post(
        member.url + PROJECT, json=body, headers=headers
    )
    return response.status, await response.json()


async def test_a_posted_project_names_its_video(member: Browser, ledger: Ledger) -> None:
    status, answer = await post(member, "hello", await upload(member, b"one", b"two"))
    [entry] = ledger.entries()
    assert (status, answer["status_code"]) == (200, 0)
    assert answer["single_post_resp_list"] == [{"item_id": entry.post_id, "status_code": 0}]
    assert (entry.text, entry.client_nonce) == ("hello", "press-1")
    [media] = entry.media
    assert (media.sha256, media.size) == (sha256(b"onetwo").hexdigest(), 6)


async def test_the_number_of_a_video_tells_its_second_and_they_grow(
    member: Browser, ledger: Ledger, clock: StillClock
) -> None:
    video_id = await upload(member, b"x")
    for text in ("one", "two"):
        await post(member, text, video_id)
        await clock.sleep(0.75)
    first, second = (int(entry.post_id) for entry in ledger.entries())
    assert first < second
    assert first >> 32 == int(clock.now().timestamp()) - 1


async def test_a_video_is_at_its_address_and_in_its_authors_list(
    member: Browser, ledger: Ledger
) -> None:
    await post(member, "hello", await upload(member, b"x"))
    [entry] = ledger.entries()
    assert (await member.open(f"/@{ACCOUNT}/video/{entry.post_id}")).status == 200
    assert (await member.open(f"/@{ACCOUNT}/video/1")).status == 404
    [item] = (await member.read(LIST))["items"]
    assert item == await member.read(f"/api/item/detail/{entry.post_id}")
    assert (item["id"], item["desc"]) == (entry.post_id, "hello")


@pytest.mark.parametrize(
    ("text", "switches", "token", "expected"),
    [
        ("x" * 2201, {}, None, (200, 10204)),
        ("hello", {"http_429": True}, None, (429, 10202)),
        ("hello", {"logout_before_compose_submit": True}, None, (200, 8)),
        ("hello", {}, "forged", (403, 10000)),
    ],
)
async def test_a_refusal_names_no_video(
    member: Browser,
    site_control: Control,
    ledger: Ledger,
    text: str,
    switches: dict[str, object],
    token: str | None,
    expected: tuple[int, int],
) -> None:
    video_id = await upload(member, b"x")
    await site_control.switch(**switches)
    status, answer = await post(member, text, video_id, token)
    assert (status, answer["status_code"]) == expected
    assert ledger.entries() == []


async def test_an_empty_answer_takes_the_project_and_names_no_video(
    member: Browser, site_control: Control
) -> None:
    video_id = await upload(member, b"x")
    await site_control.switch(empty_but_posted=True)
    _, answer = await post(member, "hello", video_id)
    assert (answer["status_code"], answer["single_post_resp_list"]) == (0, [])


async def test_an_upload_may_fail_at_its_beginning(member: Browser, site_control: Control) -> None:
    await site_control.switch(upload_fails=True)
    async with member.session.post(f"{member.url}/video/upload", json={}) as begun:
        assert begun.status == 422


async def test_a_post_without_a_video_is_no_request(member: Browser, ledger: Ledger) -> None:
    async with member.session.post(member.url + PROJECT, json={"text": "hello"}) as response:
        assert (response.status, ledger.entries()) == (400, [])


async def test_who_is_logged_in_is_told_and_nobody_is_no_error(
    server: TestServer, member: Browser, new_browser: NewBrowser
) -> None:
    path = "/node-webapp/api/common-app-context"
    assert await member.read(path) == {"user": {"uniqueId": ACCOUNT}}
    stranger = await new_browser(server, "")
    assert await stranger.read(path) == {"user": {}}
    async with stranger.session.get(server.make_url(LIST)) as response:
        assert response.status == 401
