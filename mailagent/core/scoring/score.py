"""Facts, priced by ``signals.toml``, become a score: fit, engagement, tier, grade, doubts; each with its reasons.

Every fact that has a price is a *signal*. The same fact counts once however often it is said, and the signals of one
group count at most the group's cap: the signal that passes the cap is cut, so that the points shown add up to the score.
"""

from __future__ import annotations

from collections.abc import Mapping

from mailagent.core.model.known import Known
from mailagent.core.model.lead import Fact, Score, Signal
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy
from mailagent.core.scoring import fraud, lifetime, tier

MOST_POINTS = 100.0
LONG_THREAD = 6
LONGEST_EVIDENCE = 400
# In this order, because a tender that names a product is still a tender (DOMAIN §1).
GRADES = ("C", "D", "A", "B")


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
    # Signs and tier rules may name facts that have no price; those count with zero points.
    by_name = {fact.name: Signal(fact.name, "", 0.0, _words(fact)) for fact in reversed(facts)}
    signals = _capped([*_priced(facts, policy), *_made_of_several(by_name, mails, policy)], policy)
    level, doubts = fraud.judge(signals, tier.own_lead(known), is_customer, policy)
    by_name |= {signal.name: signal for signal in signals}
    lead = tier.own_lead(known)
    before = lifetime.read(lead.memory) if lead else {}
    if earlier := lifetime.recall(before, message.received_at, policy, by_name):
        signals = (*signals, *lifetime.signals(earlier, signals, message.received_at, policy))
        by_name = {**lifetime.as_reasons(earlier), **by_name}
    grade, reasons = tier.decide(by_name, mails, known, policy)
    if level == "likely":
        grade, reasons = None, doubts
    abcd = next((letter for letter in GRADES if tier.holds(f"grade_{letter.lower()}", by_name, mails, policy)), "")
    fit, engagement = (_axis(signals, axis, policy) for axis in ("fit", "engagement"))
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


def _priced(facts: tuple[Fact, ...], policy: Policy) -> list[Signal]:
    signals: dict[str, Signal] = {}
    rules = policy.signals
    for fact in facts:
        if fact.name in rules and fact.name not in signals:
            rule = rules[fact.name]
            signals[fact.name] = Signal(fact.name, rule.group, rule.points, _words(fact))
    return list(signals.values())


def _made_of_several(by_name: Mapping[str, Signal], mails: int, policy: Policy) -> list[Signal]:
    """The signs that have a price: several facts taken together, each with its words."""
    made = []
    for name in _priced_signs(policy):
        reasons = tier.reasons_of(name, by_name, mails, policy)
        if reasons is not None:
            rule = policy.signals[name]
            words = dict.fromkeys(reason.evidence for reason in reasons if reason.evidence)
            made.append(Signal(name, rule.group, rule.points, " … ".join(words)[:LONGEST_EVIDENCE]))
            by_name = {**by_name, name: made[-1]}
    return made


_last: tuple[Policy, tuple[str, ...]] | None = None


def _priced_signs(policy: Policy) -> tuple[str, ...]:
    """The signs of a policy that are signals as well; the last answer is kept, because a policy never changes."""
    global _last
    if _last is None or _last[0] is not policy:
        _last = policy, tuple(name for name in policy.signs if name in policy.signals)
    return _last[1]


def _words(fact: Fact) -> str:
    return fact.evidence or fact.value


def _capped(signals: list[Signal], policy: Policy) -> tuple[Signal, ...]:
    """The signals with what they really count: the highest first, and nothing above the cap of a group."""
    left = {name: group.cap for name, group in policy.groups.items()}
    counted: dict[str, Signal] = {}
    for signal in sorted(signals, key=lambda s: -s.points):
        # Doubts keep their full price: their cap is applied to the sum, and a person should see each weight.
        if fraud.is_doubt(signal, policy):
            counted[signal.name] = signal
            continue
        room = left.get(signal.group, 0.0)
        points = min(signal.points, room)
        left[signal.group] = room - points if points > 0 else room
        counted[signal.name] = signal if points == signal.points else Signal(signal.name, signal.group, points, signal.evidence)
    return tuple(counted[signal.name] for signal in signals)


def _axis(signals: tuple[Signal, ...], axis: str, policy: Policy) -> float:
    total = sum(s.points for s in signals if s.group in policy.groups and policy.groups[s.group].axis == axis)
    return max(0.0, min(MOST_POINTS, total))
