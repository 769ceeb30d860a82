"""Reddit's comments in both of its designs and three languages, and each way to fail, once."""

from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import pytest
import pytest_asyncio

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

_numbers = count(1)


async def member(stage: Stage, **properties: Any) -> str:
    """Somebody new, logged in in the browser."""
    handle = f"redditor-{next(_numbers)}"
    await stage.site.add_account(handle, **properties)
    await stage.log_in(handle)
    return handle


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
    handle = await member(stage, layout=layout, language=language, transport=transport)
    text = TEXT.format(handle=handle)
    job = await comment(stage, text, handle)
    [entry] = stage.site.ledger_of(handle)
    assert (job["status"], entry.text, job["postUrl"]) == ("succeeded", text, entry.url)
    assert (entry.kind, entry.target, entry.parent_id) == ("comment", OPEN, None)
