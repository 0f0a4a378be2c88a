"""What is due → drafts and tasks. *When* is an indexed column of the ledger; this job only asks for what has come."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from mailagent.core.deciding import cadence, law
from mailagent.core.model import events as e
from mailagent.core.model.lead import Lead
from mailagent.core.model.policy import Step
from mailagent.core.writing import draft as writer
from mailagent.errors import LedgerError, TemplateError
from mailagent.ledger import journal, leads, outbox, suppressions, tasks, timing
from mailagent.ledger import law as matter
from mailagent.ledger.db import WorkBroke, next_id
from mailagent.office import Office

log = logging.getLogger(__name__)

#: Follow-ups are drafted this long before their time, so that a person can read them.
DRAFT_AHEAD = timedelta(hours=16)
#: So many leads have their next steps written in one commit; meanwhile nobody else can write.
BATCH = 50
#: After so many steps the other jobs have their turn.
MOST = 500
CALL_FIRST = "A day for calls: call him, or write a message; the letter follows if nobody talks to him"
ONLY_THIS = "he asked for no more letters: answer only what he asks, and offer nothing"


def plan(office: Office, stop: Callable[[], bool] = lambda: False) -> int:
    """Every lead whose time has come gets its next step: a draft, a task, or a rest. How many steps were made.

    Args:
        stop: asked between commits; what is left then waits for the next round.
    """
    now = office.now()
    resume(office, now)
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
            due = max(now, lead.next_due_at) if lead.next_due_at else None
            journal.record(db, [e.LeadResumed(lead.id, due, f"the hold ({lead.hold_reason}) is over")], now=now)


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


def draft(office: Office, db, lead: Lead, step: Step) -> list[e.Event]:
    """Write the letter of a step. If it cannot be written, say why and try again tomorrow."""
    now, policy = office.now(), office.policy
    if outbox.live_for_step(db, lead.id, lead.round, step.id) or any(one.round >= 0 for one in outbox.drafts(db, lead_id=lead.id)):
        return [e.WaitBegun(lead.id, "a letter for this lead waits already")]
    silenced = suppressions.reason_for(db, lead.email, office.settings.suppression_key) or suppressions.reason_in_matter(db, lead.id)
    if silenced and not suppressions.is_permitted(db, lead.id, lead.round, step.basis):
        return [e.CadenceEnded(lead.id, f"suppressed:{silenced}")]
    limits = law.applied(matter.facts_of(db, lead), policy)
    if step.basis == "follow_up" and (reason := limits.objection(max(now, lead.next_due_at))):
        log.info("lead %d: no further follow-up (%s)", lead.id, reason)
        return [e.CadenceEnded(lead.id, reason)]
    planned_at = max(now, lead.next_due_at)
    if step.basis == "follow_up":
        moved = cadence.recheck(lead, step, now, policy, timing.recent_follow_ups(db, lead.company_id, now, lead.id))
        if isinstance(moved, e.CadenceEnded) or moved and moved.due_at > now + DRAFT_AHEAD:
            return [moved]
        planned_at = moved.due_at if moved else planned_at
    author = policy.person(lead.owner) or next(iter(policy.people), None)
    # From the address that the buyer knows; a mailbox that was taken out of the configuration sends nothing.
    account = (policy.mailbox(leads.account_written_to(db, lead.id)) or policy.mailboxes[0]).name
    ulid, message_id = office.new_letter_ids(account)
    try:
        if author is None:
            raise TemplateError("mailagent.toml names no [[person]], so nobody can sign a letter")
        letter = writer.write(
            lead,
            leads.contact(db, lead.contact_id),
            leads.company(db, lead.company_id),
            step,
            without_silenced(office, db, leads.last_mail(db, lead.id)),
            author,
            policy,
            office.templates,
            letter_id=next_id(db, "outbox"),
            ulid=ulid,
            message_id=message_id,
            now=now,
            planned_at=planned_at,
            account=account,
            earlier=outbox.letters_sent(db, lead.id),
            earlier_facts=leads.earlier_facts(db, lead.id),
            law=limits.row,
        )
    except TemplateError as error:
        log.error("lead %d: %s", lead.id, error)
        events: list[e.Event] = [e.StepPlanned(lead.id, step.id, now + timedelta(days=1), "the letter could not be written")]
        if not tasks.open_of_kind(db, lead.id, "template"):
            events.append(e.TaskOpened(next_id(db, "tasks"), lead.id, "template", lead.owner, now, f"A letter cannot be written: {error}"))
        return events
    if late := cadence.days_late(lead, planned_at, policy):
        warning = f"it goes {late} days later than it was meant: look whether it still fits"
        letter = replace(letter, warnings=(warning, *letter.warnings))
    if silenced:
        # A person permitted this one answer, and nothing comes after it.
        letter = replace(letter, warnings=(ONLY_THIS, *letter.warnings))
        after: e.Event = e.CadenceEnded(lead.id, f"suppressed:{silenced}")
    else:
        after = e.WaitBegun(lead.id, "a draft waits for approval")
    return [e.LetterDrafted(letter.id, lead.id, letter.basis, step.id, letter.template, letter), after]


def without_silenced(office: Office, db, last: writer.LastMail | None) -> writer.LastMail | None:
    """The buyer's last mail without those of its readers who must not be written to: no copy goes to them."""
    if last is None:
        return None
    why_not = suppressions.checker(db, office.settings.suppression_key)
    sender = "" if last.sender and why_not(last.sender) else last.sender
    return replace(last, cc=tuple(address for address in last.cc if not why_not(address)), sender=sender)
