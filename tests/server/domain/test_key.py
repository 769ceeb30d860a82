"""How API keys look, and how a typing error shows."""

import re

import pytest

from postbroker.domain.key import ALL_SCOPES, SCOPES, is_well_formed, new_key, shown_part


def test_a_key_has_the_length_that_claw_post_clients_expect() -> None:
    assert re.fullmatch(r"claw_[0-9A-Za-z]{48}", new_key())


def test_a_new_key_is_well_formed_and_differs_from_the_last() -> None:
    keys = {new_key() for _ in range(50)}
    assert len(keys) == 50
    assert all(map(is_well_formed, keys))


@pytest.mark.parametrize("place", [5, 20, 46, 47, 52])
def test_a_single_wrong_character_shows(place: int) -> None:
    key = new_key()
    other = "a" if key[place] != "a" else "b"
    assert not is_well_formed(key[:place] + other + key[place + 1 :])


@pytest.mark.parametrize(
    "key", ["", "claw_", "claw_abc", "pk_" + "a" * 50, "claw_" + "é" * 48, "claw_" + "a" * 49]
)
def test_what_is_no_key_is_not_well_formed(key: str) -> None:
    assert not is_well_formed(key)


def test_the_prefix_is_needed() -> None:
    assert not is_well_formed(new_key().removeprefix("claw_"))


def test_a_list_shows_too_little_of_a_key_to_use_it() -> None:
    key = new_key()
    assert key.startswith(shown_part(key))
    assert len(shown_part(key)) == 12


def test_a_scope_is_named_once() -> None:
    assert len(SCOPES) == len(ALL_SCOPES)
