"""Pairing codes, and the limits on guessing them."""

from datetime import timedelta

import pytest

from postbroker.domain.pairing import (
    CLOSED_FOR,
    GUESS_WINDOW,
    GUESSES_IN_ALL,
    GUESSES_PER_ADDRESS,
    GUESSES_PER_PERSON,
    Guess,
    closed_until,
    new_code,
    read_code,
)
from server.doubles.clock import START

SECOND = timedelta(seconds=1)


def guesses(count: int, person: str = "", address: str = "", apart: int = 1) -> list[Guess]:
    """Wrong codes one after the other; everybody is somebody else where no name is given."""
    return [
        Guess(person or f"person {n}", address or f"10.0.0.{n}", START + n * apart * SECOND)
        for n in range(count)
    ]


class TestCode:
    def test_a_code_has_six_digits_and_differs_from_the_last(self) -> None:
        codes = {new_code() for _ in range(100)}
        assert len(codes) > 90
        assert all(len(code) == 6 and code.isdigit() for code in codes)

    @pytest.mark.parametrize("typed", ["012345", " 012 345 ", "012-345", "0 1 2 3 4 5", "012–345"])
    def test_spaces_and_dashes_are_forgiven(self, typed: str) -> None:
        assert read_code(typed) == "012345"

    @pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "٠١٢٣٤٥", "1234.5"])
    def test_what_is_no_code_is_none(self, typed: str) -> None:
        assert read_code(typed) is None


class TestLimits:
    @pytest.mark.parametrize(
        ("limit", "person", "address"),
        [
            (GUESSES_PER_PERSON, "mallory", ""),
            (GUESSES_PER_ADDRESS, "", "10.9.9.9"),
            (GUESSES_IN_ALL, "", ""),
        ],
    )
    def test_pairing_closes_at_the_limit_for_ten_minutes(
        self, limit: int, person: str, address: str
    ) -> None:
        asker, place = person or "somebody", address or "10.1.1.1"
        below, at = guesses(limit - 1, person, address), guesses(limit, person, address)
        last = at[-1].at
        assert closed_until(below, asker, place, last) is None
        assert closed_until(at, asker, place, last) == last + CLOSED_FOR
        assert closed_until(at, asker, place, last + CLOSED_FOR - SECOND) is not None
        assert closed_until(at, asker, place, last + CLOSED_FOR) is None

    def test_it_stays_closed_although_the_first_guesses_are_long_past(self) -> None:
        slow = guesses(GUESSES_PER_PERSON, "mallory", apart=149)
        last = slow[-1].at
        assert last - slow[0].at < GUESS_WINDOW
        assert closed_until(slow, "mallory", "", last + 9 * 60 * SECOND) == last + CLOSED_FOR

    def test_guesses_further_apart_than_the_window_close_nothing(self) -> None:
        slow = guesses(GUESSES_PER_PERSON, "mallory", apart=150)
        assert closed_until(slow, "mallory", "", slow[-1].at) is None

    def test_one_person_s_limit_leaves_others_alone(self) -> None:
        wrong = guesses(GUESSES_PER_PERSON, "mallory")
        assert closed_until(wrong, "ada", "10.1.1.1", wrong[-1].at) is None

    def test_the_order_in_which_guesses_are_told_does_not_matter(self) -> None:
        wrong = guesses(GUESSES_PER_PERSON, "mallory")
        last = wrong[-1].at
        assert closed_until(wrong[::-1], "mallory", "", last) == last + CLOSED_FOR
