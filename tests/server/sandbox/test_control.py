"""Who may control the simulated X, and with what."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, make_mocked_request

from postbroker.sandbox.control import guarded
from postbroker.sandbox.ledger import Ledger
from server.sandbox.visitors import ACCOUNT, Browser, Control


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "chrome-extension://abcdefghijklmnopabcdefghijklmnop"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"X-Forwarded-For": "203.0.113.7"},
        {"Forwarded": "for=203.0.113.7"},
    ],
)
@pytest.mark.parametrize(("method", "path"), [("GET", "/ledger"), ("POST", "/reset")])
async def test_foreign_pages_names_and_proxies_are_refused(
    browser: Browser,
    control: Control,
    ledger: Ledger,
    method: str,
    path: str,
    headers: dict[str, str],
) -> None:
    await browser.create("stays")
    assert (await control.send(method, path, **headers)).status == 403
    assert len(ledger.entries()) == 1


@pytest.mark.parametrize(
    ("remote", "status"),
    [("203.0.113.7", 403), ("10.0.0.2", 403), ("127.0.0.5", 200), ("::1", 200)],
)
async def test_only_this_machine_is_answered(remote: str, status: int) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response()

    request = make_mocked_request("GET", "/", {"Host": "localhost:8787"}).clone(remote=remote)
    assert (await guarded(answer)(request)).status == status


async def test_the_own_origin_is_no_foreign_one(broker_site: TestServer, control: Control) -> None:
    origin = str(broker_site.make_url("")).rstrip("/")
    assert (await control.send("GET", "/ledger", Origin=origin)).status == 200


async def test_switches_are_replaced_read_and_taken_away(control: Control) -> None:
    await control.switch(slow_network=5, times=2)
    await control.switch(error_226={"value": True, "times": 3}, captcha=True)
    answer = await (await control.send("GET", f"/faults/{ACCOUNT}")).json()
    assert answer["faults"] == {
        "error_226": {"value": True, "times": 3},
        "captcha": {"value": True},
    }
    await control.send("DELETE", f"/faults/{ACCOUNT}")
    assert (await (await control.send("GET", f"/faults/{ACCOUNT}")).json())["faults"] == {}


@pytest.mark.parametrize(
    "wish",
    [
        {"no_such_switch": True},
        {"captcha": False},
        {"captcha": "yes"},
        {"slow_network": True},
        {"slow_network": -1},
        {"captcha": True, "times": 0},
        {"captcha": True, "times": True},
        {"never_loads": "blue"},
        {"other_account": "nobody_here"},
        {"other_account": True},
        ["captcha"],
    ],
)
async def test_a_switch_that_means_nothing_is_refused(control: Control, wish: object) -> None:
    assert (await control.send("PUT", f"/faults/{ACCOUNT}", wish)).status == 400


async def test_an_account_that_is_not_there_has_no_switches(control: Control) -> None:
    assert (await control.send("PUT", "/faults/nobody_here", {"captcha": True})).status == 400


async def test_an_account_is_made_and_changed(control: Control) -> None:
    made = await (
        await control.send("POST", "/accounts", {"handle": "@Alan_T", "name": "Alan"})
    ).json()
    changed = await (
        await control.send("POST", "/accounts", {"handle": "alan_t", "transport": "fetch"})
    ).json()
    assert (made["handle"], made["transport"]) == ("Alan_T", "xhr")
    assert changed == made | {"transport": "fetch"}


@pytest.mark.parametrize(
    "wish",
    [
        {"handle": ""},
        {"handle": "home"},
        {"handle": "a" * 16},
        {"handle": "a/b"},
        {"handle": "alan", "transport": "pigeon"},
        {"handle": "alan", "colour": "red"},
        {"handle": "alan", "name": 5},
        {"handle": "alan", "reposts": "12"},
    ],
)
async def test_an_account_that_cannot_be_is_refused(control: Control, wish: object) -> None:
    assert (await control.send("POST", "/accounts", wish)).status == 400


async def test_the_ledger_is_narrowed_by_account_and_text(control: Control) -> None:
    for handle, text in [(ACCOUNT, "one"), ("grace_sandbox", "one"), (ACCOUNT, "two")]:
        await control.send("POST", "/posts", {"handle": handle, "text": text})
    answer = await (await control.send("GET", f"/ledger?account={ACCOUNT.upper()}&text=one")).json()
    assert [entry["number"] for entry in answer["entries"]] == [1]


@pytest.mark.parametrize("text", [None, "", " \n", 5])
async def test_a_post_without_a_text_is_refused(
    control: Control, ledger: Ledger, text: object
) -> None:
    response = await control.send("POST", "/posts", {"handle": ACCOUNT, "text": text})
    assert (response.status, ledger.entries()) == (400, [])


async def test_a_body_that_is_not_json_is_refused(control: Control) -> None:
    response = await control.session.post(control.url + "/accounts", data=b"{")
    assert response.status == 400


async def test_a_session_for_a_browser_can_be_made(
    browser: Browser, control: Control, ledger: Ledger
) -> None:
    cookies = await (await control.send("POST", "/sessions", {"handle": "grace_sandbox"})).json()
    browser.session.cookie_jar.clear()
    browser.session.cookie_jar.update_cookies(cookies)
    assert (await browser.create("by grace")).status == 200
    assert ledger.entries()[0].account == "grace_sandbox"


async def test_a_reset_leaves_only_the_default_accounts(
    browser: Browser, control: Control, ledger: Ledger
) -> None:
    await browser.create("gone")
    await control.send("POST", "/accounts", {"handle": "alan"})
    await control.switch(captcha=True)
    assert (await control.send("POST", "/reset")).status == 200
    accounts = (await (await control.send("GET", "/accounts")).json())["accounts"]
    faults = (await (await control.send("GET", f"/faults/{ACCOUNT}")).json())["faults"]
    assert [each["handle"] for each in accounts] == [
        "ada_sandbox",
        "grace_sandbox",
        "linus_sandbox",
    ]
    assert (ledger.entries(), await control.requests(), faults) == ([], [], {})
    assert (await browser.create("no session")).status == 401
