"""`pair`: a code is claimed, then somebody says yes in the extension."""

import asyncio

from server.cli.conftest import Running
from server.doubles.extension import FakeBrowser


async def test_browser_is_paired_after_the_yes(running_with_browser: Running) -> None:
    async with FakeBrowser(running_with_browser.broker.url, name="The desk") as browser:
        code = (await browser.register()).code
        spaced = f"{code[:3]} {code[3:]}"
        claimed = (await running_with_browser.run("pair", spaced, "--no-wait", "--json")).document
        confirmed = await browser.confirm()
        assert claimed == {"browserId": confirmed.browser_id, "status": "claimed"}
        await browser.hello()


async def test_waits_for_the_yes(running_with_browser: Running) -> None:
    async with FakeBrowser(running_with_browser.broker.url, name="The laptop") as browser:
        code = (await browser.register()).code
        command = asyncio.create_task(running_with_browser.run("pair", code))
        await say_yes_once_claimed(browser)
        ended = await command
        assert ended.code == 0
        assert "press Yes in the extension" in ended.out
        assert "Paired: The laptop" in ended.out


async def test_wrong_code_needs_a_person(running: Running) -> None:
    ended = await running.run("pair", "12345", "--json")
    assert (ended.code, ended.document["code"]) == (3, "PAIRING_CODE_INVALID")
    assert "code again" in ended.document["suggestedAction"]


async def say_yes_once_claimed(browser: FakeBrowser) -> None:
    while (await browser.pairing()).status != "claimed":
        pass
    await browser.confirm()
