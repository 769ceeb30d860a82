"""What a browser gets for each address, also under each switch."""

import json
import re
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientTimeout
from aiohttp.test_utils import TestServer

from postbroker.resources import shared_file
from postbroker.sandbox.pages import BUILT
from server.sandbox.conftest import NewBrowser
from server.sandbox.visitors import ACCOUNT, Browser, Control

SOON = 0.3


async def shell(response: ClientResponse) -> Any:
    """What the server put into the page."""
    [found] = re.findall(
        r'<script type="application/json" id="shell">(.*)</script>', await response.text()
    )
    return json.loads(found)


@pytest.mark.parametrize(
    "path", ["/home", "/compose/post", f"/{ACCOUNT}", "/logout", "/i/flow/login", "/i/link/1/0"]
)
async def test_a_page_answers_with_a_strict_policy_for_scripts(browser: Browser, path: str) -> None:
    response = await browser.open(path)
    assert response.status == 200
    assert "script-src 'self';" in response.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?! type=\"application/json\"| defer src)", await response.text())


async def test_the_page_knows_who_is_logged_in_and_where_it_is_mounted(browser: Browser) -> None:
    found = await shell(await browser.open("/home"))
    assert (found["base"], found["account"]["handle"]) == ("/sandbox/x", ACCOUNT)


async def test_a_name_cannot_break_out_of_the_page(browser: Browser, control: Control) -> None:
    name = "</script><script>alert(1)</script>"
    await control.send("POST", "/accounts", {"handle": ACCOUNT, "name": name})
    response = await browser.open("/home")
    assert name not in await response.text()
    assert (await shell(response))["account"]["name"] == name


async def test_the_session_cookie_is_hidden_from_the_page(browser: Browser) -> None:
    hidden = {each.key: bool(each["httponly"]) for each in browser.session.cookie_jar}
    assert hidden["auth_token"]
    assert (hidden["ct0"], hidden["twid"]) == (False, False)
    assert re.fullmatch(r"u%3D\d+", browser.cookie("twid"))


@pytest.mark.parametrize("path", ["/sandbox/x", "/sandbox/x/"])
async def test_the_front_leads_home(broker_site: TestServer, browser: Browser, path: str) -> None:
    response = await browser.session.get(broker_site.make_url(path), allow_redirects=False)
    assert response.headers["Location"] == "/sandbox/x/home"


async def test_a_post_that_does_not_live_is_not_found(browser: Browser) -> None:
    assert (await browser.open(f"/{ACCOUNT}/status/123")).status == 404


@pytest.mark.parametrize(("switch", "place"), [(None, "home"), ("captcha", "account/access")])
async def test_a_new_browser_gets_its_session_also_when_it_is_sent_on(
    broker_site: TestServer,
    new_browser: NewBrowser,
    control: Control,
    switch: str | None,
    place: str,
) -> None:
    if switch:
        await control.switch(**{switch: True})
    stranger = await new_browser(broker_site, "/sandbox/x")
    response = await stranger.open("/home" if switch else "/")
    assert response.headers["Location"] == f"/sandbox/x/{place}"
    assert stranger.cookie("auth_token")


@pytest.mark.parametrize("path", ["/home", "/compose/post", f"/{ACCOUNT}", "/logout"])
async def test_at_the_root_a_stranger_is_sent_to_the_login_page(
    root_site: TestServer, new_browser: NewBrowser, path: str
) -> None:
    stranger = await new_browser(root_site, "/")
    response = await stranger.open(path)
    assert (response.status, response.headers["Location"]) == (302, "/i/flow/login")


async def test_at_the_root_the_front_is_a_login_page(
    root_site: TestServer, new_browser: NewBrowser
) -> None:
    stranger = await new_browser(root_site, "/")
    assert (await shell(await stranger.open("/")))["account"] is None


@pytest.mark.parametrize(
    ("host", "status"), [("x.com", 200), ("twitter.com", 200), ("evil.example", 421)]
)
async def test_at_the_root_only_the_real_names_are_served(
    root_site: TestServer, new_browser: NewBrowser, host: str, status: int
) -> None:
    stranger = await new_browser(root_site, "/")
    response = await stranger.session.get(stranger.url + "/i/flow/login", headers={"Host": host})
    assert response.status == status


