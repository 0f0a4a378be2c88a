"""When the feasts are after which buyers want to talk again: the days of a named feast, season or fair in a given year.

Theory. Feasts of the sun have a date. Those of the moon return to the same day of our calendar after 19 years, give or take a day
(Meton's cycle), so nineteen rows are enough for any year; the Islamic year has its arithmetic, exact to a day or two, and Easter its
rule (Gauss). A day more or less changes nothing for a letter that goes after a feast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

# (month, day) of the feast in the years 2017 to 2035.
FIRST_OF_CYCLE = 2017
CYCLE = 19
LUNAR: dict[str, tuple[tuple[int, int], ...]] = {
    "chinese_new_year": (
        (1, 28), (2, 16), (2, 5), (1, 25), (2, 12), (2, 1), (1, 22), (2, 10), (1, 29), (2, 17), (2, 6), (1, 26), (2, 13), (2, 3), (1, 23),
        (2, 11), (1, 31), (2, 19), (2, 8),
    ),
    "dragon_boat": (
        (5, 30), (6, 18), (6, 7), (6, 25), (6, 14), (6, 3), (6, 22), (6, 10), (5, 31), (6, 19), (6, 9), (5, 28), (6, 16), (6, 5), (6, 24),
        (6, 12), (6, 1), (6, 20), (6, 10),
    ),
    "mid_autumn": (
        (10, 4), (9, 24), (9, 13), (10, 1), (9, 21), (9, 10), (9, 29), (9, 17), (10, 6), (9, 25), (9, 15), (10, 3), (9, 22), (9, 12),
        (10, 1), (9, 19), (9, 8), (9, 27), (9, 16),
    ),
    "diwali": (
        (10, 19), (11, 7), (10, 27), (11, 14), (11, 4), (10, 24), (11, 12), (10, 31), (10, 20), (11, 8), (10, 29), (10, 17), (11, 5),
        (10, 26), (11, 14), (11, 2), (10, 22), (11, 10), (10, 30),
    ),
}  # fmt: skip
# Feasts of the sun and times that stand fast: ((month, day) of the first, of the last day). A span may end in the next year.
FIXED: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "new_year": ((1, 1), (1, 3)),
    "qingming": ((4, 4), (4, 6)),
    "labour_day": ((5, 1), (5, 5)),
    "national_day": ((10, 1), (10, 7)),
    "golden_week_japan": ((4, 29), (5, 6)),
    "obon": ((8, 11), (8, 16)),
    "christmas": ((12, 25), (12, 26)),
    "holidays": ((12, 24), (1, 3)),
    "summer_break": ((8, 1), (8, 31)),
    "songkran": ((4, 12), (4, 16)),
    "nowruz": ((3, 20), (4, 2)),
    "memorial_day": ((5, 25), (5, 31)),
    "thanksgiving": ((11, 22), (11, 29)),
    "black_friday": ((11, 23), (11, 30)),
    "spring": ((3, 1), (5, 31)),
    "summer": ((6, 1), (8, 31)),
    "autumn": ((9, 1), (11, 30)),
    "winter": ((12, 1), (2, 28)),
}
# Twice a year in Guangzhou.
FAIRS = (((4, 15), (5, 5)), ((10, 15), (11, 4)))
ISLAMIC_EPOCH = date(622, 7, 19).toordinal()
RAMADAN, SHAWWAL, DHU_AL_HIJJA = 9, 10, 12
#: How long after a feast people rest, in days.
REST = 2


def easter(year: int) -> date:
    """Easter Sunday of the western churches."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    rest = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * rest) // 451
    month, day = divmod(h + rest - 7 * m + 114, 31)
    return date(year, month, day + 1)


def orthodox_easter(year: int) -> date:
    """Easter Sunday of the eastern churches, in our calendar; right until 2099."""
    d = (19 * (year % 19) + 15) % 30
    days = d + (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7 + 114
    return date(year, days // 31, days % 31 + 1) + timedelta(days=13)


def islamic(year: int, month: int, day: int) -> date:
    """A day of the Islamic calendar, by its arithmetic; the moon may be seen a day earlier or later."""
    days = day + (59 * (month - 1) + 1) // 2 + (year - 1) * 354 + (3 + 11 * year) // 30
    return date.fromordinal(ISLAMIC_EPOCH + days - 1)


def days_of(feast: str, since: date) -> tuple[date, date] | None:
    """The first and last day of the next feast of this name that is not over at ``since``; None for a name nobody knows."""
    spans = (span for year in range(since.year - 1, min(since.year + 3, date.max.year)) for span in _spans(feast, year))
    return min((span for span in spans if span[1] >= since), default=None)


def _spans(feast: str, year: int) -> Iterator[tuple[date, date]]:
    """The days of a feast that begins in this year of our calendar."""
    if feast in LUNAR:
        first = date(year, *LUNAR[feast][(year - FIRST_OF_CYCLE) % CYCLE])
        yield first - timedelta(days=1), first + timedelta(days=6 if feast == "chinese_new_year" else REST)
    elif feast == "lantern_festival":
        day = date(year, *LUNAR["chinese_new_year"][(year - FIRST_OF_CYCLE) % CYCLE]) + timedelta(days=14)
        yield day, day
    elif feast in FIXED:
        (month, day), (last_month, last_day) = FIXED[feast]
        yield date(year, month, day), date(year + (last_month < month), last_month, last_day)
    elif feast == "canton_fair":
        for first, last in FAIRS:
            yield date(year, *first), date(year, *last)
    elif feast == "easter":
        yield easter(year) - timedelta(days=2), easter(year) + timedelta(days=1)
    elif feast == "orthodox_easter":
        yield orthodox_easter(year) - timedelta(days=2), orthodox_easter(year) + timedelta(days=1)
    elif feast == "carnival":
        yield easter(year) - timedelta(days=50), easter(year) - timedelta(days=46)
    elif feast in ISLAMIC:
        # 33 of our years are 34 of theirs.
        about = (year - 622) * 33 // 32
        for number in range(about - 1, about + 3):
            first, last = ISLAMIC[feast](number)
            if first.year == year:
                yield first, last
    elif feast == "eid":
        yield from _spans("eid_al_fitr", year)
        yield from _spans("eid_al_adha", year)


def _fitr(year: int) -> tuple[date, date]:
    first = islamic(year, SHAWWAL, 1)
    return first, first + timedelta(days=REST)


def _adha(year: int) -> tuple[date, date]:
    first = islamic(year, DHU_AL_HIJJA, 10)
    return first, first + timedelta(days=REST + 1)


def _ramadan(year: int) -> tuple[date, date]:
    # "After Ramadan" nobody works before the feast that ends it is over.
    return islamic(year, RAMADAN, 1), _fitr(year)[1]


ISLAMIC: dict[str, Callable[[int], tuple[date, date]]] = {"ramadan": _ramadan, "eid_al_fitr": _fitr, "eid_al_adha": _adha}
