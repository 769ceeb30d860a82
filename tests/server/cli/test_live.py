"""`numbers` and `delete`: what can be asked of posts that are out."""

from server.cli.conftest import Running
from server.doubles.extension import FakeBrowser


async def test_a_post_of_a_browser_is_neither_counted_nor_removed(
    running_with_browser: Running, browser: FakeBrowser
) -> None:
    asked = ("post", "Live", "--sandbox", "--no-wait", "--json")
    job_id = (await running_with_browser.run(*asked)).document["id"]
    await browser.publish_next()
    counted = await running_with_browser.run("numbers", job_id, "--json")
    removed = await running_with_browser.run("delete", job_id, "--yes", "--json")
    assert counted.code == removed.code != 0
    assert counted.document["code"] == removed.document["code"] != "JOB_NOT_FOUND"


async def test_nothing_is_removed_without_a_yes(
    running_with_browser: Running, browser: FakeBrowser
) -> None:
    asked = ("post", "Stays", "--sandbox", "--no-wait", "--json")
    job_id = (await running_with_browser.run(*asked)).document["id"]
    await browser.publish_next()
    ended = await running_with_browser.run("delete", job_id)
    assert ended.code == 2
    assert "--yes" in ended.err
