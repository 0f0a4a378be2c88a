"""Facts, priced by ``signals.toml``, become a score: fit, engagement, tier, grade, doubts; each with its reasons.

Every fact that has a price is a *signal*. The same fact counts once however often it is said, and the signals of one
group count at most the group's cap: the signal that passes the cap is cut, so that the points shown add up to the score.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter

from mailagent.core.model.known import Known
from mailagent.core.model.lead import Fact, Score, Signal
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy
from mailagent.core.scoring import fraud, lifetime, tier

MOST_POINTS = 100.0
LONG_THREAD = 6
LONGEST_EVIDENCE = 400
_POINTS = attrgetter("points")
# In this order, because a tender that names a product is still a tender (DOMAIN §1).
GRADES = {"C": "grade_c", "D": "grade_d", "A": "grade_a", "B": "grade_b"}


def score(facts: tuple[Fact, ...], message: InboundMessage, known: Known, policy: Policy) -> Score:
    """How near a lead is to an order, and why.

    Args:
        facts: what the mail says (``reading.facts.find``).
        message: the mail itself; only its place in the thread is looked at.
        known: what the ledger knows: customer or not, tier so far, pins, mails in the thread.
        policy: prices, caps, tier rules and fraud levels.

    Returns:
        The score. Likely fraud has no tier: verify first.
    """
    is_customer = _is_customer(known)
    mails, said = _mails_in_thread(facts, message, known), facts
    facts = (*facts, *_known_facts(known, is_customer, mails), *fraud.of_the_known(facts, message, known, policy))
    by_name, signals = _priced(facts, policy)
    signals = _capped([*signals, *_made_of_several(by_name, mails, policy)], policy)
    level, doubts = fraud.judge(signals, tier.own_lead(known), is_customer, policy)
    by_name |= {signal.name: signal for signal in signals}
    lead = tier.own_lead(known)
    before = lifetime.read(lead.memory) if lead else {}
    if earlier := lifetime.recall(before, message.received_at, policy, by_name):
        signals = (*signals, *lifetime.signals(earlier, signals, message.received_at, policy))
        by_name = {**lifetime.as_reasons(earlier), **by_name}
    there = tier.evidence(by_name, mails, policy)
    grade, reasons = tier.decide(there, known, policy)
    if level == "likely":
        grade, reasons = None, doubts
    abcd = next((letter for letter, sign in GRADES.items() if tier.holds(sign, there)), "")
    fit, engagement = _sums(signals, policy)
    memory = lifetime.remember(before, said, message.received_at)
    return Score(fit, engagement, grade, signals, reasons, abcd, level, doubts, memory)


def _is_customer(known: Known) -> bool:
    """Has he, or somebody of his company, bought from us?"""
    if known.company is not None and known.company.is_customer:
        return True
    return any(lead.stage == "customer" for lead in (known.lead, *known.related_leads) if lead is not None)


def _mails_in_thread(facts: tuple[Fact, ...], message: InboundMessage, known: Known) -> int:
    """Mails of both sides so far: those we saw, or those the mail itself names, whichever is more."""
    named = len({*message.references, *message.in_reply_to}) + 1
    return max(known.thread_mails + 1, named)


def _known_facts(known: Known, is_customer: bool, mails: int) -> list[Fact]:
    facts = []
    if is_customer:
        facts.append(Fact("is_customer", "", known.company.name if known.company else "customer of ours"))
    if mails >= LONG_THREAD:
        facts.append(Fact("long_thread", str(mails), f"{mails} mails in this thread"))
    return facts


def _priced(facts: tuple[Fact, ...], policy: Policy) -> tuple[dict[str, Signal], list[Signal]]:
    """All facts by their names, the first of each; and those among them that have a price."""
    by_name: dict[str, Signal] = {}
    priced, prices = [], _prices(policy).of
    for name, value, evidence in facts:
        if name in by_name:
            continue
        # Signs and tier rules may name facts that have no price; those count with zero points.
        group, points = prices.get(name, ("", 0.0))
        by_name[name] = signal = Signal(name, group, points, evidence or value)
        if name in prices:
            priced.append(signal)
    return by_name, priced


def _made_of_several(by_name: Mapping[str, Signal], mails: int, policy: Policy) -> list[Signal]:
    """The signs that have a price: several facts taken together, each with its words."""
    made = []
    there = tier.evidence(by_name, mails, policy)
    for name in _prices(policy).signs:
        if name in there.may and (reasons := tier.reasons_of(name, there)) is not None:
            rule = policy.signals[name]
            words = dict.fromkeys(reason.evidence for reason in reasons if reason.evidence)
            made.append(Signal(name, rule.group, rule.points, " … ".join(words)[:LONGEST_EVIDENCE]))
    return made


class _Prices:
    """What of a policy every mail is held against, looked up instead of worked out.

    Attributes:
        of: fact or sign → (group, points).
        signs: the signs that are signals as well.
        caps: group → the most that it counts.
        axes: group → fit, engagement or fraud.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.of = {name: (rule.group, rule.points) for name, rule in policy.signals.items()}
        self.signs = tuple(name for name in policy.signs if name in policy.signals)
        self.caps = {name: group.cap for name, group in policy.groups.items()}
        self.axes = {name: group.axis for name, group in policy.groups.items()}


_last: _Prices | None = None


def _prices(policy: Policy) -> _Prices:
    """The last answer is kept, because a policy never changes."""
    global _last
    prices = _last
    if prices is None or prices.policy is not policy:
        _last = prices = _Prices(policy)
    return prices


def _capped(signals: list[Signal], policy: Policy) -> tuple[Signal, ...]:
    """The signals with what they really count: the highest first, and nothing above the cap of a group."""
    prices = _prices(policy)
    caps, axes = prices.caps, prices.axes
    left: dict[str, float] = {}
    counted: dict[str, Signal] = {}
    for signal in sorted(signals, key=_POINTS, reverse=True):
        # Doubts keep their full price: their cap is applied to the sum, and a person should see each weight.
        if axes.get(signal.group) == "fraud":
            counted[signal.name] = signal
            continue
        room = left.get(signal.group)
        if room is None:
            room = caps.get(signal.group, 0.0)
        points = min(signal.points, room)
        left[signal.group] = room - points if points > 0 else room
        counted[signal.name] = signal if points == signal.points else Signal(signal.name, signal.group, points, signal.evidence)
    return tuple(counted[signal.name] for signal in signals)


def _sums(signals: tuple[Signal, ...], policy: Policy) -> tuple[float, float]:
    """The points for fit and those for engagement."""
    axes, totals = _prices(policy).axes, {"fit": 0.0, "engagement": 0.0, "fraud": 0.0}
    for signal in signals:
        if signal.group in axes:
            totals[axes[signal.group]] += signal.points
    return tuple(max(0.0, min(MOST_POINTS, totals[axis])) for axis in ("fit", "engagement"))
