"""What forbids a follow-up at a moment: weekend, public holiday, blackout, hour, our own closed house (DOMAIN §4, STANDARDS §8).

Asked for every time that is planned, and again when the letter is claimed. Everything is evaluated where it belongs: the day of the week
and the hour in the buyer's zone, our holidays in ours. Every answer has a code, and where there is one the name of the holiday.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from mailagent.core.deciding import public_holidays
from mailagent.core.deciding.clock import ONE_DAY, BuyerClock, our_clock
from mailagent.core.model.calendar import Blackout, Window
from mailagent.core.model.policy import Policy


class Obstacle(NamedTuple):
    """Why a follow-up may not arrive.

    Attributes:
        code: weekend, public_holiday, first_or_last_working_day, outside_hours, guessed_zone, blackout, we_are_closed.
        name: of the holiday, blackout or closure.
    """

    code: str
    name: str = ""

    @property
    def said(self) -> str:
        """For a reason: the name where it has one, else the code."""
        return self.name or self.code


@dataclass(frozen=True)
class Asked:
    """For whom is asked.

    Attributes:
        contact: his address, for blackouts that are about one buyer.
        quiet_days: whether the first and last working day of his week are for calls only.
    """

    contact: str = ""
    quiet_days: bool = True


ANYBODY = Asked()


def obstacle(moment: datetime, clock: BuyerClock, policy: Policy, asked: Asked = ANYBODY) -> str:
    """The code of the first reason against a follow-up at this moment; "" if it may go."""
    found = find(moment, clock, policy, asked)
    return found.code if found else ""


def find(moment: datetime, clock: BuyerClock, policy: Policy, asked: Asked = ANYBODY) -> Obstacle | None:
    """The first reason against a follow-up at this moment; None if it may go."""
    local = clock.local(moment)
    return of_day(local.date(), clock, policy, asked) or of_hour(moment, local, clock, policy, asked)


def of_day(day: date, clock: BuyerClock, policy: Policy, asked: Asked = ANYBODY) -> Obstacle | None:
    """What forbids a whole day at the buyer's place."""
    if clock.is_weekend(day):
        return Obstacle("weekend")
    if name := clock.holiday(day):
        return Obstacle("public_holiday", name)
    if policy.calendar.quiet_first_and_last_day and asked.quiet_days and clock.is_first_or_last_day(day):
        return Obstacle("first_or_last_working_day")
    for rule in _rules(clock, policy, asked):
        if rule.tz == "recipient" and rule.start is None and not rule.only and is_day_of(rule, day, clock):
            return Obstacle("blackout", rule.name)
    return None


def of_hour(moment: datetime, local: datetime, clock: BuyerClock, policy: Policy, asked: Asked = ANYBODY) -> Obstacle | None:
    """What forbids an hour of a day that is free otherwise, there or here.

    Args:
        local: the same moment by the buyer's clock.
    """
    wall = local.time().replace(tzinfo=None)
    windows, cause = windows_of(local.date(), clock, policy, asked)
    if not any(window.start <= wall <= window.end for window in windows):
        return cause
    opens, closes = policy.calendar.guess_hours
    for zone in clock.zones:
        if not opens <= moment.astimezone(ZoneInfo(zone)).time().replace(tzinfo=None) <= closes:
            return Obstacle("guessed_zone")
    ours = our_clock(policy)
    here = ours.local(moment)
    if name := ours.holiday(here.date()):
        # Nobody would see his answer, or take back what was approved.
        return Obstacle("we_are_closed", name)
    for rule in _rules(clock, policy, asked):
        if rule.only or rule.start is None and rule.tz == "recipient":
            continue
        there, place = (here, ours) if rule.tz == "sender" else (local, clock)
        hour = there.time().replace(tzinfo=None)
        if is_day_of(rule, there.date(), place) and rule.covers_hour(hour):
            return Obstacle("blackout", rule.name)
        if rule.covers_hour(hour, is_next_morning=True) and is_day_of(rule, there.date() - ONE_DAY, place):
            return Obstacle("blackout", rule.name)
    return None


def windows_of(day: date, clock: BuyerClock, policy: Policy, asked: Asked = ANYBODY) -> tuple[tuple[Window, ...], Obstacle]:
    """The hours of a day in which letters may arrive, and what is said of the others: shorter ones in Ramadan, for instance."""
    for rule in _rules(clock, policy, asked):
        if rule.only and is_day_of(rule, day, clock):
            return tuple(sorted(rule.only, key=lambda one: one.start)), Obstacle("outside_hours", rule.name)
    return tuple(sorted(policy.calendar.windows, key=lambda one: one.start)), Obstacle("outside_hours")


def _rules(clock: BuyerClock, policy: Policy, asked: Asked) -> Iterator[Blackout]:
    return (rule for rule in policy.calendar.blackout if rule.on and rule.concerns(clock.country, asked.contact))


def is_day_of(rule: Blackout, day: date, clock: BuyerClock) -> bool:
    """Whether a blackout is about a day; its hours are asked elsewhere."""
    if rule.weekdays and day.weekday() not in rule.weekdays:
        return False
    if rule.dates and not any(span.covers(day) for span in rule.dates):
        return False
    return not rule.around or _is_around(rule, day, clock)


def _is_around(rule: Blackout, day: date, clock: BuyerClock) -> bool:
    """Whether a day lies so near to the holiday that the blackout names."""
    before, after = timedelta(days=rule.before), timedelta(days=rule.after)
    years = {(day + before).year, day.year, (day - after).year}
    for year in years:
        for first, last in public_holidays.spans_of(clock.country, clock.region, year, rule.around):
            if first - before <= day <= last + after:
                return True
    return False
