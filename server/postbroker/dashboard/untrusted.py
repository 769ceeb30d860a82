"""Makes text from outside safe to look at: escaped, with nothing that hides or reorders."""

import re
import unicodedata

from markupsafe import Markup, escape

_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_DIRECTION = "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
_NO_WIDTH = "\u00ad\u200b\u2060-\u2064\ufeff"
# U+200D and variation selectors stay: emoji are made of them.
_HIDDEN = re.compile(f"[{_CONTROLS}{_DIRECTION}{_NO_WIDTH}\ud800-\udfff]")


def visible(text: object) -> Markup:
    """The text as HTML, in which each hidden character shows its code point."""
    parts: list[str] = []
    end = 0
    given = str(text)
    for found in _HIDDEN.finditer(given):
        parts += [escape(given[end : found.start()]), _mark(found[0])]
        end = found.end()
    return Markup("<bdi>") + Markup("").join([*parts, escape(given[end:])]) + Markup("</bdi>")


def _mark(character: str) -> Markup:
    name = unicodedata.name(character, "control character").lower()
    return Markup('<span class="hidden-char" title="{}">U+{:04X}</span>').format(
        name, ord(character)
    )
