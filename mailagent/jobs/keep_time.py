"""What is late, and who is told: answers that buyers wait for, and tasks. Each is told once to each: owner, then manager, then deputy."""

from __future__ import annotations

from collections.abc import Mapping

from mailagent.core.deciding import clock, deadlines
from mailagent.core.deciding.assignment import stand_in
from mailagent.core.model import events as e
from mailagent.core.model.lead import Lead
from mailagent.jobs import beside
from mailagent.jobs.answers_elsewhere import write_answers
from mailagent.ledger import journal, leads, owed, people, tasks
from mailagent.ledger.db import next_id
from mailagent.office import Office

#: So many leads are looked at in one commit.
AT_ONCE = 500


def keep_time(office: Office) -> int:
    """Acknowledge, tell, escalate, and write what people's acts have asked for; how many things were done."""
    fill_in(office)
    return beside.write_wanted(office) + write_answers(office) + beside.acknowledge(office) + tell_late(office) + escalate_tasks(office)


def fill_in(office: Office) -> int:
    """Give the leads that waited for an answer before answers had times theirs, once after an upgrade; how many.

    Their deadline is that of their last mail. Nobody is told at once of what was late before it could be known.
    """
    with office.ledger.reading() as db:
        if owed.is_filled_in(db):
            return 0
    cadences = office.policy.cadences.items()
    steps = [(name, step.id) for name, one in cadences for step in one.step if step.do == "letter" and step.basis == "answer"]
    filled = 0
    while True:
        with office.ledger.transaction() as db:
            found = owed.forgotten(db, steps, AT_ONCE)
            for number, inbound_id, asked_at in found:
                event = deadlines.owed(next_id(db, "answers_owed"), leads.get(db, number), inbound_id, asked_at, office.policy)
                journal.record(db, [event], now=office.now())
            filled += len(found)
            if len(found) < AT_ONCE:
                owed.note_filled_in(db, office.now())
                return filled


def tell_late(office: Office) -> int:
    """Tell the next one of every answer whose time is over. How many were told."""
    with office.ledger.reading() as db:
        late = owed.untold(db, office.now())
    return sum(_tell_one(office, lead_id) for lead_id in late)


def _tell_one(office: Office, lead_id: int) -> int:
    now, policy, told = office.now(), office.policy, 0
    with office.ledger.transaction() as db:
        debt, lead = owed.of_lead(db, lead_id), leads.get(db, lead_id)
        if debt is None or lead is None:
            return 0
        away = people.away(db, policy, now)
        for level in deadlines.LEVELS[debt.told :]:
            if now < deadlines.tell_at(level, debt.due_at, debt.known_at, policy):
                break
            events: list[e.Event] = [e.AnswerLate(debt.id, lead.id, level)]
            who = receiver(level, lead, away, office)
            if who and not tasks.open_for(db, lead.id, "late_answer", who):
                title = f"The answer is late: it was due on {clock.say(debt.due_at, clock.our_clock(policy))}"
                events.append(e.TaskOpened(next_id(db, "tasks"), lead.id, "late_answer", who, now, title, lead.subject[:200]))
                told += 1
            journal.record(db, events, now=now)
    return told


def receiver(level: str, lead: Lead, away: Mapping[str, str], office: Office) -> str:
    """Who is told at a level; "" if there is nobody."""
    policy = office.policy
    if level == "owner":
        owner = policy.person(lead.owner)
        return stand_in(owner.name, away, policy) if owner else ""
    there = [person.name for person in policy.people if person.role == level and person.name not in away]
    return next(iter(there), "")


def escalate_tasks(office: Office) -> int:
    """Tell the manager, once, of every task that is overdue. How many."""
    now, policy = office.now(), office.policy
    with office.ledger.reading() as db:
        waiting = [task for task in tasks.overdue(db, now) if now >= overdue_at(task, office)]
        away = people.away(db, policy, now)
    told = 0
    for task in waiting:
        with office.ledger.transaction() as db:
            fresh = tasks.get(db, task["id"])
            if fresh is None or fresh["done_at"] or fresh["escalated_at"]:
                continue
            events: list[e.Event] = [e.TaskEscalated(fresh["id"])]
            manager = receiver("manager", leads.get(db, fresh["lead_id"]) if fresh["lead_id"] else None, away, office)
            if manager and manager != fresh["owner"]:
                since = clock.say(tasks.due_at(fresh), clock.our_clock(policy))
                title = f"This is overdue since {since}: {fresh['title']}"
                about = tasks.alarm_about(fresh["id"])
                events.append(e.TaskOpened(next_id(db, "tasks"), fresh["lead_id"], "overdue", manager, now, title, about))
                told += 1
            journal.record(db, events, now=now)
    return told


def overdue_at(task: Mapping, office: Office):
    """When an open task is told to the manager: at once where a date of an order is at stake."""
    rules = office.policy.deadlines
    is_alarm = any(row.is_alarm and row.kind == task["kind"] for row in rules.order)
    due = tasks.due_at(task)
    return due if is_alarm else deadlines.add_working_hours(due, rules.overdue_after_hours, office.policy)
