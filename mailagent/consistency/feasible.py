"""Cadences that cannot run: too fast for the limits, over before their letters may go, or without a day on which one may.

What is asked here of ``cadences.toml`` and ``calendar.toml`` is asked of them together with the limits of ``mailagent.toml``: each file may
be right by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from mailagent.consistency.scene import MAIN, Scene, listed
from mailagent.core.deciding import clock, slots
from mailagent.core.model.calendar import Calendar
from mailagent.core.model.policy import Policy
from mailagent.core.model.rhythm import Cadence
from mailagent.errors import Problem

CADENCES, CALENDAR = "cadences.toml", "calendar.toml"
#: What a step may open; other kinds of tasks are opened by what happens.
TASKS = frozenset(("answer_by_hand", "call", "deposit", "greeting", "inspection", "lc", "promise", "reminder", "sample"))
#: Chosen by what a mail says, and not by a tier (``core/deciding/cadence.py``).
CHOSEN_BY_NAME = frozenset(("later", "order", "reply"))
#: A calendar that leaves a buyer without a letter for longer than this has a mistake in it.
LONGEST_SILENCE = timedelta(days=75)
#: A year like any other: the question is what the rules leave, and not which day it is.
A_YEAR = 2026
WORKING_DAYS_OF_A_WEEK, WORKING_DAYS_OF_30 = 5, 21


def steps(scene: Scene) -> Iterator[Problem]:
    """Steps that ask for something that nobody can do."""
    for name, cadence in scene.policy.cadences.items():
        if not cadence.tiers and not cadence.shows and name not in CHOSEN_BY_NAME:
            yield Problem(CADENCES, name, "nobody ever comes into it: give it tiers or shows, or take it out")
        for number, step in enumerate(cadence.step, 1):
            key = f"{name}.step[{number}]"
            if step.do == "task" and (step.task or "call") not in TASKS:
                yield Problem(CADENCES, f"{key}.task", f'"{step.task}" is no kind of task that a step opens; known are: {listed(TASKS)}')
            if step.on_quiet_day != "wait" and (step.do != "letter" or step.basis != "follow_up"):
                yield Problem(CADENCES, f"{key}.on_quiet_day", "is for follow-up letters; everything else goes on any day")
            if number > 1 and step.do == "letter" and step.basis != "follow_up" and not cadence.shows:
                yield Problem(CADENCES, f"{key}.basis", f"an {step.basis} can only be the first step: after it the buyer is silent")


def pace(scene: Scene) -> Iterator[Problem]:
    """Follow-ups that come faster than a company may get them (DOMAIN §4): they would pile up, each later than its reason."""
    sending = scene.policy.sending
    for name, cadence in scene.policy.cadences.items():
        times = follow_ups(cadence)
        if times and not (sending.follow_ups_per_day and sending.follow_ups_per_7_days and sending.follow_ups_per_30_days):
            yield Problem(MAIN, "sending.follow_ups_per_day", f'allows no follow-up at all, and "{name}" has some')
            return
        for most, span, days in (
            (sending.follow_ups_per_day, 1, "day"),
            (sending.follow_ups_per_7_days, WORKING_DAYS_OF_A_WEEK, "7 days"),
            (sending.follow_ups_per_30_days, WORKING_DAYS_OF_30, "30 days"),
        ):
            for (_, first), (number, last) in zip(times, times[most:], strict=False):
                if last - first < span:
                    message = f"is follow-up {most + 1} within {days}, and a company gets {most} (mailagent.toml [sending]): wait longer"
                    yield Problem(CADENCES, f"{name}.step[{number}]", message)
                    break


def follow_ups(cadence: Cadence) -> list[tuple[int, float]]:
    """The follow-up letters of a cadence: each one's place, and after how many working days it comes at the earliest."""
    found, waited = [], 0.0
    for number, step in enumerate(cadence.step, 1):
        waited += step.after_working_days + step.after_hours / 24
        if step.do == "letter" and step.basis == "follow_up":
            found.append((number, waited))
    return found


