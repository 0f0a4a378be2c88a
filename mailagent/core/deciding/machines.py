"""What machines write: absences, bounces, complaint reports. They hold, report or stop; they are never an answer."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from mailagent.core.deciding import clock
from mailagent.core.deciding.case import Case, Decision, is_himself, stop_letters_to, suppress, task, task_for_letter
from mailagent.core.model import events as e
from mailagent.core.model.address import match_key, registrable_domain
from mailagent.core.model.lead import Lead
from mailagent.core.reading import senders


def auto_reply(case: Case) -> Decision:
    """Absence holds until the day after the return; "left the company" ends the cadence; others are only recorded."""
    lead = case.known.thread_lead or case.known.contact_lead
    if lead is None:
        return Decision("shown")
    verdict = case.verdict
    events: list[e.Event] = [e.AutoReplyReceived(lead.id, case.inbound_id, verdict.automatic)]
    if verdict.automatic in ("left", "ooo") and not speaks_of(case, lead):
        # A colleague who got a copy, or anybody else in the thread: where he is says nothing about the buyer.
        if verdict.automatic == "left":
            title = f"{case.message.sender.email} says that somebody has left: does it mean {lead.email}?"
            events.append(task(case, lead, "successor", title, verdict.suggested_contact or verdict.evidence))
        return Decision("recorded", tuple(events), lead.id, lead.contact_id)
    if verdict.automatic == "left":
        events += [e.ContactLeft(lead.contact_id, verdict.suggested_contact), *stop_letters_to(case, lead.contact_id, "contact_left")]
        events.append(e.CadenceEnded(lead.id, "left_company"))
        person, successor = lead.contact_name or lead.email, verdict.suggested_contact
        # Nobody has agreed that we write to the successor: the address is named to a person, and never used by itself.
        title = f"{person} has left; ask {successor} whether to go on" if successor else f"{person} has left; ask for the successor"
        events.append(task(case, lead, "successor", title, successor or verdict.evidence))
        return Decision("left_company", tuple(events), lead.id, lead.contact_id)
    if verdict.automatic == "ooo" and lead.hold_reason in ("", "out_of_office"):
        events.append(e.LeadHeld(lead.id, "out_of_office", back_at_work(case, lead)))
        return Decision("held", tuple(events), lead.id, lead.contact_id)
    return Decision("recorded", tuple(events), lead.id, lead.contact_id)


def speaks_of(case: Case, lead: Lead) -> bool:
    """Whether a machine's answer is about the buyer: it comes from his address or in his name, or from his company's mail system."""
    if case.verdict.is_disowned:
        return False
    return case.known.is_participant or is_himself(case, lead) or is_mail_system(case.message.sender.email, lead.email)


def is_mail_system(email: str, of: str) -> bool:
    """Whether nobody sits behind an address that belongs to the same company as another one."""
    if not (senders.is_nobody(email) or senders.is_daemon(email)):
        return False
    return registrable_domain(email.rpartition("@")[2]) == registrable_domain(of.rpartition("@")[2])


def back_at_work(case: Case, lead: Lead) -> datetime:
    """One working day after his return (STANDARDS §2.6): at most 45 days away; a week if he names no day."""
    buyer = clock.buyer_clock(lead.country, case.policy)
    received = case.message.received_at
    if case.verdict.return_on is None:
        return received + timedelta(days=7)
    returns = datetime.combine(case.verdict.return_on, time(9, 0), tzinfo=buyer.local(received).tzinfo)
    return min(clock.add_working_days(returns, 1, buyer), received + timedelta(days=45))


def bounce(case: Case) -> Decision:
    """A delivery report: a hard one for our own letter suppresses the address; a doubtful one goes to a person."""
    letter, report = case.known.bounced_letter, case.message.report
    if letter is None:
        return Decision("bounce_not_ours")
    mine = [r for r in (report.recipients if report else ()) if match_key(r.address) == match_key(letter.recipient)]
    if not mine:
        events = [task_for_letter(case, letter.lead_id, "bounce", f"A bounce names our letter to {letter.recipient} and another address")]
        return Decision("bounce_doubtful", tuple(events), letter.lead_id, letter.contact_id)
    failed = mine[0]
    events: list[e.Event] = [
        e.BounceReceived(
            letter.id, case.inbound_id, failed.permanent, failed.status, failed.reason, True, failed.will_retry, failed.diagnostic[:300]
        )
    ]
    if failed.reason == "hostunknown":
        # DNS has accidents: the domain is only given up when a person has looked (STANDARDS §3.3).
        title = f"The domain of {letter.recipient} is not found: is the address right?"
        return Decision(
            "bounce_doubtful", (*events, task_for_letter(case, letter.lead_id, "bounce", title)), letter.lead_id, letter.contact_id
        )
    if not failed.permanent or failed.will_retry:
        return Decision("bounce_soft", tuple(events), letter.lead_id, letter.contact_id)
    if letter.state == "in_doubt":
        events.append(e.LetterMoved(letter.id, "confirm", "bounce_names_it"))
    if letter.state in ("sent", "in_doubt"):
        events.append(e.LetterMoved(letter.id, "bounce", failed.reason))
    events.append(suppress(case, letter.recipient, "hard_bounce", letter.contact_id, f"{failed.status} {failed.diagnostic}".strip()))
    events += stop_letters_to(case, letter.contact_id, "bounced")
    if letter.lead_id is not None:
        events.append(e.CadenceEnded(letter.lead_id, "bounced"))
        events.append(task_for_letter(case, letter.lead_id, "bounce", f"{letter.recipient} does not exist: find another way to the buyer"))
    return Decision("bounce_hard", tuple(events), letter.lead_id, letter.contact_id)


def complaint(case: Case) -> Decision:
    """A feedback report (RFC 5965): his provider says our letter was unwanted. Never again."""
    letter = case.known.bounced_letter or case.known.answered_letter
    if letter is None:
        return Decision("shown")
    events = [suppress(case, letter.recipient, "complaint", letter.contact_id, case.verdict.evidence)]
    events += stop_letters_to(case, letter.contact_id, "complaint")
    events += [e.CadenceEnded(lead.id, "complaint") for lead in case.known.related_leads if lead.contact_id == letter.contact_id]
    return Decision("stopped", tuple(events), letter.lead_id, letter.contact_id)
