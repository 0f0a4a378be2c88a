"""The buyer's clock: when it is working time where he sits, and how to say so.

Theory. A time is planned as *local wall time* and converted to UTC at the end, so a change to summer time moves nothing; a wall time
that a spring night skips is read as the hour after it, and one that an autumn night has twice as the first of both. A day is a working
day by the weekend of ``calendar.toml``, the public holidays of the country and the days worked instead (``public_holidays.py``). What
forbids a letter at a moment beyond that stands in ``obstacles.py``; when the next one may go, in ``slots.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from mailagent.core.deciding import public_holidays
from mailagent.core.model.calendar import Calendar, Place
from mailagent.core.model.lead import Lead
from mailagent.core.model.policy import Policy

ONE_DAY = timedelta(days=1)
#: A week never has more days than this, whatever is worked instead.
LONGEST_WEEK = 14
#: So many days of places are kept in memory, some two hundred bytes each.
MOST_DAYS_KNOWN = 20_000
NO_CALENDAR = Calendar()


class Day:
    """What a day is at a place.

    Attributes:
        is_worked: neither weekend nor holiday.
        is_edge: the first or last working day of its week; None as long as nobody has asked.
    """

    __slots__ = ("holiday", "is_edge", "is_weekend", "is_worked")

    def __init__(self, is_weekend: bool, holiday: str):
        self.is_weekend, self.holiday = is_weekend, holiday
        self.is_worked = not is_weekend and not holiday
        self.is_edge: bool | None = None


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """A time zone; ``ZoneInfo`` itself keeps eight, and buyers sit in more."""
    return ZoneInfo(name)


_last: tuple[Calendar, dict[tuple, Day]] | None = None


def _days_of(calendar: Calendar) -> dict[tuple, Day]:
    """The days that are known by a calendar. Only the last one's are kept: a programme has one at a time, and it never changes."""
    global _last
    if _last is None or _last[0] is not calendar or len(_last[1]) >= MOST_DAYS_KNOWN:
        _last = calendar, {}
    return _last[1]


@dataclass(frozen=True)
class BuyerClock:
    """Where a business clock stands.

    Attributes:
        weekend: weekdays of rest, Monday is 0.
        source: how we know: said, phone, address, …; "country" where only that is known, "default" where nothing is, "ours".
        country, region: whose public holidays count.
        zones: where the zone is a guess, the others in which his country does business.
        is_ours: our own house, which has closures of its own.
    """

    zone: str
    weekend: tuple[int, ...]
    source: str
    country: str = ""
    region: str = ""
    zones: tuple[str, ...] = ()
    is_ours: bool = False
    calendar: Calendar = field(default=NO_CALENDAR, compare=False, repr=False)

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(zone_of(self.zone))

    def is_weekend(self, day: date) -> bool:
        """A day of rest of the week, unless it is worked instead of another."""
        return self.day(day).is_weekend

    def holiday(self, day: date) -> str:
        """The name of the public holiday, or of our closure; "" if there is none."""
        return self.day(day).holiday

    def is_working_day(self, day: date) -> bool:
        return self.day(day).is_worked

    def is_first_or_last_day(self, day: date) -> bool:
        """The first or last working day of the week there: Monday and Friday, or Sunday and Thursday; beside a holiday, the day after
        or before it."""
        known = self.day(day)
        if known.is_edge is None:
            known.is_edge = known.is_worked and not (self._works_on(day, -ONE_DAY) and self._works_on(day, ONE_DAY))
        return known.is_edge

    def day(self, day: date) -> Day:
        """What a day is at that place. It is worked out once for all who sit there: a plan asks for dozens of days."""
        days = _days_of(self.calendar)
        place = self.country, self.region, self.weekend, self.is_ours, day
        known = days.get(place)
        if known is None:
            is_made_up = public_holidays.is_made_up(self.country, self.region, day, self.calendar)
            closed = self.calendar.closed(day) if self.is_ours else ""
            holiday = closed or public_holidays.holiday(self.country, self.region, day, self.calendar)
            days[place] = known = Day(day.weekday() in self.weekend and not is_made_up, holiday)
        return known

    def _works_on(self, day: date, step: timedelta) -> bool:
        """Whether the same week has another working day in this direction."""
        for _ in range(LONGEST_WEEK):
            day += step
            if self.is_weekend(day):
                return False
            if not self.holiday(day):
                return True
        return False


def buyer_clock(country: str, policy: Policy, *, zone: str = "", region: str = "", source: str = "") -> BuyerClock:
    """The clock of a buyer: of the zone that is known of him, of his country's business capital (STANDARDS §8.1), or ours.

    Args:
        zone: that of the person; "" if only his country is known.
        source: how the zone is known.
    """
    calendar, code = policy.calendar, country.upper()
    place = calendar.places.get(code)
    if place is None and not zone:
        code = calendar.default_place or policy.company.country
        ours = calendar.places.get(code, Place(zone=policy.company.time_zone))
        return BuyerClock(ours.zone, ours.weekend, "default", code, calendar=calendar)
    weekend = place.weekend if place else (5, 6)
    if zone:
        return BuyerClock(zone, weekend, source or "country", code, region, calendar=calendar)
    return BuyerClock(place.zone, weekend, "country", code, region, place.zones, calendar=calendar)


def clock_of(lead: Lead, policy: Policy) -> BuyerClock:
    """The clock of the person whom a lead is about."""
    return buyer_clock(lead.country, policy, zone=lead.zone, region=lead.region, source=lead.place_source)


def our_clock(policy: Policy) -> BuyerClock:
    """The company's own working clock, with our holidays and closures."""
    calendar, company = policy.calendar, policy.company
    return BuyerClock(
        company.time_zone, calendar.our_weekend, "ours", company.country.upper(), calendar.our_region, is_ours=True, calendar=calendar
    )


def add_working_days(start: datetime, days: int, clock: BuyerClock) -> datetime:
    """The same wall time, so many working days later at that place."""
    local = clock.local(start)
    moved = local.date()
    last = moved + timedelta(days=7 * days + 400)
    while days > 0 and moved < last:
        moved += ONE_DAY
        if clock.is_working_day(moved):
            days -= 1
    return at_wall(moved, local.time(), clock)


def working_days_between(start: datetime, end: datetime, clock: BuyerClock) -> int:
    """Working days that have begun after ``start`` up to ``end``."""
    day, last = clock.local(start).date(), clock.local(end).date()
    count = 0
    while day < last:
        day += ONE_DAY
        count += clock.is_working_day(day)
    return count


def say(moment: datetime, clock: BuyerClock) -> str:
    """A time as the buyer's clock shows it."""
    return f"{clock.local(moment):%a %Y-%m-%d %H:%M} {clock.zone}"


def at_wall(day: date, wall: time, clock: BuyerClock) -> datetime:
    """Wall time of a day at a place, in UTC."""
    return datetime.combine(day, wall.replace(tzinfo=None), zone_of(clock.zone)).astimezone(UTC)
