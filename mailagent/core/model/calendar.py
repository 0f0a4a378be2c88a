"""When letters may arrive, as values: ``calendar.toml`` with its places, holidays, blackouts and closures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Literal

from pydantic import ConfigDict, Field, model_validator

from mailagent.core.model.company import Table, Zone

SPAN = re.compile(r"(?:(\d{4})-)?(\d{2})-(\d{2})")
#: February of a span without a year has 29 days.
LEAP_YEAR = 2024


class DaySpan(Table):
    """Some days in a row, both ends included: a date, or a text as "2026-12-24", "12-24", "12-24/01-02".

    Without a year the days come back every year, and may run over its end.
    """

    first: date
    last: date
    is_yearly: bool = False

    @model_validator(mode="before")
    @classmethod
    def _written(cls, value: object) -> object:
        if isinstance(value, date):
            return {"first": value, "last": value}
        if not isinstance(value, str):
            return value
        ends = [SPAN.fullmatch(part.strip()) for part in value.split("/")]
        if not 1 <= len(ends) <= 2 or None in ends or len({end[1] is None for end in ends}) != 1:
            raise ValueError(f'"{value}" is no day; write 2026-12-24, "12-24" for every year, or "12-24/01-02" for several days in a row')
        is_yearly = ends[0][1] is None
        try:
            days = [date(int(end[1] or LEAP_YEAR), int(end[2]), int(end[3])) for end in ends]
        except ValueError as error:
            raise ValueError(f'"{value}" is no day of the calendar: {error}') from error
        return {"first": days[0], "last": days[-1], "is_yearly": is_yearly}

    @model_validator(mode="after")
    def _ordered(self) -> DaySpan:
        if not self.is_yearly and self.first > self.last:
            raise ValueError(f"{self.first} comes after {self.last}; turn them round")
        return self

    def covers(self, day: date) -> bool:
        """Whether a day lies in it."""
        if not self.is_yearly:
            return self.first <= day <= self.last
        first, last, asked = ((one.month, one.day) for one in (self.first, self.last, day))
        return first <= asked <= last if first <= last else asked >= first or asked <= last


class Window(Table):
    """``calendar.toml [[window]]``: a span of the buyer's working day in which letters may arrive."""

    start: time
    end: time

    @model_validator(mode="after")
    def _ordered(self) -> Window:
        if self.start >= self.end:
            raise ValueError("start must be earlier than end")
        return self


class Place(Table):
    """``calendar.toml [places.<CC>]``: where a country's business clock stands and when it rests.

    Attributes:
        zone: of its business capital (STANDARDS §8.1).
        weekend: days of rest, 0 is Monday; this counts, whatever the package of holidays says.
        zones: the other zones in which business is done there.
        inside: states, provinces and towns as they stand in addresses, each with its zone.
    """

    zone: Zone
    weekend: tuple[int, ...] = (5, 6)
    zones: tuple[Zone, ...] = ()
    inside: dict[str, Zone] = Field(default_factory=dict)


class Holiday(Table):
    """``calendar.toml [[holiday]]``: days on which a country rests, or works, that the package of holidays does not know (yet).

    Attributes:
        works: true: a day of work although it is a weekend or a holiday, as China's make-up days.
        name: in English; it stands in the reason for a time.
    """

    countries: tuple[str, ...] = Field(min_length=1)
    dates: tuple[DaySpan, ...] = Field(min_length=1)
    works: bool = False
    name: str = ""


