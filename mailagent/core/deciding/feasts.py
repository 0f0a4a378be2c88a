"""Holidays that are told or greeted: when we close for longer, and what a buyer celebrates soon (DOMAIN §4, pretext 2).

``reading/feasts.py`` knows what buyers mean by the name of a feast; here the calendar of public holidays is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from mailagent.core.deciding.public_holidays import holiday, is_made_up
from mailagent.core.model.policy import Policy
from mailagent.core.model.pretext import Feast

#: No closure begins farther ahead than a cut-off is told, or ended longer ago than a restart is; and none is longer.
AHEAD, BACK, LONGEST = 70, 12, 45
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Closure:
    """Days off in a row at our place.

    Attributes:
        feast: name in ``pretexts.toml``, or "".
        first, last: the first and the last day off.
    """

    feast: str
    first: date
    last: date

    @property
    def reopens(self) -> date:
        return self.last + ONE_DAY


def coming_feast(country: str, day: date, within: int, policy: Policy) -> tuple[str, date] | None:
    """The first feast with a greeting that a country celebrates after a day, so many days ahead at most: its name and its first day."""
    greeted = {key: feast for key, feast in policy.pretexts.feasts.items() if feast.greet}
    if not country or not greeted:
        return None
    for number in range(1, within + 1):
        when = day + number * ONE_DAY
        found = _feast_on(country, when, greeted, policy)
        # Of a feast of several days only the first is announced.
        if found and found != _feast_on(country, when - ONE_DAY, greeted, policy):
            return found, when
    return None


def our_closures(day: date, policy: Policy) -> list[Closure]:
    """Our longer holidays around a day, the earliest first: so many days off in a row that one of them must be a holiday."""
    found: list[Closure] = []
    one, end = day - BACK * ONE_DAY, day + AHEAD * ONE_DAY
    while _is_off(one, policy) and one > day - (BACK + LONGEST) * ONE_DAY:
        one -= ONE_DAY
    began: date | None = None
    while one <= end or began and (one - began).days <= LONGEST:
        if _is_off(one, policy):
            began = began or one
        elif began:
            found += _closure(began, one - ONE_DAY, policy)
            began = None
        one += ONE_DAY
    return found


def _closure(first: date, last: date, policy: Policy) -> list[Closure]:
    days = [first + number * ONE_DAY for number in range((last - first).days + 1)]
    if len(days) < policy.pretexts.closed_days or not any(_names(policy.company.country, day, policy) or _own(day, policy) for day in days):
        return []
    feasts = (_feast_on(policy.company.country, day, policy.pretexts.feasts, policy) for day in days)
    return [Closure(next((name for name in feasts if name), ""), first, last)]


def _is_off(day: date, policy: Policy) -> bool:
    country, calendar = policy.company.country, policy.calendar
    if _own(day, policy):
        return True
    if is_made_up(country, calendar.our_region, day, calendar):
        return False
    return day.weekday() in calendar.our_weekend or bool(_names(country, day, policy))


def _own(day: date, policy: Policy) -> bool:
    return any(span.covers(day) for closure in policy.calendar.closure for span in closure.dates)


def _names(country: str, day: date, policy: Policy) -> str:
    """What is celebrated at a place on that day, in English; "" if nothing certain is."""
    name = holiday(country, policy.calendar.our_region if country == policy.company.country else "", day, policy.calendar)
    return "" if name.startswith("perhaps ") else name


def _feast_on(country: str, day: date, feasts: Mapping[str, Feast], policy: Policy) -> str:
    name = _names(country, day, policy)[:200]
    here = (key for key, feast in feasts.items() if not feast.countries or country in feast.countries)
    return next((key for key in here if name and re.search(feasts[key].match, name)), "")
