"""Signing in by a link, and out."""

from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from pydantic import HttpUrl

from postbroker.app import running_broker
from postbroker.appkeys import SESSION_COOKIE, WORKSPACES
from postbroker.settings import Settings
from server.dashboard.visitor import Visitor


async def test_link_signs_in_after_its_button_was_pressed(
    app: web.Application, stranger: Visitor
) -> None:
    page = await stranger.sign_in(app[WORKSPACES].sign_in_token())
    assert (page.status, page.path) == (200, "/dashboard")


async def test_opening_a_link_ahead_does_not_use_it_up(
    app: web.Application, stranger: Visitor
) -> None:
    token = app[WORKSPACES].sign_in_token()
    for _ in range(3):
        assert (await stranger.open(f"/dashboard/sign-in?token={token}")).status == 200
    assert (await stranger.open("/dashboard")).path == "/dashboard/signed-out"
    assert (await stranger.sign_in(token)).path == "/dashboard"


async def test_link_works_once(app: web.Application, owner: Visitor, stranger: Visitor) -> None:
    token = app[WORKSPACES].sign_in_token()
    await owner.sign_in(token)
    page = await stranger.sign_in(token)
    assert page.status == 401
    assert "The sign-in link was used before." in page.text
    assert "postbroker signin" in page.text
    assert (await stranger.open("/dashboard")).path == "/dashboard/signed-out"


@pytest.mark.parametrize("token", ["made-up", "é\u202e", "a" * 5000])
async def test_made_up_link_says_what_to_do(stranger: Visitor, token: str) -> None:
    page = await stranger.sign_in(token)
    assert page.status == 401
    assert "postbroker signin" in page.text


async def test_link_without_its_token_leads_to_how_to_get_one(stranger: Visitor) -> None:
    assert (await stranger.open("/dashboard/sign-in")).path == "/dashboard/signed-out"


@pytest.mark.parametrize(
    ("public_url", "is_secure"), [(None, False), (HttpUrl("https://posts.example"), True)]
)
async def test_cookie_is_kept_from_scripts_other_sites_and_plain_http(
    tmp_path: Path, public_url: HttpUrl | None, is_secure: bool
) -> None:
    settings = Settings(data_dir=tmp_path, public_url=public_url)
    async with running_broker(settings, "https://posts.example") as app, TestServer(app) as server:
        await app[WORKSPACES].ensure_first()
        url = server.make_url("/dashboard/sign-in")
        form = {"token": app[WORKSPACES].sign_in_token()}
        async with (
            ClientSession() as session,
            session.post(url, data=form, allow_redirects=False) as answer,
        ):
            assert answer.status == 303
            cookie = answer.cookies[SESSION_COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert bool(cookie["secure"]) is is_secure


async def test_signing_out_ends_the_session(owner: Visitor) -> None:
    page = await owner.press("/dashboard", "/dashboard/sign-out")
    assert page.path == "/dashboard/signed-out"
    assert (await owner.open("/dashboard")).path == "/dashboard/signed-out"
