"""Links, mentions and hashtags of a text for Bluesky, each by its place in UTF-8 bytes.

app.bsky.richtext.facet of the lexicons in PDS 0.5.35, and docs.bsky.app on rich text, read
2026-11-22. What counts as a link or a tag is what the vendor's own app takes for one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import regex

from postbroker.catalogue import load_weights
from postbroker.domain.urls import UrlRules, find_urls

TAG_GRAPHEMES_MAX = 64

_LINK = regex.compile(r"(?<![^\s(])https?://[^\s]+", regex.IGNORECASE)
_MENTION = regex.compile(
    r"(?<![^\s(])@((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)",
    regex.IGNORECASE,
)
_TAG = regex.compile(r"(?<![^\s])[#＃](?!\ufe0f)([^\s\u00AD\u200B-\u200D\u2060]+)")
_TRAILING = regex.compile(r"\p{P}+$")
_WHOLE = regex.compile(r"[\s(]?")
_MORE = regex.compile(r"\.\w")
_AFTER_LINK = regex.compile(r"[.,;:!?'\"”’»…]+$")
_GRAPHEME = regex.compile(r"\X")


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of the text that means something."""

    kind: Literal["link", "mention", "tag"]
    start: int
    """In characters, as `end`, which is not part of it."""
    end: int
    value: str
    """A whole address, a handle without `@`, a tag without `#`."""


def find_facets(text: str) -> list[Found]:
    """All that is to be seen in a text, in order; nothing lies in another."""
    found: list[Found] = []
    for each in [*_links(text), *_bare_links(text), *_mentions(text), *_tags(text)]:
        if not any(each.start < other.end and other.start < each.end for other in found):
            found.append(each)
    return sorted(found, key=lambda each: each.start)


def facet(text: str, found: Found, feature: dict[str, Any]) -> dict[str, Any]:
    """The facet of a stretch, as a post's record holds it."""
    start = len(text[: found.start].encode())
    end = start + len(text[found.start : found.end].encode())
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}


def _links(text: str) -> Iterator[Found]:
    for match in _LINK.finditer(text):
        address = _AFTER_LINK.sub("", match[0])
        while address.endswith(")") and address.count("(") < address.count(")"):
            address = _AFTER_LINK.sub("", address[:-1])
        if "." in address or "localhost" in address:
            yield Found("link", match.start(), match.start() + len(address), address)


def _bare_links(text: str) -> Iterator[Found]:
    """Domains without a scheme that end in a top-level domain that exists."""
    for start, end in find_urls(text, _url_rules()):
        is_whole = _WHOLE.fullmatch(text[max(start - 1, 0) : start]) and not _MORE.match(text, end)
        if "://" not in text[start:end] and is_whole:
            yield Found("link", start, end, f"https://{text[start:end]}")


def _mentions(text: str) -> Iterator[Found]:
    for match in _MENTION.finditer(text):
        yield Found("mention", match.start(), match.end(), match[1].lower())


def _tags(text: str) -> Iterator[Found]:
    for match in _TAG.finditer(text):
        tag = _TRAILING.sub("", match[1])
        is_number = tag.isdigit()
        if tag and not is_number and len(_GRAPHEME.findall(tag)) <= TAG_GRAPHEMES_MAX:
            yield Found("tag", match.start(), match.start() + 1 + len(tag), tag)


@cache
def _url_rules() -> UrlRules:
    """X's table is the one that names all top-level domains."""
    return load_weights()["x"].url
