"""Leads, the people behind them, and what was found in their mails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

#: new: nobody answered yet · talking: letters went both ways · customer: has ordered · closed: an end was reached.
STAGES = ("new", "talking", "customer", "closed")


@dataclass(frozen=True)
class Company:
    """A buyer's company. ``domain`` is its registrable domain, or "" where only a freemail address is known."""

    id: int
    name: str
    domain: str
    country: str
    is_customer: bool
    owner: str


@dataclass(frozen=True)
class Contact:
    """A person with an address."""

    id: int
    company_id: int
    email: str
    name: str
    language: str
    country: str
    status: str
    zone: str = ""
    region: str = ""
    place_source: str = ""
    place_sureness: str = ""


@dataclass(frozen=True)
class Lead:
    """One matter with one buyer.

    Attributes:
        tier: 1 to 4; None is not graded (verify first).
        fraud: none, suspicious or likely.
        owner: ``name`` of a person in ``mailagent.toml``; "" while the lead is in the pool. ``owner_reason``: the rule that named him.
        cadence, round, step: where the lead stands; ``round`` grows with every mail of the buyer.
        next_due_at: when the planner must look again; None together with ``rest_reason``, ``hold_reason``
            or a waiting draft says why not.
        due_reason: the plain reason for that time.
        held_until: a hold ends by itself at this time; None with a ``hold_reason`` means until a person resumes. Without a
            ``hold_reason`` it is the day from which the buyer wants to hear from us again.
        pinned_tier: set by a person; beats the score, never fraud or an unsubscribe.
        show, show_class: where he was met, and how much he wanted there (``rhythm.SHOW_CLASSES``); "" for one who wrote by himself.
        show_ends_at: when that show was over; None where nobody has said.
        quote_ends: the last day of our newest quotation to him, by our calendar, as 2026-03-18; "" if he was quoted nothing.
        memory: what its mails have said so far (``core/scoring/lifetime.py``).
        wanted_at: when the next step would come if no holiday, night or limit stood in its way.
        zone, region: of the person, where they are known (``core/deciding/whereabouts.py``); place_source says how.
    """

    id: int
    contact_id: int
    company_id: int
    email: str
    contact_name: str
    company_name: str
    source: str
    subject: str
    language: str
    country: str
    stage: str
    tier: int | None
    score: float
    fraud: str
    owner: str
    cadence: str
    round: int
    step: str
    next_due_at: datetime | None
    due_reason: str
    hold_reason: str
    held_until: datetime | None
    rest_reason: str
    pinned_tier: int | None
    opened_at: datetime
    last_inbound_at: datetime | None
    last_outbound_at: datetime | None
    inbound_count: int
    outbound_count: int
    memory: str = ""
    wanted_at: datetime | None = None
    zone: str = ""
    region: str = ""
    place_source: str = ""
    show: str = ""
    show_class: str = ""
    owner_reason: str = ""
    quote_ends: str = ""
    show_ends_at: datetime | None = None

    def but(self, **fields: object) -> Lead:
        """The same lead but for these fields; ``dataclasses.replace`` takes ten times as long, and every graded mail changes one.

        Raises:
            TypeError: a lead has no such field.
        """
        changed = object.__new__(type(self))
        changed.__dict__.update(self.__dict__, **fields)
        if len(changed.__dict__) != len(self.__dict__):
            raise TypeError(f"no field of a lead: {', '.join(sorted(fields.keys() - self.__dict__.keys()))}")
        return changed


class Fact(NamedTuple):
    """Something the mail says, with the words that say it.

    Attributes:
        name: as in ``config/signals.toml``: names_product, asks_price, places_order, gives_phone …
        value: normalised value ("6204-2RS", "8000 pcs", "CIF"); may be empty.
        evidence: the words in the mail, at most 200 characters.
    """

    name: str
    value: str = ""
    evidence: str = ""


class Signal(NamedTuple):
    """One reason of one score: a fact and its price."""

    name: str
    group: str
    points: float
    evidence: str


@dataclass(frozen=True)
class Score:
    """A lead's grade with its reasons.

    Attributes:
        fit: who they are, 0 to 100; engagement: what they do, 0 to 100.
        tier: 1 to 4, or None for "verify first".
        tier_reasons: the signals that the tier's rule rests on.
        abcd: the other common grading, A to D (DOMAIN §1).
        fraud: none, suspicious or likely.
        memory: of the lead, after this mail; "" if it stays as it was.
    """

    fit: float
    engagement: float
    tier: int | None
    signals: tuple[Signal, ...]
    tier_reasons: tuple[Signal, ...]
    abcd: str = ""
    fraud: str = "none"
    fraud_reasons: tuple[Signal, ...] = ()
    memory: str = ""

    @property
    def total(self) -> float:
        return self.fit + self.engagement
