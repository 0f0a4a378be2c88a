"""Mails of our own people: the copy of a letter that the agent sent, and what a colleague wrote to a buyer himself."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from mailagent.core.deciding import cadence, clock
from mailagent.core.deciding.case import Case, Decision, out_of_doubt, rest_other_leads, stop_letters
from mailagent.core.model import events as e
from mailagent.core.model.lead import Lead
from mailagent.core.reading import senders
from mailagent.core.reading.validity import QUOTATION_ENDS


def own(case: Case) -> Decision:
    """A mail of ours: the copy of a letter the agent sent, or a colleague's own answer (it stops the wait)."""
    if case.message.folder_role == "draft":
        # Nobody got it.
        return Decision("own_mail")
    letter = case.known.own_letter
    if letter:
        events: list[e.Event] = []
        if letter.state == "in_doubt" and case.message.folder_role == "sent":
            events += out_of_doubt(case, letter, "seen_in_sent")
        if case.message.folder_role == "sent":
            is_called_so = case.message.message_id == letter.message_id or case.message.message_id_is_synthetic
            called = "" if is_called_so else case.message.message_id
            events.append(e.SentCopyFiled(letter.id, "provider", called))
        return Decision("own_copy", tuple(events), letter.lead_id, letter.contact_id)
    lead = case.known.lead
    if case.message.folder_role != "sent" or lead is None:
        return Decision("own_mail", lead_id=lead.id if lead else None)
    return colleague_answered(case, lead)


def internal(case: Case) -> Decision:
    """A colleague's mail. If it went to a buyer, with a copy to us, it is his own answer and stops the wait like one in Sent."""
    lead = case.known.lead
    return colleague_answered(case, lead) if lead else to_a_stranger(case)


def to_a_stranger(case: Case) -> Decision:
    """A colleague told us in Bcc of a letter of his to somebody whom nobody knows: perhaps a buyer's other address, so he is asked.

    Without that the follow-ups to a buyer who has his answer would go on.
    """
    message, policy = case.message, case.policy
    author = policy.person(message.sender.email)
    shared = {mailbox.address.casefold() for mailbox in policy.mailboxes}
    named = {address.email.casefold() for address in (*message.to, *message.cc)}
    whom = next((email for address in (*message.to, *message.cc) if not senders.is_ours(email := address.email, policy)), "")
    is_in_bcc = not named & shared and (author is not None or message.sender.email.casefold() in shared)
    if not whom or not is_in_bcc or case.known.was_asked_about:
        return Decision("shown")
    title = f"You wrote to {whom}, whom nobody knows: if he is a buyer of ours, log your letter in his matter (mailagent log)"
    owner = author.name if author else ""
    return Decision("shown", (e.TaskOpened(case.ids("tasks"), None, "unknown_buyer", owner, case.now, title, whom[:500]),))


def colleague_answered(case: Case, lead: Lead) -> Decision:
    """A colleague wrote to the buyer himself: what waits is cancelled, and the wait begins anew with his letter."""
    at = case.message.received_at
    events = [e.OwnAnswerSeen(lead.id, case.inbound_id, at), *stop_letters(case, lead, "colleague_answered")]
    events += rest_other_leads(case, lead)
    if lead.stage == "new":
        events.append(e.StageChanged(lead.id, "talking"))
    events += promises_of(case, lead)
    ends = quotation_of(case, lead)
    if ends:
        events.append(e.QuotationSeen(lead.id, case.inbound_id, ends))
        lead = lead.but(quote_ends=ends)
    if not lead.rest_reason and lead.cadence:
        events.append(cadence.after_own_answer(lead, max(at, lead.last_inbound_at or at), case.policy, ends=ends))
    return Decision("colleague_answered", tuple(events), lead.id, lead.contact_id)


def quotation_of(case: Case, lead: Lead) -> str:
    """Until when the quotation in his letter holds, as 2026-11-30; "" if he named no day, or a newer letter of ours has gone since."""
    is_newest = not lead.last_outbound_at or case.message.received_at >= lead.last_outbound_at
    today = clock.our_clock(case.policy).local(case.now).date().isoformat()
    ends = next((fact.value for fact in case.facts if fact.name == QUOTATION_ENDS), "")
    return ends if is_newest and ends >= today else ""


def promises_of(case: Case, lead: Lead) -> list[e.Event]:
    """A task for every dated promise of his letter, due at the end of that day by our clock."""
    zone = ZoneInfo(clock.our_clock(case.policy).zone)
    events: list[e.Event] = []
    for fact in case.facts:
        if fact.name != "promised" or not fact.value:
            continue
        due = datetime.combine(date.fromisoformat(fact.value), case.policy.calendar.our_hours[1], zone).astimezone(UTC)
        if due > case.now:
            title = f"We promised him something by {fact.value}: keep the promise"
            events.append(e.TaskOpened(case.ids("tasks"), lead.id, "promise", lead.owner, due, title, fact.evidence[:500]))
    return events
