"""Facebook: the feed and groups, through https://www.facebook.com in a hidden tab."""

from typing import Any

import pytest

from e2e.endings import (
    assert_not_published,
    assert_nothing_sent,
    assert_published,
    assert_refused_once,
)
from e2e.files import upload
from e2e.site import LOOKS
from e2e.stage import Stage
from postbroker.sandbox.facebook.site import FacebookAccount
from server.doubles.files import picture, video

PLATFORM = "facebook"
SETTINGS = {"attempts": "1"}

GARDENERS, NIGHT_SKY, OLD_MAPS, QUIET = (f"10020030040050{number}" for number in (1, 2, 3, 4))
ANNOUNCEMENTS, BARTER, RUNNERS, CHESS = (f"10020030040050{number}" for number in (5, 6, 7, 8))

TEXT = """A family 👩‍👩‍👧‍👦, a thumb 👍🏽 & <b>tags</b>
日本語も、中文也一样。

See https://example.org/a/path?with=a&query=too #postbroker
  two spaces, "quotes" and 'apostrophes'"""


def number(handle: str) -> str:
    """The name by which programs know an account."""
    return FacebookAccount.new(handle).user_id


@pytest.mark.parametrize(("layout", "language"), LOOKS)
async def test_a_post_goes_out_once_in_every_layout_and_language(
    stage: Stage, account: str, layout: str, language: str
) -> None:
    await stage.site.add_account(account, layout=layout, language=language)
    job = await stage.publish(TEXT, number(account))
    [entry] = stage.site.ledger_of(account)
    assert (job["status"], entry.text, entry.target) == ("succeeded", TEXT, None)
    assert job["postUrl"] == entry.url


@pytest.mark.parametrize(("layout", "language"), LOOKS)
async def test_a_group_gets_its_post_in_every_layout_and_language(
    stage: Stage, account: str, layout: str, language: str
) -> None:
    await stage.site.add_account(account, layout=layout, language=language)
    text = f"for the gardeners, by {account}"
    job = await stage.publish(text, number(account), groupId=GARDENERS)
    [entry] = stage.site.ledger_of(account)
    assert (job["status"], entry.text, entry.target) == ("succeeded", text, GARDENERS)
    assert job["postUrl"] == entry.url


async def test_a_group_is_known_by_its_name_too(stage: Stage, account: str) -> None:
    job = await stage.publish(f"by name, {account}", None, groupId="sandbox.gardeners")
    assert_published(stage, account, job)


@pytest.mark.parametrize("layout", ["old", "new"])
async def test_a_post_that_waits_for_an_admin_is_a_success_without_a_link(
    stage: Stage, account: str, layout: str
) -> None:
    await stage.site.add_account(account, layout=layout)
    job = await stage.publish(f"quietly, {account}", number(account), groupId=QUIET)
    [entry] = stage.site.ledger_of(account)
    assert (job["status"], job.get("postUrl"), entry.waits) == ("succeeded", None, True)
    assert job["details"]["approval"] == "pending"


@pytest.mark.parametrize("layout", ["old", "new"])
@pytest.mark.parametrize("group", [{}, {"groupId": GARDENERS}], ids=["feed", "group"])
async def test_pictures_and_a_video_go_out_in_their_order(
    stage: Stage, account: str, layout: str, group: dict[str, Any]
) -> None:
    await stage.site.add_account(account, layout=layout)
    files = [
        await upload(stage, "a.jpg", picture("JPEG")),
        await upload(stage, "b.png", picture("PNG", size=(60, 40))),
        await upload(stage, "c.mp4", video(seconds=4)),
    ]
    paths = [file.url for file in files]
    text = f"with files, {account}"
    job = await stage.publish(text, number(account), mediaPaths=paths, **group)
    entry = assert_published(stage, account, job)
    assert [media.sha256 for media in entry.media] == [file.sha256 for file in files]


