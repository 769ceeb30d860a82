"""The pages carry what the adapter's locators look for, and lose it as the switches say."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from postbroker.resources import shared_file
from server.sandbox.visitors import ACCOUNT, Browser, Control

RENDERED = Path(__file__).with_name("rendered.mjs")
LOCATORS = json.loads(shared_file("locators/x.json").read_text(encoding="utf-8"))["locators"]

COMPOSER = {"dialog", "textBox", "editorRoot", "postButton", "fileInput"}
NAVIGATION = {"profileLink", "accountSwitcher"}
POST = {"post", "postText", "postLink", "postTime"}
MARKS = {"pinned", "profileName", "emptyTimeline", "loginForm"}
HAVE_SECOND_CANDIDATES = COMPOSER | POST | {"profileLink"}


async def located(browser: Browser, *pages: tuple[str, str]) -> list[set[str]]:
    """For each page, given with a selector that says when it is drawn: the locators that find."""
    cookies = {each.key: each.value for each in browser.session.cookie_jar}
    wish = {
        "locators": LOCATORS,
        "pages": [
            {"url": browser.url + path, "ready": ready, "cookies": cookies} for path, ready in pages
        ],
    }
    node = await asyncio.create_subprocess_exec(
        "node", RENDERED, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    answer, _ = await node.communicate(json.dumps(wish).encode())
    assert node.returncode == 0
    names: list[list[str]] = json.loads(answer)
    return [set(each) for each in names]


@pytest.fixture
async def pinned_post(browser: Browser, control: Control) -> str:
    """The id of a post that its author's profile shows pinned."""
    wish = {"handle": ACCOUNT, "text": "hello 🚀 https://example.com"}
    post: dict[str, Any] = await (await control.send("POST", "/posts", wish)).json()
    await control.send("POST", "/accounts", {"handle": ACCOUNT, "pinned": post["postId"]})
    return str(post["postId"])


async def test_every_page_carries_its_landmarks(browser: Browser, pinned_post: str) -> None:
    compose, profile, permalink, empty, login = await located(
        browser,
        ("/compose/post", "article"),
        (f"/{ACCOUNT}", "article"),
        (f"/{ACCOUNT}/status/{pinned_post}", "article"),
        ("/grace_sandbox", "[data-testid=emptyState]"),
        ("/i/flow/login", "input"),
    )
    assert compose >= COMPOSER | NAVIGATION | POST
    assert profile >= NAVIGATION | POST | {"pinned", "profileName"}
    assert permalink >= NAVIGATION | POST
    assert empty >= NAVIGATION | {"profileName", "emptyTimeline"}
    assert not empty & (POST | {"loginForm", "challenge"})
    assert "loginForm" in login
    assert not login & (NAVIGATION | COMPOSER)


@pytest.mark.parametrize("language", ["es", "zh"])
async def test_the_new_layout_carries_them_in_every_language(
    browser: Browser, control: Control, pinned_post: str, language: str
) -> None:
    wish = {"handle": ACCOUNT, "layout": "new", "language": language}
    await control.send("POST", "/accounts", wish)
    compose, permalink = await located(
        browser, ("/compose/post", "article"), (f"/{ACCOUNT}/status/{pinned_post}", "article")
    )
    assert compose >= COMPOSER | NAVIGATION | POST
    assert permalink >= NAVIGATION | POST


async def test_a_challenge_is_one(browser: Browser, control: Control) -> None:
    await control.switch(captcha=True)
    [challenge] = await located(browser, ("/account/access", "h1"))
    assert "challenge" in challenge
    assert not challenge & (NAVIGATION | COMPOSER)


@pytest.mark.usefixtures("pinned_post")
async def test_renamed_test_ids_leave_the_second_candidates(
    browser: Browser, control: Control
) -> None:
    await control.switch(renamed_testids=True)
    [compose] = await located(browser, ("/compose/post", "article"))
    assert compose >= HAVE_SECOND_CANDIDATES


@pytest.mark.usefixtures("pinned_post")
async def test_without_landmarks_no_locator_finds(browser: Browser, control: Control) -> None:
    await control.switch(no_landmarks=True)
    [compose] = await located(browser, ("/compose/post", "article"))
    assert compose == set()


def test_every_locator_is_accounted_for() -> None:
    carried = COMPOSER | NAVIGATION | POST | MARKS
    # The end-to-end tests meet these in a real browser: a toast needs a press, media need a choice,
    # and jsdom does not draw the page of a missing post, which answers 404.
    elsewhere = {"challenge", "toast", "toastLink", "missingPost"}
    media = {"attachments", "attachment", "uploadProgress", "altButton", "altText", "altSave"}
    assert carried | elsewhere | media == set(LOCATORS)
