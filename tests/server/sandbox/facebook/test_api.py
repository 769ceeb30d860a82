"""What the simulated Facebook does with the requests of its pages."""

import json
from hashlib import sha256
from typing import Any

import pytest
from aiohttp import ClientResponse, FormData

from postbroker.sandbox.ledger import Ledger
from server.sandbox.visitors import ACCOUNT, Browser, Control

PLATFORM = "facebook"
START = "/"
GUARD = "for (;;);"
GARDENERS, NIGHT_SKY, QUIET, ANNOUNCEMENTS, RUNNERS, CHESS = (
    f"10020030040050{number}" for number in (1, 2, 4, 5, 7, 8)
)


async def operate(member: Browser, name: str, **given: object) -> ClientResponse:
    form = {
        "fb_api_req_friendly_name": name,
        "variables": json.dumps({"input": given}),
    }
    headers = {"x-fb-lsd": member.cookie("lsd")}
    url = f"{member.url}/api/graphql/"
    response = await member.session.post(url, data=form, headers=headers)
    await response.read()
    return response


async def post(member: Browser, text: str, group: str | None = None, **more: object) -> Any:
    audience = {} if group is None else {"to_id": group}
    wish = {"message": {"text": text}, "audience": audience, "idempotence_token": "press-1"}
    answer = await operate(member, "ComposerStoryCreateMutation", **(wish | more))
    return json.loads((await answer.text()).removeprefix(GUARD).split("\n")[0])


async def join(member: Browser, group: str) -> str:
    answer = await (await operate(member, "GroupCometJoinForumMutation", group_id=group)).json()
    return str(answer["data"]["group_request_to_join"]["group"]["viewer_join_state"])


async def test_a_post_is_answered_with_its_id_and_address(member: Browser, ledger: Ledger) -> None:
    story = (await post(member, "Hello\nFacebook"))["data"]["story_create"]["story"]
    [entry] = ledger.entries()
    assert (story["legacy_story_hideable_id"], story["url"]) == (entry.post_id, entry.url)
    assert (entry.text, entry.target, entry.client_nonce) == ("Hello\nFacebook", None, "press-1")


async def test_newer_pages_get_several_documents_behind_a_guard(
    member: Browser, site_control: Control
) -> None:
    await site_control.set_account(layout="new")
    answer = await operate(member, "ComposerStoryCreateMutation", message={"text": "Hello"})
    text = await answer.text()
    assert text.startswith(GUARD)
    assert len(text.split("\n")) == 2


@pytest.mark.parametrize(("group", "waits"), [(GARDENERS, False), (QUIET, True)])
async def test_a_group_has_its_posts_live_or_waiting(
    member: Browser, ledger: Ledger, group: str, waits: bool
) -> None:
    await post(member, "Hello, group", group)
    [entry] = ledger.entries()
    assert (entry.target, entry.waits) == (group, waits)
    assert entry.url == f"https://www.facebook.com/groups/{group}/posts/{entry.post_id}"
    lists = {
        which: (await member.read(f"/api/groups/{group}/{which}"))["posts"]
        for which in ("posted", "pending")
    }
    assert [len(lists["posted"]), len(lists["pending"])] == ([0, 1] if waits else [1, 0])


@pytest.mark.parametrize("group", [NIGHT_SKY, ANNOUNCEMENTS])
async def test_a_group_refuses_those_who_may_not_post(
    member: Browser, ledger: Ledger, group: str
) -> None:
    assert "can't post in this group" in (await post(member, "Hello", group))["errorDescription"]
    assert ledger.entries() == []


@pytest.mark.parametrize(
    ("switch", "code"),
    [({"error_368": True}, 368), ({"error_1366051": True}, 1_366_051), ({"captcha": True}, 368)],
)
async def test_a_switch_refuses_with_the_sites_own_code(
    member: Browser, site_control: Control, ledger: Ledger, switch: dict[str, Any], code: int
) -> None:
    await site_control.switch(**switch)
    assert (await post(member, "Hello"))["error"] == code
    assert ledger.entries() == []


async def test_files_go_out_as_they_came(member: Browser, ledger: Ledger) -> None:
    form = FormData()
    form.add_field("farr", b"a picture", filename="a.png", content_type="image/png")
    url = f"{member.url}/ajax/react_composer/attachments/photo/upload"
    async with member.session.post(url, data=form) as response:
        answer = json.loads((await response.text()).removeprefix(GUARD))
    photo = {"photo": {"id": answer["payload"]["photoID"]}}
    await post(member, "With a picture", attachments=[photo])
    [media] = ledger.entries()[0].media
    assert (media.sha256, media.content_type) == (sha256(b"a picture").hexdigest(), "image/png")


async def test_the_button_of_a_group_lets_in_asks_and_takes_back(member: Browser) -> None:
    assert await join(member, RUNNERS) == "MEMBER"
    assert await join(member, NIGHT_SKY) == "REQUESTED"
    assert await join(member, CHESS) == "CAN_REQUEST"


async def test_a_join_without_the_pages_own_word_is_refused(member: Browser) -> None:
    form = {
        "fb_api_req_friendly_name": "GroupCometJoinForumMutation",
        "variables": json.dumps({"input": {"group_id": RUNNERS}}),
    }
    async with member.session.post(f"{member.url}/api/graphql/", data=form) as response:
        assert response.status == 403


async def test_a_page_tells_who_is_logged_in_and_what_groups_there_are(member: Browser) -> None:
    page = await (await member.open("/")).text()
    assert f'"USER_ID": "{member.cookie("c_user")}"' in page
    assert '"viewer_join_state": "CAN_REQUEST"' in page


async def test_a_profile_asked_for_by_number_is_shown_under_its_name(member: Browser) -> None:
    response = await member.open(f"/{member.cookie('c_user')}")
    assert (response.status, response.headers["Location"]) == (302, f"/{ACCOUNT}")
