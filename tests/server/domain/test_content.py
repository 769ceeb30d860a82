"""Counting, normal form and hash of a text."""

import hashlib
import json
import unicodedata
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postbroker.domain.content import (
    TextUnit,
    WeightTable,
    is_blank,
    normalise,
    text_length,
    text_sha256,
    weighted_length,
)

SHARED = Path(__file__).parents[3] / "shared"
EXAMPLES = SHARED / "examples" / "text"
LONG = 100_000


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


X = WeightTable.from_json(read(SHARED / "text" / "x.json"))


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        pytest.param(case["text"], case["weight"], id=case["note"])
        for case in read(EXAMPLES / "x-weighted.json")
    ],
)
def test_example_weighs_what_x_shows(text: str, weight: int) -> None:
    assert weighted_length(text, X) == weight


def test_generated_texts_weigh_what_the_published_library_says() -> None:
    rows: list[tuple[str, int]] = read(EXAMPLES / "x-generated.json")
    different = [
        (text, weight, weighted_length(text, X))
        for text, weight in rows
        if weighted_length(text, X) != weight
    ]
    assert different == []


@given(st.text())
def test_composed_and_decomposed_text_weigh_the_same(text: str) -> None:
    composed, decomposed = normalise(text), unicodedata.normalize("NFD", normalise(text))
    assert weighted_length(composed, X) == weighted_length(decomposed, X)
    assert text_sha256(composed) == text_sha256(decomposed)


@given(st.text(), st.text())
def test_a_space_between_two_texts_adds_one(left: str, right: str) -> None:
    # Only a first character is counted in its own way, so both begin with a space.
    whole = weighted_length(f" {left}  {right}", X)
    assert whole == weighted_length(f" {left} ", X) + weighted_length(f" {right}", X)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("a\r\nb\rc\n", "a\nb\nc\n"),
        ("e\u0301", "é"),
        ("\ud83d alone", "\ufffd alone"),
        ("  kept  ", "  kept  "),
    ],
)
def test_normal_form_is_composed_with_line_feeds(text: str, normal: str) -> None:
    assert normalise(text) == normal


@given(st.text())
def test_normal_form_is_its_own_normal_form(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_hash_is_of_the_normal_form() -> None:
    assert text_sha256("caf\u0065\u0301\r\n") == hashlib.sha256("café\n".encode()).hexdigest()


@pytest.mark.parametrize(
    "text", ["", " ", "\t\r\n\u00a0\u3000", "\u200b\u200c\u200d\u2060\ufeff", "\u200e\u202b\u2069"]
)
def test_text_that_nobody_would_see_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", [".", "\u0600", " a ", "\u200b😀", "中", "\u0301"])
def test_text_that_shows_is_not_blank(text: str) -> None:
    assert not is_blank(text)


@pytest.mark.parametrize(
    ("unit", "length"),
    [("weighted", 5), ("characters", 9), ("utf16", 13), ("graphemes", 3), ("bytes", 30)],
)
def test_length_is_in_the_unit_asked_for(unit: TextUnit, length: int) -> None:
    assert text_length("e\u0301中👨‍👩‍👧‍👦", unit, X) == length


def test_weighted_length_without_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="weight table"):
        text_length("a", "weighted")


def test_time_grows_with_the_length_only() -> None:
    # A search that is quadratic would take minutes here.
    assert weighted_length("👩\u200d" * (LONG // 2), X) == 3 * LONG // 2


def test_unknown_unit_is_refused() -> None:
    with pytest.raises(AssertionError):
        text_length("a", cast("TextUnit", "words"))
