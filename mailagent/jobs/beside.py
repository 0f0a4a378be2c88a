"""Letters beside the cadence: the acknowledgement of an answer that will be late, the recap of a call, the introduction of a successor.

They are drafts like all others, approved by the same three doors. They belong to no round (theirs is below zero), so that what
becomes of them moves nothing in the cadence, and an answer may wait beside them.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from mailagent.core.deciding import by_itself, deadlines
from mailagent.core.deciding.law import applied
from mailagent.core.model import events as e
from mailagent.core.model.address import is_masked
from mailagent.core.model.lead import Lead
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Person, Step
from mailagent.core.writing import draft as writer
from mailagent.core.writing.plain import dictionary_of_day, one_line
from mailagent.errors import MailagentError, TemplateError
from mailagent.jobs.draft import without_silenced
from mailagent.jobs.one_by_one import fault, one_by_one
from mailagent.ledger import inbox, journal, law, leads, outbox, owed, suppressions, work
from mailagent.ledger.db import next_id
from mailagent.office import Office
from mailagent.reader import Task, read_one

log = logging.getLogger(__name__)

#: The steps beside the cadence; a recap and an answer are owed, an introduction keeps the buyer's hours.
STEPS = {
    "acknowledgement": Step(id="acknowledgement", do="letter", basis="acknowledgement", template="acknowledgement"),
    "recap": Step(id="recap", do="letter", basis="answer", template="recap"),
    "introduction": Step(id="introduction", do="letter", basis="follow_up", template="introduction"),
}
#: So much of a note is said again in a recap: lines, and characters a line.
MOST_LINES, LONGEST_LINE = 12, 200


# ── recaps and introductions ────────────────────────────────────────────────────────────────────────────────────


def write_wanted(office: Office) -> int:
    """Draft every letter that people's acts have asked for; how many."""
    with office.ledger.reading() as db:
        waiting = work.letters_wanted(db)
    return one_by_one(waiting, partial(_write_one, office), partial(_give_up_wanted, office), "letter_wanted")


def _write_one(office: Office, number: int) -> bool:
    now = office.now()
    with office.ledger.transaction() as db:
        wanted = work.letter_wanted(db, number)
        lead = leads.get(db, wanted["lead_id"]) if wanted else None
        author = office.policy.person(wanted["author"]) if wanted else None
        letter = None
        if lead and author and may_write(office, db, lead):
            try:
                values, reason = values_of(office, wanted), reason_of(wanted)
                letter = letter_beside(office, db, lead, wanted["step"], author, -number, values, reason)
            except TemplateError as error:
                log.error("lead %d: %s", lead.id, error)
                journal.record(db, [cannot_be_written(db, lead, str(error), now)], now=now)
        if letter:
            journal.record(db, [drafted(letter, lead)], now=now)
        work.letter_written(db, number, letter.id if letter else None, now)
    return letter is not None


def _give_up_wanted(office: Office, number: int, error: Exception) -> None:
    """It broke us in a way that nobody foresaw: a person is told, and it is not tried at every tick."""
    now = office.now()
    with office.ledger.transaction() as db:
        wanted = work.letter_wanted(db, number)
        lead = leads.get(db, wanted["lead_id"]) if wanted else None
        if lead:
            journal.record(db, [cannot_be_written(db, lead, fault(error), now)], now=now)
        work.letter_written(db, number, None, now)


def cannot_be_written(db, lead: Lead, why: str, now: datetime) -> e.TaskOpened:
    return e.TaskOpened(next_id(db, "tasks"), lead.id, "template", lead.owner, now, f"A letter cannot be written: {why}")


def values_of(office: Office, wanted: Mapping) -> dict[str, object]:
    """What fills the gaps of such a letter beside the usual."""
    zone = ZoneInfo(office.policy.company.time_zone)
    if wanted["step"] == "introduction":
        return {"predecessor": one_line(wanted["note"], 80)}
    lines = [one_line(line, LONGEST_LINE) for line in wanted["note"].splitlines() if line.strip()][:MOST_LINES]
    return {"new": {"day": dictionary_of_day(datetime.fromisoformat(wanted["at"]).astimezone(zone).date()), "lines": lines}}


def reason_of(wanted: Mapping) -> str:
    if wanted["step"] == "introduction":
        return f"{wanted['author']} works with him now: one letter to say so"
    return "a call was made: what was said, for him to correct"


# ── acknowledgements ────────────────────────────────────────────────────────────────────────────────────────────


def acknowledge(office: Office) -> int:
    """Tell buyers whose answer will be late that it comes, and when: as a draft, or at once where its text was approved beforehand."""
    rules, now = office.policy.deadlines, office.now()
    if rules.acknowledge == "off":
        return 0
    until = now + timedelta(minutes=rules.acknowledge_before_minutes)
    with office.ledger.reading() as db:
        late = owed.unacknowledged(db, until)
    return one_by_one(late, partial(_acknowledge_one, office), partial(_give_up_acknowledging, office), "acknowledgement")


def _give_up_acknowledging(office: Office, lead_id: int, error: Exception) -> None:
    now = office.now()
    with office.ledger.transaction() as db:
        debt, lead = owed.of_lead(db, lead_id), leads.get(db, lead_id)
        if debt and lead:
            journal.record(db, [cannot_be_written(db, lead, fault(error), now)], now=now)
            work.note_acknowledged(db, debt.id, now)


