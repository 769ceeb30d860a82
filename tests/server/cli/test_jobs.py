"""`jobs` and `cancel`."""

import asyncio
import json

from postbroker.client import AsyncPostbroker
from server.cli.conftest import Running
from server.doubles.extension import FakeBrowser


async def queue(running: Running, text: str) -> str:
    """A job that waits, although no browser may be there."""
    async with AsyncPostbroker(running.broker.url, running.key) as broker:
        return (await broker.post(text, when_offline="queue")).id


async def test_list_is_newest_first_and_as_long_as_asked(running: Running) -> None:
    ids = [await queue(running, f"Number {number}") for number in range(3)]
    page = (await running.run("jobs", "--limit", "2", "--json")).document
    assert [job["id"] for job in page["jobs"]] == ids[:0:-1]


async def test_list_shows_only_the_status_asked_for(running: Running) -> None:
    job_id = await queue(running, "To be found among the waiting")
    assert job_id in (await running.run("jobs", "--status", "queued")).out
    assert job_id not in (await running.run("jobs", "--status", "succeeded")).out
    assert (await running.run("jobs", "--status", "lost")).code == 2


async def test_canceled_job_is_over(running: Running) -> None:
    job_id = await queue(running, "Not after all")
    assert (await running.run("cancel", job_id)).code == 0
    job = (await running.run("jobs", job_id, "--json")).document
    assert job["details"]["state"] == "canceled"
    assert [event["state"] for event in job["events"]] == ["queued", "canceled"]


async def test_unknown_job_is_said_so(running: Running) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    ended = await running.run("jobs", nobody, "--json")
    assert (ended.code, ended.document["code"]) == (1, "JOB_NOT_FOUND")


async def test_waiting_job_is_shown_with_its_past_at_once(running: Running) -> None:
    job_id = await queue(running, "Still waiting")
    job = (await running.run("jobs", job_id, "--json")).document
    assert [event["sequence"] for event in job["events"]] == [1]


async def test_watch_follows_to_the_end(
    running_with_browser: Running, browser: FakeBrowser
) -> None:
    job_id = await queue(running_with_browser, "Watched")
    watching = asyncio.create_task(running_with_browser.run("jobs", job_id, "--watch"))
    await browser.publish_next()
    ended = await watching
    assert ended.code == 0
    assert ended.out.splitlines()[-1].startswith("Live: https://x.com/ada/status/")


async def test_published_job_has_a_whole_timeline(
    running_with_browser: Running, browser: FakeBrowser
) -> None:
    job_id = await queue(running_with_browser, "Told")
    await browser.publish_next()
    job = json.loads((await running_with_browser.run("jobs", job_id, "--json")).out)
    assert [event["sequence"] for event in job["events"]] == list(range(1, len(job["events"]) + 1))
    assert job["events"][-1]["name"] == "published"


async def test_failed_job_is_sent_again_and_followed(
    running_with_browser: Running, browser: FakeBrowser
) -> None:
    job_id = (
        await running_with_browser.run("post", "Again", "--sandbox", "--no-wait", "--json")
    ).document["id"]
    leased = await browser.pull(10)
    assert leased is not None
    await browser.ack(leased, "failed", "preparing", error_code="not_logged_in", error="nobody")
    ended, _ = await asyncio.gather(
        running_with_browser.run("retry", job_id, "--json"), browser.publish_next()
    )
    assert (ended.code, ended.document["status"]) == (0, "succeeded")
    assert ended.document["id"] != job_id


async def test_unknown_outcome_is_settled_and_only_then_sent_again(
    running_with_browser: Running, browser: FakeBrowser
) -> None:
    arguments = ("post", "Where is it?", "--sandbox", "--no-wait", "--json")
    job_id = (await running_with_browser.run(*arguments)).document["id"]
    leased = await browser.pull(10)
    assert leased is not None
    await browser.permit(leased)
    await browser.ack(leased, "unknown", "pressed", error="no answer")
    assert (await running_with_browser.run("settle", job_id)).code == 2
    refused = await running_with_browser.run("retry", job_id, "--json")
    assert refused.document["code"] == "INVALID_STATUS_TRANSITION"
    settled = await running_with_browser.run("settle", job_id, "--absent", "--json")
    assert (settled.code, settled.document["errorCode"]) == (0, "not_posted")
    again = await running_with_browser.run("retry", job_id, "--no-wait", "--json")
    assert (again.code, again.document["status"]) == (0, "queued")
    assert (await running_with_browser.run("cancel", again.document["id"])).code == 0
