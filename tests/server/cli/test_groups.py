"""`groups` and `comment`: what a browser found, said in sentences."""

import asyncio
from typing import Any

import pytest

from server.cli.conftest import Ended, Running
from server.doubles.extension import FakeBrowser

GROUP_URL = "https://www.facebook.com/groups/157"
REDDIT_POST = "https://www.reddit.com/r/bread/comments/1abcde/my_first_loaf/"
COMMENT_URL = "https://www.reddit.com/r/bread/comments/1abcde/comment/kx9"


async def done(
    running: Running, browser: FakeBrowser, details: dict[str, Any], *arguments: str
) -> Ended:
    """The end of a command while the browser reports its errand as done."""

    async def do() -> None:
        leased = await browser.pull(10)
        assert leased is not None
        await browser.ack(leased, "done", "preparing", details=details)

    ended, _ = await asyncio.gather(running.run(*arguments), do())
    return ended


async def test_a_search_lists_groups_with_their_addresses(
    running_with_browser: Running, browser: FakeBrowser
) -> None:
    group = {"name": "Sourdough bakers", "url": GROUP_URL, "memberCount": 1200}
    found = {"groupSearch": {"results": [group]}}
    ended = await done(running_with_browser, browser, found, "groups", "search", "sourdough")
    assert ended.code == 0
    *_, name, address = ended.out.splitlines()
    assert name == "Sourdough bakers  unknown, 1200 members, unknown"
    assert address.strip() == GROUP_URL


async def test_a_search_that_finds_none_says_so(
    running_with_browser: Running, browser: FakeBrowser
) -> None:
    found: dict[str, Any] = {"groupSearch": {"results": []}}
    ended = await done(running_with_browser, browser, found, "groups", "search", "nothing at all")
    assert (ended.code, ended.out.splitlines()[-1]) == (0, "No group fits.")


@pytest.mark.parametrize(
    ("command", "state", "words"),
    [
        ("status", "not_member", "The account is not in the group."),
        ("status", "joined", "The account is in the group."),
        ("join", "requested", "The account has asked to be let in."),
    ],
)
async def test_the_button_s_state_is_said_in_words(
    running_with_browser: Running, browser: FakeBrowser, command: str, state: str, words: str
) -> None:
    ended = await done(
        running_with_browser, browser, {"buttonState": state}, "groups", command, GROUP_URL
    )
    assert (ended.code, ended.out.splitlines()[-1]) == (0, words)


async def test_a_comment_ends_with_its_address(
    running_with_browser: Running, browser: FakeBrowser
) -> None:
    async def publish() -> None:
        leased = await browser.pull(10)
        assert leased is not None
        await browser.publish(leased, COMMENT_URL)

    ended, _ = await asyncio.gather(
        running_with_browser.run("comment", REDDIT_POST, "Lovely crumb!"), publish()
    )
    assert (ended.code, ended.out.splitlines()[-1]) == (0, f"Live: {COMMENT_URL}")


@pytest.mark.parametrize(
    "arguments",
    [
        ("groups", "search", ""),
        ("groups", "search", "bread", "--privacy", "secret"),
        ("groups", "join", "https://example.com/groups/1"),
        ("groups", "status", "feed"),
        ("comment", "https://www.reddit.com/r/bread/", "hi"),
    ],
)
async def test_wrong_use_ends_with_2(running: Running, arguments: tuple[str, ...]) -> None:
    assert (await running.run(*arguments)).code == 2
