"""What the simulated LinkedIn does with the requests of its pages."""

from hashlib import sha256

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestServer

from postbroker.sandbox.ledger import Ledger
from server.sandbox.conftest import NewBrowser
from server.sandbox.visitors import ACCOUNT, Browser, Control, StillClock

PLATFORM = "linkedin"
START = "/feed/?shareActive=true"
OLD = "/voyager/api/contentcreation/normShares"
NEW = "/voyager/api/graphql?action=execute&queryId=voyagerContentcreationDashShares.1"


async def share(
    member: Browser, text: str, path: str = OLD, media: tuple[str, ...] = ()
) -> ClientResponse:
    body = {"share": {"commentary": text, "media": media, "trackingId": "press-1"}}
    headers = {"csrf-token": member.cookie("JSESSIONID")}
    response = await member.session.post(member.url + path, json=body, headers=headers)
    await response.read()
    return response


async def upload(member: Browser, content: bytes, kind: str) -> str:
    place = "/voyager/api/voyagerVideoDashMediaUploadMetadata?action=upload"
    async with member.session.post(member.url + place, json={"contentType": kind}) as response:
        value = (await response.json())["data"]["value"]
    async with member.session.put(member.url + value["singleUploadUrl"], data=content) as sent:
        sent.raise_for_status()
    return str(value["urn"])


@pytest.mark.parametrize(("layout", "path"), [("old", OLD), ("new", NEW)])
async def test_a_share_is_answered_as_the_design_asks(
    member: Browser, site_control: Control, ledger: Ledger, layout: str, path: str
) -> None:
    await site_control.set_account(layout=layout)
    answer = await (await share(member, "hello", path)).json()
    [entry] = ledger.entries()
    urn = f"urn:li:share:{entry.post_id}"
    told = {
        "old": {"data": {"status": {"urn": urn}}},
        "new": {
            "data": {
                "createContentcreationDashShares": {
                    "resourceKey": f"urn:li:fsd_share:({urn},MAIN_FEED)"
                }
            }
        },
    }
    assert (answer, entry.text, entry.client_nonce) == (told[layout], "hello", "press-1")


async def test_a_post_is_found_by_its_share_and_by_its_activity(
    member: Browser, ledger: Ledger
) -> None:
    await share(member, "hello")
    [entry] = ledger.entries()
    for urn in (f"urn:li:share:{entry.post_id}", entry.url.rpartition("/")[2]):
        assert (await member.open(f"/feed/update/{urn}/")).status == 200
        assert (await member.read(f"/voyager/api/update/{urn}"))["urn"] in entry.url
    assert (await member.open("/feed/update/urn:li:share:1/")).status == 404


async def test_the_number_of_a_post_tells_when_it_was_made(
    member: Browser, ledger: Ledger, clock: StillClock
) -> None:
    await share(member, "hello")
    assert int(ledger.entries()[0].post_id) >> 22 == int(clock.now().timestamp() * 1000)


async def test_the_ledger_names_each_file(member: Browser, ledger: Ledger) -> None:
    urns = [await upload(member, each, "image/png") for each in (b"one", b"two")]
    await share(member, "pictures", media=tuple(urns))
    held = [(each.sha256, each.size) for each in ledger.entries()[0].media]
    assert held == [(sha256(b"one").hexdigest(), 3), (sha256(b"two").hexdigest(), 3)]
    async with member.session.get(f"{member.url}/media/{held[0][0]}") as response:
        assert (await response.read(), response.content_type) == (b"one", "image/png")


@pytest.mark.parametrize(
    "kinds", [("image/png", "video/mp4"), ("video/mp4", "video/mp4"), ("image/png",) * 21]
)
async def test_files_that_do_not_go_together_are_refused(
    member: Browser, ledger: Ledger, kinds: tuple[str, ...]
) -> None:
    urns = [await upload(member, b"x", kind) for kind in kinds]
    response = await share(member, "media", media=tuple(urns))
    assert (response.status, ledger.entries()) == (422, [])


@pytest.mark.parametrize(
    ("switch", "status"),
    [("invalid_share", 200), ("http_429", 429), ("logout_before_compose_submit", 401)],
)
async def test_a_refusal_holds_no_share(
    member: Browser, site_control: Control, ledger: Ledger, switch: str, status: int
) -> None:
    await site_control.switch(**{switch: True})
    response = await share(member, "hello")
    answer = await response.json()
    assert (response.status, len(answer["errors"]), ledger.entries()) == (status, 1, [])
    assert answer["data"]["createContentcreationDashShares"] is None


async def test_a_page_that_cannot_read_the_cookie_is_refused(
    member: Browser, ledger: Ledger
) -> None:
    body = {"share": {"commentary": "forged"}}
    async with member.session.post(member.url + OLD, json=body) as response:
        assert (response.status, ledger.entries()) == (403, [])


async def test_long_links_are_shown_short_and_hashtags_in_two_parts(member: Browser) -> None:
    await share(member, "See https://example.com/a/very/long/path?x=1 and https://a.example/b #tag")
    [post] = (await member.read(f"/voyager/api/feed/{ACCOUNT}"))["posts"]
    kinds = [(each["kind"], each["text"]) for each in post["pieces"] if each["kind"] != "text"]
    assert kinds[0][1].startswith("https://lnkd.in/e")
    assert kinds[1:] == [("link", "https://a.example/b"), ("hashtag", "tag")]


async def test_nobody_reads_lists_without_a_session(
    server: TestServer, new_browser: NewBrowser
) -> None:
    stranger = await new_browser(server, "")
    async with stranger.session.get(f"{stranger.url}/voyager/api/me") as response:
        assert response.status == 401
