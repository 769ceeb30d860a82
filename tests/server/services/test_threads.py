"""A thread through the services: part after part to the browser, links in the details."""

from typing import Any

import pytest

from postbroker.app import Services
from postbroker.contract.jobs import CreateTweet
from postbroker.domain.caller import Caller
from postbroker.domain.job import Job
from postbroker.errors import ValidationFailedError
from postbroker.operations.extension import pull_answer
from postbroker.operations.jobs import job_answer
from postbroker.store.browsers import Browser
from server.doubles.clock import StillClock
from server.samples import evidence
from server.steps import enqueue, fall_silent, get_permit, pull, take, tell

URLS = [f"https://x.com/ada/status/{number}" for number in (1001, 1002, 1003)]
PARTS = ["first", "second", "third"]
THREAD: dict[str, Any] = {"platform_payload": {"thread": PARTS[1:]}}


async def press(services: Services, browser: Browser) -> Job:
    """The thread, with leave to press its next part."""
    return await get_permit(services, browser, await take(services, browser))


async def part_out(services: Services, browser: Browser, url: str) -> Job:
    """The thread after its next part was seen live."""
    job = await press(services, browser)
    return await tell(services, browser, job, "published", post_url=url, evidence=evidence(job))


def links(job: Job) -> list[str | None]:
    thread = job_answer(job, is_own=True).details.thread
    assert thread is not None
    return [part.post_url for part in thread]


async def test_each_part_is_leased_with_its_own_text_and_the_post_it_answers(
    services: Services, caller: Caller, paired_browser: Browser
) -> None:
    await enqueue(services, caller, "first", **THREAD)
    seen = []
    for url in URLS:
        leased = await pull(services, paired_browser)
        assert leased is not None
        told = pull_answer(leased).job
        seen.append((told.text, told.account, told.options))
        job = await get_permit(services, paired_browser, leased.job)
        proof = {"post_url": url, "evidence": evidence(job)}
        await tell(services, paired_browser, job, "published", **proof)
    assert seen == [
        ("first", None, {}),
        ("second", "ada", {"targetId": "1001"}),
        ("third", "ada", {"targetId": "1002"}),
    ]


async def test_the_details_say_which_parts_are_out(
    services: Services, caller: Caller, paired_browser: Browser
) -> None:
    job = await enqueue(services, caller, "first", **THREAD)
    shown = [links(job)]
    for url in URLS:
        job = await part_out(services, paired_browser, url)
        shown.append(links(job))
    assert shown == [[*URLS[:n], *[None] * (3 - n)] for n in range(4)]
    assert (job.state, job.post_url) == ("published", URLS[0])
    events = (await services.jobs.history(job))[0]
    told = [(each.data["part"], each.data["postUrl"]) for each in events if "part" in each.data]
    assert told == list(enumerate(URLS, 1))


async def test_a_look_leaves_out_the_parts_that_are_known(
    services: Services, caller: Caller, paired_browser: Browser, still_clock: StillClock
) -> None:
    await enqueue(services, caller, "first", **THREAD)
    await part_out(services, paired_browser, URLS[0])
    await fall_silent(services, still_clock, await press(services, paired_browser))
    still_clock.move(30)
    looking = await pull(services, paired_browser)
    assert looking is not None
    assert (looking.purpose, looking.exclude) == ("verify", URLS[:1])


@pytest.mark.parametrize("taken", [URLS[0], "https://x.com/ada/status/7"])
async def test_a_post_that_is_taken_is_no_part(
    services: Services, caller: Caller, paired_browser: Browser, taken: str
) -> None:
    await enqueue(services, caller, "other")
    await part_out(services, paired_browser, "https://x.com/ada/status/7")
    await enqueue(services, caller, "first", **THREAD)
    await part_out(services, paired_browser, URLS[0])
    job = await part_out(services, paired_browser, taken)
    assert (job.state, links(job)) == ("outcome_unknown", [URLS[0], None, None])


async def test_a_late_word_about_a_part_that_is_out_changes_nothing(
    services: Services, caller: Caller, paired_browser: Browser, still_clock: StillClock
) -> None:
    await enqueue(services, caller, "first", **THREAD)
    silent = await press(services, paired_browser)
    await fall_silent(services, still_clock, silent)
    still_clock.move(30)
    looking = await take(services, paired_browser)
    found = {"post_url": URLS[0], "evidence": evidence(looking)}
    job = await tell(services, paired_browser, looking, "found", stage="preparing", **found)
    assert job.state == "queued"
    with pytest.raises(Exception, match="lease"):
        await tell(services, paired_browser, silent, "unknown", post_url=URLS[0])
    assert (await services.jobs.get(job.id, None)).state == "queued"


@pytest.mark.parametrize(
    ("thread", "code", "field"),
    [
        ("second", "VALIDATION_FAILED", "platformPayload.thread"),
        (["second", 3], "VALIDATION_FAILED", "platformPayload.thread"),
        (["second"] * 25, "VALIDATION_FAILED", "platformPayload.thread"),
        (["second", " "], "VALIDATION_FAILED", "platformPayload.thread.1"),
        (["x" * 281], "CONTENT_TOO_LONG", "platformPayload.thread.0"),
    ],
)
async def test_what_is_wrong_with_a_part_is_named(
    services: Services,
    caller: Caller,
    paired_browser: Browser,
    thread: object,
    code: str,
    field: str,
) -> None:
    request = CreateTweet(text="first", platform_payload={"thread": thread})
    with pytest.raises(ValidationFailedError) as refused:
        await services.posts.create(caller, request)
    assert [(each.code, each.field) for each in refused.value.errors] == [(code, field)]


async def test_a_platform_without_threads_takes_none(
    services: Services, caller: Caller, paired_browser: Browser
) -> None:
    request = CreateTweet(text="first", platform="facebook", platform_payload={"thread": ["a"]})
    with pytest.raises(ValidationFailedError, match="has no threads here"):
        await services.posts.create(caller, request)
