"""`post`: accepted once, followed to its end, and an exit code for every ending."""

import asyncio
import signal
from pathlib import Path

import pytest
from aiohttp import web
from pytest_aiohttp import AiohttpServer

from postbroker.contract.extension import PullAnswer
from server.cli.conftest import Ended, Installation, Running
from server.doubles.extension import FakeBrowser
from server.doubles.files import picture, video


def write_files(contents: dict[Path, bytes]) -> None:
    for file, content in contents.items():
        file.write_bytes(content)


async def publish_next(browser: FakeBrowser) -> PullAnswer:
    """The job that comes next, published."""
    leased = await browser.pull(10)
    assert leased is not None
    await browser.publish(leased)
    return leased


async def post(running: Running, browser: FakeBrowser, *arguments: str) -> Ended:
    """Run `post` while the browser publishes what comes."""
    ended, _ = await asyncio.gather(running.run("post", *arguments), browser.publish_next())
    return ended


async def test_without_a_browser_it_ends_with_7_and_advice(running: Running) -> None:
    ended = await running.run("post", "Hello")
    assert ended.code == 7
    assert ended.out == ""
    assert "no browser is paired" in ended.err
    assert "postbroker pair CODE" in ended.err
    assert "--queue" in ended.err


async def test_queued_without_a_browser_it_waits_for_one(running: Running) -> None:
    ended = await running.run("post", "For later", "--queue", "--json")
    assert ended.code == 0
    assert ended.document["status"] == "queued"


async def test_out_of_patience_it_says_why_the_post_waits(running: Running) -> None:
    ended = await running.run("post", "Much later", "--queue", "--wait", "--timeout", "0.2")
    assert ended.code == 7
    assert "still waits for a browser" in ended.err
    assert "pairs a browser" in ended.err


async def test_published_post_ends_with_its_address(
    running_with_browser: Running, browser: FakeBrowser
) -> None:
    ended = await post(running_with_browser, browser, "Seen live", "--account", "@ada")
    assert ended.code == 0
    *steps, last = ended.out.splitlines()
    assert last.startswith("Live: https://x.com/ada/status/")
    assert any("text" in step for step in steps), steps


async def test_files_are_uploaded_with_their_descriptions(
    running_with_browser: Running, browser: FakeBrowser, tmp_path: Path
) -> None:
    boat, film = tmp_path / "boat.png", tmp_path / "film.mp4"
    write_files({boat: picture(), film: video()})
    arguments = ("With files", "--media", str(boat), "--media", str(film), "--alt", "A boat.")
    ended, pulled = await asyncio.gather(
        running_with_browser.run("post", *arguments, "--json"), publish_next(browser)
    )
    assert ended.document["status"] == "succeeded"
    assert [(file.file_name, file.alt) for file in pulled.job.media] == [
        ("boat.png", "A boat."),
        ("film.mp4", None),
    ]


async def test_a_file_of_an_unknown_type_is_wrong_usage(
    running_with_browser: Running, tmp_path: Path
) -> None:
    write_files({tmp_path / "a.svg": b"<svg/>"})
    ended = await running_with_browser.run("post", "x", "--media", str(tmp_path / "a.svg"))
    assert ended.code == 2
    assert "must end in one of .jpg" in ended.err


async def test_json_is_the_ended_job_and_nothing_else(
    running_with_browser: Running, browser: FakeBrowser
) -> None:
    ended = await post(running_with_browser, browser, "As JSON", "--sandbox", "--json")
    assert ended.document["status"] == "succeeded"
    assert ended.document["details"]["sandbox"] is True
    assert ended.document["postUrl"].startswith(f"{running_with_browser.broker.url}/sandbox/x/")
    assert ended.err == ""


async def test_same_idempotency_key_is_posted_once(
    running_with_browser: Running, browser: FakeBrowser
) -> None:
    arguments = ("Only once", "--idempotency-key", "my-name-for-it", "--json")
    first = await post(running_with_browser, browser, *arguments)
    second = await running_with_browser.run("post", *arguments)
    assert second.document["id"] == first.document["id"]
    assert await browser.pull() is None


async def test_same_text_twice_is_refused_unless_it_is_wanted(running: Running) -> None:
    first = await running.run("post", "Twice", "--queue", "--json")
    again = await running.run("post", "Twice", "--queue")
    wanted = await running.run("post", "Twice", "--queue", "--allow-duplicate")
    assert (first.code, again.code, wanted.code) == (0, 4, 0)
    assert "within a day" in again.err


@pytest.mark.parametrize("group", ["157", "https://m.facebook.com/groups/157/"])
async def test_a_group_is_named_by_its_id_or_its_address(running: Running, group: str) -> None:
    ended = await running.run(
        "post", f"For the group {group}", "--group", group, "--queue", "--json"
    )
    assert (ended.code, ended.document["platform"]) == (0, "facebook")


