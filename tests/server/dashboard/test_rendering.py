"""Times and remarks as pages show them."""

from datetime import UTC, datetime, timedelta

import pytest

from postbroker.dashboard.rendering import ago, clock, sentence, time

NOON = datetime(2026, 11, 24, 12, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (3599, "59 minutes ago"),
        (3600, "1 hour ago"),
        (86400 * 2, "2 days ago"),
        (-5, "just now"),
    ],
)
def test_ago_has_one_unit(seconds: int, words: str) -> None:
    assert ago(NOON - timedelta(seconds=seconds), NOON) == words


def test_time_names_its_zone_and_carries_the_instant() -> None:
    assert "24 Nov 2026, 12:00 UTC" in time(NOON)
    assert 'datetime="2026-11-24T12:00:05+00:00"' in time(NOON)
    assert ">12:00:05<" in clock(NOON)


def test_remark_becomes_one_sentence() -> None:
    assert sentence("the lease is over") == "The lease is over."
    assert sentence("Done.") == "Done."