class Blackout(Table):
    """``calendar.toml [[blackout]]``: when no follow-up goes, or only in certain hours. All that is named must hold.

    Attributes:
        scope: global; country: buyers in ``countries``; contact: the addresses or domains in ``contacts``.
        weekdays: 0 is Monday; none means every day.
        dates: days or spans of days, with or without a year.
        around: a public holiday of the buyer's country, by a part of its English name; ``before`` and ``after`` are the days around it.
        from, to: only these hours of the day; ``to`` may lie in the next morning.
        only: instead of no letter at all, letters in these hours only.
        tz: whose clock and day are meant.
        why: stands in the reason for a time; ``en`` at least.
        on: false switches it off.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, populate_by_name=True)

    scope: Literal["global", "country", "contact"] = "global"
    countries: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    weekdays: tuple[int, ...] = ()
    dates: tuple[DaySpan, ...] = ()
    around: tuple[str, ...] = ()
    before: int = Field(0, ge=0, le=60)
    after: int = Field(0, ge=0, le=60)
    start: time | None = Field(None, alias="from")
    end: time | None = Field(None, alias="to")
    only: tuple[Window, ...] = ()
    tz: Literal["recipient", "sender"] = "recipient"
    why: Mapping[str, str] = Field(min_length=1)
    on: bool = True

    @model_validator(mode="before")
    @classmethod
    def _why_in_english(cls, value: object) -> object:
        if isinstance(value, dict) and isinstance(value.get("why"), str):
            return value | {"why": {"en": value["why"]}}
        return value

    @model_validator(mode="after")
    def _whole(self) -> Blackout:
        if (self.start is None) != (self.end is None):
            raise ValueError('"from" and "to" belong together; write both or neither')
        if self.start is not None and self.start == self.end:
            raise ValueError('"from" and "to" are the same; leave both out for the whole day')
        if self.only and self.start is not None:
            raise ValueError('"only" names the hours in which letters go, "from" and "to" those in which none goes; write one of them')
        for scope, names in (("country", self.countries), ("contact", self.contacts)):
            if (self.scope == scope) != bool(names):
                key = "countries" if scope == "country" else "contacts"
                raise ValueError(f'"{key}" and scope = "{scope}" belong together')
        if "en" not in self.why:
            raise ValueError('"why" has no English; write why = { en = "…" }')
        return self

    @property
    def name(self) -> str:
        return self.why["en"]

    def concerns(self, country: str, contact: str) -> bool:
        """Whether it is about this buyer."""
        if self.scope == "country":
            return country in self.countries
        if self.scope == "contact":
            address = contact.casefold()
            domain = address.rpartition("@")[2]
            return any(one.casefold().removeprefix("@") in (address, domain) for one in self.contacts)
        return True

    def covers_hour(self, wall: time, is_next_morning: bool = False) -> bool:
        """Whether a time of day lies in its hours.

        Args:
            is_next_morning: the day that it covers is the one before, and its hours run over midnight.
        """
        if self.start is None or self.end is None:
            return not is_next_morning
        if self.start < self.end:
            return not is_next_morning and self.start <= wall < self.end
        return wall < self.end if is_next_morning else wall >= self.start


class Closure(Table):
    """``calendar.toml [[closure]]``: days on which our own house is closed, beside the public holidays of our country."""

    dates: tuple[DaySpan, ...] = Field(min_length=1)
    name: str


def _usual_windows() -> tuple[Window, ...]:
    return Window(start=time(9, 0), end=time(11, 30)), Window(start=time(13, 30), end=time(16, 30))


class Calendar(Table):
    """``calendar.toml``: time zones by country, the sending windows, days of rest, and our own working hours.

    Attributes:
        windows: hours of the buyer's working day in which follow-ups arrive.
        quiet_first_and_last_day: no follow-ups on the first and last working day of his week.
        guess_hours: where only his country is known and it has several zones, it must be between these hours in all of them.
        jitter_minutes: so far from the beginning of a window a letter may stand.
        after_inbound_days: a follow-up comes at least so long after his last mail.
        min_gap_days: two letters to one buyer lie at least so far apart.
        late_days: a follow-up that would come so much later than it was meant is looked at by a person first.
        public_holidays: ask the package of public holidays.
        estimated_days: holidays by the moon are estimates: so many days around them are kept free.
        our_region: our state or province, where its own holidays count ("BY", "44"); "" for those of the whole country.
        default_place: assumed when nothing tells where the buyer sits.
    """

    windows: tuple[Window, ...] = Field(default_factory=_usual_windows)
    our_hours: tuple[time, time] = (time(8, 30), time(18, 0))
    our_weekend: tuple[int, ...] = (5, 6)
    our_region: str = ""
    quiet_first_and_last_day: bool = True
    guess_hours: tuple[time, time] = (time(8, 0), time(18, 0))
    jitter_minutes: int = Field(45, ge=5, le=240)
    after_inbound_days: float = Field(2, ge=0, le=60)
    min_gap_days: float = Field(1, ge=0, le=60)
    late_days: int = Field(14, ge=1, le=365)
    public_holidays: bool = True
    estimated_days: int = Field(1, ge=0, le=5)
    default_place: str = ""
    places: dict[str, Place] = Field(default_factory=dict)
    holiday: tuple[Holiday, ...] = ()
    blackout: tuple[Blackout, ...] = ()
    closure: tuple[Closure, ...] = ()

    def closed(self, day: date) -> str:
        """Why our house is closed on a day, holidays aside; "" if it is not."""
        return next((one.name for one in self.closure if any(span.covers(day) for span in one.dates)), "")
