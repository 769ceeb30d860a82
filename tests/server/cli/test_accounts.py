"""`accounts`, `approve` and `reject`, as the person at the machine uses them."""

from postbroker.client import AsyncPostbroker
from server.cli.conftest import Running
from server.doubles.extension import FakeBrowser


async def ask(running: Running, text: str) -> str:
    """A job that waits for a yes."""
    assert (await running.run("accounts", "ask", "@ada")).code == 0
    async with AsyncPostbroker(running.broker.url, running.key) as broker:
        return (await broker.post(text)).id


async def test_accounts_are_listed_and_switched(
    running_with_browser: Running, browser: FakeBrowser
) -> None:
    running = running_with_browser
    assert "@ada" in (await running.run("accounts")).out
    paused = (await running.run("accounts", "pause", "ada", "--json")).document
    assert (paused["handle"], paused["status"]) == ("@ada", "paused")
    resumed = (await running.run("accounts", "resume", paused["id"], "--json")).document
    assert resumed["status"] == "active"
    always = (await running.run("accounts", "always", "@ada", "--json")).document
    assert always["mode"] == "always"


async def test_an_account_that_is_not_there_is_said_so(running: Running) -> None:
    assert "no accounts yet" in (await running.run("accounts")).out
    ended = await running.run("accounts", "pause", "@nobody", "--json")
    assert (ended.code, ended.document["code"]) == (1, "NOT_FOUND")


async def test_a_yes_lets_a_post_out(running_with_browser: Running, browser: FakeBrowser) -> None:
    job_id = await ask(running_with_browser, "Yes?")
    assert await browser.pull() is None
    assert (await running_with_browser.run("approve", job_id, "--always")).code == 0
    leased = await browser.pull(5)
    assert leased is not None
    assert leased.job.id == job_id


async def test_a_no_ends_it(running_with_browser: Running, browser: FakeBrowser) -> None:
    job_id = await ask(running_with_browser, "No?")
    assert (await running_with_browser.run("reject", job_id)).code == 0
    job = (await running_with_browser.run("jobs", job_id, "--json")).document
    assert (job["status"], job["errorCode"]) == ("failed", "rejected")
