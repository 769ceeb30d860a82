"""The child that opens files of strangers: `python -m postbroker.media.probing FILE CLEAN`.

It limits itself before it opens the file, prints what it found as one JSON object, and writes a
picture without its camera's notes to CLEAN where that differs.
"""

import json
import resource
import sys
import warnings
from pathlib import Path
from typing import Any

from postbroker.domain.filetypes import HEAD_BYTES, kind_of, type_of_bytes
from postbroker.media.strip import without_metadata

MEMORY_BYTES = 2 << 30
CPU_SECONDS = 30
OPEN_FILES = 32
PICTURE_BYTES = 100 << 20
PIXELS = 120_000_000
FRAMES = 2000
ORIENTATION = 0x0112
SIDEWAYS = (5, 6, 7, 8)
QUARTER_TURNS = (90, 270)


class UnfitError(Exception):
    """The file is not what it seems, or larger than anybody opens; the message says which."""


def look_through(file: Path, clean: Path) -> dict[str, Any]:
    """Type, width, height, frames or seconds. Raises UnfitError."""
    with file.open("rb") as opened:
        content_type = type_of_bytes(opened.read(HEAD_BYTES))
    if content_type is None:
        raise UnfitError("it is none of JPEG, PNG, WebP, GIF, MP4, MOV, WebM")
    if kind_of(content_type) == "video":
        return {"content_type": content_type} | _look_through_video(file)
    return {"content_type": content_type} | _look_through_picture(file, clean, content_type)


def _look_through_picture(file: Path, clean: Path, content_type: str) -> dict[str, Any]:
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # ours is asked first
    if file.stat().st_size > PICTURE_BYTES:
        raise UnfitError(f"a picture may have {PICTURE_BYTES >> 20} MiB")
    picture_format = content_type.removeprefix("image/").upper()
    try:
        with Image.open(file, formats=[picture_format]) as picture:
            width, height = picture.size
            if width * height > PIXELS:
                raise UnfitError(f"it is {width} × {height}, and {PIXELS} pixels are the most")
            frames, seconds = _film(picture)
            picture.seek(0)
            picture.load()
            orientation = int(picture.getexif().get(ORIENTATION, 1))
    except UnidentifiedImageError as error:
        raise UnfitError("it is broken") from error
    except (OSError, SyntaxError, ValueError, EOFError, TypeError) as error:
        raise UnfitError(f"it is broken: {error}") from error
    _write_clean(file, clean, content_type, orientation if 1 < orientation <= 8 else 1)
    if orientation in SIDEWAYS:
        width, height = height, width
    return {"width": width, "height": height, "frames": frames, "seconds": seconds}


def _film(picture: Any) -> tuple[int, float | None]:
    """How many frames, and how long they take; no time for a still picture."""
    milliseconds, frames = 0, 0
    while True:
        frames += 1
        if frames > FRAMES:
            raise UnfitError(f"it has more than {FRAMES} frames")
        milliseconds += picture.info.get("duration", 0)
        try:
            picture.seek(frames)
        except EOFError:
            return frames, milliseconds / 1000 if frames > 1 else None


def _write_clean(file: Path, clean: Path, content_type: str, orientation: int) -> None:
    picture = file.read_bytes()
    try:
        cleaned = without_metadata(picture, content_type, orientation)
    except ValueError as error:
        raise UnfitError(f"it is broken: {error}") from error
    if cleaned != picture:
        clean.write_bytes(cleaned)


def _look_through_video(file: Path) -> dict[str, Any]:
    from pymediainfo import MediaInfo

    with file.open("rb") as opened:  # an open file: the library follows no names out of it
        found = MediaInfo.parse(opened)
    if not found.video_tracks:
        raise UnfitError("it holds no video that can be read")
    track = found.video_tracks[0]
    milliseconds = track.duration or found.general_tracks[0].duration
    if not (track.width and track.height and milliseconds):
        raise UnfitError("it does not say its size and length; it may be broken off")
    width, height = int(track.width), int(track.height)
    if round(float(track.rotation or 0)) % 360 in QUARTER_TURNS:
        width, height = height, width
    if width * height > PIXELS:
        raise UnfitError(f"it is {width} × {height}, and {PIXELS} pixels are the most")
    return {
        "width": width,
        "height": height,
        "frames": None,
        "seconds": float(milliseconds) / 1000,
    }


def main() -> None:
    """Limit this process, then look."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (PICTURE_BYTES, PICTURE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    file, clean = map(Path, sys.argv[1:])
    try:
        answer = look_through(file, clean)
    except UnfitError as error:
        answer = {"unfit": str(error)}
    except MemoryError:
        answer = {"unfit": "it needs too much memory"}
    print(json.dumps(answer))  # noqa: T201  how it answers


if __name__ == "__main__":
    main()
