"""An append-only file of JSON objects, one a line, that survives its writer's sudden death."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from postbroker.disk import sync

OWNER_ONLY = 0o600


class JsonLines:
    """A line counts once its newline is on the disk; what a dying writer left behind does not."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for line in self._whole().splitlines():
            yield json.loads(line)

    def append(self, row: Mapping[str, Any]) -> None:
        """Write one line and return when the disk has it."""
        is_new = not self.path.exists()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"
        with _opened(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND) as file:
            _write(file, line)
        if is_new:
            sync(self.path.parent)

    def mend(self) -> None:
        """Cut off a torn last line; only the writer may do this, before its first append."""
        if not self.path.exists():
            return
        whole = len(self._whole())
        if whole < self.path.stat().st_size:
            os.truncate(self.path, whole)

    def clear(self) -> None:
        """Begin anew."""
        self.path.unlink(missing_ok=True)

    def _whole(self) -> bytes:
        content = self.path.read_bytes() if self.path.exists() else b""
        return content[: content.rfind(b"\n") + 1]


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    descriptor = os.open(path, flags, OWNER_ONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _write(file: int, text: str) -> None:
    left = memoryview(text.encode())
    while left:
        left = left[os.write(file, left) :]
    os.fsync(file)


def replace_file(path: Path, content: str) -> None:
    """Put `content` at `path`; a reader and a crash see the old or the new, never a mixture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with _opened(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as file:
        _write(file, content)
    fresh.replace(path)
    sync(path.parent)
