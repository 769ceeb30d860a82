"""What the simulated Reddit does with the requests of its pages."""

import json

import pytest
from aiohttp import ClientResponse, FormData
from aiohttp.test_utils import TestServer

from postbroker.sandbox.ledger import Ledger
from server.sandbox.visitors import ACCOUNT, Browser, Control

PLATFORM = "reddit"
THREAD = "/r/sandbox/comments/1sand01"
START = f"{THREAD}/"


async def old_comment(member: Browser, text: str, thing: str = "t3_1sand01") -> ClientResponse:
    form = {"thing_id": thing, "text": text, "uh": member.cookie("csrf_token"), "nonce": "1"}
    response = await member.session.post(f"{member.url}/api/comment", data=form)
    await response.read()
    return response


async def new_comment(member: Browser, thing: str = "t3_1sand01", **fields: str) -> ClientResponse:
    form = FormData({"csrf_token": member.cookie("csrf_token"), "nonce": "1"} | fields)
    url = f"{member.url}/svc/shreddit/{thing}/create-comment"
    response = await member.session.post(url, data=form)
    await response.read()
    return response


async def test_the_older_design_takes_markdown_and_answers_with_things(
    member: Browser, ledger: Ledger
) -> None:
    answer = await (await old_comment(member, r"a \*star\*")).json()
    [entry] = ledger.entries()
    [thing] = answer["json"]["data"]["things"]
    assert (entry.text, entry.kind, entry.target) == ("a *star*", "comment", "1sand01")
    assert thing["data"]["id"] == f"t1_{entry.post_id}"
    assert entry.url == f"https://www.reddit.com{THREAD}/comment/{entry.post_id}"


async def test_the_newer_design_takes_documents_and_answers_with_an_element(
    member: Browser, site_control: Control, ledger: Ledger
) -> None:
    await site_control.set_account(layout="new")
    runs = [[{"e": "text", "t": "one *and*"}], [{"e": "text", "t": "two"}]]
    content = json.dumps({"document": [{"e": "par", "c": each} for each in runs]})
    response = await new_comment(member, mode="richText", content=content)
    [entry] = ledger.entries()
    assert entry.text == "one *and*\ntwo"
    assert (response.status, response.content_type) == (200, "text/html")
    assert f'thingid="t1_{entry.post_id}"' in await response.text()


async def test_an_answer_to_a_comment_is_under_it(member: Browser, ledger: Ledger) -> None:
    await old_comment(member, "below the first", "t1_sand0c1")
    [first] = ledger.entries()
    await old_comment(member, "below that", f"t1_{first.post_id}")
    assert [each.parent_id for each in ledger.entries()] == ["sand0c1", first.post_id]


@pytest.mark.parametrize(
    ("thing", "text", "code"),
    [
        ("t3_1sand02", "hello", "THREAD_LOCKED"),
        ("t3_1sand03", "hello", "THREAD_LOCKED"),
        ("t3_1sand04", "hello", "DELETED_LINK"),
        ("t3_nowhere", "hello", "DELETED_LINK"),
        ("t1_nowhere", "hello", "DELETED_LINK"),
        ("t3_1sand01", "  ", "NO_TEXT"),
        ("t3_1sand01", "x" * 10_001, "TOO_LONG"),
    ],
)
async def test_what_breaks_a_rule_is_refused(
    member: Browser, ledger: Ledger, thing: str, text: str, code: str
) -> None:
    response = await old_comment(member, text, thing)
    [[told, *_]] = (await response.json())["json"]["errors"]
    assert (response.status, told, ledger.entries()) == (200, code, [])


async def test_a_refusal_has_a_status_in_the_newer_design(
    member: Browser, site_control: Control, ledger: Ledger
) -> None:
    await site_control.set_account(layout="new")
    await site_control.switch(http_429=True)
    response = await new_comment(member, mode="markdown", content="too soon")
    answer = (await response.json())["json"]
    assert (response.status, answer["ratelimit"], ledger.entries()) == (429, 360, [])


async def test_a_forged_comment_is_refused(member: Browser, ledger: Ledger) -> None:
    form = {"thing_id": "t3_1sand01", "text": "not hers", "uh": "guessed"}
    async with member.session.post(f"{member.url}/api/comment", data=form) as response:
        assert (await response.json())["json"]["errors"][0][0] == "INVALID_MODHASH"
    assert ledger.entries() == []


async def test_nobody_has_an_empty_identity(
    server: TestServer, member: Browser, site_control: Control
) -> None:
    assert (await member.read("/api/me.json"))["data"]["name"] == ACCOUNT
    await site_control.switch(not_logged_in=True)
    assert await member.read("/api/me.json") == {}


async def test_short_addresses_lead_to_where_things_live(member: Browser) -> None:
    post = await member.open("/comments/1sand01/")
    comment = await member.open("/comments/1sand01/_/sand0c1/")
    missing = await member.open("/comments/nowhere/")
    assert post.headers["Location"] == f"{THREAD}/"
    assert comment.headers["Location"] == f"{THREAD}/comment/sand0c1/"
    assert missing.status == 404


async def test_lists_show_what_was_said(member: Browser) -> None:
    await old_comment(member, "one  \ntwo")
    thread = await member.read("/comments/1sand01.json")
    own = await member.read(f"/user/{ACCOUNT}/comments.json")
    assert [each["author"] for each in thread["comments"]] == ["linus_sandbox", ACCOUNT]
    assert [each["paragraphs"] for each in own["comments"]] == [["one", "two"]]