@pytest.mark.parametrize(
    ("faults", "code"),
    [({"upload_fails": True}, "content_rejected"), ({"slow_upload": 60_000}, "upload_stalled")],
    ids=str,
)
async def test_without_its_files_nothing_goes_out(
    stage: Stage, account: str, faults: dict[str, Any], code: str
) -> None:
    await stage.site.set_faults(account, **faults)
    file = await upload(stage, "lost.png", picture())
    text = f"never by {account}"
    job = await stage.publish(text, number(account), mediaPaths=[file.url])
    assert_nothing_sent(stage, account, job, code)


BEFORE_THE_PRESS: list[tuple[dict[str, Any], str, str]] = [
    ({"not_logged_in": True}, "not_logged_in", "check_login"),
    ({"captcha": True}, "challenge_required", "check_login"),
    ({"other_account": "grace_sandbox"}, "wrong_account", "check_account"),
    ({"no_landmarks": True}, "selector_not_found", "check_login"),
    ({"other_text": True}, "composer_mismatch", "read_back"),
]


@pytest.mark.parametrize(("faults", "code", "step"), BEFORE_THE_PRESS, ids=str)
async def test_nothing_is_pressed_where_something_is_wrong_before(
    stage: Stage, account: str, faults: dict[str, Any], code: str, step: str
) -> None:
    await stage.site.set_faults(account, **faults)
    job = await stage.publish(f"never posted by {account}", number(account))
    assert (job["status"], job["errorCode"], job["details"]["step"]) == ("failed", code, step)
    assert stage.site.requests_of(account) == []


@pytest.mark.parametrize("fault", ["popup_over_composer", "leftover_draft"])
@pytest.mark.parametrize("group", [{}, {"groupId": GARDENERS}], ids=["feed", "group"])
async def test_what_is_in_the_way_is_put_away(
    stage: Stage, account: str, group: dict[str, Any], fault: str
) -> None:
    await stage.site.set_faults(account, **{fault: True})
    job = await stage.publish(f"behind {fault} {group}, {account}", number(account), **group)
    assert job["status"] == "succeeded"


@pytest.mark.parametrize(
    ("fault", "code"), [("error_368", "rate_limited"), ("http_429", "rate_limited")]
)
async def test_a_clear_refusal_of_the_platform_is_the_end(
    stage: Stage, account: str, fault: str, code: str
) -> None:
    await stage.site.set_faults(account, **{fault: True})
    job = await stage.publish(f"refused to {account}", number(account))
    assert_refused_once(stage, account, job, code)


POSTED: list[tuple[dict[str, Any], str | None]] = [
    ({"posts_but_shows_error": True}, None),
    ({"empty_but_posted": True}, QUIET),
    ({"drop_answer": True}, None),
    ({"drop_answer": True}, GARDENERS),
    ({"drop_answer": True}, QUIET),
]


@pytest.mark.parametrize(("faults", "group"), POSTED, ids=str)
async def test_a_post_behind_an_error_is_found_and_not_repeated(
    stage: Stage, account: str, faults: dict[str, Any], group: str | None
) -> None:
    await stage.site.set_faults(account, **faults)
    target = {} if group is None else {"groupId": group}
    job = await stage.publish(f"there in truth: {account}", number(account), **target)
    [entry] = stage.site.ledger_of(account)
    assert job["status"] == "succeeded"
    assert job.get("postUrl") == (None if entry.waits else entry.url)
    assert len(stage.site.requests_of(account)) == 1


@pytest.mark.parametrize(
    ("fault", "group"),
    [("click_swallowed", {}), ("shows_success_but_posts_nothing", {"groupId": GARDENERS})],
    ids=["feed", "group"],
)
async def test_a_press_without_a_post_is_never_called_a_post(
    stage: Stage, account: str, fault: str, group: dict[str, Any]
) -> None:
    await stage.site.set_faults(account, **{fault: True})
    job = await stage.publish(f"not there in truth: {account}", number(account), **group)
    assert_not_published(stage, account, job, "not_posted")


