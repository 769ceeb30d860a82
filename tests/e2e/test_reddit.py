"""Reddit's comments in both of its designs and three languages, and each way to fail, once."""

from typing import Any

import pytest

from e2e.endings import assert_nothing_sent, assert_published_once, assert_refused_once
from e2e.newcomers import newcomer
from e2e.stage import Stage

PLATFORM = "reddit"
THREAD = "https://www.reddit.com/r/sandbox/comments/{}/as_it_is_called/"
OPEN, LOCKED, ARCHIVED, REMOVED = "1sand01", "1sand02", "1sand03", "1sand04"
FIRST_COMMENT = "sand0c1"
TEXT = """A family 👩‍👩‍👧‍👦, two  spaces & <b>tags</b> by u/{handle}
*stars*, under_scores_, ~~waves~~, `ticks`, 2^8 and a \\ too
日本語も、中文也一样。

# no heading
1. no list
> no quotation
See https://example.org/a/rather_long/path_?with=a&query=too_"""


async def comment(
    stage: Stage, text: str, account: str, target: str = THREAD.format(OPEN)
) -> dict[str, Any]:
    """Comment and wait for the end."""
    body = {"text": text, "account": account, "targetUrl": target, "allowDuplicate": True}
    job_id = str((await stage.ask("POST", "/v1/reddit/comment", body))["id"])
    stage.accepted.append(job_id)
    return await stage.ended(job_id)


@pytest.mark.parametrize("language", ["en", "es", "zh"])
@pytest.mark.parametrize("layout", ["old", "new"])
async def test_a_comment_goes_out_exactly_once_to_the_letter(
    stage: Stage, layout: str, language: str
) -> None:
    transport = "fetch" if language == "es" else "xhr"
    handle = await newcomer(
        stage, "redditor-", layout=layout, language=language, transport=transport
    )
    text = TEXT.format(handle=handle)
    job = await comment(stage, text, handle)
    [entry] = stage.site.ledger_of(handle)
    assert (job["status"], entry.text, job["postUrl"]) == ("succeeded", text, entry.url)
    assert (entry.kind, entry.target, entry.parent_id) == ("comment", OPEN, None)


@pytest.mark.parametrize("layout", ["old", "new"])
async def test_an_answer_stands_under_the_comment_that_it_answers(
    stage: Stage, layout: str
) -> None:
    handle = await newcomer(stage, "redditor-", layout=layout, language="es")
    target = f"https://old.reddit.com/r/sandbox/comments/{OPEN}/as_it_is_called/{FIRST_COMMENT}/"
    first = await comment(stage, f"under the first, by {handle}", handle, target)
    second = await comment(stage, f"under my own, by {handle}", handle, first["postUrl"])
    below, deeper = stage.site.ledger_of(handle)
    assert [first["postUrl"], second["postUrl"]] == [below.url, deeper.url]
    assert [below.parent_id, deeper.parent_id] == [FIRST_COMMENT, below.post_id]


PUBLISHED: list[tuple[str, dict[str, Any]]] = [
    ("new", {"markdown_editor": True}),
    ("new", {"old_draft": True}),
    ("old", {"old_draft": True}),
    ("new", {"popup_over_composer": True}),
    ("old", {"button_enabled_late": 500}),
    ("old", {"posts_but_shows_error": True}),
    ("new", {"posts_but_shows_error": "network"}),
    ("new", {"drop_answer": True, "slow_profile": 1500}),
    ("old", {"drop_answer": True, "hidden_from_profile": 1500}),
]

BEFORE_THE_PRESS: list[tuple[dict[str, Any], str]] = [
    ({"not_logged_in": True}, "not_logged_in"),
    ({"captcha": True}, "challenge_required"),
    ({"suspended": True}, "account_restricted"),
    ({"no_landmarks": True}, "selector_not_found"),
    ({"other_text": True}, "composer_mismatch"),
    ({"old_draft": "stuck"}, "composer_dirty"),
]

