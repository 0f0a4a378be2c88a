"""Public holidays by country, with the days that are worked instead, from the ``holidays`` package.

Theory. The package knows the holidays of 250 countries and builds them a year at a time; a built year is kept, so that the millionth
lead of a country asks a dictionary. Names are kept in English and, in Latin letters, as the country says them. Dates that follow the moon
are marked as estimates there and count for their neighbours too. What the package does not know, as China's make-up days before the
notice of the State Council in November, is typed into ``calendar.toml [[holiday]]`` and beats it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from mailagent.core.model.calendar import Calendar

#: What the package writes behind a name: the day is a substitute, or an estimate.
NOTES = re.compile(r"\s*\([^()]*\b(?:observed|estimated|substitute\w*|additional)\b[^()]*\)", re.I)
ESTIMATED = re.compile(r"\bestimated\b")
#: A name and its other name are not both shown where they would fill the line.
LONGEST_NAME = 60
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Year:
    """One year of one country.

    Attributes:
        names: day → name in English, and in the country's own language in brackets.
        estimated: days that follow the moon and may be one off.
        worked: days of work although they are a weekend.
    """

    names: dict[date, str]
    estimated: frozenset[date]
    worked: frozenset[date]


EMPTY = Year({}, frozenset(), frozenset())


@lru_cache(maxsize=2048)
def of_year(country: str, region: str, year: int) -> Year:
    """A country's holidays in a year; empty for a country or a year that the package does not know.

    Args:
        country: two letters.
        region: a state or province as in ISO 3166-2 without the country; one that is not known counts as none.
    """
    # Late: the countries of the world are many files, and most commands plan nothing.
    import holidays

    try:
        english = _built(holidays, country, region, year, "en_US")
        native = _built(holidays, country, region, year, None)
    except (NotImplementedError, OverflowError, ValueError):
        return EMPTY
    names, estimated = {}, set()
    for day, said in english.items():
        if day.year != year:
            continue
        if ESTIMATED.search(said):
            estimated.add(day)
        names[day] = _name(said, native.get(day) or "")
    worked = frozenset(day for day in english.weekend_workdays if day.year == year)
    return Year(names, frozenset(estimated), worked)


def _built(holidays, country: str, region: str, year: int, language: str | None):
    """The package's table. Without a language its own: what the environment of the process speaks must change nothing."""
    known = holidays.country_holidays(country)
    if language is None or language not in known.supported_languages:
        language = known.default_language
    subdivision = region if region in known.subdivisions else known.subdivisions_aliases.get(region)
    # Without ``expand`` no other year is built when a day of one is asked for.
    return holidays.country_holidays(country, subdiv=subdivision, years=year, expand=False, language=language)


def _name(english: str, native: str) -> str:
    """ "Labor Day (Día del Trabajador)": the first name of each, without notes, and the second only in Latin letters."""
    first, second = (NOTES.sub("", said.partition(";")[0]).strip().replace("·", "-") for said in (english, native))
    is_latin = all(ord(letter) < 0x250 for letter in second)
    if not second or second.casefold() == first.casefold() or not is_latin or len(first) + len(second) > LONGEST_NAME:
        return first[: 2 * LONGEST_NAME]
    return f"{first} ({second})"


def holiday(country: str, region: str, day: date, calendar: Calendar) -> str:
    """The name of the public holiday on a day; "" if there is none. ``calendar.toml`` has the first word."""
    for own in calendar.holiday:
        if country in own.countries and any(span.covers(day) for span in own.dates):
            return "" if own.works else own.name or "public holiday"
    if not calendar.public_holidays or not country:
        return ""
    year = of_year(country, region, day.year)
    if day in year.names:
        return year.names[day]
    for distance in range(1, calendar.estimated_days + 1):
        for near in (day - distance * ONE_DAY, day + distance * ONE_DAY):
            known = of_year(country, region, near.year)
            if near in known.estimated:
                return f"perhaps {known.names[near]}"
    return ""


def is_made_up(country: str, region: str, day: date, calendar: Calendar) -> bool:
    """Whether a weekend is worked on this day, for a long holiday before or after it."""
    for own in calendar.holiday:
        if country in own.countries and any(span.covers(day) for span in own.dates):
            return own.works
    return calendar.public_holidays and bool(country) and day in of_year(country, region, day.year).worked


@lru_cache(maxsize=4096)
def spans_of(country: str, region: str, year: int, names: tuple[str, ...]) -> tuple[tuple[date, date], ...]:
    """From when to when holidays of these names last: days with such a name that follow each other are one holiday.

    Args:
        names: parts of English names, as "Chinese New Year".
    """
    wanted = tuple(name.casefold() for name in names)
    days = sorted(day for day, name in of_year(country, region, year).names.items() if any(one in name.casefold() for one in wanted))
    spans: list[tuple[date, date]] = []
    for day in days:
        if spans and day - spans[-1][1] <= 2 * ONE_DAY:
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return tuple(spans)


def lacks_make_up_days(country: str, region: str, year: int, calendar: Calendar) -> bool:
    """Whether a country that moves its working days every year has none in this one: nobody has told us yet."""
    if any(own.works and country in own.countries and any(span.first.year == year for span in own.dates) for own in calendar.holiday):
        return False
    before = any(of_year(country, region, one).worked for one in (year - 1, year - 2))
    return calendar.public_holidays and before and not of_year(country, region, year).worked