def days_left(scene: Scene) -> Iterator[Problem]:
    """A place where the calendar leaves no day, or none for months."""
    # Public holidays alone close nobody's year, and every command would wait until they are known.
    policy = scene.policy.model_copy(update={"calendar": _by_rule(scene.policy.calendar)})
    if not policy.calendar.windows:
        return
    asked: set[object] = set()
    for code in (*sorted(policy.calendar.places), ""):
        buyer = clock.buyer_clock(code, policy)
        # Places that differ in nothing but their name are asked once.
        rules = tuple(number for number, rule in enumerate(policy.calendar.blackout) if rule.on and rule.concerns(code, ""))
        alike = (buyer.weekend, rules, buyer.zones and code)
        if alike in asked:
            continue
        asked.add(alike)
        if message := _too_silent(buyer, policy):
            yield Problem(CALENDAR, f"places.{code}" if code else "blackout", message)


def _too_silent(buyer: clock.BuyerClock, policy: Policy) -> str:
    # Zones that lie too far apart leave no hour in summer or in winter; everything else is asked month by month.
    for month in (1, 7) if buyer.zones else range(1, 13):
        start = datetime(A_YEAR, month, 1, tzinfo=UTC)
        try:
            slot = slots.next_slot(start, buyer, policy, "check")
        except slots.NoTimeLeft:
            return "no day is left on which a follow-up may go: look at windows, blackouts, closures and weekends"
        if slot.at - start > LONGEST_SILENCE:
            causes = ", ".join(cause.replace("_", " ") for cause in slot.moved_by)
            return f"from {start:%B} on no follow-up may go for {(slot.at - start).days} days ({causes})"
    return ""


def approvals(scene: Scene) -> Iterator[Problem]:
    """An approval that is over before the letter may go (STANDARDS §8.11): such letters would come back for review for ever."""
    policy = scene.policy
    plain = policy.model_copy(update={"calendar": _all_year(policy.calendar)})
    ours, buyer = clock.our_clock(plain), clock.buyer_clock(policy.company.country, plain)
    at, allowed = datetime(A_YEAR, 6, 1, tzinfo=UTC), []
    try:
        for _ in range(8):
            slot = slots.next_slot(at, buyer, plain, "check")
            allowed.append(slot.at)
            at = clock.at_wall(buyer.local(slot.at).date() + clock.ONE_DAY, time(0, 0), buyer)
    except slots.NoTimeLeft:
        return  # said by days_left
    longest = max(clock.working_days_between(one, other, ours) for one, other in pairwise(allowed))
    if longest > policy.approval.valid_working_days:
        good = policy.approval.valid_working_days
        message = f"an approval is good for {good} working days, but the next day for letters may be {longest} away"
        yield Problem(MAIN, "approval.valid_working_days", message)


def _by_rule(calendar: Calendar) -> Calendar:
    """The calendar as far as it stands in the file."""
    rules = tuple(rule for rule in calendar.blackout if not rule.around)
    return calendar.model_copy(update={"public_holidays": False, "blackout": rules})


def _all_year(calendar: Calendar) -> Calendar:
    """What holds in any week of the year."""
    rules = tuple(rule for rule in calendar.blackout if not rule.dates and not rule.around)
    return calendar.model_copy(update={"public_holidays": False, "holiday": (), "closure": (), "blackout": rules})


def rules_of_days(scene: Scene) -> Iterator[Problem]:
    """What the tables of blackouts, holidays and places name."""
    calendar = scene.policy.calendar
    for number, rule in enumerate(calendar.blackout, 1):
        if any(day not in range(7) for day in rule.weekdays):
            yield Problem(CALENDAR, f"blackout[{number}].weekdays", "days are numbers from 0 (Monday) to 6 (Sunday)")
        yield from _countries(f"blackout[{number}].countries", rule.countries, calendar)
        if (rule.before or rule.after) and not rule.around:
            yield Problem(CALENDAR, f"blackout[{number}]", '"before" and "after" count from a holiday: name it with "around"')
        for contact in rule.contacts:
            if not re.fullmatch(r"(?:[^@\s]+)?@?[\w.-]+\.\w+", contact):
                yield Problem(CALENDAR, f"blackout[{number}].contacts", f'"{contact}" is neither an address nor a domain')
    for number, holiday in enumerate(calendar.holiday, 1):
        yield from _countries(f"holiday[{number}].countries", holiday.countries, calendar)
    if calendar.guess_hours[0] >= calendar.guess_hours[1]:
        yield Problem(CALENDAR, "guess_hours", "the first time must be earlier than the second")


def _countries(key: str, codes: tuple[str, ...], calendar: Calendar) -> Iterator[Problem]:
    for code in codes:
        if code not in calendar.places:
            yield Problem(CALENDAR, key, f'"{code}" is not among the places; write two capital letters, as DE')
