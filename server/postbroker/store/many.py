"""One statement for many rows: the database goes through all of them before it comes back."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

MOST_ROWS = 64
"""Rows in one statement; a power of two."""

_ROW = re.compile(r"VALUES (?P<row>\((?:[^()]|\([^()]*\))*\))")
_NAME = re.compile(r":([a-z][a-z0-9_]*)")

Values = list[object]


def statements(
    sql: str, rows: Sequence[Mapping[str, object]], mark: Callable[[int], str]
) -> Iterator[tuple[str, Values]]:
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


def filled_statements(
    sql: str, rows: Sequence[Mapping[str, object]], mark: Callable[[int], str]
) -> Iterator[tuple[str, Values]]:
    """As `statements`, and as few as can be: what a size lacks in rows is filled with NULLs.

    The database passes over rows that begin with NULL, so no row of the caller's may.
    """
    for place in range(0, len(rows), MOST_ROWS):
        some = rows[place : place + MOST_ROWS]
        size = 1 << (len(some) - 1).bit_length()
        names, text = _for_rows(sql, size, mark, passes_over_null=True)
        values = [row[name] for row in some for name in names]
        yield text, values + [None] * (len(names) * (size - len(some)))


@lru_cache(maxsize=1000)
def _for_rows(
    sql: str, size: int, mark: Callable[[int], str], *, passes_over_null: bool = False
) -> tuple[list[str], str]:
    """The names of a row's values, and the statement with `size` rows."""
    found = _ROW.search(sql)
    if found is None:
        raise ValueError(f"no VALUES (…) in: {sql}")
    number = 0

    def numbered(_name: re.Match[str]) -> str:
        nonlocal number
        number += 1
        return mark(number)

    values = "VALUES " + _NAME.sub(numbered, ", ".join([found["row"]] * size))
    if passes_over_null and sql.startswith("INSERT"):
        values = f"SELECT * FROM ({values}) WHERE column1 IS NOT NULL"  # noqa: S608
    return _NAME.findall(found["row"]), sql[: found.start()] + values + sql[found.end() :]
