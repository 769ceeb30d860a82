"""The main job, through https://x.com in a hidden tab of the extension's own."""

from e2e.stage import Stage, steps

TEXT = """A family 👩‍👩‍👧‍👦, a flag 🇪🇺, a thumb 👍🏽 & <b>tags</b>
日本語も、中文也一样。한국어도.

See https://example.org/a/rather/long/path?with=a&query=too #postbroker @{handle}
  two spaces, "quotes" and 'apostrophes'"""

STEPS = [
    "open_tab",
    "check_login",
    "check_account",
    "clean_start",
    "insert_text",
    "read_back",
    "ask_permit",
    "press",
    "confirm",
]


async def test_a_post_goes_out_exactly_once_to_the_letter(stage: Stage, account: str) -> None:
    text = TEXT.format(handle=account)
    job = await stage.publish(text, f"@{account}")
    [entry] = stage.site.ledger_of(account)
    assert (job["status"], entry.text) == ("succeeded", text)
    assert job["postUrl"] == entry.url == f"https://x.com/{account}/status/{entry.post_id}"


async def test_steps_come_in_the_order_of_the_protocol(stage: Stage, account: str) -> None:
    job = await stage.publish(f"steps of {account}", account)
    events = await stage.events(job["id"])
    assert steps(events) == STEPS
    states = list(dict.fromkeys(event["state"] for event in events))
    assert states == ["queued", "leased", "committing", "published"]


async def test_own_tab_is_closed_and_tabs_of_the_person_are_left_alone(
    stage: Stage, account: str
) -> None:
    theirs = await stage.open_tab("https://x.com/compose/post")
    await theirs.until("document.querySelector('[data-testid=tweetTextarea_0]') !== null")
    await theirs.evaluate("window.mine = 'untouched'")
    before = await stage.open_pages()
    job = await stage.publish(f"beside a tab of {account}", account)
    assert job["status"] == "succeeded"
    assert await stage.open_pages() == before
    assert await theirs.evaluate("window.mine") == "untouched"
    assert (
        await theirs.evaluate(
            "document.querySelector('[data-testid=tweetTextarea_0]').innerText.trim()"
        )
        == ""
    )
    await theirs.close()


async def test_whoever_is_logged_in_posts_when_the_job_names_nobody(
    stage: Stage, account: str
) -> None:
    job = await stage.publish(f"for whoever is there: {account}", None)
    [entry] = stage.site.ledger_of(account)
    assert job["postUrl"] == entry.url


async def test_jobs_of_one_account_go_out_one_after_the_other(stage: Stage, account: str) -> None:
    texts = [f"{number} of three by {account}" for number in range(3)]
    ids = [await stage.post(text, account) for text in texts]
    assert [(await stage.ended(job_id))["status"] for job_id in ids] == ["succeeded"] * 3
    assert [entry.text for entry in stage.site.ledger_of(account)] == texts


async def test_both_ways_of_the_page_to_send_and_answer_are_understood(
    stage: Stage, account: str
) -> None:
    await stage.site.add_account(account, transport="fetch", isAnswerWrapped=True)
    job = await stage.publish(f"by fetch, wrapped: {account}", account)
    assert job["status"] == "succeeded"
