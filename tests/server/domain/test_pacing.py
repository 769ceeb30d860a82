"""When an account may post again: gaps, days, quiet hours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from postbroker.contract.accounts import PacingChange
from postbroker.contract.catalogue import Pacing
from postbroker.domain.account import Account, after_post, may_post_at, pacing_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
USUAL = Pacing(gap_seconds=180, jitter_seconds=60, posts_per_day=3)
ADA = Account("a", "w", "x", "@ada", created_at=NOON, last_seen_at=NOON)


def after_posts(*instants: datetime, zone: str = "UTC", jitter: float = 0) -> Account:
    account = ADA
    for instant in instants:
        account = after_post(account, zone, jitter, instant)
    return account


def test_an_account_that_never_posted_may_at_once() -> None:
    assert may_post_at(ADA, USUAL, NOON) == NOON


@pytest.mark.parametrize(("jitter", "seconds"), [(0, 180), (1, 240), (-1, 120), (0.5, 210)])
def test_a_gap_follows_each_post_longer_or_shorter_by_chance(jitter: float, seconds: int) -> None:
    account = after_posts(NOON, jitter=jitter)
    assert may_post_at(account, USUAL, NOON) == NOON + timedelta(seconds=seconds)
    later = NOON + timedelta(seconds=seconds)
    assert may_post_at(account, USUAL, later) == later


def test_a_full_day_ends_at_midnight_of_the_zone() -> None:
    posts = [NOON + timedelta(hours=hours) for hours in range(3)]
    berlin = USUAL.model_copy(update={"zone": "Europe/Berlin"})
    account = after_posts(*posts, zone="Europe/Berlin")
    assert account.day_posts == 3
    assert may_post_at(account, berlin, posts[-1]) == datetime(2026, 3, 2, 23, tzinfo=UTC)


def test_a_new_day_begins_to_count_anew() -> None:
    posts = [NOON + timedelta(hours=hours) for hours in range(3)]
    tomorrow = NOON + timedelta(days=1)
    account = after_posts(*posts, tomorrow)
    assert account.day_posts == 1
    assert account.posts_on(tomorrow, "UTC") == 1


@pytest.mark.parametrize(
    ("hour", "quiet", "until"),
    [
        (12, ("22:00", "07:00"), None),
        (23, ("22:00", "07:00"), datetime(2026, 3, 3, 7, tzinfo=UTC)),
        (6, ("22:00", "07:00"), datetime(2026, 3, 2, 7, tzinfo=UTC)),
        (7, ("22:00", "07:00"), None),
        (12, ("11:30", "13:30"), datetime(2026, 3, 2, 13, 30, tzinfo=UTC)),
        (14, ("11:30", "13:30"), None),
    ],
)
def test_quiet_hours_end_by_the_clock_over_midnight_too(
    hour: int, quiet: tuple[str, str], until: datetime | None
) -> None:
    pacing = USUAL.model_copy(update={"quiet_from": quiet[0], "quiet_until": quiet[1]})
    now = NOON.replace(hour=hour)
    assert may_post_at(ADA, pacing, now) == (until or now)


def test_a_gap_that_ends_in_quiet_hours_goes_on_to_their_end() -> None:
    pacing = USUAL.model_copy(update={"quiet_from": "12:02", "quiet_until": "12:30"})
    account = after_posts(NOON)
    assert may_post_at(account, pacing, NOON) == NOON + timedelta(minutes=30)


def test_quiet_hours_keep_to_the_clock_when_it_is_put_forward() -> None:
    pacing = USUAL.model_copy(
        update={"quiet_from": "22:00", "quiet_until": "07:00", "zone": "Europe/Berlin"}
    )
    before_the_change = datetime(2026, 3, 28, 22, tzinfo=UTC)
    assert may_post_at(ADA, pacing, before_the_change) == datetime(2026, 3, 29, 5, tzinfo=UTC)


def test_an_account_s_own_numbers_come_before_its_platform_s() -> None:
    account = replace(ADA, pacing=PacingChange(gap_seconds=5))
    assert pacing_of(account, USUAL) == USUAL.model_copy(update={"gap_seconds": 5})
