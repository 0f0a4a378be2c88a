"""Our own people's work as values: how soon a buyer is answered (``deadlines.toml``), and who gets a lead (``assignment.toml``)."""

from __future__ import annotations

from datetime import date, time
from typing import Literal

from pydantic import Field, model_validator

from mailagent.core.model.company import Table

#: Years of days that people may name; calendars end somewhere.
YEARS = range(1900, 3001)
#: Where one of us talks with a buyer beside our mailboxes.
CHANNELS = (
    "phone", "whatsapp", "wechat", "telegram", "line", "viber", "zalo", "sms", "video", "visit", "meeting", "fair", "platform", "mail",
    "elsewhere",
)  # fmt: skip

# ── deadlines.toml ──────────────────────────────────────────────────────────────────────────────────────────────


class Limit(Table):
    """How long a buyer may wait; exactly one of the four.

    Attributes:
        within_hours: so many of our working hours.
        within_days: by the same time of day, so many of our working days later.
        by: by this time of our day; what comes later, by this time of the next working day.
        before_we_leave: by the end of our working day.
    """

    within_hours: float = Field(0, ge=0, le=1000)
    within_days: int = Field(0, ge=0, le=100)
    by: time | None = None
    before_we_leave: bool = False

    @model_validator(mode="after")
    def _says_one_thing(self) -> Limit:
        if sum((bool(self.within_hours), bool(self.within_days), self.by is not None, self.before_we_leave)) != 1:
            raise ValueError("name exactly one of within_hours, within_days, by and before_we_leave")
        return self


class PlaceLimit(Limit):
    """``deadlines.toml [[place]]``: the limit for buyers of these countries; one without countries is for all others."""

    countries: tuple[str, ...] = ()


class TierLimit(Limit):
    """``deadlines.toml [[tier]]``: the limit for leads of a tier."""

    tier: int = Field(ge=1, le=4)


class OrderDate(Table):
    """``deadlines.toml [[order]]``: a task that a date of an order brings with it (DOMAIN §5).

    Attributes:
        when: the date that it hangs on: production, delivery or sample_received.
        only: it is only needed if the order says so: deposit, lc, own, customer or third_party; "" always.
        days: so many days after that date; below zero before it.
        people: how many different people do it; two make two tasks.
        is_alarm: when it is late, the manager is told at once.
    """

    kind: str
    when: Literal["production", "delivery", "sample_received"]
    only: Literal["", "deposit", "lc", "own", "customer", "third_party"] = ""
    days: int = Field(0, ge=-366, le=366)
    people: int = Field(1, ge=1, le=2)
    is_alarm: bool = True
    say: str


class Deadlines(Table):
    """``deadlines.toml``: how soon buyers are answered, and what happens when they are not.

    Attributes:
        acknowledge: when an answer will be late: "off" writes nothing, "draft" writes an acknowledgement that waits for a person,
            "send" sends it where a person has approved its text beforehand (``mailagent preapprove``) and our provider confirms the
            sender of the mail that it answers (DMARC), and else writes the draft.
        acknowledge_before_minutes: so long before the time is over the acknowledgement is written, if no answer has been approved.
        manager_after_hours, deputy_after_hours: so many of our working hours after the breach they are told.
        overdue_after_hours: so many of our working hours after its time a task that is still open is told to the manager.
    """

    place: tuple[PlaceLimit, ...] = ()
    tier: tuple[TierLimit, ...] = ()
    order: tuple[OrderDate, ...] = ()
    acknowledge: Literal["off", "draft", "send"] = "draft"
    acknowledge_before_minutes: int = Field(30, ge=0, le=1440)
    manager_after_hours: float = Field(1, ge=0, le=1000)
    deputy_after_hours: float = Field(4, ge=0, le=1000)
    overdue_after_hours: float = Field(9.5, ge=0, le=1000)


# ── assignment.toml ─────────────────────────────────────────────────────────────────────────────────────────────

#: By what a new lead may be given to somebody.
RULES = ("same_buyer", "same_company", "named", "forwarded", "product", "region", "language", "in_turn")


class Region(Table):
    """``assignment.toml [[region]]``: whose the buyers of these countries are."""

    countries: tuple[str, ...]
    people: tuple[str, ...]


class Goods(Table):
    """``assignment.toml [[goods]]``: whose the questions about these families of the catalogue are."""

    families: tuple[str, ...]
    people: tuple[str, ...]


class Absence(Table):
    """``assignment.toml [[absence]]``: somebody is away, both days included; his deputy sees his list."""

    person: str
    first: date
    last: date
    deputy: str = ""


class Pool(Table):
    """``assignment.toml [pool]``: leads that nobody touches (DOMAIN §7).

    Attributes:
        untouched_days: after so many days without a letter, call, message or visit the owner is warned; 0: never.
        grace_days: so many days after the warning the manager is asked whether the lead returns to the pool.
        exempt_tiers, exempt_sources: these are never warned of.
    """

    untouched_days: int = Field(30, ge=0, le=3650)
    grace_days: int = Field(3, ge=0, le=365)
    exempt_tiers: tuple[int, ...] = (1,)
    exempt_sources: tuple[str, ...] = ("show",)


class Assignment(Table):
    """``assignment.toml``: who works on a new lead.

    Attributes:
        order: by what it is given away, the first that names somebody counts.
        weights: a person with 2 gets twice as many in turn as one with 1.
        greetings: first words of a line that greets somebody, in small letters.
        called: other names under which buyers greet a person.
    """

    order: tuple[Literal["same_buyer", "same_company", "named", "forwarded", "product", "region", "language", "in_turn"], ...] = RULES
    weights: dict[str, float] = Field(default_factory=dict)
    greetings: tuple[str, ...] = ("hi", "hello", "dear")
    called: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    region: tuple[Region, ...] = ()
    goods: tuple[Goods, ...] = ()
    absence: tuple[Absence, ...] = ()
    pool: Pool = Field(default_factory=Pool)
