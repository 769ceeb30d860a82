"""TikTok: a video and its caption through Studio, in both designs and three languages."""

import sys
from typing import Any

import pytest

from e2e.captioned import assert_goes_out_to_the_letter
from e2e.endings import assert_not_published, assert_nothing_sent, assert_published_once
from e2e.files import Uploaded, upload
from e2e.films import peak_of
from e2e.site import LOOKS
from e2e.stage import Stage
from server.doubles.files import video

PLATFORM = "tiktok"
SETTINGS = {"attempts": "1"}
GROWTH_MIB = 100
"""What a page may take more for a large video than for a small one."""


async def film(stage: Stage) -> Uploaded:
    """A video that TikTok takes, at the broker."""
    return await upload(stage, "My film.mp4", video(size=(360, 640), seconds=3))


async def publish(stage: Stage, account: str, text: str, **more: Any) -> dict[str, Any]:
    """A video with that caption, and how it ended."""
    file = await film(stage)
    return await stage.publish(text, account, mediaPaths=[file.url], **more)


@pytest.mark.parametrize(("layout", "language"), LOOKS)
async def test_a_video_goes_out_once_in_every_layout_and_language(
    stage: Stage, account: str, layout: str, language: str
) -> None:
    await assert_goes_out_to_the_letter(stage, account, await film(stage), layout, language)


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        ({"not_logged_in": True}, "not_logged_in"),
        ({"captcha": True}, "challenge_required"),
        ({"no_landmarks": True}, "selector_not_found"),
        ({"upload_fails": True}, "content_rejected"),
        ({"slow_upload": 60_000}, "upload_stalled"),
        ({"other_text": True}, "composer_mismatch"),
        ({"other_audience": True}, "composer_mismatch"),
    ],
    ids=str,
)
async def test_what_fails_before_the_press_sends_nothing(
    stage: Stage, account: str, faults: dict[str, Any], code: str
) -> None:
    await stage.site.set_faults(account, **faults)
    job = await publish(stage, account, f"never by {account}")
    assert_nothing_sent(stage, account, job, code)


@pytest.mark.parametrize(
    "faults",
    [
        {
            "gives_a_tour": True,
            "offers_checks": True,
            "slow_upload": 500,
            "button_enabled_late": 300,
            "asks_to_continue": True,
        },
        {"popup_over_composer": True, "drop_answer": True},
        {"empty_but_posted": True, "slow_profile": 500},
        {"posts_but_shows_error": True},
    ],
    ids=str,
)
async def test_what_can_be_overcome_is_published_once(
    stage: Stage, account: str, faults: dict[str, Any]
) -> None:
    await stage.site.set_faults(account, **faults)
    job = await publish(stage, account, f"in spite of all, {account}")
    assert_published_once(stage, account, job)


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        ({"http_429": True}, "rate_limited"),
        ({"logout_before_compose_submit": True}, "not_logged_in"),
        ({"empty_answer": True}, "not_posted"),
        ({"click_swallowed": True}, "not_posted"),
    ],
    ids=str,
)
async def test_what_the_site_does_not_publish_ends_as_not_published(
    stage: Stage, account: str, faults: dict[str, Any], code: str
) -> None:
    await stage.site.set_faults(account, **faults)
    job = await publish(stage, account, f"refused to {account}")
    assert_not_published(stage, account, job, code)


async def test_a_video_for_few_goes_out_when_that_is_asked_for(stage: Stage, account: str) -> None:
    await stage.site.set_faults(account, other_audience=True)
    only_me = {"visibility": "private"}
    job = await publish(stage, account, f"for {account} alone", platformPayload=only_me)
    assert (job["status"], len(stage.site.ledger_of(account))) == ("succeeded", 1)


async def test_another_accounts_browser_uploads_nothing(stage: Stage, account: str) -> None:
    job = await publish(stage, "somebody_else", f"not by {account}")
    assert_nothing_sent(stage, account, job, "wrong_account")


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read as Linux tells it")
async def test_memory_does_not_grow_with_the_video(stage: Stage, account: str) -> None:
    start = video(size=(360, 640), seconds=3)
    small, large = [await peak_of(stage, account, start, size) for size in (1, 300)]
    said = f"\npages: {small.pages:.0f} MiB for 1 MiB, {large.pages:.0f} MiB for 300 MiB"
    print(said, end="", file=sys.stderr)
    assert large.pages - small.pages < GROWTH_MIB
