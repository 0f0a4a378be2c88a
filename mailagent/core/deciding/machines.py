"""What machines write: absences, bounces, complaint reports. They hold, report or stop; they are never an answer."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from mailagent.core.deciding import clock
from mailagent.core.deciding.brakes import held_until, is_host_gone
from mailagent.core.deciding.case import Case, Decision, is_himself, out_of_doubt, stop_letters_to, suppress, task, task_for_letter
from mailagent.core.model import events as e
from mailagent.core.model.address import match_key, registrable_domain
from mailagent.core.model.known import LetterRef
from mailagent.core.model.lead import Lead
from mailagent.core.model.message import BouncedRecipient
from mailagent.core.model.setback import Setback
from mailagent.core.reading import reporter, senders

#: States of a letter about which a report may come: it is known outside.
LEFT_US = ("claimed", "transmitting", "sent", "in_doubt", "bounced", "failed")


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
    buyer = clock.clock_of(lead, case.policy)
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
    if letter.state not in LEFT_US:
        # Its Message-ID has never left the house, or so we think: a person must look who writes such reports.
        events = [task_for_letter(case, letter.lead_id, "bounce", f"A bounce names our letter to {letter.recipient}, which was never sent")]
        return Decision("bounce_doubtful", tuple(events), letter.lead_id, letter.contact_id)
    if not mine:
        events = [task_for_letter(case, letter.lead_id, "bounce", f"A bounce names our letter to {letter.recipient} and another address")]
        return Decision("bounce_doubtful", tuple(events), letter.lead_id, letter.contact_id)
    failed = mine[0]
    events: list[e.Event] = [
        e.BounceReceived(
            letter.id,
            case.inbound_id,
            failed.permanent,
            failed.status,
            failed.reason,
            reporter.is_our_own_side(case.message, case.policy),
            failed.will_retry,
            failed.diagnostic[:300],
        )
    ]
    if letter.state == "in_doubt" and not (failed.permanent and not failed.will_retry):
        # Whatever became of it there, a server took it from us.
        events += out_of_doubt(case, letter, "bounce_names_it")
    if failed.reason == "hostunknown" and not is_host_gone(case.known.setbacks, case.now, case.policy.bounces):
        # DNS has accidents: the domain is only given up when it is not found again a day later (STANDARDS §3.3).
        # Until then he is no address that must not be written to, but no follow-up goes into the void either.
        title = f"The domain of {letter.recipient} is not found: is the address right?"
        events.append(task_for_letter(case, letter.lead_id, "bounce", title))
        if failed.permanent and not failed.will_retry and letter.lead_id is not None:
            events += [*stop_letters_to(case, letter.contact_id, "bounced"), *matters_end(case, letter)]
        return Decision("bounce_doubtful", tuple(events), letter.lead_id, letter.contact_id)
    if failed.will_retry:
        return Decision("bounce_soft", tuple(events), letter.lead_id, letter.contact_id)
    if not failed.permanent:
        return Decision("bounce_soft", (*events, *after_soft(case, letter, failed, events[0])), letter.lead_id, letter.contact_id)
    if letter.state == "in_doubt":
        events.append(e.LetterMoved(letter.id, "confirm", "bounce_names_it"))
    if letter.state in ("sent", "in_doubt"):
        events.append(e.LetterMoved(letter.id, "bounce", failed.reason))
    events.append(suppress(case, letter.recipient, "hard_bounce", letter.contact_id, f"{failed.status} {failed.diagnostic}".strip()))
    events += stop_letters_to(case, letter.contact_id, "bounced")
    if letter.lead_id is not None:
        events += matters_end(case, letter)
        events.append(task_for_letter(case, letter.lead_id, "bounce", f"{letter.recipient} does not exist: find another way to the buyer"))
    return Decision("bounce_hard", tuple(events), letter.lead_id, letter.contact_id)


def matters_end(case: Case, letter: LetterRef) -> list[e.Event]:
    """Nothing reaches him in any matter under this address, so all of his end (STANDARDS §3.3); what rests already keeps its reason."""
    his = {lead.id for lead in case.known.related_leads if lead.contact_id == letter.contact_id and not lead.rest_reason}
    return [e.CadenceEnded(number, "bounced") for number in sorted(his | {letter.lead_id})]


def after_soft(case: Case, letter: LetterRef, failed: BouncedRecipient, report: e.BounceReceived) -> list[e.Event]:
    """A letter that came back for a reason that passes: somebody is told; after several on several days his matters are held."""
    until = None
    if report.kind == "soft":
        this = Setback(case.now, letter.id, "soft", failed.reason)
        until = held_until((*case.known.setbacks, this), failed.reason, case.now, case.policy.bounces)
    if until is None:
        why = "policy" if report.kind == "policy" else "account" if report.kind == "account" else "reason"
        title = {
            "policy": f"Letter {letter.id} did not reach {letter.recipient}: the server there refuses our letters ({failed.reason})",
            "account": f"Letter {letter.id} did not reach {letter.recipient}: the report blames our own account ({failed.reason})",
            "reason": f"Letter {letter.id} did not reach {letter.recipient} this time: {failed.reason}",
        }[why]
        return [task_for_letter(case, letter.lead_id, "bounce", title)]
    title = f"The mailbox of {letter.recipient} does not take our letters ({failed.reason}): his matters are held; find another way to him"
    leads = [lead for lead in case.known.related_leads if lead.contact_id == letter.contact_id and not lead.hold_reason]
    return [
        *(e.LeadHeld(lead.id, "soft_bounces", until) for lead in leads),
        *stop_letters_to(case, letter.contact_id, "soft_bounces"),
        task_for_letter(case, letter.lead_id, "bounce", title),
    ]


def receipt(case: Case) -> Decision:
    """A read receipt (RFC 8098): a line in the story, and proof that a letter in doubt arrived. It answers nothing and moves nothing.

    It is believed only where it names a letter of ours that has left, and that letter's own recipient.
    """
    said, letter = case.message.receipt, case.known.opened_letter
    thread = case.known.thread_lead
    if not said or not said.became or letter is None or letter.lead_id is None or letter.state not in LEFT_US:
        return Decision("shown", lead_id=thread.id if thread else None)
    if match_key(said.recipient) != match_key(letter.recipient):
        return Decision("shown", lead_id=letter.lead_id, contact_id=letter.contact_id)
    events = list(out_of_doubt(case, letter, "receipt_names_it")) if letter.state == "in_doubt" else []
    events.append(e.LetterOpened(letter.lead_id, letter.id, case.inbound_id, said.became, said.is_automatic))
    return Decision("recorded", tuple(events), letter.lead_id, letter.contact_id)


def complaint(case: Case) -> Decision:
    """A feedback report (RFC 5965): his provider says our letter was unwanted. Never again."""
    letter = case.known.bounced_letter or case.known.answered_letter
    if letter is None:
        return Decision("shown")
    events = [suppress(case, letter.recipient, "complaint", letter.contact_id, case.verdict.evidence)]
    events += stop_letters_to(case, letter.contact_id, "complaint")
    events += [e.CadenceEnded(lead.id, "complaint") for lead in case.known.related_leads if lead.contact_id == letter.contact_id]
    return Decision("stopped", tuple(events), letter.lead_id, letter.contact_id)
