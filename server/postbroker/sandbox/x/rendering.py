"""How the simulated X shows a text: links cut short, hashtags and mentions, emoji as pictures."""

from collections.abc import Iterator
from typing import Literal, TypedDict

import regex

from postbroker.domain.urls import UrlRules, find_urls

URL_SHOWN_LENGTH = 27
"""A link without its scheme is cut to this length and gets an ellipsis."""
EMOJI_CODE_POINTS_MAX = 16

_MARK = regex.compile(
    r"(?<![\w&])(?P<hashtag>[#＃](?=\w*\p{L})\w+)|(?<![\w@])(?P<mention>@[A-Za-z0-9_]{1,15})\b"
)
_EMOJI = regex.compile(
    r"[\d#*]\uFE0F?\u20E3"
    r"|\p{Regional_Indicator}{2}"
    r"|(?:\p{Emoji_Presentation}\uFE0F?|\p{Extended_Pictographic}\uFE0F|\p{Extended_Pictographic}(?=\u200D|\p{Emoji_Modifier}))"
    r"\p{Emoji_Modifier}?[\U000E0020-\U000E007F]*"
    r"(?:\u200D\p{Extended_Pictographic}\uFE0F?\p{Emoji_Modifier}?)*"
)
_SCHEME = regex.compile(r"^https?://(www\.)?", regex.IGNORECASE)


class Piece(TypedDict):
    """A run of text that is shown in one way."""

    kind: Literal["text", "link", "hashtag", "mention", "emoji"]
    text: str


def pieces(text: str, rules: UrlRules) -> list[Piece]:
    """The text in pieces; put together again, their texts are the whole."""
    found: list[Piece] = []
    at = 0
    for start, end in find_urls(text, rules):
        found.extend(_with_marks(text[at:start]))
        found.append({"kind": "link", "text": text[start:end]})
        at = end
    return [*found, *_with_marks(text[at:])]


def shown_url(url: str) -> str:
    """What a reader sees of a link: no scheme, and an ellipsis where it was cut."""
    plain: str = _SCHEME.sub("", url)
    return plain if len(plain) <= URL_SHOWN_LENGTH else plain[:URL_SHOWN_LENGTH] + "…"


def emoji_picture(code_points: str) -> str | None:
    """An SVG of the emoji named by hexadecimal code points with hyphens; None for anything else."""
    names = code_points.split("-")
    if len(names) > EMOJI_CODE_POINTS_MAX or not all(
        regex.fullmatch("[0-9a-f]{2,5}", each) for each in names
    ):
        return None
    emoji = "".join(chr(int(each, 16)) for each in names)
    if not _EMOJI.fullmatch(emoji):
        return None
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
        '<text x="50" y="54" font-size="84" fill="#888"'
        ' text-anchor="middle" dominant-baseline="central">'
        f"{emoji}</text></svg>"
    )


def _with_marks(text: str) -> Iterator[Piece]:
    at = 0
    for mark in _MARK.finditer(text):
        yield from _with_emoji(text[at : mark.start()])
        yield {"kind": "hashtag" if mark["hashtag"] else "mention", "text": mark[0]}
        at = mark.end()
    yield from _with_emoji(text[at:])


def _with_emoji(text: str) -> Iterator[Piece]:
    at = 0
    for emoji in _EMOJI.finditer(text):
        if before := text[at : emoji.start()]:
            yield {"kind": "text", "text": before}
        yield {"kind": "emoji", "text": emoji[0]}
        at = emoji.end()
    if rest := text[at:]:
        yield {"kind": "text", "text": rest}
