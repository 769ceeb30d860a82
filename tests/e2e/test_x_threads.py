"""Threads on X: every part goes out once and answers the one before, whatever breaks between."""

from typing import Any

import pytest

from e2e.files import upload
from e2e.stage import Stage, until
from server.doubles.files import picture


def thread_of(account: str, parts: int = 3) -> tuple[str, dict[str, Any]]:
    """The text of the first part, and what else a post of that thread says."""
    texts = [f"{number} of {parts} by {account}" for number in range(1, parts + 1)]
    return texts[0], {"platformPayload": {"thread": texts[1:]}}


def is_chain(stage: Stage, account: str, parts: int = 3) -> bool:
    """True when the account posted exactly these parts, each answering the one before."""
    entries = stage.site.ledger_of(account)
    texts = [f"{number} of {parts} by {account}" for number in range(1, parts + 1)]
    parents = [None, *(entry.post_id for entry in entries[:-1])]
    return [(entry.text, entry.parent_id) for entry in entries] == list(
        zip(texts, parents, strict=False)
    )


def urls(job: dict[str, Any]) -> list[str | None]:
    return [part.get("postUrl") for part in job["details"]["thread"]]


@pytest.mark.parametrize("layout", ["old", "new"])
async def test_the_parts_go_out_in_order_each_answering_the_one_before(
    stage: Stage, account: str, layout: str
) -> None:
    await stage.site.add_account(account, layout=layout)
    text, more = thread_of(account)
    job = await stage.publish(text, account, **more)
    assert is_chain(stage, account)
    entries = stage.site.ledger_of(account)
    assert (job["status"], job["postUrl"]) == ("succeeded", entries[0].url)
    assert urls(job) == [entry.url for entry in entries]


async def test_files_go_out_with_the_first_part(stage: Stage, account: str) -> None:
    text, more = thread_of(account, 2)
    file = await upload(stage, "sea.png", picture())
    await stage.publish(text, account, mediaPaths=[file.url], **more)
    assert [len(entry.media) for entry in stage.site.ledger_of(account)] == [1, 0]


@pytest.mark.parametrize(
    "faults",
    [
        {"drop_answer": {"times": 2}},
        {"empty_but_posted": {"times": 1}},
        {"posts_but_shows_error": {"times": 1}},
        {"click_swallowed": {"times": 1}},
        {"empty_answer": {"times": 1}},
        {"no_landmarks": {"times": 1}},
    ],
    ids=str,
)
async def test_a_fault_in_a_part_neither_loses_nor_doubles_one(
    stage: Stage, account: str, faults: dict[str, Any]
) -> None:
    text, more = thread_of(account)
    await stage.site.set_faults(account, **faults)
    job = await stage.publish(text, account, **more)
    assert job["status"] == "succeeded", job
    assert is_chain(stage, account)


async def test_a_break_goes_on_after_the_last_part_that_is_out(stage: Stage, account: str) -> None:
    text, more = thread_of(account, 4)
    job_id = await stage.post(text, account, **more)

    async def one_is_out() -> bool:
        return len(stage.site.ledger_of(account)) >= 1

    await until(one_is_out, "the first part is out")
    await stage.browser.stop_workers()
    await stage.broker.kill()
    await stage.restart_broker()
    await stage.nudge()
    job = await stage.ended(job_id)
    assert job["status"] == "succeeded", job
    assert is_chain(stage, account, 4)


async def test_a_thread_that_the_site_stops_says_which_parts_are_out(
    stage: Stage, account: str
) -> None:
    text, more = thread_of(account)
    job_id = await stage.post(text, account, **more)

    async def one_is_out() -> bool:
        return len(stage.site.ledger_of(account)) >= 1

    await until(one_is_out, "the first part is out")
    await stage.site.set_faults(account, error_344=True)
    job = await stage.ended(job_id)
    entries = stage.site.ledger_of(account)
    assert (job["status"], job["errorCode"]) == ("failed", "rate_limited")
    assert job["postUrl"] == entries[0].url
    assert urls(job) == [entry.url for entry in entries] + [None] * (3 - len(entries))
