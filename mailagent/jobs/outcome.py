"""What becomes of a letter: after the server's answer, and where a reason stands against it.

Every function here turns what happened into events and writes nothing down itself.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from mailagent.core.deciding import cadence, guards
from mailagent.core.deciding.retry import BACK_OFF, retry_at
from mailagent.core.model import events as e
from mailagent.core.model.outbox import Letter
from mailagent.core.model.pretext import Quoted
from mailagent.delivery.base import Accepted, Deferred, Lost, Outcome, Refused, Withdrawn
from mailagent.errors import SendingError
from mailagent.ledger import copies, grounds, leads, outbox, stops, suppressions, timing
from mailagent.ledger.db import next_id
from mailagent.office import Office

log = logging.getLogger(__name__)


def back_to_its_author(db, letter: Letter, error: SendingError, now: datetime) -> list[e.Event]:
    """A letter that cannot be put into bytes is a draft again, with a task that says why."""
    log.error("letter %d cannot be composed: %s", letter.id, error)
    events: list[e.Event] = [e.LetterMoved(letter.id, "revise", "cannot_be_composed")]
    if letter.lead_id is not None:
        title = f"A letter cannot be sent as it stands: {error}"
        events.append(e.TaskOpened(next_id(db, "tasks"), letter.lead_id, "letter", letter.author, now, title))
    return events


def object_to(office: Office, db, letter: Letter, objection: guards.Objection) -> list[e.Event]:
    """What becomes of an approved letter that may not go now."""
    match objection.verb:
        case "cancel":
            events: list[e.Event] = [e.LetterMoved(letter.id, "cancel", objection.reason)]
            # Where the lead itself has not moved on, its end is said: without a letter nothing would wake it again.
            if objection.reason.startswith(("suppressed:", "contact_", "fraud", "law:")) and letter.lead_id is not None:
                events.append(e.CadenceEnded(letter.lead_id, objection.reason))
            return events
        case "drop_copies":
            why_not = suppressions.checker(db, office.settings.suppression_key)
            return copies.drop(db, letter, copies.silenced(letter, why_not), office.now())
        case "rewrite":
            return rewrite(db, letter, objection.reason, office.now())
        case "revise":
            # It is a draft again, and the one who approved it must hear so.
            title = f"Letter {letter.id} to {letter.recipient} needs a new approval: {objection.reason}"
            return [
                e.LetterMoved(letter.id, "revise", objection.reason),
                e.TaskOpened(next_id(db, "tasks"), letter.lead_id, "letter", letter.author, office.now(), title),
            ]
        case _:
            return [e.LetterPostponed(letter.id, objection.retry_at, objection.reason)]


def rewrite(db, letter: Letter, reason: str, now: datetime) -> list[e.Event]:
    """A letter whose ground is no longer true never goes: its step is written anew, on another one.

    What a person has worked on comes back to him instead; he knows what it says now.
    """
    if grounds.was_edited(db, letter.id):
        if letter.state != "approved":
            return []
        title = f"Letter {letter.id} to {letter.recipient} needs a new approval: {reason}"
        task = e.TaskOpened(next_id(db, "tasks"), letter.lead_id, "letter", letter.author, now, title)
        return [e.LetterMoved(letter.id, "revise", reason), task]
    events: list[e.Event] = [e.LetterMoved(letter.id, "cancel", reason)]
    lead = leads.get(db, letter.lead_id) if letter.lead_id is not None else None
    if lead and lead.round == letter.round and lead.step == letter.step and not lead.rest_reason:
        why = f"written anew: what the letter rested on is no longer true ({letter.because})"
        if not letter.because:
            why = f"written anew: its prices held until {letter.true_until}"
        events.append(e.StepPlanned(lead.id, letter.step, now, why, lead.wanted_at))
    return events


def consequences(office: Office, db, letter: Letter, attempt_id: int, outcome: Outcome) -> list[e.Event]:
    """From the server's answer to events (STANDARDS §5.4)."""
    now = office.now()
    lead = leads.get(db, letter.lead_id) if letter.lead_id is not None and letter.basis != "notice" else None
    token = {"attempt_id": attempt_id}
    match outcome:
        case Accepted():
            events: list[e.Event] = [
                e.LetterMoved(
                    letter.id,
                    "accept",
                    **token,
                    smtp_code=outcome.code,
                    smtp_text=outcome.text,
                    provider_message_id=outcome.provider_id if "@" in outcome.provider_id else "",
                )
            ]
            if lead:
                events += [*after_sent(office, db, lead, letter), *needless(db, letter)]
            return events
        case Deferred():
            said = {"smtp_code": outcome.code, "smtp_text": outcome.text}
            if outcome.bars:
                # Its account is silent for a while: the letter is ready as soon as that is over, and this was no try of its own.
                return [e.LetterMoved(letter.id, "defer", f"barred:{outcome.meaning.name}", **token, retry_at=now, **said)]
            later = retry_at(outbox.tries(db, replace(letter, attempts=letter.attempts + 1)), now)
            told = now + outcome.retry_after if outcome.retry_after else now
            if later:
                return [e.LetterMoved(letter.id, "defer", f"server:{outcome.phase}", **token, retry_at=max(later, told), **said)]
            # The table is used up: back to a person, who sees what the server said. A notice goes on by itself, slowly.
            return [
                e.LetterMoved(letter.id, "defer", "tried_too_often", **token, retry_at=now + BACK_OFF[-1], **said),
                *(object_to(office, db, letter, guards.Objection("revise", "tried_too_often")) if lead else []),
            ]
        case Refused() if outcome.account_problem:
            # The account is paused by ``brakes.after_attempt``; the letter is ready as soon as a person lets it go on.
            said = {"smtp_code": outcome.code, "smtp_text": outcome.text}
            return [e.LetterMoved(letter.id, "defer", "account_problem", **token, retry_at=now, **said)]
        case Refused():
            events = [e.LetterMoved(letter.id, "refuse", outcome.phase, **token, smtp_code=outcome.code, smtp_text=outcome.text)]
            return events + (after_refusal(office, db, lead, letter, outcome) if lead else [])
        case Lost():
            events = [e.LetterMoved(letter.id, "lose", "no_answer", **token, retry_at=now + timedelta(minutes=1), smtp_text=outcome.text)]
            if lead:
                title = f"Did letter {letter.id} to {letter.recipient} arrive? The server did not answer"
                events.append(e.TaskOpened(next_id(db, "tasks"), lead.id, "in_doubt", lead.owner, now, title, outcome.text))
            return events
        case Withdrawn():
            return []  # begin_transmission has written down why


