"""Files are looked through in a child that cannot do harm, and lose what cameras write."""

import struct
import zlib
from dataclasses import astuple
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from postbroker.domain.media import Facts
from postbroker.media.probe import UnfitError, probe
from server.doubles.files import GPS, MAKE, ORIENTATION, animation, picture, video


async def look(tmp_path: Path, content: bytes) -> tuple[Facts, bytes]:
    file = tmp_path / "file"
    file.write_bytes(content)
    facts = await probe(file)
    return facts, file.read_bytes()


def names_in(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it is so large, and holds nothing."""
    parts = [b"\x89PNG\r\n\x1a\n"]
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    for kind, body in ((b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")):
        parts += [struct.pack(">I", len(body)), kind, body]
        parts.append(struct.pack(">I", zlib.crc32(kind + body)))
    return b"".join(parts)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (picture("PNG", (64, 48)), ("image/png", 64, 48, 1, None)),
        (picture("JPEG", (64, 48)), ("image/jpeg", 64, 48, 1, None)),
        (picture("WEBP", (64, 48)), ("image/webp", 64, 48, 1, None)),
        (animation(5, (32, 24)), ("image/gif", 32, 24, 5, 0.5)),
        (video("mp4", (64, 48), 2), ("video/mp4", 64, 48, None, 2.0)),
        (video("mov", (64, 48), 1), ("video/quicktime", 64, 48, None, 1.0)),
        (video("webm", (64, 48), 1), ("video/webm", 64, 48, None, 1.0)),
    ],
)
async def test_what_a_file_is_comes_from_its_content(
    tmp_path: Path, content: bytes, found: tuple[object, ...]
) -> None:
    facts, _ = await look(tmp_path, content)
    content_type, size, _, *rest = astuple(facts)
    assert (content_type, *rest) == found
    assert size == len(content)


async def test_a_child_that_says_nothing_found_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnfitError, match="cannot be looked through"):
        await probe(tmp_path / "is not there")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", [1, 6])
async def test_a_photo_loses_place_and_camera_and_keeps_its_pixels_and_way_up(
    tmp_path: Path, kind: str, orientation: int
) -> None:
    taken = picture(kind, (64, 48), orientation=orientation, is_tagged=True)
    with Image.open(BytesIO(taken)) as before:
        assert before.getexif().get_ifd(GPS)
        pixels = before.convert("RGB").tobytes()
    facts, kept = await look(tmp_path, taken)
    with Image.open(BytesIO(kept)) as after:
        assert after.convert("RGB").tobytes() == pixels
        exif = after.getexif()
        assert exif.get(ORIENTATION, 1) == orientation
        assert not exif.get_ifd(GPS)
        assert MAKE not in exif
    assert b"Camera of Ada" in taken
    assert b"Camera of Ada" not in kept
    assert (facts.width, facts.height) == ((48, 64) if orientation == 6 else (64, 48))
    assert facts.size == len(kept)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_a_picture_without_notes_stays_byte_for_byte(tmp_path: Path, kind: str) -> None:
    plain = picture(kind, (300, 200))
    if kind == "JPEG":  # a colour profile is no note
        file = BytesIO()
        Image.open(BytesIO(plain)).save(file, "JPEG", icc_profile=b"profile" * 99, quality=90)
        plain = file.getvalue()
    _, kept = await look(tmp_path, plain)
    assert kept == plain


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"%PDF-1.7", "none of JPEG"),
        (b"<svg onload='alert(1)'/>", "none of JPEG"),
        (b"#EXTM3U\nfile:///etc/passwd", "none of JPEG"),
        (picture("PNG")[:-30], "broken"),
        (picture("JPEG", (400, 400))[:-900], "broken"),
        (picture("WEBP", (400, 400))[:60], "broken"),
        (b"\xff\xd8\xff\xe0nonsense", "broken"),
        (b"GIF89a" + bytes(20), "broken"),
        (video("mp4")[:600], "no video"),
        (b"\0\0\0\x18ftypisom" + bytes(100), "no video"),
        (png_of(20_000, 20_000), "pixels are the most"),
        (png_of(2**31 - 1, 2**31 - 1), "pixels are the most"),
        (png_of(64, 64), "broken"),
        (animation(2100, (2, 2)), "more than 2000 frames"),
    ],
)
async def test_a_file_nobody_can_post_is_told_why(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    with pytest.raises(UnfitError, match=reason):
        await look(tmp_path, content)
    assert names_in(tmp_path) == {"file"}
