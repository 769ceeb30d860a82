"""Films far larger than any page may hold in memory."""

from e2e.files import upload_large
from e2e.memory import Peak, watched
from e2e.stage import Stage

MIB = 1 << 20


async def peak_of(stage: Stage, account: str, start: bytes, mebibytes: int) -> Peak:
    """Post a video of that size, and say how much memory the browser took meanwhile."""
    file = await upload_large(stage, "film.mp4", start, mebibytes * MIB)
    assert stage.browser.process is not None
    async with watched(stage.browser.process.pid) as peak:
        text = f"a film of {mebibytes} MiB by {account}"
        job = await stage.publish(text, account, mediaPaths=[file.url])
    assert job["status"] == "succeeded", job
    [shown] = stage.site.ledger_of(account)[-1].media
    assert (shown.sha256, shown.size) == (file.sha256, file.size)
    return peak
