"""Pictures and videos on X: what the ledger holds is what the agent uploaded, to the byte."""

from typing import Any

import pytest

from e2e.crashes import die, prepare
from e2e.endings import assert_nothing_sent, assert_published
from e2e.files import Uploaded, upload
from e2e.site import LOOKS
from e2e.stage import Stage, steps
from server.doubles.files import animation, picture, video


def digests(files: list[Uploaded]) -> list[str]:
    return [file.sha256 for file in files]


@pytest.mark.parametrize(("layout", "language"), LOOKS)
async def test_a_picture_goes_out_in_every_layout_and_language(
    stage: Stage, account: str, layout: str, language: str
) -> None:
    await stage.site.add_account(account, layout=layout, language=language)
    file = await upload(stage, "sea.png", picture("PNG"))
    media = [{"url": file.url, "alt": "A sea, half of it gold 🌊"}]
    job = await stage.publish(f"the sea of {account}", account, media=media)
    entry = assert_published(stage, account, job)
    [shown] = entry.media
    assert (shown.sha256, shown.size, shown.content_type) == (file.sha256, file.size, "image/png")
    assert shown.alt == media[0]["alt"]
    assert "attach_media" in steps(await stage.events(job["id"]))


async def test_four_files_of_all_kinds_go_out_in_their_order(stage: Stage, account: str) -> None:
    files = [
        await upload(stage, "a.jpg", picture("JPEG")),
        await upload(stage, "b.mp4", video()),
        await upload(stage, "c.gif", animation()),
        await upload(stage, "d.webp", picture("WEBP")),
    ]
    job = await stage.publish(f"four of {account}", account, mediaPaths=[f.url for f in files])
    [entry] = stage.site.ledger_of(account)
    assert job["status"] == "succeeded"
    assert [media.sha256 for media in entry.media] == digests(files)


async def test_each_picture_keeps_its_own_description(stage: Stage, account: str) -> None:
    files = [
        await upload(stage, f"{name}.png", picture(size=(40, 40 + n)))
        for n, name in enumerate("ab")
    ]
    media = [{"url": file.url, "alt": f"picture {n}"} for n, file in enumerate(files)]
    await stage.publish(f"described by {account}", account, media=media)
    [entry] = stage.site.ledger_of(account)
    assert [(each.sha256, each.alt) for each in entry.media] == [
        (file.sha256, f"picture {n}") for n, file in enumerate(files)
    ]


async def test_a_slow_upload_is_waited_for(stage: Stage, account: str) -> None:
    await stage.site.set_faults(account, slow_upload=2500)
    file = await upload(stage, "slow.png", picture())
    job = await stage.publish(f"slowly by {account}", account, mediaPaths=[file.url])
    [entry] = stage.site.ledger_of(account)
    assert (job["status"], len(entry.media)) == ("succeeded", 1)


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        ({"upload_fails": True}, "content_rejected"),
        ({"not_logged_in": True}, "not_logged_in"),
    ],
    ids=str,
)
async def test_without_its_files_nothing_goes_out(
    stage: Stage, account: str, faults: dict[str, Any], code: str
) -> None:
    await stage.site.set_faults(account, **faults)
    file = await upload(stage, "lost.png", picture())
    job = await stage.publish(f"never by {account}", account, mediaPaths=[file.url])
    assert_nothing_sent(stage, account, job, code)


async def test_an_upload_that_stalls_is_given_up_and_tried_again(
    stage: Stage, account: str
) -> None:
    await stage.site.set_faults(account, slow_upload={"value": 60_000, "times": 1})
    file = await upload(stage, "stuck.png", picture())
    job = await stage.publish(f"at last by {account}", account, mediaPaths=[file.url])
    [entry] = stage.site.ledger_of(account)
    assert (job["status"], len(entry.media)) == ("succeeded", 1)
    codes = [event["data"].get("errorCode") for event in await stage.events(job["id"])]
    assert "upload_stalled" in codes


async def test_a_post_with_a_file_is_found_behind_a_lost_answer(stage: Stage, account: str) -> None:
    await stage.site.set_faults(account, popup_over_composer=True, drop_answer=True)
    file = await upload(stage, "once.png", picture())
    job = await stage.publish(f"in spite of all, {account}", account, mediaPaths=[file.url])
    [entry] = stage.site.ledger_of(account)
    assert (job["status"], job["postUrl"], len(entry.media)) == ("succeeded", entry.url, 1)
    assert len(stage.site.requests_of(account)) == 1


async def test_a_worker_that_dies_while_it_fetches_a_file_loses_nothing(
    stage: Stage, account: str
) -> None:
    await prepare(stage, "worker", "fetching_file")
    file = await upload(stage, "kept.png", picture())
    job_id = await stage.post(f"fetched again for {account}", account, mediaPaths=[file.url])
    await die(stage, "worker", "fetching_file")
    job = await stage.ended(job_id)
    [entry] = stage.site.ledger_of(account)
    assert (job["status"], [media.sha256 for media in entry.media]) == ("succeeded", [file.sha256])
