"""What a disk holds when the power fails: each file as it was last synced, or torn after that."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from postbroker.store.folder import DATABASE_FILE

SHIM = Path(__file__).with_name("power_loss.c")
LOG_FILE = f"{DATABASE_FILE}-wal"
PARTIAL = ".partial"
SECTOR = 512
"""A disk writes so many bytes whole or not at all, and sectors in any order."""
LONGEST_TAIL = 20_000


class NoCompilerError(Exception):
    """No C compiler is on this machine."""


@dataclass(frozen=True, slots=True)
class Point:
    """The files at one sync."""

    number: int
    files: dict[str, Path]
    """The last synced copy of each."""
    next: Path | None
    """The copy at the next sync: what was being written to that file until then."""

    @property
    def is_written_back_next(self) -> bool:
        """True while the log goes back into the database."""
        return self.next is not None and _name(self.next) == DATABASE_FILE

    def rebuild(self, folder: Path) -> None:
        """The folder as the disk has it when nothing came through but what was synced."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, copy in self.files.items():
            shutil.copyfile(copy, folder / name)

    def rebuild_torn(self, folder: Path, dice: Random) -> None:
        """The same, with any part of what was written since, and rubbish after the log's end."""
        self.rebuild(folder)
        if self.next is not None and (name := _name(self.next)) in self.files:
            before, after = self.files[name].read_bytes(), self.next.read_bytes()
            (folder / name).write_bytes(torn(before, after, dice))
        with (folder / LOG_FILE).open("ab") as log:
            log.write(dice.randbytes(dice.randrange(LONGEST_TAIL)))


def torn(before: bytes, after: bytes, dice: Random) -> bytes:
    """Each sector as it was or as it should become; the file may have grown or not."""
    sectors = range(0, max(len(before), len(after)), SECTOR)
    parts = (dice.choice((before, after))[place : place + SECTOR] for place in sectors)
    return b"".join(parts)


def points(copies: Path) -> Iterator[Point]:
    """Every sync since the log was there, in order."""
    files: dict[str, Path] = {}
    in_order = sorted(_whole(copies))
    for place, copy in enumerate(in_order):
        files[_name(copy)] = copy
        if LOG_FILE in files and _name(copy) in (DATABASE_FILE, LOG_FILE):
            following = in_order[place + 1] if place + 1 < len(in_order) else None
            kept = {name: files[name] for name in (DATABASE_FILE, LOG_FILE)}
            yield Point(_number(copy), kept, following)


def last_number(copies: Path) -> int:
    """The number of the newest copy."""
    return max(map(_number, _whole(copies)), default=0)


def built_shim(folder: Path) -> Path:
    """The library to preload. Raises NoCompilerError."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise NoCompilerError("no C compiler: apt-get install gcc")
    library = folder / "power_loss.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O2", "-o", library, SHIM, "-ldl", "-lpthread"], check=True
    )
    return library


def _whole(copies: Path) -> list[Path]:
    return [copy for copy in copies.iterdir() if copy.suffix != PARTIAL]


def _name(copy: Path) -> str:
    return copy.name.partition("-")[2]


def _number(copy: Path) -> int:
    return int(copy.name.partition("-")[0])
