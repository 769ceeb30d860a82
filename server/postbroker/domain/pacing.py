"""When an account may post again: gaps, days and quiet hours."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from postbroker.contract.catalogue import Pacing

DAY = timedelta(days=1)


def day_of(instant: datetime, zone: str) -> date:
    """The calendar day of an instant in a time zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


def next_allowed(
    pacing: Pacing, posted_at: datetime | None, gap: timedelta, *, is_full: bool, now: datetime
) -> datetime:
    """The first instant from `now` on after the gap, on a day with room, outside quiet hours."""
    at = now if posted_at is None else max(now, posted_at + max(gap, timedelta(0)))
    if is_full and day_of(at, pacing.zone) == day_of(now, pacing.zone):
        at = _at(day_of(now, pacing.zone) + DAY, time(0), pacing.zone, at)
    return _after_quiet_hours(at, pacing)


def _after_quiet_hours(at: datetime, pacing: Pacing) -> datetime:
    if pacing.quiet_from is None or pacing.quiet_until is None:
        return at
    begins = time.fromisoformat(pacing.quiet_from)
    ends = time.fromisoformat(pacing.quiet_until)
    local = at.astimezone(ZoneInfo(pacing.zone))
    clock, today = local.time(), local.date()
    if begins <= ends:
        return _at(today, ends, pacing.zone, at) if begins <= clock < ends else at
    if clock >= begins:
        return _at(today + DAY, ends, pacing.zone, at)
    return _at(today, ends, pacing.zone, at) if clock < ends else at


def _at(day: date, clock: time, zone: str, like: datetime) -> datetime:
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(like.tzinfo)
