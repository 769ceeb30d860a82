"""LinkedIn in both of its designs and three languages, and each way in which it fails, once."""

from itertools import count
from typing import Any

import pytest

from e2e.stage import Stage, steps

PLATFORM = "linkedin"
TEXT = """A family 👩‍👩‍👧‍👦, two  spaces & <b>tags</b>
日本語も、中文也一样。

See https://example.org/a/rather/long/path?with=a&query=too #postbroker @{handle}"""

_numbers = count(1)


async def member(stage: Stage, **properties: Any) -> str:
    """Somebody new, logged in in the browser."""
    handle = f"member-{next(_numbers)}"
    await stage.site.add_account(handle, **properties)
    await stage.log_in(handle)
    return handle


@pytest.mark.parametrize("language", ["en", "es", "zh"])
@pytest.mark.parametrize("layout", ["old", "new"])
async def test_a_post_goes_out_exactly_once_to_the_letter(
    stage: Stage, layout: str, language: str
) -> None:
    transport = "fetch" if language == "es" else "xhr"
    handle = await member(stage, layout=layout, language=language, transport=transport)
    text = TEXT.format(handle=handle)
    job = await stage.publish(text, handle)
    [entry] = stage.site.ledger_of(handle)
    assert (job["status"], entry.text, job["postUrl"]) == ("succeeded", text, entry.url)
