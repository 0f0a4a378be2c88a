"""The days of a named time, seen from the day of a mail: a month, a week of the year, the next quarter, "tomorrow"."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta

from mailagent.core.reading import feasts

#: Units of time and their days; months and years have no fixed number.
UNITS = {"day": 1, "week": 7, "month": 0, "year": 0}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# So long after its end a date without a year is meant in the next one.
PASSED = timedelta(days=20)
MOST_UNITS = 400
# Nobody plans further ahead than so many years.
LAST_YEAR = 5


def month_of(number: int, year: int | None, day: date) -> tuple[date, date]:
    """The days of a month; without a year those of the next such month that is not over."""
    if year is None:
        year = day.year if date(day.year, number, monthrange(day.year, number)[1]) >= day else day.year + 1
    return date(year, number, 1), date(year, number, monthrange(year, number)[1])


def day_of_month(number: int, month: int, year: int | None, day: date) -> date | None:
    """A day of a month; without a year the next such day, or one that has just passed."""
    for each in (year,) if year else (day.year, day.year + 1):
        try:
            exact = date(each, month, number)
        except ValueError:
            continue
        if year or exact >= day - PASSED:
            return exact
    return None


def add(day: date, unit: str, number: int) -> date | None:
    """A day so many days, weeks, months or years later."""
    if number > MOST_UNITS:
        return None
    if UNITS[unit]:
        return day + timedelta(days=number * UNITS[unit])
    months = day.month - 1 + (number if unit == "month" else 12 * number)
    year, month = day.year + months // 12, months % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1])) if year < 9999 else None


def span_of(noun: str, day: date, number: int = 0) -> tuple[date, date] | None:
    """The days of a noun that says by itself when it is.

    Args:
        number: of a week of the year.
    """
    if noun in WEEKDAYS:
        there = day + timedelta(days=(WEEKDAYS.index(noun) - day.weekday() - 1) % 7 + 1)
        return there, there
    if noun in ("today", "tomorrow", "day_after_tomorrow"):
        there = day + timedelta(days=("today", "tomorrow", "day_after_tomorrow").index(noun))
        return there, there
    if noun == "week_number":
        return week_of(number, day)
    if noun == "next_season":
        there = add(day, "month", 6)
        return (there, there) if there else None
    kind, _, rest = noun.partition("_")
    if kind in ("this", "next"):
        return running(rest, kind == "next", day)
    if kind in ("quarter", "half"):
        length = 3 if kind == "quarter" else 6
        first = date(day.year, (int(rest) - 1) * length + 1, 1)
        end = last_of(first, length)
        return (first, end) if end >= day else (first.replace(year=day.year + 1), last_of(first.replace(year=day.year + 1), length))
    return feasts.days_of(noun, day)


def begin_of_year(words: Sequence[str], first: int, last: int, day: date) -> date:
    """From when a noun without a year of its own is looked for: the year that is written beside it ("autumn 2027", "2027年春季"), or now.

    Args:
        words, first, last: the noun stands at the words from ``first`` to ``last``.
        day: the day of the mail.
    """
    beside = (*words[last : last + 2], *words[max(0, first - 2) : first])
    year = next((int(word) for word in beside if len(word) == 4 and word.isdecimal() and word.startswith("20")), day.year)
    return date(year, 1, 1) if day.year < year <= day.year + LAST_YEAR else day


def last_of(first: date, months: int) -> date:
    """The last day of so many months."""
    month = first.month + months - 1
    return date(first.year, month, monthrange(first.year, month)[1])


def week_of(number: int, day: date) -> tuple[date, date] | None:
    """The working days of a week of the year (ISO 8601)."""
    for year in (day.year, day.year + 1):
        try:
            monday = date.fromisocalendar(year, number, 1)
        except ValueError:
            continue
        if monday + timedelta(days=6) >= day:
            return monday, monday + timedelta(days=4)
    return None


def running(unit: str, is_next: bool, day: date) -> tuple[date, date] | None:
    """This or the next week, month, quarter or year."""
    if unit == "week":
        monday = day - timedelta(days=day.weekday()) + timedelta(days=7 * is_next)
        return monday, monday + timedelta(days=4)
    length = {"month": 1, "quarter": 3, "year": 12}.get(unit)
    if length is None:
        return None
    first = date(day.year, (day.month - 1) // length * length + 1, 1)
    if is_next:
        first = add(first, "month", length) or first
    return first, last_of(first, length)


def of_numbers(match: re.Match) -> date | None:
    """The day of a date in numbers: the day first, as most of the world writes, unless that is no date."""
    if match["year"]:
        tries = [(int(match["year"]), int(match["month"]), int(match["day"]))]
    else:
        year, first, second = int(match["last"]) + (2000 if len(match["last"]) == 2 else 0), int(match["first"]), int(match["second"])
        tries = [(year, second, first), (year, first, second)]
    for parts in tries:
        try:
            return date(*parts)
        except ValueError:
            continue
    return None
