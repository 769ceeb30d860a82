"""What the simulated Instagram does with the requests of its pages."""

import json
from hashlib import sha256
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from postbroker.sandbox.instagram.site import medium_number
from postbroker.sandbox.ledger import Ledger
from server.sandbox.conftest import NewBrowser
from server.sandbox.visitors import ACCOUNT, Browser, Control, StillClock

PLATFORM = "instagram"
START = "/"
EPOCH_MILLISECONDS = 1_314_220_021_721


async def upload(member: Browser, number: str, content: bytes, kind: str = "image/png") -> str:
    place = f"{member.url}/rupload_igphoto/{number}"
    async with member.session.post(
        place, data=content, headers={"X-Entity-Type": kind}
    ) as response:
        response.raise_for_status()
        return str((await response.json())["upload_id"])


async def configure(
    member: Browser, caption: str, *numbers: str, token: str | None = None
) -> tuple[int, Any]:
    """The status and the body of the answer."""
    children = json.dumps([{"upload_id": number} for number in numbers])
    form = {"caption": caption, "client_nonce": "press-1", "children_metadata": children}
    headers = {"X-CSRFToken": token or member.cookie("csrftoken")}
    async with member.session.post(
        f"{member.url}/api/v1/media/configure_sidecar/", data=form, headers=headers
    ) as response:
        return response.status, await response.json()


async def test_configured_files_are_a_post_in_their_order(member: Browser, ledger: Ledger) -> None:
    numbers = [await upload(member, str(at), content) for at, content in enumerate((b"a", b"b"), 1)]
    status, answer = await configure(member, "hello", *numbers)
    [entry] = ledger.entries()
    code = entry.post_id
    assert (status, answer["media"]) == (200, {"pk": str(medium_number(code)), "code": code})
    assert [each.sha256 for each in entry.media] == [
        sha256(content).hexdigest() for content in (b"a", b"b")
    ]
    assert (entry.text, entry.client_nonce) == ("hello", "press-1")
    assert entry.url.endswith(f"/p/{code}")


async def test_a_video_alone_is_a_reel(member: Browser, ledger: Ledger) -> None:
    await configure(member, "moving", await upload(member, "1", b"film", "video/mp4"))
    assert "/reel/" in ledger.entries()[0].url


async def test_a_code_tells_its_time_and_codes_grow(
    member: Browser, ledger: Ledger, clock: StillClock
) -> None:
    number = await upload(member, "1", b"x")
    for text in ("one", "two"):
        await configure(member, text, number)
    first, second = (medium_number(entry.post_id) for entry in ledger.entries())
    assert first < second
    assert (first >> 23) + EPOCH_MILLISECONDS == int(clock.now().timestamp() * 1000)


async def test_a_post_is_at_its_address_and_in_its_authors_grid(
    member: Browser, ledger: Ledger
) -> None:
    await configure(member, "hello", await upload(member, "1", b"x"))
    code = ledger.entries()[0].post_id
    assert (await member.open(f"/p/{code}/")).status == 200
    assert (await member.open("/p/nothing/")).status == 404
    [shown] = (await member.read(f"/api/v1/feed/user/{ACCOUNT}/username/"))["items"]
    [alone] = (await member.read(f"/api/v1/media/{medium_number(code)}/info/"))["items"]
    assert shown == alone
    assert (shown["code"], shown["caption"], shown["user"]) == (
        code,
        {"text": "hello"},
        {"username": ACCOUNT},
    )


@pytest.mark.parametrize(
    ("caption", "switches", "token", "expected"),
    [
        ("x" * 2201, {}, None, (400, "caption_too_long")),
        ("hello", {"feedback_required": True}, None, (400, "feedback_required")),
        ("hello", {"logout_before_compose_submit": True}, None, (403, "login_required")),
        ("hello", {}, "forged", (403, "CSRF token missing or incorrect")),
    ],
)
async def test_a_refusal_names_no_post(
    member: Browser,
    site_control: Control,
    ledger: Ledger,
    caption: str,
    switches: dict[str, object],
    token: str | None,
    expected: tuple[int, str],
) -> None:
    number = await upload(member, "1", b"x")
    await site_control.switch(**switches)
    status, answer = await configure(member, caption, number, token=token)
    assert ((status, answer["message"]), ledger.entries()) == (expected, [])


async def test_without_files_there_is_no_post(member: Browser, ledger: Ledger) -> None:
    assert (await configure(member, "words"))[0] == 400
    assert ledger.entries() == []


async def test_what_is_not_ready_is_not_posted_until_the_page_asks_again(
    member: Browser, site_control: Control, ledger: Ledger
) -> None:
    number = await upload(member, "1", b"x")
    await site_control.switch(transcodes={"times": 1})
    status, answer = await configure(member, "hello", number)
    assert (status, answer["status"], ledger.entries()) == (202, "fail", [])
    await configure(member, "hello", number)
    assert len(ledger.entries()) == 1


async def test_an_upload_may_fail(member: Browser, site_control: Control) -> None:
    await site_control.switch(upload_fails=True)
    async with member.session.post(f"{member.url}/rupload_igphoto/1", data=b"x") as response:
        assert response.status == 400


async def test_who_is_logged_in_is_told_to_nobody_else(
    member: Browser, server: TestServer, new_browser: NewBrowser
) -> None:
    path = f"/api/v1/users/{member.cookie('ds_user_id')}/info/"
    assert (await member.read(path))["user"]["username"] == ACCOUNT
    stranger = await new_browser(server, "")
    async with stranger.session.get(server.make_url(path)) as response:
        assert response.status == 401
