"""Files in the simulated X: what arrives is what the ledger holds."""

import hashlib
from typing import Any

import pytest

from postbroker.sandbox.ledger import Ledger, LedgerMedia
from server.sandbox.visitors import ACCOUNT, Browser, Control, StillClock

UPLOAD = "/i/media/upload.json"
FILE = b"\x89PNG" + bytes(range(256)) * 1000
PARTS = [FILE[:100_000], FILE[100_000:]]


async def command(browser: Browser, body: bytes = b"", **parameters: str) -> tuple[int, Any]:
    headers = {"x-csrf-token": browser.cookie("ct0"), "Content-Type": "application/octet-stream"}
    async with browser.session.post(
        browser.url + UPLOAD, params=parameters, data=body, headers=headers
    ) as response:
        is_json = response.content_type == "application/json"
        return response.status, await response.json() if is_json else None


async def upload(browser: Browser, parts: list[bytes], total: int = len(FILE)) -> tuple[int, str]:
    """The status of the last command, and the id of the file."""
    _, begun = await command(
        browser, command="INIT", media_type="image/png", total_bytes=str(total)
    )
    media_id = begun["media_id_string"]
    for number, part in enumerate(parts):
        await command(browser, part, command="APPEND", media_id=media_id, segment_index=str(number))
    status, _ = await command(browser, command="FINALIZE", media_id=media_id)
    return status, media_id


def named(*media_ids: str) -> dict[str, Any]:
    return {
        "tweet_text": "look",
        "media": {"media_entities": [{"media_id": each} for each in media_ids]},
    }


def answering(post_id: str) -> dict[str, Any]:
    return {"tweet_text": "second", "reply": {"in_reply_to_tweet_id": post_id}}


async def test_a_post_keeps_its_files_to_the_byte(browser: Browser, ledger: Ledger) -> None:
    status, media_id = await upload(browser, PARTS)
    assert status == 201
    alt = {"media_id": media_id, "alt_text": {"text": "a sea"}}
    await browser.session.post(f"{browser.url}/i/api/1.1/media/metadata/create.json", json=alt)
    await browser.create_with(named(media_id))
    [entry] = ledger.entries()
    digest = hashlib.sha256(FILE).hexdigest()
    assert entry.media == (
        LedgerMedia(sha256=digest, size=len(FILE), content_type="image/png", alt="a sea"),
    )
    async with browser.session.get(f"{browser.url}/media/{digest}") as response:
        assert await response.read() == FILE
    shown = await browser.read(f"/i/api/post/{entry.post_id}")
    assert shown["media"] == [{"sha256": digest, "contentType": "image/png", "alt": "a sea"}]


async def test_a_file_that_is_not_whole_is_refused(browser: Browser) -> None:
    status, _ = await upload(browser, PARTS[:1])
    assert status == 400


async def test_a_failing_upload_is_refused(browser: Browser, control: Control) -> None:
    await control.switch(upload_fails=True, times=1)
    assert [(await upload(browser, PARTS))[0] for _ in range(2)] == [400, 201]


async def test_a_slow_upload_takes_its_time(
    browser: Browser, control: Control, clock: StillClock
) -> None:
    await control.switch(slow_upload=4000)
    before = clock.now()
    await upload(browser, PARTS)
    assert (clock.now() - before).total_seconds() == pytest.approx(4)


async def test_a_file_that_never_came_is_in_no_post(browser: Browser, ledger: Ledger) -> None:
    assert (await browser.create_with(named("12"))).status == 400
    assert ledger.entries() == []


async def test_only_the_page_uploads(browser: Browser) -> None:
    async with browser.session.post(
        browser.url + UPLOAD, params={"command": "INIT"}, headers={"x-csrf-token": "guess"}
    ) as response:
        assert response.status == 403


class TestAnswers:
    async def test_a_post_names_the_one_it_answers(self, browser: Browser, ledger: Ledger) -> None:
        await browser.create("first")
        [first] = ledger.entries()
        answer = await (await browser.create_with(answering(first.post_id))).json()
        legacy = answer["data"]["create_tweet"]["tweet_results"]["result"]["legacy"]
        assert legacy["in_reply_to_status_id_str"] == first.post_id
        [_, second] = ledger.entries()
        assert second.parent_id == first.post_id
        above = (await browser.read(f"/i/api/post/{second.post_id}"))["above"]
        assert [each["id"] for each in above] == [first.post_id]

    async def test_only_the_list_of_answers_shows_it(
        self, browser: Browser, ledger: Ledger
    ) -> None:
        await browser.create("first")
        await browser.create_with(answering(ledger.entries()[0].post_id))
        posts = f"/i/api/timeline/{ACCOUNT}"
        counts = [
            len((await browser.read(path))["posts"]) for path in (posts, f"{posts}?replies=1")
        ]
        assert counts == [1, 2]

    async def test_nobody_answers_what_is_not_there(self, browser: Browser, ledger: Ledger) -> None:
        answer = await (await browser.create_with(answering("7"))).json()
        assert [each["code"] for each in answer["errors"]] == [385]
        assert ledger.entries() == []
