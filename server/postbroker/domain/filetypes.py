"""File types by name and by first bytes. Standard library alone: the probe's child starts fast."""

from typing import Literal

Kind = Literal["image", "gif", "video"]

TYPES_OF_ENDINGS = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
}
HEAD_BYTES = 4096
"""How much of a file tells its type."""

_APPLE_BRAND = b"qt  "
_PICTURE_BRANDS = (b"hei", b"mif", b"avi", b"msf")
_EBML = b"\x1a\x45\xdf\xa3"


def type_of_name(name: str) -> str | None:
    """The content type that a name's ending stands for; None for one that is not known."""
    stem, _, ending = name.rpartition(".")
    return TYPES_OF_ENDINGS.get(ending.lower()) if stem else None


def type_of_bytes(head: bytes) -> str | None:
    """The content type by a file's first bytes, whatever its name says; None for any other."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(_EBML) and b"webm" in head[:HEAD_BYTES]:
        return "video/webm"
    box, brand = head[4:8], head[8:12]
    if box == b"ftyp" and not brand.startswith(_PICTURE_BRANDS):
        return "video/quicktime" if brand == _APPLE_BRAND else "video/mp4"
    return "video/quicktime" if box in (b"moov", b"mdat", b"wide") else None


def kind_of(content_type: str) -> Kind:
    """Which of a platform's limits hold for a type."""
    if content_type == "image/gif":
        return "gif"
    return "image" if content_type.startswith("image/") else "video"


def is_same_type(named: str, found: str) -> bool:
    """True when a file may have that name: .mp4 and .mov hold the same format."""
    same_format = {"video/mp4", "video/quicktime"}
    return named == found or {named, found} == same_format
