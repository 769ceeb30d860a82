"""Connections: what can be connected, connecting, the way back, letting go."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from postbroker.app import build_app, open_database
from postbroker.appkeys import CONNECTIONS, WORKSPACES
from postbroker.clock import SystemClock
from postbroker.domain.caller import Caller
from postbroker.platforms.adapter import PlatformAdapter
from postbroker.platforms.registry import load_adapters
from postbroker.services.secrets import Vault
from postbroker.settings import Settings
from postbroker.store.connections import ConnectionRecord
from server.dashboard.visitor import Page, Visitor
from server.doubles.oauth_platform import OAuthMember, OAuthPlatform

PAGE = "/dashboard/connections"
BLUESKY = "/dashboard/connections/bluesky/start"
X = "/dashboard/connections/x/start"
SECRET_KEY = "s" * 48


@pytest.fixture
async def platform() -> AsyncIterator[OAuthPlatform]:
    platform = OAuthPlatform()
    async with platform.server:
        yield platform


@pytest.fixture
async def app(tmp_path: Path, platform: OAuthPlatform) -> AsyncIterator[web.Application]:
    """A broker whose X is a platform on loopback; YouTube's app is still to be registered."""
    settings = platform.reached_by(Settings(data_dir=tmp_path, secret_key=SECRET_KEY))
    adapters: dict[str, PlatformAdapter] = {**load_adapters(), "x": OAuthMember()}
    clock = SystemClock()
    async with open_database(settings, clock) as database:
        yield build_app(
            settings, database, clock, Vault(SECRET_KEY), "http://127.0.0.1", adapters=adapters
        )


async def go_to_x(owner: Visitor, platform: OAuthPlatform) -> str:
    """The person goes to X's consent page and says yes; where it leads back to."""
    page = await owner.press(PAGE, X)
    back = platform.consent(page.link("Go to 127.0.0.1"))
    return f"/oauth/x/callback?code={back['code']}&state={back['state']}"


async def connect(owner: Visitor, platform: OAuthPlatform) -> Page:
    return await owner.open(await go_to_x(owner, platform))


async def only(app: web.Application) -> ConnectionRecord:
    """The one connection there is."""
    workspace, _ = await app[WORKSPACES].ensure_first()
    caller = Caller("key", "the-key", "a key", workspace.id, frozenset())
    [record] = await app[CONNECTIONS].all(caller)
    return record


async def test_each_platform_says_what_it_needs(owner: Visitor) -> None:
    page = await owner.open(PAGE)
    assert page.status == 200
    assert "No account is connected" in page.text
    assert "App password" in page.text
    assert "each post: 0.015 USD" in page.text
    assert 'type="password"' in page.html


async def test_a_consent_connects_and_says_so(owner: Visitor, platform: OAuthPlatform) -> None:
    page = await connect(owner, platform)
    assert page.status == 200
    assert "Ada is connected" in page.text
    page = await owner.open(PAGE)
    assert "Connected" in page.text
    assert "renewed by itself" in page.text
    assert "planted" not in page.html


async def test_nobody_else_ends_what_one_began(
    owner: Visitor, stranger: Visitor, platform: OAuthPlatform
) -> None:
    back = await go_to_x(owner, platform)
    page = await stranger.open(back)
    assert page.status == 403
    assert "CONSENT_MISMATCH" in page.text
    assert (await owner.open(back)).status == 200


async def test_an_answer_nobody_asked_for_is_a_page_that_says_so(stranger: Visitor) -> None:
    page = await stranger.open("/oauth/x/callback?code=a&state=b")
    assert page.status == 403
    assert "Begin the connection again" in page.text


async def test_a_wrong_password_is_asked_for_again(owner: Visitor, platform: OAuthPlatform) -> None:
    entered = {
        "server": "http://127.0.0.1:9",
        "field-handle": "ada.test",
        "field-app_password": "a-planted-password",
    }
    page = await owner.press(PAGE, BLUESKY, **entered)
    assert page.status == 503
    assert "cannot be reached" in page.text
    assert 'value="ada.test"' in page.html
    assert "a-planted-password" not in page.html


@pytest.mark.parametrize("entered", [{"server": "http://example.org"}, {"server": "x" * 400}])
async def test_what_does_not_fit_is_said(owner: Visitor, entered: dict[str, str]) -> None:
    fields = {"field-handle": "ada", "field-app_password": "secret"}
    page = await owner.press(PAGE, BLUESKY, **fields, **entered)
    assert page.status == 400
    assert 'role="alert"' in page.html


async def test_it_is_checked_and_let_go(
    app: web.Application, owner: Visitor, platform: OAuthPlatform
) -> None:
    await connect(owner, platform)
    record = await only(app)
    assert (await owner.press(PAGE, f"{PAGE}/{record.id}/check")).status == 200
    page = await owner.press(PAGE, f"{PAGE}/{record.id}/remove")
    assert "Disconnected" in page.text
    assert "Connect it again" in page.text
    assert len(platform.revoked) == 2


async def test_the_way_of_its_posts_is_chosen(
    app: web.Application, owner: Visitor, platform: OAuthPlatform
) -> None:
    await connect(owner, platform)
    record = await only(app)
    action = f"{PAGE}/accounts/{record.account_id}/route"
    page = await owner.press(PAGE, action, route="tab")
    assert page.status == 200
    assert '<option value="tab" selected>' in page.html
    assert (await owner.press(PAGE, action, route="nowhere")).status == 400


async def test_a_trouble_is_shown_with_its_cause(
    owner: Visitor, platform: OAuthPlatform, app: web.Application
) -> None:
    await connect(owner, platform)
    record = await only(app)
    platform.is_locked = True
    page = await owner.press(PAGE, f"{PAGE}/{record.id}/check")
    assert "Disconnected" in page.text
    assert "The account is locked" in page.text


async def test_only_who_is_signed_in_sees_it(stranger: Visitor) -> None:
    assert "signed-out" in (await stranger.open(PAGE)).path
