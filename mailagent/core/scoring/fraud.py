"""How doubtful a mail is: none, suspicious, or likely (DOMAIN §6).

Doubts are signals like all others, in groups whose axis is ``fraud``, with the levels of ``tiers.toml [fraud]``. What is odd from a
stranger is ordinary from a customer: the group ``stranger`` counts only for those who have not bought. *Likely* means:
not graded, nothing quoted, a person verifies first; *suspicious* means: answer with questions.
"""

from __future__ import annotations

from dataclasses import replace

from mailagent.core.model.address import registrable_domain
from mailagent.core.model.known import Known, SameRequest
from mailagent.core.model.lead import Fact, Lead, Score, Signal
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy
from mailagent.core.reading.lookalike import likeness

LEVELS = ("none", "suspicious", "likely")
STRANGER = "stranger"
PHISHING = "phishing"
#: Kinds of mail in which every doubt counts, and those in which only the hunt for passwords does.
DOUBTED, ONLY_PHISHING = ("inquiry", "reply", "spam_solicitation"), ("newsletter", "auto_reply")


def of_the_known(facts: tuple[Fact, ...], message: InboundMessage, known: Known, policy: Policy) -> list[Fact]:
    """Doubts that only the ledger can raise: whom the sender resembles, and who asked the same (DOMAIN §6).

    Args:
        facts: what the mail says; the country it comes from is among it.
    """
    sender, found = message.sender, []
    house = registrable_domain(sender.domain) if sender.domain else ""
    doubts, thread = known.doubts, known.thread_lead
    if doubts.resembled is not None:
        like = doubts.resembled
        name = "mimics_customer" if like.how == "same look" else "near_customer_domain"
        found.append(Fact(name, like.domain, f"{sender.email} is not {like.domain} of {like.company or 'a customer'} ({like.how})"))
    if thread is not None and house and house not in policy.freemail:
        theirs = registrable_domain(thread.email.rpartition("@")[2])
        how = likeness(house, theirs, policy.lists.get("added_words", ())) if theirs and theirs not in policy.freemail else None
        if how not in (None, "other ending"):
            found.append(Fact("lookalike_in_thread", house, f"{sender.email} writes in the thread of {thread.email}"))
    namesake = next((one for one in doubts.namesakes if not house or not one.email.endswith(f"@{house}")), None)
    if namesake is not None:
        found.append(Fact("known_name_new_address", namesake.email, f"{sender} is known as {namesake.email}"))
    alike = (*same_region(facts, doubts.same_requests), *doubts.linked)
    if alike:
        said = ", ".join(f"{one.email} ({one.day}, lead {one.lead_id})" for one in alike[:3])
        found.append(Fact("price_fishing", str(alike[0].lead_id), f"the same request came from {said}"))
    return found


def same_region(facts: tuple[Fact, ...], requests: tuple[SameRequest, ...]) -> tuple[SameRequest, ...]:
    """Those of the same requests that do not surely come from another country."""
    country = next((fact.value for fact in facts if fact.name == "country"), "")
    return tuple(one for one in requests if not (country and one.country and one.country != country))


def judge(signals: tuple[Signal, ...], lead: Lead | None, is_customer: bool, policy: Policy) -> tuple[str, tuple[Signal, ...]]:
    """The level of doubt and its reasons, the weightiest first.

    Args:
        signals: all signals of the mail; only those of fraud groups count.
        lead: the matter it belongs to; likely fraud stays likely until a person has cleared it there.
    """
    doubts = tuple(s for s in signals if is_doubt(s, policy) and not (is_customer and s.group == STRANGER))
    level = level_of(_points(doubts, policy), policy)
    if lead is not None and lead.fraud == "likely" and level != "likely":
        level = "likely"
        doubts = (Signal("earlier_fraud", "history", 0.0, "an earlier mail of this matter was likely fraud"), *doubts)
    return level, tuple(sorted(doubts, key=lambda signal: -signal.points))


def of_kind(score: Score, kind: str, policy: Policy) -> Score:
    """The same score without doubts that mean nothing in mail of that kind.

    Delivery reports and colleagues speak of full mailboxes and paid deposits; a list or a machine may hunt for passwords, but
    what it says of millions and contracts is news.
    """
    if not score.fraud_reasons or kind in DOUBTED:
        return score
    kept = tuple(one for one in score.fraud_reasons if kind in ONLY_PHISHING and one.group == PHISHING)
    return replace(score, fraud=level_of(_points(kept, policy), policy), fraud_reasons=kept)


def phishing(reasons: tuple[Signal, ...], policy: Policy) -> str:
    """How surely the mail wants to break in rather than to cheat in trade: the level of that group alone."""
    return level_of(_points(tuple(s for s in reasons if s.group == PHISHING), policy), policy)


def level_of(points: float, policy: Policy) -> str:
    """The name of the highest level that so many points reach."""
    reached = [name for name in LEVELS[1:] if points >= policy.fraud_levels.get(name, float("inf"))]
    return reached[-1] if reached else LEVELS[0]


def is_doubt(signal: Signal, policy: Policy) -> bool:
    """Whether a signal speaks against the sender."""
    group = policy.groups.get(signal.group)
    return group is not None and group.axis == "fraud"


def _points(doubts: tuple[Signal, ...], policy: Policy) -> float:
    groups: dict[str, float] = {}
    for signal in doubts:
        groups[signal.group] = groups.get(signal.group, 0.0) + signal.points
    return sum(min(total, policy.groups[name].cap) for name, total in groups.items() if name in policy.groups)
