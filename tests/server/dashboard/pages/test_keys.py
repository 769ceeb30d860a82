"""API keys: made, shown once, revoked."""

import re

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from postbroker.appkeys import KEYS, WORKSPACES
from postbroker.domain.key import ALL_SCOPES
from postbroker.store.keys import Key
from server.dashboard.visitor import Page, Visitor
from server.doubles.extension import FakeBrowser

KEYS_PAGE = "/dashboard/keys"


async def make_key(owner: Visitor, **entered: str | list[str]) -> Page:
    return await owner.press(KEYS_PAGE, KEYS_PAGE, **entered)


async def keys_of(app: web.Application) -> list[Key]:
    workspace, _ = await app[WORKSPACES].ensure_first()
    return await app[KEYS].list(workspace.id)


async def status_with(server: TestServer, secret: str) -> int:
    headers = {"clawpost-api-key": secret}
    async with (
        ClientSession(headers=headers) as session,
        session.get(server.make_url("/v1/usage")) as answer,
    ):
        return answer.status


async def test_new_key_works_and_its_secret_is_shown_once(
    owner: Visitor, server: TestServer
) -> None:
    page = await make_key(owner, label="My agent")
    assert page.status == 201
    (secret,) = set(re.findall(r"claw_\w{48}", page.html))
    assert await status_with(server, secret) == 200
    page = await owner.open(KEYS_PAGE)
    assert "My agent" in page.text
    assert secret not in page.html


async def test_new_key_may_do_everything_but_say_yes_unless_chosen(
    app: web.Application, owner: Visitor
) -> None:
    await make_key(owner, label="All")
    await make_key(owner, label="Reader", scope=["posts.read", "usage.read"])
    scopes = {key.label: key.scopes for key in await keys_of(app)}
    assert scopes["All"] == ALL_SCOPES - {"posts.approve"}
    assert scopes["Reader"] == {"posts.read", "usage.read"}


@pytest.mark.parametrize(
    ("entered", "field"),
    [
        ({"label": "  "}, "label"),
        ({"label": "x" * 81}, "label"),
        ({"label": "Mine", "scope": []}, "scope"),
        ({"label": "Mine", "scope": ["everything"]}, "scope"),
    ],
)
async def test_wrong_entry_is_refused_beside_its_field(
    app: web.Application, owner: Visitor, entered: dict[str, str | list[str]], field: str
) -> None:
    page = await make_key(owner, **entered)
    assert page.status == 400
    assert any(attributes.get("id") == f"{field}-problem" for _, attributes in page.elements)
    assert await keys_of(app) == []


async def test_revoked_key_is_refused(owner: Visitor, server: TestServer, key: str) -> None:
    page = await owner.open(KEYS_PAGE)
    (form,) = (form for form in page.forms if form.action.endswith("/revoke"))
    page = await owner.submit(form)
    assert page.path == KEYS_PAGE
    assert "Keys that are over" in page.text
    assert await status_with(server, key) == 401
    assert (await owner.submit(form)).status == 404


async def test_new_key_has_the_limits_that_were_entered(
    app: web.Application, owner: Visitor, paired_browser: FakeBrowser
) -> None:
    page = await owner.open(KEYS_PAGE)
    [account] = [
        element["value"] or ""
        for kind, element in page.elements
        if kind == "input" and element.get("name") == "account"
    ]
    await make_key(owner, label="Small", account=account, life="30", per_minute="60")
    [key] = [key for key in await keys_of(app) if key.label == "Small"]
    assert key.account_ids == frozenset({account})
    assert key.expires_at is not None
    assert (key.expires_at - key.created_at).days == 30
    assert key.requests_per_minute == 60
    text = (await owner.open(KEYS_PAGE)).text
    assert "only as @ada" in text
    assert "at most 60 a minute" in text


@pytest.mark.parametrize(
    "entered",
    [
        {"per_minute": "many"},
        {"per_minute": "-1"},
        {"per_minute": "10000000"},
        {"life": "forever"},
        {"account": "nobody's"},
    ],
)
async def test_limits_that_cannot_be_are_refused(
    app: web.Application, owner: Visitor, entered: dict[str, str]
) -> None:
    page = await make_key(owner, label="My agent", **entered)
    assert page.status == 400
    assert await keys_of(app) == []


async def test_rotated_key_is_good_under_both_secrets(
    app: web.Application, owner: Visitor, server: TestServer, key: str
) -> None:
    [known] = await keys_of(app)
    page = await owner.press(KEYS_PAGE, f"{KEYS_PAGE}/{known.id}/rotate", overlap="3600")
    (secret,) = set(re.findall(r"claw_\w{48}", page.html))
    assert secret != key
    assert [await status_with(server, each) for each in (key, secret)] == [200, 200]
    assert "its old secret ends" in (await owner.open(KEYS_PAGE)).text
    page = await owner.press(KEYS_PAGE, f"{KEYS_PAGE}/{known.id}/rotate", overlap="0")
    assert [await status_with(server, each) for each in (key, secret)] == [401, 401]
    page = await owner.press(KEYS_PAGE, f"{KEYS_PAGE}/{known.id}/rotate", overlap="whenever")
    assert page.status == 400
