"""Looks through a file in a child process with limits, and cleans pictures on the way."""

import asyncio
import hashlib
import json
import sys
from contextlib import suppress
from pathlib import Path

from postbroker.domain.media import Facts

PATIENCE_SECONDS = 40


class UnfitError(Exception):
    """Nobody can post this file; the message says why."""


async def probe(file: Path) -> Facts:
    """What a file is; a picture loses what its camera wrote beside it. Raises UnfitError."""
    clean = file.with_name(f"{file.name}.clean")
    try:
        answer = await _ask_child(file, clean)
        if (unfit := answer.pop("unfit", None)) is not None:
            raise UnfitError(str(unfit))
        size, sha256 = await asyncio.to_thread(_settle, file, clean)
    finally:
        await asyncio.to_thread(clean.unlink, missing_ok=True)
    return Facts(size=size, sha256=sha256, **answer)  # type: ignore[arg-type]


async def _ask_child(file: Path, clean: Path) -> dict[str, object]:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-m",
        "postbroker.media.probing",
        str(file),
        str(clean),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            said, _ = await child.communicate()
    except TimeoutError as error:
        raise UnfitError("it takes too long to look through") from error
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
    try:
        answer: dict[str, object] = json.loads(said)
    except ValueError as error:
        raise UnfitError("it cannot be looked through") from error
    return answer


def _settle(file: Path, clean: Path) -> tuple[int, str]:
    """Put the clean picture in the place of the first; size and SHA-256 of what is there then."""
    if clean.exists():
        clean.replace(file)
    with file.open("rb") as opened:
        return file.stat().st_size, hashlib.file_digest(opened, "sha256").hexdigest()
