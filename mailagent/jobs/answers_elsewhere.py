"""Texts that a person says or copies: the answer for a platform's back office (DOMAIN §6), and how a call begins, in his language."""

from __future__ import annotations

import logging
from functools import partial
from zoneinfo import ZoneInfo

from mailagent.core.model import events as e
from mailagent.core.model.lead import Lead
from mailagent.core.model.policy import Person, Step
from mailagent.core.model.subject import base_subject
from mailagent.core.writing import draft as writer
from mailagent.core.writing.plain import one_line
from mailagent.core.writing.variables import letter_variables
from mailagent.errors import TemplateError
from mailagent.jobs.one_by_one import one_by_one
from mailagent.ledger import journal, leads, outbox, tasks
from mailagent.office import Office

log = logging.getLogger(__name__)


def write_answers(office: Office) -> int:
    """Write the text for every open task that needs one and has none yet; how many."""
    with office.ledger.reading() as db:
        waiting = tasks.without_text(db)
    return one_by_one(waiting, partial(_write_one, office), partial(_give_up, office), "task_text")


def _give_up(office: Office, task_id: int, _error: Exception) -> None:
    """It broke us in a way that nobody foresaw: whoever has the task finds the words himself, and it is not tried at every tick."""
    with office.ledger.transaction() as db:
        journal.record(db, [e.TaskTextWritten(task_id, "–")], now=office.now())


def _write_one(office: Office, task_id: int) -> bool:
    now = office.now()
    with office.ledger.transaction() as db:
        task = tasks.get(db, task_id)
        lead = leads.get(db, task["lead_id"]) if task and task["lead_id"] else None
        author = office.policy.person(lead.owner) if lead else None
        author = author or next(iter(office.policy.people), None)
        write = opening if task and task["kind"] == "call" else answer_text
        text = write(office, db, lead, author) if lead and author else ""
        # A text that cannot be written is not tried at every tick.
        journal.record(db, [e.TaskTextWritten(task_id, text or "–")], now=now)
    return bool(text)


def answer_text(office: Office, db, lead: Lead, author) -> str:
    """What the answer would say by mail, without its foot: there nobody stops letters that never come."""
    step = answer_step(lead, office)
    if step is None or lead.fraud == "likely":
        return ""
    try:
        letter = writer.write(
            # The address that stands for him is not written to; the text needs none.
            lead.but(email="buyer@platform.invalid"),
            None,
            leads.company(db, lead.company_id),
            step,
            leads.last_mail(db, lead.id),
            author,
            office.policy,
            office.templates,
            letter_id=0,
            ulid="0" * 26,
            message_id="not-sent@platform.invalid",
            now=office.now(),
            planned_at=office.now(),
            earlier=outbox.letters_sent(db, lead.id),
            earlier_facts=leads.earlier_facts(db, lead.id),
        )
    except TemplateError as error:
        log.error("lead %d: no text for the platform: %s", lead.id, error)
        return ""
    return letter.body


def opening(office: Office, db, lead: Lead, author: Person) -> str:
    """The first sentences of a call, in the buyer's language."""
    language = writer.language_of(lead, "call", office.templates)
    last, zone = leads.last_mail(db, lead.id), ZoneInfo(office.policy.company.time_zone)
    values = letter_variables(
        lead,
        leads.contact(db, lead.contact_id),
        leads.company(db, lead.company_id),
        (*(last.facts if last else ()), *leads.earlier_facts(db, lead.id)),
        author,
        office.policy,
        language,
        subject=base_subject(one_line(lead.subject)),
        wrote_on=last.received_at.astimezone(zone).date() if last else None,
        today=office.now().astimezone(zone).date(),
        is_first=False,
    )
    try:
        return office.templates.render_part(language, "call", values)
    except TemplateError as error:
        log.error("lead %d: no words for the call: %s", lead.id, error)
        return ""


def answer_step(lead: Lead, office: Office) -> Step | None:
    """The step by which a lead of this tier is answered."""
    chosen = office.policy.cadence_for(lead.tier)
    if chosen is None:
        return None
    return next((step for step in chosen[1].step if step.do == "letter" and step.basis == "answer"), None)