def needless(db, letter: Letter) -> list[e.Event]:
    """The answer has left, so nobody need say any more that it comes."""
    if letter.basis != "answer":
        return []
    waiting = [one for one in outbox.cancellable(db, letter.lead_id) if one.basis == "acknowledgement"]
    return [e.LetterMoved(one.id, "cancel", "answered") for one in waiting]


def after_sent(office: Office, db, lead, letter: Letter) -> list[e.Event]:
    """The wait for the next step begins now, unless the buyer's own doing has moved the lead on meanwhile."""
    now = office.now()
    events: list[e.Event] = []
    if lead.stage == "new" and letter.basis == "answer":
        events.append(e.StageChanged(lead.id, "talking"))
    if lead.round == letter.round and not lead.rest_reason:
        ends = Quoted.last_day(letter.quoted)
        if ends:
            lead = lead.but(quote_ends=ends)
        # The letter itself is under way and counts already.
        recent = timing.recent_follow_ups(db, lead.company_id, now, lead.id)
        events.append(cadence.after_step(lead, letter.step, now, office.policy, recent, ends))
    return events


def after_refusal(office: Office, db, lead, letter: Letter, outcome: Refused) -> list[e.Event]:
    """The address does not exist: never again. Any other refusal is for a person; the recipient did nothing wrong."""
    now = office.now()
    if outcome.hard and outcome.recipient in ("", letter.recipient):
        return [
            *stops.stop_by_refusal(db, letter, outcome.text, office.hash_address),
            e.TaskOpened(
                next_id(db, "tasks"),
                lead.id,
                "bounce",
                lead.owner,
                now,
                f"{letter.recipient} does not exist: find another way to the buyer",
            ),
        ]
    title = f"The server refused letter {letter.id} to {letter.recipient}: {outcome.text[:200]}"
    return [
        e.TaskOpened(next_id(db, "tasks"), lead.id, "letter", lead.owner, now, title),
        e.WaitBegun(lead.id, "the server refused the letter; a person must look"),
    ]
