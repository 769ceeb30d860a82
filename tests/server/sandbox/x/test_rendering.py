"""How a text is shown."""

import pytest

from postbroker.catalogue import load_weights
from postbroker.sandbox.x.rendering import emoji_picture, pieces, shown_url

RULES = load_weights()["x"].url


def kinds(text: str) -> list[tuple[str, str]]:
    return [(piece["kind"], piece["text"]) for piece in pieces(text, RULES)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\n\ntext", [("text", "plain\n\ntext")]),
        ("go 🚀!", [("text", "go "), ("emoji", "🚀"), ("text", "!")]),
        ("👩🏽‍💻🇺🇦1️⃣❤️", [("emoji", each) for each in ("👩🏽‍💻", "🇺🇦", "1️⃣", "❤️")]),
        ("1 # * ©", [("text", "1 # * ©")]),
        ("#go #1 a#b", [("hashtag", "#go"), ("text", " #1 a#b")]),
        ("@ada, me@example.com", [("mention", "@ada"), ("text", ", me@example.com")]),
        (
            "(https://example.com/#top)",
            [("text", "("), ("link", "https://example.com/#top"), ("text", ")")],
        ),
        ("see example.com.", [("text", "see "), ("link", "example.com"), ("text", ".")]),
        ("#日本語 です", [("hashtag", "#日本語"), ("text", " です")]),
    ],
)
def test_a_text_is_shown_in_these_pieces(text: str, shown: list[tuple[str, str]]) -> None:
    assert kinds(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a 🚀 @ada #go https://example.com/x?y=1&z=2\n\nexample.com 👨‍👩‍👧‍👦 end",
        "🇺🇦🇺",
        "\u200d🏽",
    ],
)
def test_the_pieces_put_together_are_the_text(text: str) -> None:
    assert "".join(piece["text"] for piece in pieces(text, RULES)) == text


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.com/", "example.com/"),
        ("HTTP://www.example.com", "example.com"),
        ("https://example.com/a/very/long/path", "example.com/a/very/long/pat…"),
    ],
)
def test_a_link_is_shown_short(url: str, shown: str) -> None:
    assert shown_url(url) == shown


def test_markup_has_no_picture() -> None:
    assert emoji_picture("-".join(f"{ord(each):x}" for each in "<b>")) is None