def _acknowledge_one(office: Office, lead_id: int) -> bool:
    now, policy = office.now(), office.policy
    with office.ledger.transaction() as db:
        debt, lead = owed.of_lead(db, lead_id), leads.get(db, lead_id)
        if debt is None or debt.acknowledged_at or lead is None:
            return False
        author = policy.person(lead.owner) or next(iter(policy.people), None)
        # Between the question and this moment somebody may have approved the answer, or held the lead.
        if answer_is_under_way(db, lead) or lead.hold_reason:
            return False
        # What was late before anybody had read it is answered at once; his mail need not be confirmed days later.
        if author is None or not may_write(office, db, lead) or debt.due_at <= debt.known_at:
            work.note_acknowledged(db, debt.id, now)
            return False
        by = answer_by(debt, now, office)
        reason = "the answer will be late: he is told so, and when it comes"
        try:
            letter = letter_beside(office, db, lead, "acknowledgement", author, -debt.id, {"answer_by": by}, reason)
        except MailagentError as error:
            log.error("lead %d: no acknowledgement: %s", lead.id, error)
            work.note_acknowledged(db, debt.id, now)
            return False
        approver = _approved_beforehand(office, db, letter) if policy.deadlines.acknowledge == "send" else None
        if approver and (why := by_itself.objection(answered_mail(office, db, debt), lead.email, has_had_one(office, db, lead), policy)):
            log.info("lead %d: the acknowledgement waits for a person: %s", lead.id, why)
            letter, approver = replace(letter, warnings=(why, *letter.warnings)), None
        journal.record(db, [drafted(letter, lead)], now=now)
        work.note_acknowledged(db, debt.id, now)
        if approver:
            move = e.LetterMoved(letter.id, "approve", "pre_approved", content_hash=letter.content_hash, retry_at=now)
            journal.record(db, [move], now=now, actor=approver.name)
    return True


def answer_is_under_way(db, lead: Lead) -> bool:
    """Has somebody approved the answer, so that it is about to leave?"""
    return any(one.basis == "answer" and one.state == "approved" for one in outbox.cancellable(db, lead.id)) or any(
        one.basis == "answer" and one.state in ("claimed", "transmitting", "in_doubt") for one in outbox.of_lead(db, lead.id)
    )


def answered_mail(office: Office, db, debt: owed.Owed) -> InboundMessage | None:
    """The mail that waits for an answer, read again from its bytes: what our provider said of its sender is kept nowhere else."""
    kept = inbox.kept(db, debt.inbound_id, office.settings.sources_folder) if debt.inbound_id is not None else None
    reading = read_one(Task(kept.packed, kept.received_at, kept.role), office.policy) if kept else ""
    return None if isinstance(reading, str) else reading.message


def has_had_one(office: Office, db, lead: Lead) -> bool:
    """Did this person get an acknowledgement lately, in whatever matter?"""
    return work.acknowledged_since(db, lead.contact_id, office.now() - timedelta(days=by_itself.DAYS))


def answer_by(debt: owed.Owed, now: datetime, office: Office) -> dict:
    """The day that an acknowledgement names: the next one on which we work, so that it is surely kept."""
    policy = office.policy
    today = deadlines.our_day(max(now, debt.due_at), policy)
    return dictionary_of_day(deadlines.next_working_day(today + timedelta(days=1), policy))


def _approved_beforehand(office: Office, db, letter: Letter) -> Person | None:
    """Who approved just this text of the template beforehand, if he is still one of us and may approve this letter."""
    approval = work.preapproval(db, letter.template)
    language, _, name = letter.template.partition("/")
    if approval is None or approval["text_hash"] != office.templates.fingerprint(language, name):
        return None
    person = office.policy.person(approval["actor"])
    return person if person and (person.may_approve_everything or not letter.needs_manager) else None


# ── every letter of this sort ───────────────────────────────────────────────────────────────────────────────────


def may_write(office: Office, db, lead: Lead) -> bool:
    """May this buyer be written to at all?"""
    silenced = suppressions.reason_for(db, lead.email, office.settings.suppression_key) or suppressions.reason_in_matter(db, lead.id)
    return not (silenced or lead.fraud == "likely" or is_masked(lead.email) or lead.stage == "closed" or not office.policy.mailboxes)


def letter_beside(
    office: Office, db, lead: Lead, step: str, author: Person, round: int, values: Mapping[str, object], reason: str
) -> Letter:
    """The draft. Raises ``TemplateError``."""
    now, policy = office.now(), office.policy
    account = (policy.mailbox(leads.account_written_to(db, lead.id)) or policy.mailboxes[0]).name
    ulid, message_id = office.new_letter_ids(account)
    letter = writer.write(
        lead,
        leads.contact(db, lead.contact_id),
        leads.company(db, lead.company_id),
        STEPS[step],
        without_silenced(office, db, leads.last_mail(db, lead.id)),
        author,
        policy,
        office.templates,
        letter_id=next_id(db, "outbox"),
        ulid=ulid,
        message_id=message_id,
        now=now,
        planned_at=now,
        account=account,
        earlier=outbox.letters_sent(db, lead.id),
        earlier_facts=leads.earlier_facts(db, lead.id),
        reason=reason,
        law=applied(law.facts_of(db, lead), policy).row,
        beside=values,
    )
    # What it answers is not what he asked in his last mail, so nothing of that needs to be looked at.
    return replace(letter, round=round, warnings=() if step == "acknowledgement" else letter.warnings)


def drafted(letter: Letter, lead: Lead) -> e.LetterDrafted:
    return e.LetterDrafted(letter.id, lead.id, letter.basis, letter.step, letter.template, letter)
