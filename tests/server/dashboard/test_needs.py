"""What needs a person, most urgent first."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from postbroker.contract.connections import AccountHealth, ConnectionHealth
from postbroker.contract.words import PROTOCOL_VERSION
from postbroker.dashboard.needs import needs_of
from postbroker.domain.job import Job
from postbroker.services.usage import Standing
from postbroker.store.browsers import Browser
from postbroker.store.workspaces import Workspace

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
WORKSPACE = Workspace(id="w", name="Ada's", is_paused=False, created_at=NOON)
LOGGED_IN = [{"platform": "x", "loggedIn": True, "account": "@ada"}]
LAPTOP = Browser(
    id="b",
    workspace_id="w",
    name="Laptop",
    browser="Chromium 156",
    extension_version="0.1.0",
    protocol_version=PROTOCOL_VERSION,
    platforms=LOGGED_IN,
    is_paused=False,
    paired_by="owner",
    paired_at=NOON,
    last_seen_at=NOON,
)
JOB = Job(
    id="j",
    workspace_id="w",
    platform="x",
    kind="post",
    text="Is it live?" * 20,
    text_sha256="",
    state="outcome_unknown",
    created_at=NOON,
    updated_at=NOON,
    expires_at=NOON,
    deadline_at=None,
    due_at=NOON,
)


def titles(browsers: list[tuple[Browser, bool]], *jobs: Job, paused: bool = False) -> list[str]:
    workspace = replace(WORKSPACE, is_paused=paused)
    return [need.title for need in needs_of(Standing(workspace, browsers, {}), jobs)]


def test_nothing_when_a_browser_is_ready() -> None:
    assert titles([(LAPTOP, True)]) == []


@pytest.mark.parametrize(
    ("browser", "is_online", "title"),
    [
        (LAPTOP, False, "A browser is offline"),
        (replace(LAPTOP, is_paused=True), True, "A browser is paused"),
        (replace(LAPTOP, platforms=[{"platform": "x", "loggedIn": False}]), True,
         "Nobody is logged in to X"),
        (replace(LAPTOP, protocol_version=PROTOCOL_VERSION + 1), True,
         "The extension does not fit this broker"),
    ],
)  # fmt: skip
def test_browser_that_is_not_ready_needs_somebody(
    browser: Browser, is_online: bool, title: str
) -> None:
    assert titles([(browser, is_online)]) == [title]


def test_offline_browser_says_nothing_else() -> None:
    assert titles([(replace(LAPTOP, is_paused=True), False)]) == ["A browser is offline"]


def test_most_urgent_comes_first() -> None:
    assert titles([], JOB, paused=True) == [
        "Is this post live?",
        "Everything is paused",
        "No browser is paired",
    ]


def test_unsettled_job_leads_to_its_page_with_a_short_text() -> None:
    need = needs_of(Standing(WORKSPACE, [(LAPTOP, True)], {}), [JOB])[0]
    assert need.link == "/dashboard/jobs/j"
    assert need.quote == JOB.text[:80]


@pytest.mark.parametrize(
    ("health", "title"),
    [
        ("ends_soon", "A connection with LINKEDIN ends soon"),
        ("failing", "LINKEDIN cannot be asked"),
        ("disconnected", "LINKEDIN is disconnected"),
    ],
)
def test_a_connection_in_trouble_says_what_to_do(health: ConnectionHealth, title: str) -> None:
    account = AccountHealth(
        connection_id="c", platform="linkedin", handle="Ada", health=health, next_step="do it"
    )
    standing = Standing(WORKSPACE, [(LAPTOP, True)], {})
    [need] = needs_of(standing, [], connections=[account])
    assert (need.title, need.advice, need.quote) == (title, "Do it.", "Ada")


def test_who_posts_by_an_official_api_needs_no_browser() -> None:
    account = AccountHealth(connection_id="c", platform="bluesky", health="healthy")
    assert needs_of(Standing(WORKSPACE, [], {}), [], connections=[account]) == []
