"""Tokens, their hashes, and signed values."""

from datetime import timedelta

import pytest

from postbroker.services.secrets import Vault, new_token
from server.doubles.clock import START

MINUTE = timedelta(minutes=1)


def test_a_hash_differs_by_secret_purpose_and_installation(vault: Vault) -> None:
    hashes = {
        vault.hash("secret", "key"),
        vault.hash("secret", "browser"),
        vault.hash("another", "key"),
        Vault("another installation's secret key").hash("secret", "key"),
    }
    assert len(hashes) == 4
    assert vault.hash("secret", "key") in hashes


def test_a_token_that_is_no_text_has_a_hash_too(vault: Vault) -> None:
    assert vault.hash("\udcff", "browser") != vault.hash("\udcfe", "browser")


def test_a_signed_value_can_be_read_here_for_its_purpose(vault: Vault) -> None:
    assert vault.read(vault.sign([1, "a"], "cursor"), "cursor") == [1, "a"]


@pytest.mark.parametrize("forged", ["", "WzFd", "x.y", "é"])
def test_a_value_that_was_not_signed_here_is_none(vault: Vault, forged: str) -> None:
    assert vault.read(forged, "cursor") is None
    assert vault.read(vault.sign(1, "other purpose"), "cursor") is None
    assert vault.read(Vault("another installation's key").sign(1, "cursor"), "cursor") is None


def test_a_value_can_be_read_until_its_time_is_over(vault: Vault) -> None:
    signed = vault.sign_until("value", "link", START + MINUTE)
    assert vault.read_until(signed, "link", START) == "value"
    assert vault.read_until(signed, "link", START + MINUTE) is None
    assert vault.read_until(signed, "other purpose", START) is None
    assert vault.read_until(vault.sign("value", "link"), "link", START) is None


def test_tokens_are_long_and_never_the_same() -> None:
    assert len({new_token() for _ in range(50)}) == 50
    assert len(new_token()) == 43
