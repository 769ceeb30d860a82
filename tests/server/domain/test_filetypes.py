"""Types by name and by first bytes."""

import pytest

from postbroker.domain.filetypes import is_same_type, kind_of, type_of_bytes, type_of_name
from server.doubles.files import animation, picture, video


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("a.jpg", "image/jpeg"),
        ("a.b.JPEG", "image/jpeg"),
        ("a.png", "image/png"),
        ("a.webp", "image/webp"),
        ("a.gif", "image/gif"),
        ("a.mp4", "video/mp4"),
        ("a.m4v", "video/mp4"),
        ("a.mov", "video/quicktime"),
        ("a.webm", "video/webm"),
        ("a.svg", None),
        ("a.png.exe", None),
        ("png", None),
        (".png", None),
        ("", None),
    ],
)
def test_the_ending_of_a_name_says_the_type(name: str, content_type: str | None) -> None:
    assert type_of_name(name) == content_type


@pytest.mark.parametrize(
    ("head", "content_type"),
    [
        (picture("JPEG"), "image/jpeg"),
        (picture("PNG"), "image/png"),
        (picture("WEBP"), "image/webp"),
        (animation(), "image/gif"),
        (video("mp4"), "video/mp4"),
        (video("mov"), "video/quicktime"),
        (video("webm"), "video/webm"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "video/quicktime"),
        (b"\0\0\0\x18ftypheic", None),
        (b"\0\0\0\x18ftypavif", None),
        (b"\x1a\x45\xdf\xa3matroska", None),
        (b"RIFF\0\0\0\0AVI ", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"%PDF-1.7", None),
        (b"#EXTM3U", None),
        (b"", None),
    ],
)
def test_the_first_bytes_say_the_type_whatever_the_name(
    head: bytes, content_type: str | None
) -> None:
    assert type_of_bytes(head) == content_type


def test_only_the_two_names_of_one_format_stand_for_each_other() -> None:
    assert is_same_type("video/mp4", "video/quicktime")
    assert is_same_type("image/png", "image/png")
    assert not is_same_type("image/png", "image/jpeg")
    assert not is_same_type("video/mp4", "video/webm")


def test_a_gif_is_a_kind_of_its_own() -> None:
    types = ("image/png", "image/gif", "video/mp4")
    assert [kind_of(each) for each in types] == ["image", "gif", "video"]
