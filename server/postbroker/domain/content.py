"""Text as platforms count it: normal form, hash, weight and length."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, assert_never

import regex

from postbroker.domain.urls import UrlRules, find_urls, may_hold_urls

TextUnit = Literal["weighted", "characters", "utf16", "graphemes", "bytes"]

_LONE_SURROGATE = re.compile(r"[\uD800-\uDFFF]")
_VISIBLE = regex.compile(r"[^\s\p{Default_Ignorable_Code_Point}\p{Cc}]")
_GRAPHEME = regex.compile(r"\X")

LAST_ASCII = 0x7F
_KEYCAP = r"[0-9#*]\uFE0F?\u20E3"
_TONES = re.compile(r"[\U0001F3FB-\U0001F3FF]")
_LIGHTEST_TONE = "\U0001f3fb"
_SELECTOR = "\ufe0f"
# An emoji of several code points holds one of these. A single code point weighs the same as emoji
# or as any other heavy character.
_BINDS_EMOJI = re.compile(
    r"[\u200D\u20E3\uFE0F\U0001F1E6-\U0001F1FF\U0001F3FB-\U0001F3FF\U000E007F]"
)


def normalise(text: str) -> str:
    """Unicode NFC, line ends as one line feed: the form that is counted, hashed and compared."""
    if text.isascii() and "\r" not in text:
        return text
    well_formed = _LONE_SURROGATE.sub("\ufffd", text)
    return unicodedata.normalize("NFC", well_formed.replace("\r\n", "\n").replace("\r", "\n"))


def text_sha256(text: str) -> str:
    return hashlib.sha256(normalise(text).encode()).hexdigest()


def first_line(text: str) -> str:
    """The first line with something in it, without white space around it."""
    return normalise(text).strip().partition("\n")[0].strip()


def is_blank(text: str) -> bool:
    """True when nobody would see anything: white space, zero-width and bidirectional marks only."""
    return _VISIBLE.search(text) is None


@dataclass(frozen=True, slots=True)
class WeightTable:
    """How one platform weighs text: shared/text/<platform>.json."""

    max: int
    scale: int
    default_weight: int
    emoji_weight: int
    url_weight: int
    ascii_weight: int | None
    """What each ASCII character weighs; None when they differ."""
    lighter: tuple[tuple[re.Pattern[str], int], ...]
    """Characters that do not have the default weight, and what they differ by."""
    emoji: re.Pattern[str]
    """Emoji of several code points, all skin tones written as the lightest."""
    url: UrlRules

    @classmethod
    def from_json(cls, table: Mapping[str, Any]) -> Self:
        default_weight = table["defaultWeight"]
        ranges: dict[int, str] = {}
        for each in table["ranges"]:
            span = rf"\U{each['start']:08X}-\U{each['end']:08X}"
            ranges[each["weight"]] = ranges.get(each["weight"], "") + span
        emoji = table["emoji"]
        joined = sorted(emoji["joined"].split(), key=len, reverse=True)
        flags = emoji["flags"].split()
        toned, selectable = emoji["toned"], emoji["selectable"]
        starts = "".join(sorted({each[0] for each in joined + flags}))
        return cls(
            max=table["max"],
            scale=table["scale"],
            default_weight=default_weight,
            emoji_weight=table["emojiWeight"],
            url_weight=table["urlWeight"],
            ascii_weight=next(
                (
                    r["weight"]
                    for r in table["ranges"]
                    if r["start"] <= 0 and r["end"] >= LAST_ASCII
                ),
                None,
            ),
            lighter=tuple(
                (re.compile(f"[{spans}]"), weight - default_weight)
                for weight, spans in ranges.items()
            ),
            emoji=re.compile(
                rf"(?=[{starts}])(?:{'|'.join(joined + flags)})|{_KEYCAP}"
                rf"|[{toned}](?:(?<=[{selectable}]){_SELECTOR})?{_LIGHTEST_TONE}"
                rf"|[{selectable}]{_SELECTOR}"
            ),
            url=UrlRules.from_json(table["url"]),
        )


def text_length(text: str, unit: TextUnit, table: WeightTable | None = None) -> int:
    """The length of `text` in the unit of a platform's limit; `weighted` needs its table."""
    match unit:
        case "weighted":
            if table is None:
                raise ValueError("a weighted length needs a weight table")
            return weighted_length(text, table)
        case "characters":
            return len(normalise(text))
        case "utf16":
            return len(normalise(text).encode("utf-16-le")) // 2
        case "graphemes":
            return sum(1 for _ in _GRAPHEME.finditer(normalise(text)))
        case "bytes":
            return len(normalise(text).encode())
    assert_never(unit)


def weighted_length(text: str, table: WeightTable) -> int:
    """What the platform's own counter shows for `text`."""
    text = normalise(text)
    if text.isascii() and table.ascii_weight is not None and not may_hold_urls(text, table.url):
        return len(text) * table.ascii_weight // table.scale
    text = _TONES.sub(_LIGHTEST_TONE, text)
    weight = position = 0
    for start, end in find_urls(text, table.url):
        weight += _weigh(text[position:start], table) + table.url_weight
        position = end
    weight += _weigh(text[position:], table)
    return weight // table.scale


def _weigh(text: str, table: WeightTable) -> int:
    """The weight of text without URLs."""
    emoji = 0
    if _BINDS_EMOJI.search(text):
        text, emoji = table.emoji.subn("", text)
    weight = emoji * table.emoji_weight + len(text) * table.default_weight
    for characters, difference in table.lighter:
        weight += difference * len(characters.findall(text))
    return weight
