"""Where a lead stands in its cadence, and when the next step comes.

A *round* begins with every mail of the buyer: step 0 is our answer, the steps after it are follow-ups for the case
that he is silent. The wait of a step counts from the moment the step before it was really done (the letter was
sent, the call was made), so a slow approval moves the plan and never squeezes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mailagent.core.deciding import clock
from mailagent.core.model.events import CadenceEnded, Event, RoundBegun, StepPlanned
from mailagent.core.model.lead import Lead
from mailagent.core.model.policy import Cadence, Policy, Step


@dataclass(frozen=True)
class Planned:
    """A step, its time and the reason for it."""

    step: Step
    at: datetime
    reason: str


def plan(step: Step, since: datetime, country: str, policy: Policy, seed: object) -> Planned:
    """When a step comes, if the step before it was done at ``since``."""
    buyer = clock.buyer_clock(country, policy)
    wait = []
    earliest = since
    if step.after_working_days:
        earliest = clock.add_working_days(earliest, step.after_working_days, buyer)
        wait.append(f"{step.after_working_days} working days")
    if step.after_hours:
        earliest += timedelta(hours=step.after_hours)
        wait.append(f"{step.after_hours:g} hours")
    waited = f"{' and '.join(wait)} after {clock.say(since, buyer)}" if wait else "at once"
    if step.do != "letter" or step.basis != "follow_up":
        return Planned(step, earliest, waited)
    slot = clock.next_slot(earliest, buyer, policy, seed)
    return Planned(step, slot.at, f"{waited}; in the buyer's hours: {slot.reason}")


def begin_round(lead_id: int, round: int, cadence_name: str, policy: Policy, now: datetime, reason: str) -> list[Event]:
    """The buyer wrote: start a cadence at its first step, due at once."""
    cadence = policy.cadences[cadence_name]
    return [RoundBegun(lead_id, cadence_name, round, cadence.step[0].id, now, reason)]


def after_step(lead: Lead, done_step: str, done_at: datetime, policy: Policy) -> Event:
    """What comes after a step was done (or skipped): the next one, or the end."""
    cadence = policy.cadences.get(lead.cadence)
    if cadence is None:
        return CadenceEnded(lead.id, "cadence_removed")
    position = cadence.index(done_step) + 1
    return _plan_position(lead, cadence, position, done_at, policy)


def after_own_answer(lead: Lead, answered_at: datetime, policy: Policy) -> Event:
    """A colleague answered by himself: our wait begins anew, with the first follow-up that this round has not had yet."""
    cadence = policy.cadences.get(lead.cadence)
    if cadence is None:
        chosen = policy.cadence_for(lead.tier)
        if chosen is None:
            return CadenceEnded(lead.id, "not_graded")
        cadence = chosen[1]
    # Where the lead stands is what was not done yet; a letter that went in this round is never written a second time.
    return _plan_position(lead, cadence, max(cadence.first_follow_up, cadence.index(lead.step)), answered_at, policy)


def _plan_position(lead: Lead, cadence: Cadence, position: int, since: datetime, policy: Policy) -> Event:
    if position >= len(cadence.step):
        return CadenceEnded(lead.id, "rested")
    seed = f"{lead.id}:{lead.round}:{position}"
    if lead.held_until and not lead.hold_reason and lead.held_until > since:
        # "Later" gets the date he named, and not the wait of the step (DOMAIN §4).
        slot = clock.next_slot(lead.held_until, clock.buyer_clock(lead.country, policy), policy, seed)
        return StepPlanned(lead.id, cadence.step[position].id, slot.at, f"he named this day; in the buyer's hours: {slot.reason}")
    planned = plan(cadence.step[position], since, lead.country, policy, seed)
    return StepPlanned(lead.id, planned.step.id, planned.at, planned.reason)


def unanswered_follow_ups(cadence: Cadence, step_id: str) -> int:
    """How many follow-ups come before this one in its cadence: the third says how to stop."""
    return sum(1 for step in cadence.step[: max(cadence.index(step_id), 0)] if step.do == "letter" and step.basis == "follow_up")


def choose(tier: int | None, facts: frozenset[str], is_reply: bool, policy: Policy) -> str | None:
    """The cadence for a mail: by what it says first, then by the lead's tier.

    Returns:
        Its name in ``cadences.toml``; None for leads that must be verified first.
    """
    if tier is None:
        return None
    for fact, name in (
        ("places_order", "order"),
        ("deposit_paid", "order"),
        ("confirms_sample_order", "order"),
        ("not_now_later", "later"),
    ):
        if fact in facts and name in policy.cadences:
            return name
    if is_reply and "reply" in policy.cadences:
        return "reply"
    chosen = policy.cadence_for(tier)
    return chosen[0] if chosen else None
