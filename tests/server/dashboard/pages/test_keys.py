"""API keys: made, shown once, revoked."""

import re

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from postbroker.appkeys import KEYS, WORKSPACES
from postbroker.domain.key import ALL_SCOPES
from postbroker.store.keys import Key
from server.dashboard.visitor import Page, Visitor

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
