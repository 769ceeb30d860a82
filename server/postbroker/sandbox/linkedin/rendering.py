"""How the simulated LinkedIn shows a text: links through its own shortener, hashtags marked."""

import hashlib
from typing import Literal, TypedDict

import regex

SHOWN_WHOLE_MAX = 26
"""A longer link is replaced by a short one."""

_MARK = regex.compile(r"(?P<link>https?://\S+[^\s.,;:!?)])|(?<!\w)#(?P<hashtag>\w+)")


class Piece(TypedDict):
    """A run of text that is shown in one way."""

    kind: Literal["text", "link", "hashtag"]
    text: str


def pieces(text: str) -> list[Piece]:
    """The text in pieces, as a reader sees them."""
    found: list[Piece] = []
    at = 0
    for mark in _MARK.finditer(text):
        if before := text[at : mark.start()]:
            found.append({"kind": "text", "text": before})
        if link := mark["link"]:
            found.append({"kind": "link", "text": shown_link(link)})
        else:
            found.append({"kind": "hashtag", "text": mark["hashtag"]})
        at = mark.end()
    if rest := text[at:]:
        found.append({"kind": "text", "text": rest})
    return found


def shown_link(link: str) -> str:
    """The link itself when it is short, or else a short one in its place."""
    if len(link) <= SHOWN_WHOLE_MAX:
        return link
    return f"https://lnkd.in/e{hashlib.sha256(link.encode()).hexdigest()[:7]}"
