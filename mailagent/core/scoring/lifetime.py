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
from datetime import date, datetime, timedelta
from typing import NamedTuple

from mailagent.core.model.lead import Fact, Signal
from mailagent.core.model.policy import PARTS_OF_SIGNS, Policy

#: Signals that carry what earlier mails are worth.
KNOWN_ALREADY, EARLIER_INTEREST = "known_already", "earlier_interest"
#: The reason of a lead that has been silent for so long that it went a tier down.
COOLED = "cooled"
#: The reason of a lead whose tier came from a trade show that is long over.
SHOW_OVER = "show_over"
#: A lead's memory is small: so many facts, so many characters of each one's words.
MOST_REMEMBERED, LONGEST_WORDS = 60, 120
#: So many of the earlier facts are named in the words of one signal.
MOST_NAMED = 4
#: What a customer does that is business, and what of it is money. A buyer's word that he paid is all that the ledger has so far.
ORDERS = ("places_order", "confirms_sample_order", "delivered_goods")
PAYMENTS = ("deposit_paid", "lc_opened")


class Remembered(NamedTuple):
    """A fact of an earlier mail, with the day (2026-03-31) on which it was last said."""

    name: str
    day: str
    words: str


Memory = dict[str, list[str]]
_quoted = json.encoder.encode_basestring


def read(memory: str) -> Memory:
    """A lead's memory as it stands in its row: fact → the day, and the words."""
    return json.loads(memory) if memory else {}


def remember(memory: Memory, facts: Iterable[Fact], at: datetime) -> str:
    """A lead's memory after another mail of its buyer, for its row; what is said again is as fresh as the newer mail.

    Returns:
        "" if it is as it was: then nothing need be written.
    """
    day = at.date().isoformat()
    kept = dict(memory)
    for name, value, evidence in facts:
        if name in PARTS_OF_SIGNS:
            continue
        # The first of several says it; and an old mail that is handled late is no news.
        if name not in kept or kept[name] is memory.get(name) and kept[name][0] <= day:
            kept[name] = [day, (evidence or value)[:LONGEST_WORDS]]
    if kept == memory:
        return ""
    if len(kept) > MOST_REMEMBERED:
        kept = dict(sorted(kept.items(), key=lambda item: item[1][0], reverse=True)[:MOST_REMEMBERED])
    # JSON by hand: the encoder's way through a few dozen short lists takes four times as long, and every reply is remembered.
    return "{" + ",".join([f'{_quoted(name)}:["{day}",{_quoted(words)}]' for name, (day, words) in sorted(kept.items())]) + "}"


class _Worth:
    """What of a policy every remembered fact is held against, looked up instead of worked out.

    Attributes:
        of: fact → (axis, group, points) of what counts for fit or engagement.
        forgotten: facts that are never carried on: what makes tier 1 by itself, doubts, coolness.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.of: dict[str, tuple[str, str, float]] = {}
        self.forgotten = {name for rule in policy.tiers if rule.tier == 1 for name in rule.any}
        for name, rule in policy.signals.items():
            axis = policy.groups[rule.group].axis if rule.group in policy.groups else ""
            if axis == "fraud" or rule.points < 0:
                self.forgotten.add(name)
            elif axis in ("fit", "engagement"):
                self.of[name] = axis, rule.group, rule.points


_last: _Worth | None = None


def _worth(policy: Policy) -> _Worth:
    """The last answer is kept, because a programme has one policy at a time."""
    global _last
    worth = _last
    if worth is None or worth.policy is not policy:
        _last = worth = _Worth(policy)
    return worth


def recall(memory: Memory, at: datetime, policy: Policy, but: Collection[str]) -> tuple[Remembered, ...]:
    """What earlier mails said that still counts, the newest first.

    Args:
        but: what the mail says itself.
    """
    if not memory:
        return ()
    worth, today = _worth(policy), at.date()
    oldest, newest = (today - timedelta(days=policy.lifetime.remembers_days)).isoformat(), today.isoformat()
    found = []
    for name, (day, words) in memory.items():
        if name in but or name in worth.forgotten:
            continue
        # Interest ends; who he is does not.
        if oldest <= day <= newest or name in worth.of and worth.of[name][0] == "fit":
            found.append(Remembered(name, day, words))
    found.sort(key=lambda one: one.day, reverse=True)
    return tuple(found)


def signals(remembered: tuple[Remembered, ...], said: Iterable[Signal], at: datetime, policy: Policy) -> list[Signal]:
    """What earlier mails add to the points of this one, under the same caps: one signal for each axis, with the words."""
    worth, today = _worth(policy), at.date()
    used: dict[str, float] = {}
    for signal in said:
        if signal.points > 0:
            used[signal.group] = used.get(signal.group, 0.0) + signal.points
    added, words = {"fit": 0.0, "engagement": 0.0}, {"fit": [], "engagement": []}
    for one in remembered:
        axis, group, points = worth.of.get(one.name, ("", "", 0.0))
        if not points:
            continue
        if axis == "engagement":
            points = faded(points, (today - date.fromisoformat(one.day)).days, policy)
        already = used.get(group, 0.0)
        points = min(points, policy.groups[group].cap - already)
        if points > 0:
            used[group] = already + points
            added[axis] += points
            if len(words[axis]) < MOST_NAMED:
                words[axis].append(f"{one.day}: {one.words}")
    names = {"fit": KNOWN_ALREADY, "engagement": EARLIER_INTEREST}
    return [
        Signal(names[axis], policy.signals[names[axis]].group, round(points, 1), " · ".join(words[axis]))
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
    return frozenset(read(memory))


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
