"""A browser whose messages carry no files, as Chrome before 148: a frame of ours takes them."""

from e2e.files import upload, upload_large
from e2e.stage import Stage
from server.doubles.files import picture, video

WITHOUT = ("message_serialization",)
MIB = 1 << 20


async def test_files_reach_the_page_all_the_same(stage: Stage, account: str) -> None:
    files = [
        await upload(stage, "sea.png", picture()),
        await upload_large(stage, "film.mp4", video(), 80 * MIB),
    ]
    paths = [file.url for file in files]
    job = await stage.publish(f"by an old browser of {account}", account, mediaPaths=paths)
    [entry] = stage.site.ledger_of(account)
    assert job["status"] == "succeeded", job
    assert [media.sha256 for media in entry.media] == [file.sha256 for file in files]