async def test_parts_of_a_thread_follow_the_first(running: Running) -> None:
    parts = ["--thread", "second", "--thread", "third"]
    ended = await running.run("post", "first", *parts, "--queue", "--json")
    assert ended.code == 0
    shown = await running.run("jobs", ended.document["id"], "--json")
    assert len(shown.document["details"]["thread"]) == 3


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [("not_logged_in", 3), ("content_rejected", 5), ("account_restricted", 3)],
)
async def test_failure_says_who_must_do_what(
    running_with_browser: Running, browser: FakeBrowser, code: str, exit_code: int
) -> None:
    async def fail() -> None:
        leased = await browser.pull(10)
        assert leased is not None
        await browser.ack(leased, "failed", "preparing", error_code=code, error="as the page says")

    # In the sandbox no account is paused, which the tests after this one go on with.
    arguments = ("post", f"To fail: {code}", "--sandbox")
    ended, _ = await asyncio.gather(running_with_browser.run(*arguments), fail())
    assert ended.code == exit_code
    assert f"{code}: as the page says" in ended.err
    assert "→" in ended.err


async def test_unproven_post_is_unknown_and_not_a_failure(
    running_with_browser: Running, browser: FakeBrowser
) -> None:
    async def lose_sight() -> None:
        leased = await browser.pull(10)
        assert leased is not None
        await browser.permit(leased)
        await browser.ack(leased, "unknown", "pressed", error="the page never answered")

    ended, _ = await asyncio.gather(
        running_with_browser.run("post", "Perhaps there", "--timeout", "1.5"), lose_sight()
    )
    assert ended.code == 6
    assert "jobs" in ended.err


async def test_hostile_text_is_posted_and_shown_as_it_is(
    running_with_browser: Running, browser: FakeBrowser
) -> None:
    text = "[bold]no markup[/bold] [link=x]"
    ended = await post(running_with_browser, browser, text, "--json")
    assert ended.document["text"] == text
    shown = await running_with_browser.run("jobs", ended.document["id"])
    assert text in shown.out


@pytest.mark.parametrize(
    "arguments",
    [("",), ("x" * 281,), ("Hello", "--platform", "myspace"), ("Hello", "--timeout", "-1")],
)
async def test_wrong_use_ends_with_2(running: Running, arguments: tuple[str, ...]) -> None:
    assert (await running.run("post", *arguments)).code == 2


async def test_without_a_broker_it_can_be_repeated_safely(running: Running) -> None:
    ended = await running.run("--url", "http://127.0.0.1:9", "--key", "claw_any", "post", "Hello")
    assert ended.code == 1
    assert "no broker answers at http://127.0.0.1:9" in ended.err
    assert "--idempotency-key" in ended.err


async def test_local_key_is_not_sent_to_another_address(running: Running) -> None:
    ended = await running.run("--url", "http://127.0.0.1:9", "post", "Hello", "--json")
    assert (ended.code, ended.document["code"]) == (2, "NO_KEY")


async def test_something_else_at_the_address_is_said_so(
    running: Running, aiohttp_server: AiohttpServer
) -> None:
    other = await aiohttp_server(web.Application())
    url = str(other.make_url("")).rstrip("/")
    ended = await running.run("--url", url, "--key", "claw_any", "post", "Hello", "--json")
    assert (ended.code, ended.document["code"]) == (1, "STRANGE_ANSWER")


async def test_lost_answer_is_asked_for_again_and_accepted_once(installation: Installation) -> None:
    broker = installation.start(POSTBROKER_CRASH_AT="accepted")
    port = broker.url.rpartition(":")[2]
    posting = asyncio.create_task(
        installation.run("--key", broker.ready["apiKey"], "post", "Hello", "--queue", "--json")
    )
    await asyncio.to_thread(broker.process.wait)
    broker.close()
    second = installation.start("--port", port)
    ended = await posting
    jobs = (await installation.run("jobs", "--json")).document["jobs"]
    second.stop()
    assert ended.code == 0, ended.err
    assert [job["id"] for job in jobs] == [ended.document["id"]]


async def test_wait_goes_on_over_a_restart_of_the_broker(installation: Installation) -> None:
    first = installation.start()
    key, port = first.ready["apiKey"], first.url.rpartition(":")[2]
    browser = await FakeBrowser.pair(first.url, key)
    posting = asyncio.create_task(installation.run("--key", key, "post", "Hello"))
    leased = await browser.pull(10)
    assert leased is not None
    first.stop(signal.SIGKILL)
    second = installation.start("--port", port)
    await browser.publish(leased)
    ended = await posting
    second.stop()
    await browser.close()
    assert ended.code == 0, ended.err
    assert ended.out.splitlines()[-1].startswith("Live: ")
    assert ended.out.count("waits for a browser") == 1, "events are not told twice"


async def test_what_a_platform_takes_besides_is_set_by_name(running: Running) -> None:
    arguments = ("post", "For a group by its number", "--platform", "facebook", "--queue", "--json")
    by_name = await running.run(*arguments, "--set", "groupId=157")
    again = await running.run(*arguments, "--group", "157")
    assert by_name.code == 0
    assert (again.code, again.document["code"]) == (4, "duplicate_content")
    thread = await running.run("validate", "one", "--set", 'thread=["two", "three"]', "--json")
    assert thread.document["valid"]


@pytest.mark.parametrize("given", ["nonsense", "=value"])
async def test_what_names_nothing_is_wrong_usage(running: Running, given: str) -> None:
    ended = await running.run("validate", "Hello", "--set", given, "--json")
    assert (ended.code, ended.document["code"]) == (2, "VALIDATION_FAILED")
