"""Links, mentions and tags are found where a reader sees them, and placed in bytes."""

import pytest

from postbroker.platforms.facets import facet, find_facets


def seen(text: str) -> list[tuple[str, str, str]]:
    """Kind, the stretch of text, and its value."""
    return [(each.kind, text[each.start : each.end], each.value) for each in find_facets(text)]


@pytest.mark.parametrize(
    ("text", "kind", "stretch", "value"),
    [
        ("see https://example.com/a?b=c#d now", "link", "https://example.com/a?b=c#d", ""),
        ("see https://example.com.", "link", "https://example.com", ""),
        ("(https://example.com/a_(b))", "link", "https://example.com/a_(b)", ""),
        ("(see https://example.com)", "link", "https://example.com", ""),
        ("HTTPS://Example.com!", "link", "HTTPS://Example.com", ""),
        ("see example.com/a for more", "link", "example.com/a", "https://example.com/a"),
        ("hi @bob.test!", "mention", "@bob.test", "bob.test"),
        ("(@Bob.Bsky.Social)", "mention", "@Bob.Bsky.Social", "bob.bsky.social"),
        ("a #tag.", "tag", "#tag", "tag"),
        ("a ＃日本語 b", "tag", "＃日本語", "日本語"),
        ("#1st", "tag", "#1st", "1st"),
    ],
)
def test_what_stands_for_something_is_found(text: str, kind: str, stretch: str, value: str) -> None:
    assert seen(text) == [(kind, stretch, value or stretch.lstrip("#"))]


@pytest.mark.parametrize(
    "text",
    [
        "", "nothing", "not@right.com", "@ada", "@", "a#b", "#", "#123", "# tag", "#\ufe0f\u20e3",
        "file.notatld", "website.com.jpg", "a@example.com", "https://", "https://nodot",
        "#" + "x" * 65,
    ],
)  # fmt: skip
def test_what_stands_for_nothing_is_left(text: str) -> None:
    assert seen(text) == []


def test_nothing_lies_in_another() -> None:
    text = "https://example.com/@bob.test/#tag @bob.test #tag example.com"
    assert [kind for kind, _, _ in seen(text)] == ["link", "mention", "tag", "link"]


@pytest.mark.parametrize(
    ("before", "after"),
    [("", ""), ("é ", " é"), ("👨‍👩‍👧 ", " 👨‍👩‍👧"), ("日本 ", ""), ("a\n", "\nb")],
)
def test_places_count_bytes(before: str, after: str) -> None:
    text = f"{before}https://example.com/ü{after}"
    (found,) = find_facets(text)
    index = facet(text, found, {})["index"]
    assert text.encode()[index["byteStart"] : index["byteEnd"]].decode() == "https://example.com/ü"
