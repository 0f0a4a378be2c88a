"""What is due → drafts and tasks. *When* is an indexed column of the ledger; this job only asks for what has come."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from mailagent.core.deciding import cadence, clock
from mailagent.core.model import events as e
from mailagent.errors import LedgerError
from mailagent.jobs.draft import DRAFT_AHEAD, draft
from mailagent.jobs.outcome import rewrite
from mailagent.ledger import grounds, journal, leads, outbox, timing
from mailagent.ledger.db import WorkBroke, next_id
from mailagent.office import Office

log = logging.getLogger(__name__)

#: So many leads have their next steps written in one commit; meanwhile nobody else can write.
BATCH = 50
#: After so many steps the other jobs have their turn.
MOST = 500
CALL_FIRST = "A day for calls: call him, or write a message; the letter follows if nobody talks to him"


def plan(office: Office, stop: Callable[[], bool] = lambda: False) -> int:
    """Every lead whose time has come gets its next step: a draft, a task, or a rest. How many steps were made.

    Args:
        stop: asked between commits; what is left then waits for the next round.
    """
    now = office.now()
    resume(office, now)
    withdraw_untrue(office, now)
    letters = [(name, step.id) for name, steps in office.policy.cadences.items() for step in steps.step if step.do == "letter"]
    with office.ledger.reading() as db:
        due = leads.due(db, now, DRAFT_AHEAD, letters)
    made = 0
    for first in range(0, len(due), BATCH):
        if made >= MOST or stop():
            break
        made += take_steps(office, due[first : first + BATCH])
    return made


def resume(office: Office, now: datetime) -> None:
    """End the holds whose day has come."""
    with office.ledger.reading() as db:
        over = leads.hold_over(db, now)
    for lead in over:
        with office.ledger.transaction() as db:
            lead = leads.get(db, lead.id)
            if not lead.hold_reason or lead.held_until is None or lead.held_until > now:
                continue  # somebody else was quicker
            due = outbox.due_after_hold(db, lead, now)
            journal.record(db, [e.LeadResumed(lead.id, due, f"the hold ({lead.hold_reason}) is over")], now=now)


def withdraw_untrue(office: Office, now: datetime) -> None:
    """Drafts that nobody approved while they were true are written anew, on a ground that is true now."""
    today = clock.our_clock(office.policy).local(now).date()
    with office.ledger.reading() as db:
        over = grounds.untrue(db, today)
    for number in over:
        with office.ledger.transaction() as db:
            letter = outbox.get(db, number)
            if letter.state == "drafted":
                journal.record(db, rewrite(db, letter, "no_longer_true", now), now=now)


def take_steps(office: Office, numbers: Sequence[int]) -> int:
    """The next steps of a few leads; how many. In one commit, because each waits for the disk; if one breaks us, each in its own."""
    try:
        with office.ledger.all_or_nothing() as db:
            return sum([take_step(office, db, number) for number in numbers])
    except WorkBroke:
        return sum(try_step(office, number) for number in numbers)


def try_step(office: Office, number: int) -> bool:
    """``take_step`` by itself; a lead that breaks us is left for the next round, and the others go on."""
    try:
        with office.ledger.transaction() as db:
            return take_step(office, db, number)
    except LedgerError:
        raise
    except Exception:
        log.exception("the next step of lead %d broke us", number)
        return False


def take_step(office: Office, db, number: int) -> bool:
    """One step of one lead; False if it is not time yet after all."""
    now, lead = office.now(), leads.get(db, number)
    if lead.next_due_at is None or lead.hold_reason or lead.rest_reason:
        return False
    steps = office.policy.cadences.get(lead.cadence)
    position = steps.index(lead.step) if steps else -1
    if position < 0:
        journal.record(db, [e.CadenceEnded(lead.id, "cadence_removed")], now=now)
        return True
    step = steps.step[position]
    if step.do != "letter" and lead.next_due_at > now:
        return False
    for_calls = cadence.is_day_for_calls(lead, step, max(now, lead.next_due_at), office.policy)
    if for_calls and lead.next_due_at > now:
        return False
    match step.do:
        case "letter" if for_calls:
            recent = timing.recent_follow_ups(db, lead.company_id, now, lead.id)
            call = e.TaskOpened(next_id(db, "tasks"), lead.id, "call", lead.owner, now, CALL_FIRST)
            events = [call, cadence.letter_after_call(lead, step, now, office.policy, recent)]
        case "letter":
            events = draft(office, db, lead, step)
        case "task":
            owner_task = e.TaskOpened(next_id(db, "tasks"), lead.id, step.task or "call", lead.owner, now, step.say or step.id)
            recent = timing.recent_follow_ups(db, lead.company_id, now, lead.id)
            events = [owner_task, cadence.after_step(lead, step.id, now, office.policy, recent)]
        case _:
            # The id of the last step is the reason of the rest: "rested", "ordered".
            events = [e.CadenceEnded(lead.id, step.id)]
    journal.record(db, events, now=now)
    return True