AT_THE_PRESS: list[tuple[str, str, str]] = [
    ("old", "logout_before_compose_submit", "not_logged_in"),
    ("new", "http_429", "rate_limited"),
    ("old", "locked_meanwhile", "target_closed"),
    ("new", "not_allowed", "group_not_approved"),
    ("new", "banned_domain", "content_rejected"),
]


@pytest.mark.parametrize(("layout", "faults"), PUBLISHED, ids=str)
async def test_a_comment_goes_out_once_in_spite_of(
    stage: Stage, layout: str, faults: dict[str, Any]
) -> None:
    handle = await newcomer(stage, "redditor-", layout=layout)
    await stage.site.set_faults(handle, **faults)
    text = TEXT.format(handle=handle)
    job = await comment(stage, text, handle)
    entry = assert_published_once(stage, handle, job)
    assert entry.text == text


@pytest.mark.parametrize(("layout", "fault", "code"), AT_THE_PRESS)
async def test_a_clear_refusal_of_the_platform_is_the_end(
    stage: Stage, layout: str, fault: str, code: str
) -> None:
    handle = await newcomer(stage, "redditor-", layout=layout)
    await stage.site.set_faults(handle, **{fault: True})
    job = await comment(stage, f"refused to {handle}", handle)
    assert_refused_once(stage, handle, job, code)


async def test_a_break_is_told_with_its_length(stage: Stage) -> None:
    handle = await newcomer(stage, "redditor-")
    await stage.site.set_faults(handle, http_429=True)
    job = await comment(stage, f"too soon after the last of {handle}", handle)
    assert (job["errorCode"], job["details"]["report"]["retryAfterSeconds"]) == (
        "rate_limited",
        360,
    )


async def test_a_second_press_after_proof_publishes(stage: Stage) -> None:
    handle = await newcomer(stage, "redditor-", layout="new")
    await stage.site.post_from_elsewhere(handle, f"an older one of {handle}")
    await stage.site.set_faults(handle, times=1, empty_answer=True)
    job = await comment(stage, f"there at last: {handle}", handle)
    entry = stage.site.ledger_of(handle)[-1]
    assert (job["status"], job["postUrl"]) == ("succeeded", entry.url)


async def test_nothing_is_typed_for_another_account(stage: Stage) -> None:
    handle = await newcomer(stage, "redditor-")
    job = await comment(stage, f"for somebody else than {handle}", "somebody-else")
    assert (job["status"], job["errorCode"]) == ("failed", "wrong_account")


@pytest.mark.parametrize(
    ("layout", "thread"), [("old", LOCKED), ("new", LOCKED), ("new", ARCHIVED), ("new", REMOVED)]
)
async def test_what_takes_no_comments_is_not_answered(
    stage: Stage, layout: str, thread: str
) -> None:
    handle = await newcomer(stage, "redditor-", layout=layout, language="zh")
    job = await comment(stage, f"too late, {handle}", handle, THREAD.format(thread))
    assert_nothing_sent(stage, handle, job, "target_closed")


@pytest.mark.usefixtures("one_attempt")
@pytest.mark.parametrize(("faults", "code"), BEFORE_THE_PRESS, ids=str)
async def test_nothing_is_pressed_where_something_is_wrong_before(
    stage: Stage, faults: dict[str, Any], code: str
) -> None:
    handle = await newcomer(stage, "redditor-", layout="new")
    await stage.site.set_faults(handle, **faults)
    job = await comment(stage, f"never posted by {handle}", handle)
    assert_nothing_sent(stage, handle, job, code)


@pytest.mark.usefixtures("one_attempt")
async def test_a_site_that_never_answers_gives_no_tab(stage: Stage) -> None:
    handle = await newcomer(stage, "redditor-")
    stage.site.freeze()
    try:
        job = await comment(stage, f"nobody home for {handle}", handle)
    finally:
        stage.site.thaw()
    assert (job["status"], job["errorCode"]) == ("failed", "no_platform_tab")
