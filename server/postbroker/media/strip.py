"""Takes out of a picture what its camera wrote beside it: place, time, device. Pixels stay as are.

Only the way up stays, in an EXIF block that holds nothing else; colour profiles stay too.
"""

import struct
import zlib
from collections.abc import Iterator

PRIVATE_SEGMENTS = (0xE1, 0xED, 0xFE)
"""JPEG: APP1 (EXIF, XMP), APP13 (IPTC), comments."""
PRIVATE_CHUNKS = (b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME")
"""PNG."""
PRIVATE_WEBP = (b"EXIF", b"XMP ")
SCAN, LAST_STANDALONE = 0xDA, 0xD9
PNG_HEAD = 8
EXIF_FLAG, XMP_FLAG = 0x08, 0x04
UPRIGHT = 1


def without_metadata(picture: bytes, content_type: str, orientation: int) -> bytes:
    """The picture without what its camera wrote; the same bytes where there was nothing.

    Raises ValueError for what is not built as its type says.
    """
    try:
        match content_type:
            case "image/jpeg":
                return _clean_jpeg(picture, orientation)
            case "image/png":
                return _clean_png(picture, orientation)
            case "image/webp":
                return _clean_webp(picture, orientation)
            case _:
                return picture
    except (struct.error, IndexError) as error:
        raise ValueError("it ends too early") from error


def _exif(orientation: int) -> bytes:
    """A TIFF directory with one entry: 0x0112, the way up."""
    return struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def _clean_jpeg(picture: bytes, orientation: int) -> bytes:
    parts, position = [picture[:2]], 2
    if orientation != UPRIGHT:
        body = b"Exif\0\0" + _exif(orientation)
        parts.append(struct.pack(">HH", 0xFFE1, len(body) + 2) + body)
    while True:
        mark, kind = picture[position], picture[position + 1]
        if mark != 0xFF:
            raise ValueError("a segment does not begin where it should")
        if kind == 0xFF:
            position += 1
            continue
        if kind in (SCAN, LAST_STANDALONE):
            return b"".join([*parts, picture[position:]])
        (length,) = struct.unpack_from(">H", picture, position + 2)
        end = position + 2 + length
        if kind not in PRIVATE_SEGMENTS:
            parts.append(picture[position:end])
        position = end


def _clean_png(picture: bytes, orientation: int) -> bytes:
    parts = [picture[:PNG_HEAD]]
    for kind, whole in _png_chunks(picture):
        if kind not in PRIVATE_CHUNKS:
            parts.append(whole)
        if kind == b"IHDR" and orientation != UPRIGHT:
            named = b"eXIf" + _exif(orientation)
            parts.append(struct.pack(">I", len(named) - 4) + named)
            parts.append(struct.pack(">I", zlib.crc32(named)))
    return b"".join(parts)


def _png_chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    position, kind = PNG_HEAD, b""
    while kind != b"IEND":  # what comes after the end is not the picture's
        length, kind = struct.unpack_from(">I4s", picture, position)
        end = position + length + 12
        yield kind, picture[position:end]
        position = end


def _clean_webp(picture: bytes, orientation: int) -> bytes:
    chunks = dict[bytes, list[bytes]]()
    body, keeps_way_up = list[bytes](), orientation != UPRIGHT
    position = 12
    while position + 8 <= len(picture):
        kind, length = struct.unpack_from("<4sI", picture, position)
        end = position + 8 + length + length % 2
        whole = picture[position:end]
        if kind == b"VP8X":
            flags = whole[8] & ~(EXIF_FLAG | XMP_FLAG) | (EXIF_FLAG if keeps_way_up else 0)
            whole = whole[:8] + bytes([flags]) + whole[9:]
            chunks[kind] = [whole]
        if kind not in PRIVATE_WEBP:
            body.append(whole)
        position = end
    if keeps_way_up and b"VP8X" in chunks:
        block = _exif(orientation)
        body.append(struct.pack("<4sI", b"EXIF", len(block)) + block)
    content = b"WEBP" + b"".join(body)
    return struct.pack("<4sI", b"RIFF", len(content)) + content
