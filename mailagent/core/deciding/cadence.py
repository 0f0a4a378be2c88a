"""Where a lead stands in its cadence, and when the next step comes.

A *round* begins with every mail of the buyer: step 0 is our answer, the steps after it are follow-ups for the case
that he is silent. The wait of a step counts from the moment the step before it was really done (the letter was
sent, the call was made), so a slow approval moves the plan and never squeezes it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from mailagent.core.deciding import clock, obstacles, slots
from mailagent.core.deciding.obstacles import Asked
from mailagent.core.model.events import CadenceEnded, Event, RoundBegun, StepPlanned
from mailagent.core.model.lead import Lead
from mailagent.core.model.policy import Cadence, Policy, Step

#: So long before the end of a quotation a follow-up comes that would else come after it.
DAYS_BEFORE_END = timedelta(days=2)


@dataclass(frozen=True)
class Planned:
    """A step, its time and the reason for it.

    Attributes:
        wanted_at: when it would come if no holiday, night or limit stood in its way.
    """

    step: Step
    at: datetime
    reason: str
    wanted_at: datetime


def plan(
    step: Step, since: datetime, lead: Lead, policy: Policy, seed: object, recent: tuple[datetime, ...] = (), ends: str = ""
) -> Planned:
    """When a step comes, if the step before it was done at ``since``.

    Args:
        recent: unanswered follow-ups to his company in the last 30 days.
        ends: the last day of the quotation in the letter before it; a follow-up that would come after it comes sooner.

    Raises:
        slots.NoTimeLeft: the calendar leaves no day for a letter.
    """
    buyer = clock.clock_of(lead, policy)
    wait = []
    earliest = since
    if step.after_working_days:
        earliest = clock.add_working_days(earliest, step.after_working_days, buyer)
        wait.append(f"{step.after_working_days} working day{'s' * (step.after_working_days != 1)}")
    if step.after_hours:
        earliest += timedelta(hours=step.after_hours)
        wait.append(f"{step.after_hours:g} hour{'s' * (step.after_hours != 1)}")
    waited = f"{' and '.join(wait)} after {clock.say(since, buyer)}" if wait else "at once"
    if step.do != "letter" or step.basis != "follow_up":
        return Planned(step, earliest, waited, earliest)
    if ends and _our_day(earliest, policy) > ends > _our_day(since, policy):
        earliest, waited = _before_its_end(ends, since, policy), f"before our quotation ends on {ends}"
    return follow_up(step, earliest, waited, lead, policy, seed, recent)


def follow_up(
    step: Step, wanted: datetime, waited: str, lead: Lead, policy: Policy, seed: object, recent: tuple[datetime, ...] = ()
) -> Planned:
    """The time of a follow-up that is wanted from a moment on; or, on a day for calls, that of the call in front of it."""
    buyer = clock.clock_of(lead, policy)
    wish = wish_of(lead, step, wanted, recent)
    slot = slot_of(lead, step, wish, policy, seed)
    if step.on_quiet_day == "call" and (call_at := slots.quiet_day_before(slot, wish, buyer, policy, seed)):
        return Planned(step, call_at, f"{waited}; a day for calls: {clock.say(call_at, buyer)}", wanted)
    return Planned(step, slot.at, f"{waited}; in the buyer's hours: {slot.reason}", wanted)


def wish_of(lead: Lead, step: Step, wanted: datetime, recent: tuple[datetime, ...] = ()) -> slots.Wish:
    """What a follow-up must keep a distance from (STANDARDS §8.5): his last mail, our last letter, his return, the day he named."""
    return slots.Wish(
        wanted,
        heard_at=lead.last_inbound_at,
        sent_at=lead.last_outbound_at,
        not_before=lead.held_until if lead.hold_reason in ("", "out_of_office", "paused") else None,
        recent=recent,
        asked=Asked(lead.email, keeps_quiet_days(lead, step, wanted)),
    )


def slot_of(lead: Lead, step: Step, wish: slots.Wish, policy: Policy, seed: object) -> slots.Slot:
    """The time of a follow-up; if it would only miss the end of our quotation because of the days for calls, the one before them.

    Raises:
        slots.NoTimeLeft: the calendar leaves no day.
    """
    buyer = clock.clock_of(lead, policy)
    slot = slots.find(wish, buyer, policy, seed)
    if not (step.pretexts and lead.quote_ends and "first_or_last_working_day" in slot.moved_by):
        return slot
    if _our_day(slot.at, policy) <= lead.quote_ends:
        return slot
    freed = slots.find(replace(wish, asked=replace(wish.asked, quiet_days=False)), buyer, policy, seed)
    if _our_day(freed.at, policy) > lead.quote_ends:
        return slot
    return replace(freed, reason=f"before our quotation ends on {lead.quote_ends}; {freed.reason}")


def keeps_quiet_days(lead: Lead, step: Step, wanted: datetime | None) -> bool:
    """Whether a follow-up keeps from the first and last working day of his week; one on the day that he named does not (DOMAIN §4).

    Args:
        wanted: when it would come if nothing stood in its way.
    """
    return step.on_quiet_day != "send" and not is_named_day(lead, wanted)


def is_named_day(lead: Lead, wanted: datetime | None) -> bool:
    """Whether a step comes then because the buyer named the day."""
    return wanted is not None and not lead.hold_reason and lead.held_until == wanted


def _before_its_end(ends: str, since: datetime, policy: Policy) -> datetime:
    """Some days before a quotation ends, so that he can still answer it; never on the day of the quotation itself."""
    zone = clock.zone_of(policy.company.time_zone)
    opens = datetime.combine(date.fromisoformat(ends) - DAYS_BEFORE_END, policy.calendar.our_hours[0], zone)
    return max(opens, since + timedelta(days=1))


def _our_day(moment: datetime, policy: Policy) -> str:
    """The day by our calendar, as quotations name it."""
    return moment.astimezone(clock.zone_of(policy.company.time_zone)).date().isoformat()


def is_day_for_calls(lead: Lead, step: Step, at: datetime, policy: Policy) -> bool:
    """Whether a follow-up that is due then is preceded by a call, because it falls on the first or last working day of his week."""
    buyer = clock.clock_of(lead, policy)
    day = buyer.local(at).date()
    if step.do != "letter" or step.on_quiet_day != "call" or not policy.calendar.quiet_first_and_last_day:
        return False
    if not buyer.is_first_or_last_day(day) or is_named_day(lead, lead.wanted_at):
        return False
    if not lead.quote_ends or _our_day(at, policy) > lead.quote_ends:
        return True
    try:
        slot = slot_of(lead, step, slots.Wish(at, asked=Asked(lead.email)), policy, _seed(lead, step, policy))
    except slots.NoTimeLeft:
        return True
    # The letter itself goes on that day if the next one would be too late for our quotation.
    return buyer.local(slot.at).date() != day


def letter_after_call(lead: Lead, step: Step, at: datetime, policy: Policy, recent: tuple[datetime, ...] = ()) -> Event:
    """The call was opened: the letter follows at the next time at which one may go, if nobody talks to him before."""
    seed = _seed(lead, step, policy)
    try:
        slot = slot_of(lead, step, wish_of(lead, step, at, recent), policy, seed)
    except slots.NoTimeLeft:
        return CadenceEnded(lead.id, "no_time_left")
    return StepPlanned(lead.id, step.id, slot.at, f"after a day for calls; in the buyer's hours: {slot.reason}", lead.wanted_at or at)


def replan(lead: Lead, policy: Policy, recent: tuple[datetime, ...] = ()) -> Event | None:
    """The next step of a lead under a changed calendar or place: the same seed, the day it was meant for; None where all stays as it is.

    Only follow-ups that are planned move; what waits for a person or rests does not.
    """
    steps = policy.cadences.get(lead.cadence)
    position = steps.index(lead.step) if steps else -1
    if lead.next_due_at is None or lead.rest_reason or position < 0:
        return None
    step = steps.step[position]
    if step.do != "letter" or step.basis != "follow_up":
        return None
    wanted = lead.wanted_at or lead.next_due_at
    try:
        planned = follow_up(step, wanted, "planned anew", lead, policy, seed_of(lead, position), recent)
    except slots.NoTimeLeft:
        return CadenceEnded(lead.id, "no_time_left")
    if planned.at == lead.next_due_at:
        return None
    return StepPlanned(lead.id, step.id, planned.at, planned.reason, wanted)


def recheck(lead: Lead, step: Step, now: datetime, policy: Policy, recent: tuple[datetime, ...]) -> Event | None:
    """Another time for a follow-up whose time has come, where that is past, forbidden by now, or too near to others; else None."""
    at, buyer = lead.next_due_at, clock.clock_of(lead, policy)
    asked = Asked(lead.email, keeps_quiet_days(lead, step, lead.wanted_at))
    if at >= now and not obstacles.obstacle(at, buyer, policy, asked) and slots.frees_at(at, recent, policy.sending) is None:
        return None
    seed = _seed(lead, step, policy)
    try:
        slot = slot_of(lead, step, slots.Wish(max(at, now), recent=recent, asked=asked), policy, seed)
    except slots.NoTimeLeft:
        return CadenceEnded(lead.id, "no_time_left")
    if slot.at == at:
        return None
    return StepPlanned(lead.id, step.id, slot.at, f"planned anew; in the buyer's hours: {slot.reason}", lead.wanted_at or at)


def past_days_for_calls(lead: Lead, step: Step, at: datetime, policy: Policy) -> Event | None:
    """Another time for a follow-up that would go on the first or last working day of his week and is not exempt; else None."""
    buyer = clock.clock_of(lead, policy)
    asked = Asked(lead.email, keeps_quiet_days(lead, step, lead.wanted_at))
    if obstacles.obstacle(at, buyer, policy, asked) != "first_or_last_working_day":
        return None
    try:
        slot = slots.find(wish_of(lead, step, at), buyer, policy, _seed(lead, step, policy))
    except slots.NoTimeLeft:
        return CadenceEnded(lead.id, "no_time_left")
    return StepPlanned(lead.id, step.id, slot.at, f"planned anew; in the buyer's hours: {slot.reason}", lead.wanted_at or at)


def days_late(lead: Lead, at: datetime, policy: Policy) -> int:
    """How many days later than it was meant a step comes, if that is so late that a person should look at it; else 0."""
    late = (at - lead.wanted_at).days if lead.wanted_at else 0
    return late if late > policy.calendar.late_days else 0


def seed_of(lead: Lead, position: int) -> str:
    """What the times of a step are drawn from: planning it again finds the same one."""
    return f"{lead.id}:{lead.round}:{position}"


def _seed(lead: Lead, step: Step, policy: Policy) -> str:
    return seed_of(lead, policy.cadences[lead.cadence].index(step.id))


def begin_round(lead_id: int, round: int, cadence_name: str, policy: Policy, now: datetime, reason: str) -> list[Event]:
    """The buyer wrote: start a cadence at its first step, due at once."""
    cadence = policy.cadences[cadence_name]
    return [RoundBegun(lead_id, cadence_name, round, cadence.step[0].id, now, reason)]


def after_step(
    lead: Lead, done_step: str, done_at: datetime, policy: Policy, recent: tuple[datetime, ...] = (), ends: str = ""
) -> Event:
    """What comes after a step was done (or skipped): the next one, or the end.

    Args:
        recent: unanswered follow-ups to his company in the last 30 days, so that the planned time keeps their limits.
        ends: the last day of the quotation in the letter of this step.
    """
    cadence = policy.cadences.get(lead.cadence)
    if cadence is None:
        return CadenceEnded(lead.id, "cadence_removed")
    position = cadence.index(done_step) + 1
    return _plan_position(lead, cadence, position, done_at, policy, recent, ends)


def after_own_answer(lead: Lead, answered_at: datetime, policy: Policy, ends: str = "") -> Event:
    """A colleague answered by himself: our wait begins anew, with the first follow-up that this round has not had yet.

    Args:
        ends: the last day of the quotation in his letter.
    """
    cadence = policy.cadences.get(lead.cadence)
    if cadence is None:
        chosen = policy.cadence_for(lead.tier)
        if chosen is None:
            return CadenceEnded(lead.id, "not_graded")
        cadence = chosen[1]
    # Where the lead stands is what was not done yet; a letter that went in this round is never written a second time.
    return _plan_position(lead, cadence, max(cadence.first_follow_up, cadence.index(lead.step)), answered_at, policy, ends=ends)


def _plan_position(
    lead: Lead, cadence: Cadence, position: int, since: datetime, policy: Policy, recent: tuple[datetime, ...] = (), ends: str = ""
) -> Event:
    if position >= len(cadence.step):
        return CadenceEnded(lead.id, "rested")
    step, seed = cadence.step[position], seed_of(lead, position)
    try:
        if lead.held_until and not lead.hold_reason and lead.held_until > since:
            # "Later" gets the date he named, and not the wait of the step (DOMAIN §4).
            named = lead.held_until
            slot = slot_of(lead, step, wish_of(lead, step, named, recent), policy, seed)
            return StepPlanned(lead.id, step.id, slot.at, f"he named this day; in the buyer's hours: {slot.reason}", named)
        planned = plan(step, since, lead, policy, seed, recent, ends)
    except slots.NoTimeLeft:
        return CadenceEnded(lead.id, "no_time_left")
    return StepPlanned(lead.id, planned.step.id, planned.at, planned.reason, planned.wanted_at)


def unanswered_follow_ups(cadence: Cadence, step_id: str) -> int:
    """How many follow-ups come before this one in its cadence: the third says how to stop."""
    return sum(1 for step in cadence.step[: max(cadence.index(step_id), 0)] if step.do == "letter" and step.basis == "follow_up")


def choose(tier: int | None, facts: frozenset[str], is_reply: bool, policy: Policy, show_class: str = "") -> str | None:
    """The cadence for a mail: by what it says first, then by where he was met, then by the lead's tier.

    Args:
        show_class: of somebody who was met at a trade show and has not written since; a written answer ends the show's cadence.

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
    of_show = next((name for name, one in policy.cadences.items() if show_class and show_class in one.shows), None)
    if of_show:
        return of_show
    chosen = policy.cadence_for(tier)
    return chosen[0] if chosen else None
