"""Until when a buyer must have his answer: the earlier of what his place and his tier allow (DOMAIN §3).

Theory. The clocks run in *our* working time: a limit of two hours that begins an hour before we close ends an hour after we open
again, on the next day on which we work. A limit "by 15:00" or "before we leave" is the first such moment after the mail came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailagent.core.deciding import clock
from mailagent.core.deciding.case import Case
from mailagent.core.model import events as e
from mailagent.core.model.lead import Lead
from mailagent.core.model.policy import Policy
from mailagent.core.model.workday import Limit

#: A calendar that rests for longer than this has no working day at all.
MOST_DAYS = 400
#: Tasks in which a person owes an answer by another way than a letter of ours.
BY_HAND = ("platform_answer", "answer_by_hand")
#: Who is told of a late answer, one after the other.
LEVELS = ("owner", "manager", "deputy")


@dataclass(frozen=True)
class Deadline:
    """Until when, and why then."""

    at: datetime
    reason: str


def due(received: datetime, country: str, tier: int | None, policy: Policy) -> Deadline:
    """Until when a mail that came at ``received`` is answered; the earlier of place and tier.

    Args:
        country: where the buyer sits, two letters; "" if nobody knows.
        tier: None for a lead that is not graded: only the place counts.
    """
    rules, code = policy.deadlines, country.upper()
    place = next((one for one in rules.place if code and code in one.countries), None)
    place = place or next((one for one in rules.place if not one.countries), None)
    whose = f"buyers in {code}" if code else "buyers of whom nobody knows where they sit"
    found = [Deadline(reach(received, place, policy), f"{whose} are answered {say(place)}")] if place else []
    rank = next((one for one in rules.tier if one.tier == tier), None)
    if rank:
        found.append(Deadline(reach(received, rank, policy), f"tier {tier} is answered {say(rank)}"))
    # No file names a limit for him: every inquiry is answered the same day all the same.
    same_day = Limit(before_we_leave=True)
    return min(found, key=lambda one: one.at, default=Deadline(reach(received, same_day, policy), f"{whose} are answered {say(same_day)}"))


def say(limit: Limit) -> str:
    """A limit in words."""
    if limit.within_hours:
        return f"within {limit.within_hours:g} of our working hours"
    if limit.within_days:
        return f"within {limit.within_days} of our working days"
    return f"by {limit.by:%H:%M} our time" if limit.by else "before we leave"


def reach(start: datetime, limit: Limit, policy: Policy) -> datetime:
    """The end of a limit that begins at ``start``, UTC."""
    if limit.within_hours:
        return add_working_hours(start, limit.within_hours, policy)
    if limit.within_days:
        return within_hours_of_day(clock.add_working_days(next_open(start, policy), limit.within_days, clock.our_clock(policy)), policy)
    return next_time(start, limit.by or policy.calendar.our_hours[1], policy)


# ── our working time ────────────────────────────────────────────────────────────────────────────────────────────


def our_day(moment: datetime, policy: Policy) -> date:
    """The day on our calendar."""
    return moment.astimezone(ZoneInfo(policy.company.time_zone)).date()


def at_our(day: date, wall: time, policy: Policy) -> datetime:
    """A time of one of our days, UTC."""
    return datetime.combine(day, wall, ZoneInfo(policy.company.time_zone)).astimezone(UTC)


def next_working_day(day: date, policy: Policy) -> date:
    """This day if we work on it, else the first one after it; a calendar without working days takes the day itself."""
    ours = clock.our_clock(policy)
    return next((one for n in range(MOST_DAYS) if ours.is_working_day(one := day + timedelta(days=n))), day)


def next_open(moment: datetime, policy: Policy) -> datetime:
    """This moment if we work then, else the next one at which we open."""
    opens, closes = policy.calendar.our_hours
    day = our_day(moment, policy)
    if next_working_day(day, policy) == day and moment < at_our(day, closes, policy):
        return max(moment, at_our(day, opens, policy)).astimezone(UTC)
    return at_our(next_working_day(day + timedelta(days=1), policy), opens, policy)


def next_time(moment: datetime, wall: time, policy: Policy) -> datetime:
    """The first such time of a day on which we work, at or after a moment."""
    day = next_working_day(our_day(moment, policy), policy)
    at = at_our(day, wall, policy)
    return at if at >= moment else at_our(next_working_day(day + timedelta(days=1), policy), wall, policy)


def within_hours_of_day(moment: datetime, policy: Policy) -> datetime:
    """The same moment, moved into the hours in which we work on its day."""
    opens, closes = (at_our(our_day(moment, policy), wall, policy) for wall in policy.calendar.our_hours)
    return min(max(moment, opens), closes)


def add_working_hours(moment: datetime, hours: float, policy: Policy) -> datetime:
    """So many of our working hours later."""
    left, at = timedelta(hours=hours), next_open(moment, policy)
    for _ in range(MOST_DAYS):
        closes = at_our(our_day(at, policy), policy.calendar.our_hours[1], policy)
        if at + left <= closes:
            return at + left
        left -= closes - at
        at = next_open(closes, policy)
    return at + left


# ── what a mail sets going ──────────────────────────────────────────────────────────────────────────────────────


def owe(case: Case, lead: Lead, decided: Sequence[e.Event]) -> list[e.Event]:
    """The answer that is owed because of a mail, with its time; none where what was decided says why not.

    Args:
        decided: the events that the mail has led to so far: a round begun, or a task to answer by hand, owes an answer.
    """
    begun = any(isinstance(event, e.RoundBegun) and event.lead_id == lead.id for event in decided)
    by_hand = any(isinstance(event, e.TaskOpened) and event.kind in BY_HAND and event.lead_id == lead.id for event in decided)
    if not (begun or by_hand or "platform_answer" in case.known.open_tasks and lead.round == 0):
        return []
    return [owed(case.ids("answers_owed"), lead, case.inbound_id, case.message.received_at, case.policy)]


def owed(number: int, lead: Lead, inbound_id: int | None, asked_at: datetime, policy: Policy) -> e.AnswerOwed:
    """The event by which an answer is owed from a moment on."""
    limit = due(asked_at, lead.country, lead.tier, policy)
    return e.AnswerOwed(number, lead.id, inbound_id, asked_at, limit.at, limit.reason)


def tell_at(level: str, due_at: datetime, known_at: datetime, policy: Policy) -> datetime:
    """When somebody is told that an answer is late.

    Args:
        known_at: when the mail was read. What was late before we could know of it (a first run, a day without the agent) is told
            only when it still waits a while later.
    """
    rules = policy.deadlines
    hours = {"owner": 0.0, "manager": rules.manager_after_hours, "deputy": rules.deputy_after_hours}[level]
    since = due_at if due_at > known_at else add_working_hours(known_at, rules.acknowledge_before_minutes / 60, policy)
    return add_working_hours(since, hours, policy) if hours else since


def day_before_or_on(day: date, days: int, policy: Policy) -> date:
    """So many days after a date (before it, below zero); where we do not work then, the working day before that."""
    ours, wanted = clock.our_clock(policy), day + timedelta(days=days)
    return next((one for n in range(MOST_DAYS) if ours.is_working_day(one := wanted - timedelta(days=n))), wanted)
