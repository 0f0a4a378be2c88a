"""The buyer's clock: when it is working time where he sits, and how to say so.

A time is planned as *local wall time* and converted to UTC at the end, so a change to summer time moves nothing.
Every planned time comes with its reason. Public holidays are not asked here yet.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Place, Policy

JITTER_MINUTES = 45


@dataclass(frozen=True)
class BuyerClock:
    """Where the buyer's business clock stands.

    Attributes:
        weekend: weekdays of rest, Monday is 0.
        source: how we know: country, or default.
    """

    zone: str
    weekend: tuple[int, ...]
    source: str

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.zone))

    def is_working_day(self, day: date) -> bool:
        return day.weekday() not in self.weekend

    def is_first_or_last_day(self, day: date) -> bool:
        """The first or last working day of the week there: Monday and Friday, or Sunday and Thursday."""
        return self.is_working_day(day) and not (
            self.is_working_day(day - timedelta(days=1)) and self.is_working_day(day + timedelta(days=1))
        )


@dataclass(frozen=True)
class Slot:
    """A time to send, and why it is then."""

    at: datetime
    reason: str


def buyer_clock(country: str, policy: Policy) -> BuyerClock:
    """The clock of a country's business capital (STANDARDS §8.1); ours when the country is not known."""
    place = policy.calendar.places.get(country.upper())
    if place:
        return BuyerClock(place.zone, place.weekend, "country")
    ours = policy.calendar.places.get(policy.company.country, Place(zone=policy.company.time_zone))
    return BuyerClock(ours.zone, ours.weekend, "default")


def our_clock(policy: Policy) -> BuyerClock:
    """The company's own working clock."""
    return BuyerClock(policy.company.time_zone, policy.calendar.our_weekend, "ours")


def add_working_days(start: datetime, days: int, clock: BuyerClock) -> datetime:
    """The same wall time, so many working days later at that place."""
    local = clock.local(start)
    moved = local.date()
    while days > 0:
        moved += timedelta(days=1)
        if clock.is_working_day(moved):
            days -= 1
    return _at(moved, local.time(), clock)


def working_days_between(start: datetime, end: datetime, clock: BuyerClock) -> int:
    """Working days that have begun after ``start`` up to ``end``."""
    day, last = clock.local(start).date(), clock.local(end).date()
    count = 0
    while day < last:
        day += timedelta(days=1)
        count += clock.is_working_day(day)
    return count


def obstacle(moment: datetime, clock: BuyerClock, policy: Policy) -> str:
    """Why a follow-up may not arrive at this moment; "" if it may (DOMAIN §4)."""
    local = clock.local(moment)
    if not clock.is_working_day(local.date()):
        return "weekend"
    if policy.calendar.quiet_first_and_last_day and clock.is_first_or_last_day(local.date()):
        return "first_or_last_working_day"
    if not any(window.start <= local.time() <= window.end for window in policy.calendar.windows):
        return "outside_hours"
    return ""


def next_slot(earliest: datetime, clock: BuyerClock, policy: Policy, seed: object) -> Slot:
    """The first allowed time for a follow-up at or after ``earliest``.

    Args:
        seed: what the jitter is drawn from (the letter or lead); the same seed gives the same time when replanned.

    Returns:
        The time in UTC and its reason, as "Wed 2026-03-11 09:24 Europe/Madrid".
    """
    local = clock.local(earliest)
    day = local.date()
    for _ in range(60):
        if obstacle(_at(day, policy.calendar.windows[0].start, clock), clock, policy) == "":
            for window in policy.calendar.windows:
                start = max(_at(day, window.start, clock), earliest)
                room = (_at(day, window.end, clock) - start).total_seconds()
                if room < 0:
                    continue
                jitter = random.Random(f"{seed}:{day}:{window.start}").uniform(60, JITTER_MINUTES * 60)
                at = start + timedelta(seconds=int(min(jitter, room)))
                return Slot(at, say(at, clock))
        day += timedelta(days=1)
    raise ValueError("calendar.toml leaves no day on which a letter may go")


def leaving_time(letter: Letter, country: str, policy: Policy, now: datetime) -> datetime:
    """When a letter leaves if it is approved now: an answer at once, a follow-up in the buyer's hours."""
    at = max(now, letter.planned_at)
    buyer = buyer_clock(country, policy)
    if letter.basis == "follow_up" and obstacle(at, buyer, policy):
        return next_slot(at, buyer, policy, letter.ulid).at
    return at


def say(moment: datetime, clock: BuyerClock) -> str:
    """A time as the buyer's clock shows it."""
    return f"{clock.local(moment):%a %Y-%m-%d %H:%M} {clock.zone}"


def _at(day: date, wall, clock: BuyerClock) -> datetime:
    """Wall time of a day at a place, in UTC."""
    return datetime.combine(day, wall.replace(tzinfo=None), ZoneInfo(clock.zone)).astimezone(UTC)
