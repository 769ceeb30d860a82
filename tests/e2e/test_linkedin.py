"""LinkedIn in both of its designs and three languages, and each way in which it fails, once."""

from typing import Any

import pytest

from e2e.crashes import Tally, count_ending, die, prepare
from e2e.endings import (
    assert_nothing_sent,
    assert_published,
    assert_published_once,
    assert_refused_once,
)
from e2e.files import upload
from e2e.newcomers import newcomer
from e2e.stage import Stage
from server.doubles.files import animation, picture, video

PLATFORM = "linkedin"
TEXT = """A family 👩‍👩‍👧‍👦, two  spaces & <b>tags</b>
日本語も、中文也一样。

See https://example.org/a/rather/long/path?with=a&query=too #postbroker @{handle}"""


@pytest.mark.parametrize("language", ["en", "es", "zh"])
@pytest.mark.parametrize("layout", ["old", "new"])
async def test_a_post_goes_out_exactly_once_to_the_letter(
    stage: Stage, layout: str, language: str
) -> None:
    transport = "fetch" if language == "es" else "xhr"
    handle = await newcomer(stage, "member-", layout=layout, language=language, transport=transport)
    text = TEXT.format(handle=handle)
    job = await stage.publish(text, handle)
    [entry] = stage.site.ledger_of(handle)
    assert (job["status"], entry.text, job["postUrl"]) == ("succeeded", text, entry.url)


@pytest.mark.parametrize(("layout", "language", "number"), [("old", "en", 3), ("new", "zh", 20)])
async def test_pictures_go_out_in_their_order(
    stage: Stage, layout: str, language: str, number: int
) -> None:
    handle = await newcomer(stage, "member-", layout=layout, language=language)
    files = [
        await upload(stage, f"{width}.png", picture("PNG", size=(40 + width, 40)))
        for width in range(number)
    ]
    paths = [file.url for file in files]
    job = await stage.publish(f"{number} of {handle}", handle, mediaPaths=paths)
    entry = assert_published(stage, handle, job)
    assert [media.sha256 for media in entry.media] == [file.sha256 for file in files]


@pytest.mark.parametrize(
    ("name", "content"), [("a.gif", animation()), ("a.mp4", video(seconds=4))], ids=["gif", "video"]
)
async def test_one_file_of_another_kind_goes_out(stage: Stage, name: str, content: bytes) -> None:
    handle = await newcomer(stage, "member-", layout="new")
    file = await upload(stage, name, content)
    job = await stage.publish(f"{name} of {handle}", handle, mediaPaths=[file.url])
    [entry] = stage.site.ledger_of(handle)
    assert (job["status"], [each.sha256 for each in entry.media]) == ("succeeded", [file.sha256])


PUBLISHED: list[dict[str, Any]] = [
    {"renamed_classes": True},
    {"composer_stays_closed": True},
    {"old_draft": True},
    {"popup_over_composer": True},
    {"button_enabled_late": 500},
    {"slow_network": 1000},
    {"posts_but_shows_error": True},
    {"empty_but_posted": True},
    {"drop_answer": True, "slow_profile": 1500},
    {"drop_answer": True, "hidden_from_profile": 1500},
]

BEFORE_THE_PRESS: list[tuple[dict[str, Any], str]] = [
    ({"not_logged_in": True}, "not_logged_in"),
    ({"captcha": True}, "challenge_required"),
    ({"no_landmarks": True}, "selector_not_found"),
    ({"other_text": True}, "composer_mismatch"),
    ({"other_audience": True}, "composer_mismatch"),
]

AT_THE_PRESS: list[tuple[str, str]] = [
    ("logout_before_compose_submit", "not_logged_in"),
    ("http_429", "rate_limited"),
    ("invalid_share", "content_rejected"),
]

NOT_POSTED = ["click_swallowed", "empty_answer", "shows_success_but_posts_nothing"]


@pytest.mark.parametrize("faults", PUBLISHED, ids=str)
async def test_a_post_goes_out_once_in_spite_of(stage: Stage, faults: dict[str, Any]) -> None:
    layout = "old" if "renamed_classes" in faults else "new"
    handle = await newcomer(stage, "member-", layout=layout)
    await stage.site.set_faults(handle, **faults)
    job = await stage.publish(f"in spite of all, {handle}", handle)
    assert_published_once(stage, handle, job)


@pytest.mark.parametrize(("fault", "code"), AT_THE_PRESS)
async def test_a_clear_refusal_of_the_platform_is_the_end(
    stage: Stage, fault: str, code: str
) -> None:
    handle = await newcomer(stage, "member-", layout="new")
    await stage.site.set_faults(handle, **{fault: True})
    job = await stage.publish(f"refused to {handle}", handle)
    assert_refused_once(stage, handle, job, code)


@pytest.mark.parametrize("fault", NOT_POSTED)
async def test_a_second_press_after_proof_publishes(stage: Stage, fault: str) -> None:
    handle = await newcomer(stage, "member-")
    await stage.site.set_faults(handle, times=1, **{fault: True})
    job = await stage.publish(f"there at last: {handle}", handle)
    assert_published(stage, handle, job)


async def test_nothing_is_typed_for_another_account(stage: Stage) -> None:
    handle = await newcomer(stage, "member-")
    job = await stage.publish(f"for somebody else than {handle}", "somebody-else")
    assert (job["status"], job["errorCode"]) == ("failed", "wrong_account")


async def test_connections_only_is_posted_when_it_was_asked_for(stage: Stage) -> None:
    handle = await newcomer(stage, "member-")
    await stage.site.set_faults(handle, other_audience=True)
    wish = {"visibility": "connections"}
    job = await stage.publish(f"for friends of {handle}", handle, platformPayload=wish)
    assert (job["status"], len(stage.site.ledger_of(handle))) == ("succeeded", 1)


@pytest.mark.parametrize(
    ("victim", "point"),
    [("worker", "typing"), ("worker", "journal_written"), ("browser", "clicked")],
)
async def test_a_death_in_the_browser_neither_doubles_nor_loses(
    stage: Stage, tally: Tally, victim: str, point: str
) -> None:
    handle = await newcomer(stage, "member-", layout="new")
    await prepare(stage, victim, point)
    job_id = await stage.post(f"{victim} of {handle} dies at {point}", handle)
    await die(stage, victim, point)
    await count_ending(stage, tally, job_id)


@pytest.mark.usefixtures("one_attempt")
@pytest.mark.parametrize(("faults", "code"), BEFORE_THE_PRESS, ids=str)
async def test_nothing_is_pressed_where_something_is_wrong_before(
    stage: Stage, faults: dict[str, Any], code: str
) -> None:
    handle = await newcomer(stage, "member-", layout="new")
    await stage.site.set_faults(handle, **faults)
    job = await stage.publish(f"never posted by {handle}", handle)
    assert_nothing_sent(stage, handle, job, code)


@pytest.mark.usefixtures("one_attempt")
@pytest.mark.parametrize(
    ("faults", "code"),
    [({"upload_fails": True}, "content_rejected"), ({"slow_upload": 60_000}, "upload_stalled")],
    ids=str,
)
async def test_without_its_files_nothing_goes_out(
    stage: Stage, faults: dict[str, Any], code: str
) -> None:
    handle = await newcomer(stage, "member-")
    await stage.site.set_faults(handle, **faults)
    file = await upload(stage, "lost.png", picture())
    job = await stage.publish(f"never by {handle}", handle, mediaPaths=[file.url])
    assert_nothing_sent(stage, handle, job, code)