async def test_a_time_that_no_page_tells_leaves_the_outcome_unknown(
    stage: Stage, account: str
) -> None:
    await stage.site.set_faults(account, drop_answer=True, no_story_data=True)
    job = await stage.publish(f"of an unknown time: {account}", number(account))
    assert (job["status"], job["errorCode"]) == ("failed", "outcome_unknown")
    assert len(stage.site.ledger_of(account)) == 1


@pytest.mark.parametrize("audience", ["only_me", "friends"])
async def test_a_post_that_others_would_see_than_wanted_is_not_made(
    stage: Stage, account: str, audience: str
) -> None:
    await stage.site.add_account(account, audience=audience)
    wish = {} if audience == "only_me" else {"platformPayload": {"audience": "public"}}
    job = await stage.publish(f"for the right eyes, {account}", number(account), **wish)
    assert (job["status"], job["errorCode"]) == ("failed", "composer_mismatch")


@pytest.mark.parametrize("group", [NIGHT_SKY, ANNOUNCEMENTS, BARTER, CHESS, "100200300400599"])
async def test_a_group_that_takes_no_post_is_told(stage: Stage, account: str, group: str) -> None:
    job = await stage.publish(f"not for {group}, {account}", number(account), groupId=group)
    assert_nothing_sent(stage, account, job, "group_not_approved")


async def errand(stage: Stage, path: str, **wish: Any) -> dict[str, Any]:
    """An errand on groups, at its end."""
    return await stage.ended(await begin_errand(stage, path, **wish))


async def begin_errand(stage: Stage, path: str, **wish: Any) -> str:
    """The id of an errand on groups that the broker took."""
    answer = await stage.ask("POST", path, wish)
    job_id = str(answer.get("jobId") or answer["id"])
    stage.accepted.append(job_id)
    return job_id


@pytest.mark.parametrize(
    ("group", "state"),
    [(GARDENERS, "joined"), (NIGHT_SKY, "not_member"), (CHESS, "requested")],
)
async def test_the_state_of_a_group_is_read(
    stage: Stage, account: str, group: str, state: str
) -> None:
    job = await errand(stage, "/v1/facebook/groups/status", groupId=group)
    assert (job["status"], job["details"]["buttonState"]) == ("succeeded", state)


@pytest.mark.parametrize(
    ("group", "state", "layout", "language"),
    [(NIGHT_SKY, "requested", *look) for look in LOOKS] + [(RUNNERS, "joined", "new", "en")],
)
async def test_a_group_is_asked_once_and_never_again(
    stage: Stage, account: str, group: str, state: str, layout: str, language: str
) -> None:
    await stage.site.add_account(account, layout=layout, language=language)
    for _ in range(2):
        job = await errand(stage, "/v1/facebook/groups/join", groupId=group)
        assert (job["status"], job["details"]["buttonState"]) == ("succeeded", state)


@pytest.mark.parametrize(
    ("group", "faults"), [(OLD_MAPS, {}), (RUNNERS, {"join_dialog": True})], ids=str
)
async def test_questions_of_a_group_are_left_to_a_person(
    stage: Stage, account: str, group: str, faults: dict[str, Any]
) -> None:
    await stage.site.set_faults(account, **faults)
    job = await errand(stage, "/v1/facebook/groups/join", groupId=group)
    assert (job["status"], job["errorCode"]) == ("failed", "not_joined")


async def test_groups_are_found_with_what_their_cards_say(stage: Stage, account: str) -> None:
    job = await errand(stage, "/v1/groups/search", platform="facebook", query="gardeners")
    found = {each["name"]: each for each in job["details"]["groupSearch"]["results"]}
    assert job["status"] == "succeeded"
    assert found.keys() == {"Sandbox Gardeners", "Gardeners of the North"}
    ours = found["Sandbox Gardeners"]
    assert (ours["privacy"], ours["memberCount"], ours["joinStatus"]) == ("public", 1200, "joined")
    assert ours["activityPerDay"] == 10
