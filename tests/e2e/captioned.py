"""A file with a caption goes out on a platform that takes no post without a file."""

from e2e.endings import assert_published
from e2e.files import Uploaded
from e2e.stage import Stage, steps

TEXT = """A family 👩‍👩‍👧‍👦, two  spaces & <b>tags</b>
日本語も、中文也一样。

See https://example.org/a/path?with=a&query=too #postbroker @{handle}"""


async def assert_goes_out_to_the_letter(
    stage: Stage, account: str, file: Uploaded, layout: str, language: str
) -> None:
    """Publish it in that design and language: text and bytes arrive as they were given."""
    transport = "fetch" if language == "es" else "xhr"
    await stage.site.add_account(account, layout=layout, language=language, transport=transport)
    text = TEXT.format(handle=account)
    job = await stage.publish(text, account, mediaPaths=[file.url])
    entry = assert_published(stage, account, job)
    assert entry.text == text
    assert [(media.sha256, media.size) for media in entry.media] == [(file.sha256, file.size)]
    assert "attach_media" in steps(await stage.events(job["id"]))
