"""What follows from a talk that one of us logged: it counts as a contact, and what was said becomes tasks, never an order by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime

from mailagent.core.deciding import cadence, deadlines
from mailagent.core.model import events as e
from mailagent.core.model.lead import Fact, Lead
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Policy

#: Through these the answer itself was given: a draft of it is needless.
ANSWERS = ("mail", "platform")
ORDER_WORDS = frozenset(("places_order", "deposit_paid", "lc_opened", "confirms_sample_order", "changes_order"))
#: Facts whose value begins with a day.
DAYS = ("deadline", "delivery_wanted", "named_day", "resume_after")
MOST_TASKS = 5


def follow(
    lead: Lead, talk: e.TalkLogged, found: Iterable[Fact], waiting: Iterable[Letter], ids: Callable[[str], int], owner: str, policy: Policy
) -> list[e.Event]:
    """The events of a talk, itself first.

    Args:
        found: what ``reading.talk`` made of the typed line.
        waiting: letters to the lead that can still be cancelled.
        owner: whose the tasks are.
    """
    found, at = tuple(found), talk.at
    events: list[e.Event] = [talk]
    # A talk from before his last mail answers nothing of it, and what was written since is not needless.
    is_since = at >= (lead.last_inbound_at or at)
    needless = {"follow_up", "acknowledgement", *(["answer"] if talk.channel in ANSWERS else [])} if is_since else set()
    # What goes beside the cadence was asked for by one of us; only "your answer comes" is overtaken by a talk.
    events += [
        e.LetterMoved(one.id, "cancel", "talk")
        for one in waiting
        if one.basis in needless and (one.round >= 0 or one.basis == "acknowledgement")
    ]
    resumes = _day(next((fact for fact in found if fact.name == "resume_after"), None))
    if resumes and not lead.hold_reason and resumes > deadlines.our_day(at, policy):
        until = deadlines.at_our(resumes, policy.calendar.our_hours[0], policy)
        lead = lead.but(held_until=until)
        events.append(e.DateNamed(lead.id, until, next(fact.evidence for fact in found if fact.name == "resume_after")[:300]))
    if lead.stage == "new":
        events.append(e.StageChanged(lead.id, "talking"))
    if lead.cadence and not lead.rest_reason and is_since:
        events.append(cadence.after_own_answer(lead, at, policy))
    return [*events, *_tasks(lead, talk, found, ids, owner, policy)]


def _tasks(lead: Lead, talk: e.TalkLogged, found: tuple[Fact, ...], ids: Callable[[str], int], owner: str, policy: Policy) -> list[e.Event]:
    opens, closes = policy.calendar.our_hours
    evidence, tasks = talk.text[:500], []
    if ORDER_WORDS.intersection(fact.name for fact in found):
        title = f"He said something on the {talk.channel} that may be an order: check it, and write him what you have noted"
        due = deadlines.next_time(talk.at, closes, policy)
        tasks.append(e.TaskOpened(ids("tasks"), lead.id, "said", owner, due, title, evidence))
    for day in sorted({day for fact in found if fact.name in DAYS and (day := _day(fact))})[:MOST_TASKS]:
        if day >= deadlines.our_day(talk.at, policy):
            due = deadlines.at_our(deadlines.next_working_day(day, policy), closes, policy)
            tasks.append(e.TaskOpened(ids("tasks"), lead.id, "said", owner, due, f"He named a date on the {talk.channel}: {day}", evidence))
    return tasks


def _day(fact: Fact | None) -> date | None:
    try:
        return date.fromisoformat(fact.value.partition(" ")[0]) if fact else None
    except ValueError:
        return None


def order_tasks(
    lead: Lead,
    dates: dict[str, date],
    needs: Iterable[str],
    ids: Callable[[str], int],
    owners: tuple[str, str],
    now: datetime,
    policy: Policy,
) -> list[e.Event]:
    """The tasks that the dates of an order bring (DOMAIN §5). What is over already is due at once.

    Args:
        dates: production, delivery, sample_received → the day.
        needs: what the order needs of deposit, lc, own, customer and third_party.
        owners: who does it, and who does what two people must do each by himself.
    """
    needs, events = set(needs), []
    for row in policy.deadlines.order:
        if row.when not in dates or row.only and row.only not in needs:
            continue
        day = deadlines.day_before_or_on(dates[row.when], row.days, policy)
        due = max(deadlines.at_our(day, policy.calendar.our_hours[1], policy), now)
        events += [e.TaskOpened(ids("tasks"), lead.id, row.kind, owner, due, row.say) for owner in owners[: row.people]]
    return events
