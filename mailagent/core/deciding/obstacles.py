"""What forbids a follow-up at a moment: weekend, public holiday, blackout, hour, our own closed house (DOMAIN §4, STANDARDS §8).

Asked for every time that is planned, and again when the letter is claimed. Everything is evaluated where it belongs: the day of the week
and the hour in the buyer's zone, our holidays in ours. Every answer has a code, and where there is one the name of the holiday.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from mailagent.core.deciding import public_holidays
from mailagent.core.deciding.clock import ONE_DAY, BuyerClock, our_clock, zone_of
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


@dataclass(frozen=True)
class Scene:
    """One buyer before one calendar; made once where many moments are asked about.

    Attributes:
        rules: the blackouts that concern him.
        ours: the clock of our own house.
    """

    clock: BuyerClock
    policy: Policy
    asked: Asked
    rules: tuple[Blackout, ...]
    ours: BuyerClock


def scene_of(clock: BuyerClock, policy: Policy, asked: Asked = ANYBODY) -> Scene:
    """Everything that is asked about the moments of one buyer."""
    rules = tuple(rule for rule in policy.calendar.blackout if rule.on and rule.concerns(clock.country, asked.contact))
    return Scene(clock, policy, asked, rules, our_clock(policy))


def obstacle(moment: datetime, clock: BuyerClock, policy: Policy, asked: Asked = ANYBODY) -> str:
    """The code of the first reason against a follow-up at this moment; "" if it may go."""
    found = find(moment, scene_of(clock, policy, asked))
    return found.code if found else ""


def find(moment: datetime, scene: Scene) -> Obstacle | None:
    """The first reason against a follow-up at this moment; None if it may go."""
    local = scene.clock.local(moment)
    return of_day(local.date(), scene) or of_hour(moment, local, scene)


def of_day(day: date, scene: Scene) -> Obstacle | None:
    """What forbids a whole day at the buyer's place."""
    clock = scene.clock
    if clock.is_weekend(day):
        return Obstacle("weekend")
    if name := clock.holiday(day):
        return Obstacle("public_holiday", name)
    if scene.policy.calendar.quiet_first_and_last_day and scene.asked.quiet_days and clock.is_first_or_last_day(day):
        return Obstacle("first_or_last_working_day")
    for rule in scene.rules:
        if rule.tz == "recipient" and rule.start is None and not rule.only and is_day_of(rule, day, clock):
            return Obstacle("blackout", rule.name)
    return None


def of_hour(moment: datetime, local: datetime, scene: Scene) -> Obstacle | None:
    """What forbids an hour of a day that is free otherwise, there or here.

    Args:
        local: the same moment by the buyer's clock.
    """
    wall = local.time()
    windows, cause = windows_of(local.date(), scene)
    if not any(window.start <= wall <= window.end for window in windows):
        return cause
    opens, closes = scene.policy.calendar.guess_hours
    for zone in scene.clock.zones:
        if not opens <= moment.astimezone(zone_of(zone)).time() <= closes:
            return Obstacle("guessed_zone")
    here = scene.ours.local(moment)
    if name := scene.ours.holiday(here.date()):
        # Nobody would see his answer, or take back what was approved.
        return Obstacle("we_are_closed", f"our house is closed ({name})")
    for rule in scene.rules:
        if rule.only or rule.start is None and rule.tz == "recipient":
            continue
        there, place = (here, scene.ours) if rule.tz == "sender" else (local, scene.clock)
        hour = there.time()
        if is_day_of(rule, there.date(), place) and rule.covers_hour(hour):
            return Obstacle("blackout", rule.name)
        if rule.covers_hour(hour, is_next_morning=True) and is_day_of(rule, there.date() - ONE_DAY, place):
            return Obstacle("blackout", rule.name)
    return None


def windows_of(day: date, scene: Scene) -> tuple[tuple[Window, ...], Obstacle]:
    """The hours of a day in which letters may arrive, and what is said of the others: shorter ones in Ramadan, for instance."""
    for rule in scene.rules:
        if rule.only and is_day_of(rule, day, scene.clock):
            return tuple(sorted(rule.only, key=lambda one: one.start)), Obstacle("outside_hours", rule.name)
    return tuple(sorted(scene.policy.calendar.windows, key=lambda one: one.start)), Obstacle("outside_hours")


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
