"""Instagram: pictures, carousels and videos with a caption, in both designs and three languages."""

from typing import Any

import pytest

from e2e.captioned import assert_goes_out_to_the_letter
from e2e.endings import (
    assert_not_published,
    assert_nothing_sent,
    assert_published,
    assert_published_once,
)
from e2e.files import Uploaded, upload
from e2e.site import LOOKS
from e2e.stage import Stage
from server.doubles.files import picture, video

PLATFORM = "instagram"
SETTINGS = {"attempts": "1"}
ROOM = (640, 800)


async def photo(stage: Stage, name: str = "sea.png", kind: str = "PNG") -> Uploaded:
    """A picture that Instagram takes, at the broker."""
    return await upload(stage, name, picture(kind, ROOM))


async def publish(stage: Stage, account: str, text: str) -> dict[str, Any]:
    """A picture with that caption, and how it ended."""
    return await stage.publish(text, account, mediaPaths=[(await photo(stage)).url])


@pytest.mark.parametrize(("layout", "language"), LOOKS)
async def test_a_picture_goes_out_once_in_every_layout_and_language(
    stage: Stage, account: str, layout: str, language: str
) -> None:
    await assert_goes_out_to_the_letter(stage, account, await photo(stage), layout, language)


@pytest.mark.parametrize("layout", ["old", "new"])
async def test_a_video_alone_is_a_reel_and_is_waited_for(
    stage: Stage, account: str, layout: str
) -> None:
    await stage.site.add_account(account, layout=layout)
    await stage.site.set_faults(account, transcodes={"times": 3})
    file = await upload(stage, "film.mp4", video(size=ROOM, seconds=3))
    job = await stage.publish(f"a reel by {account}", account, mediaPaths=[file.url])
    entry = assert_published(stage, account, job)
    assert "/reel/" in entry.url
    assert [media.sha256 for media in entry.media] == [file.sha256]


@pytest.mark.parametrize("layout", ["old", "new"])
async def test_a_carousel_keeps_its_order(stage: Stage, account: str, layout: str) -> None:
    await stage.site.add_account(account, layout=layout)
    files = [
        await photo(stage, "a.jpg", "JPEG"),
        await upload(stage, "b.mp4", video(size=ROOM, seconds=3)),
        await photo(stage, "c.png"),
    ]
    job = await stage.publish(f"three by {account}", account, mediaPaths=[f.url for f in files])
    entry = assert_published(stage, account, job)
    assert [media.sha256 for media in entry.media] == [file.sha256 for file in files]


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        ({"not_logged_in": True}, "not_logged_in"),
        ({"captcha": True}, "challenge_required"),
        ({"no_landmarks": True}, "selector_not_found"),
        ({"upload_fails": True}, "content_rejected"),
        ({"other_text": True}, "composer_mismatch"),
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
        {"popup_over_composer": True, "slow_upload": 500, "button_enabled_late": 300},
        {"drop_answer": True},
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
        ({"feedback_required": True}, "rate_limited"),
        ({"logout_before_compose_submit": True}, "not_logged_in"),
        ({"shows_success_but_posts_nothing": True}, "not_posted"),
    ],
    ids=str,
)
async def test_what_the_site_does_not_publish_ends_as_not_published(
    stage: Stage, account: str, faults: dict[str, Any], code: str
) -> None:
    await stage.site.set_faults(account, **faults)
    job = await publish(stage, account, f"refused to {account}")
    assert_not_published(stage, account, job, code)


async def test_another_accounts_browser_uploads_nothing(stage: Stage, account: str) -> None:
    job = await publish(stage, "somebody_else", f"not by {account}")
    assert_nothing_sent(stage, account, job, "wrong_account")