class TestSwitches:
    @pytest.mark.parametrize(
        ("switch", "place"),
        [("not_logged_in", "/sandbox/x/i/flow/login"), ("captcha", "/sandbox/x/account/access")],
    )
    async def test_a_page_leads_elsewhere_as_often_as_the_switch_says(
        self, browser: Browser, control: Control, switch: str, place: str
    ) -> None:
        await control.switch(**{switch: True}, times=1)
        assert (await browser.open("/compose/post")).headers["Location"] == place
        assert (await browser.open("/compose/post")).status == 200

    async def test_the_challenge_stays_while_the_switch_is_on(
        self, browser: Browser, control: Control
    ) -> None:
        await control.switch(captcha=True)
        assert (await browser.open("/account/access")).status == 200
        await control.send("DELETE", f"/faults/{ACCOUNT}")
        assert (await browser.open("/account/access")).headers["Location"] == "/sandbox/x/home"

    async def test_the_other_account_is_on_the_page(
        self, browser: Browser, control: Control
    ) -> None:
        await control.switch(other_account="grace_sandbox")
        found = await shell(await browser.open("/compose/post"))
        assert found["account"]["handle"] == "grace_sandbox"

    @pytest.mark.parametrize(
        ("switch", "value"),
        [
            ("click_swallowed", True),
            ("other_text", True),
            ("popup_over_composer", True),
            ("button_enabled_late", 900),
        ],
    )
    async def test_a_composers_switch_waits_for_a_page_with_a_composer(
        self, browser: Browser, control: Control, switch: str, value: object
    ) -> None:
        await control.switch(**{switch: value}, times=1)
        paths = (f"/{ACCOUNT}", "/compose/post", "/compose/post")
        seen = [(await shell(await browser.open(path)))["switches"] for path in paths]
        assert seen == [{}, {switch: value}, {}]

    @pytest.mark.parametrize(
        ("switch", "value"),
        [("renamed_testids", True), ("renamed_testids", ["tweetText"]), ("no_landmarks", True)],
    )
    async def test_a_landmarks_switch_counts_on_every_page(
        self, browser: Browser, control: Control, switch: str, value: object
    ) -> None:
        await control.switch(**{switch: value})
        paths = (f"/{ACCOUNT}", "/home")
        seen = [(await shell(await browser.open(path)))["switches"] for path in paths]
        assert seen == [{switch: value}] * 2

    async def test_a_page_that_never_loads_never_ends(
        self, browser: Browser, control: Control
    ) -> None:
        await control.switch(never_loads=True)
        response = await browser.session.get(
            browser.url + "/home", timeout=ClientTimeout(total=SOON)
        )
        with pytest.raises(TimeoutError):
            await response.text()

    async def test_a_blank_page_has_no_script(self, browser: Browser, control: Control) -> None:
        await control.switch(never_loads="blank")
        assert "x.js" not in await (await browser.open("/home")).text()


class TestAssets:
    async def test_a_versioned_script_may_be_kept(self, browser: Browser) -> None:
        page = await (await browser.open("/home")).text()
        [address] = re.findall(r'src="(/sandbox/x/static/x\.js\?v=\w+)"', page)
        response = await browser.open(address.removeprefix("/sandbox/x"))
        assert (response.status, response.content_type) == (200, "text/javascript")
        assert "immutable" in response.headers["Cache-Control"]

    @pytest.mark.parametrize("name", ["y.js", "..%2F..%2Fapp.py", "x.js.map"])
    async def test_nothing_else_is_served(self, browser: Browser, name: str) -> None:
        assert (await browser.open(f"/static/{name}")).status == 404

    async def test_an_emoji_is_a_picture(self, browser: Browser) -> None:
        response = await browser.open("/emoji/1f469-1f3fd-200d-1f4bb.svg")
        assert (response.status, response.content_type) == (200, "image/svg+xml")
        assert "👩🏽‍💻" in await response.text()

    @pytest.mark.parametrize(
        "name", ["3c-73-3e", "41", "1f680-3c", "zz", "110000", "1f680-" * 20 + "1f680"]
    )
    async def test_what_is_no_emoji_has_no_picture(self, browser: Browser, name: str) -> None:
        assert (await browser.open(f"/emoji/{name}.svg")).status == 404


def test_the_script_knows_every_test_id_of_the_locators() -> None:
    locators = shared_file("locators/x.json").read_text(encoding="utf-8")
    wanted = set(re.findall(r"data-testid\^?='(\w+)'", locators))
    script = (BUILT / "x.js").read_text(encoding="utf-8")
    # Attachments belong to media, which the simulated X does not take.
    missing = {name for name in wanted - {"attachments"} if name not in script}
    assert missing == set()
