"""Which tier a lead belongs to, by the rules of ``tiers.toml``, and the signals that led there (DOMAIN §1).

A *rule* makes a tier; a *sign* is several facts taken together and may itself name signs. Each evaluation answers not
only yes or no but with the facts it rests on, so that every tier can show the sentences behind it. The tier moves up
at once and never down because of one mail; a person's pin beats the rules, a real order beats the pin, fraud beats all.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import NamedTuple

from mailagent.core.model.known import Known
from mailagent.core.model.lead import Lead, Signal
from mailagent.core.model.policy import Policy, Sign, TierRule

LOWEST_TIER = 4
# Signs that name each other in a circle end here.
DEEPEST_SIGN = 8

Signals = Mapping[str, Signal]


class Evidence(NamedTuple):
    """What signs and rules are held against.

    Attributes:
        signals: the facts of a mail and of what is known, by name.
        mails: mails in the thread, both sides.
        signs: those of the policy.
        may: the signs that these facts may make; into the others nobody looks.
    """

    signals: Signals
    mails: int
    signs: Mapping[str, Sign]
    may: frozenset[str]


def evidence(signals: Signals, mails: int, policy: Policy) -> Evidence:
    """The facts, ready to be asked for signs."""
    return Evidence(signals, mails, policy.signs, possible(signals, policy))


def decide(there: Evidence, known: Known, policy: Policy) -> tuple[int, tuple[Signal, ...]]:
    """The tier of a lead that is not suspected of fraud, with its reasons.

    Args:
        there: the facts of this mail and of what is known, each with the words that say it; this mail counts in its thread.
        known: for the tier so far and a person's pin.

    Returns:
        The tier from 1 to 4, and the signals it rests on; a kept or pinned tier says so in its first reason.
    """
    tier, reasons = by_rules(there, policy)
    lead = own_lead(known)
    if lead is None:
        return tier, reasons
    if lead.pinned_tier is not None:
        if tier == 1 and lead.pinned_tier > 1:
            said = Signal("lifted_above_pin", "history", 0.0, f"a person had set tier {lead.pinned_tier}")
            return 1, (said, *reasons)
        return lead.pinned_tier, (Signal("pinned_tier", "history", 0.0, f"a person set tier {lead.pinned_tier}"), *reasons)
    if lead.tier is not None and lead.tier < tier:
        return lead.tier, (Signal("kept_tier", "history", 0.0, f"tier {lead.tier} since an earlier mail"), *reasons)
    return tier, reasons


def by_rules(there: Evidence, policy: Policy) -> tuple[int, tuple[Signal, ...]]:
    """The tier that this mail alone earns: the first rule that holds, else the lowest tier."""
    for rule in policy.tiers:
        # A rule without conditions holds for everything that is left.
        reasons = _some(rule, there, 0)
        if reasons is not None:
            return rule.tier, _each_once(reasons)
    return LOWEST_TIER, ()


def holds(sign: str, there: Evidence) -> bool:
    """Whether a fact or sign is there."""
    return _reasons(sign, there, 0) is not None


def reasons_of(sign: str, there: Evidence) -> list[Signal] | None:
    """The signals that make a fact or sign; None when it is not there."""
    return _reasons(sign, there, 0)


def own_lead(known: Known) -> Lead | None:
    """The lead whose tier this mail may keep; a colleague's lead lends its tier only through ``is_customer``."""
    return known.thread_lead or known.contact_lead


def _reasons(name: str, there: Evidence, depth: int) -> list[Signal] | None:
    """The signals that make a fact or sign; None when it is not there."""
    sign = there.signs.get(name)
    if sign is None:
        signal = there.signals.get(name)
        return None if signal is None else [signal]
    return _together(sign, there, depth + 1) if name in there.may and depth <= DEEPEST_SIGN else None


def _together(sign: Sign, there: Evidence, depth: int) -> list[Signal] | None:
    if there.mails < sign.mails_at_least:
        return None
    for name in sign.none:
        if _reasons(name, there, depth) is not None:
            return None
    reasons: list[Signal] = []
    # The first part that is missing decides; the others need not be asked.
    for name in sign.all:
        answer = _reasons(name, there, depth)
        if answer is None:
            return None
        reasons += answer
    some = _some(sign, there, depth)
    if some is None:
        return None
    reasons += some
    if sign.mails_at_least and "long_thread" in there.signals:
        reasons.append(there.signals["long_thread"])
    return reasons


def _some(sign: Sign | TierRule, there: Evidence, depth: int) -> list[Signal] | None:
    """The signals of ``any`` and ``of``, as far as these are asked for; None when there are too few."""
    reasons: list[Signal] = []
    signals, signs, may = there.signals, there.signs, there.may
    for names, fewest in ((sign.any, 1 if sign.any else 0), (sign.of, sign.at_least)):
        found = 0
        for name in names if fewest else ():
            # Most are missing, and a look is cheaper than a call.
            if name in (may if name in signs else signals):
                answer = _reasons(name, there, depth)
                if answer is not None:
                    found += 1
                    reasons += answer
        if found < fewest:
            return None
    return reasons


def _each_once(reasons: list[Signal]) -> tuple[Signal, ...]:
    return tuple({signal.name: signal for signal in reasons}.values())


class _Needs:
    """Without which facts a sign cannot be, so that the many signs that are missing need not be looked into.

    Facts are bits of a number, and so are sets of them: a sign may be there if each of its sets has a bit in common with the facts.

    Attributes:
        bits: fact → its bit.
        behind: fact → the signs that need it or one of a few others, each with all its sets.
        always: the signs that may hold without any.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.bits: dict[str, int] = {}
        self.behind: dict[str, list[tuple[str, tuple[int, ...]]]] = {}
        self.always: list[str] = []
        for name, sign in policy.signs.items():
            groups = [*((one,) for one in sign.all), sign.any, sign.of if sign.at_least else ()]
            needs = [frozenset().union(*(_facts_behind(one, policy, 0) for one in group)) for group in groups if group]
            needs = sorted((some for some in needs if "" not in some), key=len)
            if not needs:
                self.always.append(name)
                continue
            sets = tuple(sum(self.bits.setdefault(fact, 1 << len(self.bits)) for fact in some) for some in needs)
            for fact in needs[0]:
                self.behind.setdefault(fact, []).append((name, sets))

    def possible(self, facts: Set[str]) -> frozenset[str]:
        """The signs that these facts may make."""
        found, bits, there, looked_at = set(self.always), self.bits, 0, []
        for fact in facts:
            if fact in bits:
                there |= bits[fact]
                looked_at.append(fact)
        behind = self.behind
        for fact in looked_at:
            for name, sets in behind.get(fact, ()):
                for some in sets:
                    if not there & some:
                        break
                else:
                    found.add(name)
        return frozenset(found)


def _facts_behind(name: str, policy: Policy, depth: int) -> frozenset[str]:
    """The facts that a sign may rest on; "" is among them if it may hold without any."""
    sign = policy.signs.get(name)
    if sign is None:
        return frozenset((name,))
    named = (*sign.all, *sign.any, *(sign.of if sign.at_least else ()))
    if depth > DEEPEST_SIGN or not named:
        return frozenset(("",))
    return frozenset().union(*(_facts_behind(one, policy, depth + 1) for one in named))


_last: _Needs | None = None


def possible(signals: Signals, policy: Policy) -> frozenset[str]:
    """The signs that these facts may make; no other one holds. What is worked out of a policy is kept, because it never changes."""
    global _last
    needs = _last
    if needs is None or needs.policy is not policy:
        _last = needs = _Needs(policy)
    return needs.possible(signals.keys())
