"""What a lead keeps from its earlier mails: who the buyer is, what he asked for, and how warm that still is.

Theory. A mail is graded by what it says; a *lead* by all that its buyer has said. A signature that stood in the first mail is still
true when he answers "ok" from his phone, so *fit* does not fade. Interest does: it counts half as much after
``half_life_days``, and after ``remembers_days`` it is no longer evidence for a tier. An order, a payment or a visit
is not remembered here: it makes tier 1 at once, and that tier stays by itself. The memory of a lead is one small text in its row
(fact → the day it was last said, and the words), so that no mail has to be read again for it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from mailagent.core.model.lead import Fact, Signal
from mailagent.core.model.policy import PARTS_OF_SIGNS, Policy

#: Signals that carry what earlier mails are worth.
KNOWN_ALREADY, EARLIER_INTEREST = "known_already", "earlier_interest"
#: The reason of a lead that has been silent for so long that it went a tier down.
COOLED = "cooled"
#: A lead's memory is small: so many facts, so many characters of each one's words.
MOST_REMEMBERED, LONGEST_WORDS = 60, 120
#: So many of the earlier facts are named in the words of one signal.
MOST_NAMED = 4
#: What a customer does that is business, and what of it is money. A buyer's word that he paid is all that the ledger has so far.
ORDERS = ("places_order", "confirms_sample_order", "delivered_goods")
PAYMENTS = ("deposit_paid", "lc_opened")


@dataclass(frozen=True)
class Remembered:
    """A fact of an earlier mail, with the day on which it was last said."""

    name: str
    day: date
    words: str


def remember(memory: str, facts: Iterable[Fact], at: datetime) -> str:
    """A lead's memory after another mail of its buyer; what is said again is as fresh as the newer mail."""
    kept = _read(memory)
    day = at.date().isoformat()
    told = (fact for fact in reversed(tuple(facts)) if fact.name not in PARTS_OF_SIGNS)
    said = {fact.name: [day, (fact.evidence or fact.value)[:LONGEST_WORDS]] for fact in told}
    # An old mail that is handled late is no news.
    kept |= {name: entry for name, entry in said.items() if name not in kept or kept[name][0] <= day}
    if len(kept) > MOST_REMEMBERED:
        kept = dict(sorted(kept.items(), key=lambda item: item[1][0], reverse=True)[:MOST_REMEMBERED])
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def recall(memory: str, at: datetime, policy: Policy, but: Collection[str]) -> tuple[Remembered, ...]:
    """What earlier mails said that still counts.

    Args:
        but: what the mail says itself.
    """
    if len(memory) <= 2:
        return ()
    nearest = {name for rule in policy.tiers if rule.tier == 1 for name in rule.any}
    found = []
    for name, (day, words) in _read(memory).items():
        on = date.fromisoformat(day)
        age = (at.date() - on).days
        rule = policy.signals.get(name)
        axis = policy.groups[rule.group].axis if rule and rule.group in policy.groups else ""
        # Doubts have a memory of their own, coolness passes, and what he is does not.
        if name in but or name in nearest or axis == "fraud" or (rule and rule.points < 0):
            continue
        if axis == "fit" or 0 <= age <= policy.lifetime.remembers_days:
            found.append(Remembered(name, on, words))
    return tuple(found)


def signals(remembered: tuple[Remembered, ...], said: Iterable[Signal], at: datetime, policy: Policy) -> list[Signal]:
    """What earlier mails add to the points of this one, under the same caps: one signal for each axis, with the words."""
    used: dict[str, float] = {}
    for signal in said:
        used[signal.group] = used.get(signal.group, 0.0) + max(signal.points, 0.0)
    added = {"fit": 0.0, "engagement": 0.0}
    words: dict[str, list[str]] = {"fit": [], "engagement": []}
    for one in sorted(remembered, key=lambda one: one.day, reverse=True):
        rule = policy.signals.get(one.name)
        group = policy.groups.get(rule.group) if rule else None
        if group is None or group.axis not in added or rule.points <= 0:
            continue
        worth = rule.points if group.axis == "fit" else faded(rule.points, (at.date() - one.day).days, policy)
        worth = min(worth, max(0.0, group.cap - used.get(rule.group, 0.0)))
        used[rule.group] = used.get(rule.group, 0.0) + worth
        added[group.axis] += worth
        if worth > 0:
            words[group.axis].append(f"{one.day}: {one.words}")
    names = {"fit": KNOWN_ALREADY, "engagement": EARLIER_INTEREST}
    return [
        Signal(names[axis], policy.signals[names[axis]].group, round(points, 1), " · ".join(words[axis][:MOST_NAMED]))
        for axis, points in added.items()
        if round(points, 1) > 0 and names[axis] in policy.signals
    ]


def faded(points: float, days: float, policy: Policy) -> float:
    """What interest is still worth after so many days."""
    return points * 0.5 ** (max(days, 0.0) / policy.lifetime.half_life_days)


def as_reasons(remembered: tuple[Remembered, ...]) -> Mapping[str, Signal]:
    """Remembered facts as the tier rules ask for them: without points, with the day in their words."""
    return {one.name: Signal(one.name, "", 0.0, f"{one.day}: {one.words}") for one in remembered}


def names(memory: str) -> frozenset[str]:
    """The facts that a lead remembers."""
    return frozenset(_read(memory))


def _read(memory: str) -> dict[str, list[str]]:
    return json.loads(memory) if memory else {}


# ── customers ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Business:
    """What a company's mails say of business done.

    Attributes:
        orders, payments: mails that order or speak of delivered goods; mails that say that money is on its way.
    """

    orders: int
    payments: int
    last_at: datetime | None


@dataclass(frozen=True)
class RfmGrade:
    """Recency, frequency and money of a customer, 5 is best."""

    recency: int
    frequency: int
    money: int

    def __str__(self) -> str:
        return f"{self.recency}{self.frequency}{self.money}"


def rfm(business: Business, now: datetime, policy: Policy) -> RfmGrade | None:
    """How good a customer is; None for who has never ordered."""
    if business.last_at is None or not (business.orders or business.payments):
        return None
    rule = policy.rfm
    days = (now - business.last_at).days
    recency = 1 + sum(days <= limit for limit in rule.recency_days)
    frequency = 1 + sum(business.orders >= fewest for fewest in rule.orders)
    money = 1 + sum(business.payments >= fewest for fewest in rule.payments)
    return RfmGrade(recency, frequency, money)
