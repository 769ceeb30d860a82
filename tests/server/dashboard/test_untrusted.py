"""Text from outside: escaped, with nothing hidden in it."""

import pytest

from postbroker.dashboard.untrusted import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("<b>&\"'", "&lt;b&gt;&amp;&#34;&#39;"),
        ("family 👨‍👩‍👧‍👦 and 🏳️‍🌈", "family 👨‍👩‍👧‍👦 and 🏳️‍🌈"),
        ("日本語 עברית", "日本語 עברית"),
    ],
)
def test_what_can_be_seen_stays_as_it_is(text: str, shown: str) -> None:
    assert visible(text) == f"<bdi>{shown}</bdi>"


@pytest.mark.parametrize(
    "character",
    [
        "\u202e",
        "\u2028",
        "\u2066",
        "\u200f",
        "\u061c",
        "\u200b",
        "\ufeff",
        "\x00",
        "\x1b",
        "\x7f",
        "\x85",
    ],
)
def test_what_hides_or_reorders_shows_its_code_point(character: str) -> None:
    html = visible(f"a{character}<b")
    assert character not in html
    assert f">U+{ord(character):04X}</span>&lt;b" in html


def test_half_a_surrogate_pair_can_be_sent() -> None:
    assert "U+D83D" in visible("\ud83d").encode().decode()
