"""Is a selector one that locators may use: a part of CSS that every browser reads alike.

The extension checks packs in its worker, which has no document to ask, by the same rules
(`extension/src/background/selectors.ts`); shared/examples/selectors.json holds both to them.
"""

import re
from typing import Final

PIERCING: Final = " >>> "
"""Between two parts of a candidate: the second lies in the open shadow root of the first."""
DEPTH_MAX = 5
"""How deep `:is()`, `:not()` and the like may lie in each other."""

_SPACE = re.compile(r" *")
_COMBINATOR = re.compile(r" *[>+~] *| +(?![,)]|$)")
_TYPE = re.compile(r"\*|[A-Za-z][A-Za-z0-9-]*")
_SIMPLE = re.compile(
    r"""[.#]-?[A-Za-z_][\w-]*
    |\[\ *[A-Za-z_][\w-]*\ *(?:
        [~|^$*]?=\ *(?:'[^'\\\n]*'|"[^"\\\n]*"|-?[A-Za-z_][\w-]*)\ *[is]?\ *
    )?\]
    |:(?:(?:first|last|only)-child|(?:first|last)-of-type|empty|enabled|disabled|checked)(?![\w(-])
    |:nth-(?:last-)?(?:child|of-type)\(\ *(?:
        odd|even|[0-9]{1,3}|-?[0-9]{0,3}n(?:[+-][0-9]{1,3})?
    )\ *\)
    """,
    re.VERBOSE | re.ASCII,
)
_OPENING = re.compile(r":(?:is|where|not|has)\(")
_CLOSING = re.compile(r"\)")
_COMMA = re.compile(r",")


class SelectorError(ValueError):
    """A selector that locators may not use."""


def check_candidate(candidate: str) -> None:
    """Raise SelectorError unless each part of a locator's candidate is a selector."""
    for part in candidate.split(PIERCING):
        check_selector(part)


def check_selector(selector: str) -> None:
    """Raise SelectorError unless it is a list of selectors by the rules of this file."""
    reader = _Reader(selector)
    reader.read_list()
    if not reader.is_at_end:
        raise reader.error()


class _Reader:
    """Reads a selector from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self._is_in_has = False

    @property
    def is_at_end(self) -> bool:
        return self._at == len(self._text)

    def error(self) -> SelectorError:
        return SelectorError(f"{self._text!r} is no selector from character {self._at + 1} on")

    def read_list(self, *, is_relative: bool = False) -> None:
        """Selectors with commas between them; relative ones may begin with a combinator."""
        while True:
            self._take(_SPACE)
            if is_relative:
                self._take(_COMBINATOR)
            self._read_compound()
            while self._take(_COMBINATOR):
                self._read_compound()
            self._take(_SPACE)
            if not self._take(_COMMA):
                return

    def _read_compound(self) -> None:
        start = self._at
        self._take(_TYPE)
        while self._take(_SIMPLE) or self._read_function():
            pass
        if self._at == start:
            raise self.error()

    def _read_function(self) -> bool:
        """One of those that hold a list themselves; browsers refuse `:has()` within `:has()`."""
        opening = self._take(_OPENING)
        if not opening:
            return False
        was_in_has, is_has = self._is_in_has, opening == ":has("
        if (is_has and was_in_has) or self._depth == DEPTH_MAX:
            raise self.error()
        self._depth, self._is_in_has = self._depth + 1, is_has or was_in_has
        self.read_list(is_relative=is_has)
        self._depth, self._is_in_has = self._depth - 1, was_in_has
        if not self._take(_CLOSING):
            raise self.error()
        return True

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return found[0] if found else ""
