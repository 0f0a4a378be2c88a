"""Why we write once more, as values: the pretexts of ``pretexts.toml``, the company's news of ``news.toml``, and what was quoted.

Theory. Follow up, never push (DOMAIN §4): a letter needs something new that is *true now*. Which grounds there are, which of
them counts more, and which template says it, is data; what each of them asks of the ledger, the goods and the calendar is a condition
that ``core/deciding/pretext.py`` knows by its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from mailagent.core.model.company import Table

#: What a pretext may ask; each is a function of ``core/deciding/pretext.py``.
CONDITIONS = (
    "validity_ends", "validity_ended", "we_close", "we_close_soon", "we_reopened", "he_celebrates", "date_wanted", "offer_changed",
    "container", "is_customer", "product_new", "sells_well", "certificate", "news",
)  # fmt: skip
#: What a piece of news may be about; ``offer`` always needs the manager.
NEWS_KINDS = ("product", "price", "packing", "freight", "vessel", "exchange_rate", "certificate", "season", "offer", "other")


class PretextRule(Table):
    """``pretexts.toml [pretexts.<name>]``: one ground to write, and what it takes.

    Attributes:
        when: the condition, a name of ``CONDITIONS``.
        template: the letter that says it.
        points: of the grounds that are true now, the one with the most points is taken.
        tiers: only leads of these tiers; empty means all.
        days: how near it must be: days before the date of the condition (days after it, where it has passed).
        days_to: the near end of that span, where there is one (a cut-off is told four to six weeks ahead, not later).
        news: kinds of ``news.toml``, with when = "news".
        needs_manager: only the manager may let such a letter go.
    """

    when: Literal[CONDITIONS]
    template: str
    points: int = Field(10, ge=0, le=100)
    tiers: tuple[int, ...] = ()
    days: int = Field(0, ge=0, le=400)
    days_to: int = Field(0, ge=0, le=400)
    news: tuple[str, ...] = ()
    needs_manager: bool = False


class Variety(Table):
    """``pretexts.toml [variety]``: how like another letter a letter may be, 0 to 1 (DOMAIN §5, "measured").

    Attributes:
        same_day: another customer's letter of the same day.
        same_buyer: an earlier letter to the same buyer.
        tries: so many wordings of one letter are tried.
    """

    same_day: float = Field(0.9, ge=0, le=1)
    same_buyer: float = Field(0.8, ge=0, le=1)
    tries: int = Field(6, ge=1, le=20)


class Feast(Table):
    """``pretexts.toml [feasts.<name>]``: a public holiday that is worth a greeting, or for which we close.

    Attributes:
        match: a pattern for the English name that the calendar of public holidays gives it.
        say: what it is called, by language of the letter; greet: the wish itself.
        countries: where it is greeted; empty: wherever it is a public holiday.
    """

    match: str
    say: dict[str, str] = Field(default_factory=dict)
    greet: dict[str, str] = Field(default_factory=dict)
    countries: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _is_a_pattern(self) -> Feast:
        try:
            re.compile(self.match)
        except re.error as error:
            raise ValueError(f'match: "{self.match}" is not a pattern: {error}') from error
        return self


class Pretexts(Table):
    """``pretexts.toml``: grounds for a letter, the feasts that are greeted, and how different letters must be.

    Attributes:
        fallback: templates of substance about what he asked, tried in this order when nothing new is true.
        closed_days: so many days off in a row with a public holiday in them are a closure of ours.
    """

    pretexts: dict[str, PretextRule] = Field(default_factory=dict)
    feasts: dict[str, Feast] = Field(default_factory=dict)
    fallback: tuple[str, ...] = ()
    closed_days: int = Field(5, ge=2, le=30)
    variety: Variety = Field(default_factory=Variety)


class News(Table):
    """``news.toml [[news]]``: something new in the house, true from one day until another.

    Attributes:
        id: never used for anything else again: whoever was told it is not told it twice.
        valid_from, valid_until: first and last day on which a letter may say it.
        text: one or two sentences by language; buyers of other languages are not told it.
        countries, families, products, tiers: who may be told; empty means everybody.
    """

    id: str
    kind: Literal[NEWS_KINDS]
    valid_from: date
    valid_until: date
    text: dict[str, str]
    countries: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    tiers: tuple[int, ...] = ()
    needs_manager: bool = False

    def is_valid(self, day: date) -> bool:
        return self.valid_from <= day <= self.valid_until


def money(currency: str, amount: float) -> str:
    """``USD 0.85``, ``USD 1250.00``: two decimals at least, no separators that another country reads otherwise."""
    digits = f"{amount:.4f}".rstrip("0")
    whole, _, cents = digits.partition(".")
    return f"{currency} {whole}.{cents:0<2}"


@dataclass(frozen=True)
class Quoted:
    """One line of what a letter of ours named: the terms as they were on its day.

    Attributes:
        price: as the letter wrote it ("USD 0.85"); "" when it named none.
        valid_until: the last day of the quotation, by our calendar; None if the letter quoted no price.
    """

    code: str
    price: str = ""
    moq: int = 0
    lead_time_days: int = 0
    on: date | None = None
    valid_until: date | None = None

    def as_list(self) -> list:
        """For the ledger."""
        days = [day.isoformat() if day else "" for day in (self.on, self.valid_until)]
        return [self.code, self.price, self.moq, self.lead_time_days, *days]

    @staticmethod
    def last_day(rows: Iterable[list]) -> str:
        """The last day of the quotation that these rows of the ledger make; "" if they name no price that holds."""
        return max((row[5] for row in rows), default="")

    @classmethod
    def of(cls, row: list) -> Quoted:
        """From the ledger."""
        on, until = (date.fromisoformat(day) if day else None for day in row[4:6])
        return cls(row[0], row[1], row[2], row[3], on, until)


@dataclass(frozen=True)
class Pretext:
    """A ground that is true now.

    Attributes:
        name: of ``pretexts.toml``; a template's name for a fallback, which is no news.
        ground: what it rests on ("2026-03-18", a code, the id of the news): the same ground is never used twice.
        because: why now, one sentence for the card.
        values: for the template's gaps.
        until: the last day, by our calendar, on which it is true; None for what stays true.
        is_urgent: waiting for another day of his week would make it untrue, so it need not keep from days for calls (DOMAIN §4).
    """

    name: str
    template: str
    ground: str = ""
    because: str = ""
    points: int = 0
    needs_manager: bool = False
    values: Mapping[str, object] = field(default_factory=dict)
    until: date | None = None
    is_urgent: bool = False

    @property
    def mark(self) -> str:
        """What the ledger remembers of it."""
        return f"{self.name}:{self.ground}"
