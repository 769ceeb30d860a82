"""One statement for many rows: the database goes through all of them before it comes back."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

MOST_ROWS = 64
"""Rows in one statement; a power of two."""

_ROW = re.compile(r"(?<=VALUES )\((?:[^()]|\([^()]*\))*\)")
_NAME = re.compile(r":([a-z][a-z0-9_]*)")


def statements(
    sql: str, rows: Sequence[Mapping[str, object]], mark: Callable[[int], str]
) -> Iterator[tuple[str, list[object]]]:
    """`sql`, which has one `VALUES (…)` with names, for all rows; each with its values.

    Few different sizes, so that their statements stay prepared. `mark` writes the n-th value as the
    database wants it, from 1.
    """
    place, size = 0, MOST_ROWS
    while place < len(rows):
        while size > len(rows) - place:
            size //= 2
        some, place = rows[place : place + size], place + size
        names, text = _for_rows(sql, size, mark)
        yield text, [row[name] for row in some for name in names]


@lru_cache(maxsize=1000)
def _for_rows(sql: str, size: int, mark: Callable[[int], str]) -> tuple[list[str], str]:
    """The names of a row's values, and the statement with `size` rows."""
    found = _ROW.search(sql)
    if found is None:
        raise ValueError(f"no VALUES (…) in: {sql}")
    rows, number = ", ".join([found[0]] * size), 0

    def numbered(_name: re.Match[str]) -> str:
        nonlocal number
        number += 1
        return mark(number)

    text = sql[: found.start()] + _NAME.sub(numbered, rows) + sql[found.end() :]
    return _NAME.findall(found[0]), text
