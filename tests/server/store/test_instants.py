"""Instants as milliseconds."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from postbroker.store.instants import from_ms, to_ms


@pytest.mark.parametrize("milliseconds", [0, 1, 999, 1_772_366_400_123, 253_402_300_799_999])
def test_an_instant_comes_back(milliseconds: int) -> None:
    assert to_ms(from_ms(milliseconds)) == milliseconds


def test_what_is_finer_than_a_millisecond_is_cut_off() -> None:
    assert to_ms(datetime(1970, 1, 1, 0, 0, 1, 1999, tzinfo=UTC)) == 1001


def test_every_zone_names_the_same_instant() -> None:
    tokyo = datetime(1970, 1, 1, 9, tzinfo=timezone(timedelta(hours=9)))
    assert to_ms(tokyo) == 0


def test_none_stays_none() -> None:
    assert (to_ms(None), from_ms(None)) == (None, None)
