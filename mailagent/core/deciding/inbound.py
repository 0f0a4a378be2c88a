"""A mail, what it is and what is known about it → events. One function a kind; ``decide`` chooses.

What every rule here keeps to (DOMAIN §4, STANDARDS §1.4):

* Any mail of a person from a buyer's side stops what waits for that buyer, even where nothing else matches:
  matching decides *whose* mail it is, never *whether* we stop.
* Only people count as replies. A machine's mail holds, reports or is shown; it is never an answer.
* A bounce silences an address only if it names a letter of ours and that letter's own recipient.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from mailagent.core.deciding import cadence, clock
from mailagent.core.deciding.assignment import assign
from mailagent.core.model import events as e
from mailagent.core.model.address import company_domain, match_key
from mailagent.core.model.known import Known
from mailagent.core.model.lead import Fact, Lead, Score
from mailagent.core.model.message import InboundMessage, Verdict
from mailagent.core.model.policy import Policy


@dataclass(frozen=True)
class Case:
    """One mail with everything that was found out about it.

    Attributes:
        ids: table name → the next free number; numbers are given inside the transaction.
        hash_address: the keyed hash under which suppressions are remembered.
        draft_after: a mail received before this time opens its lead but gets no letter (a first run on an old mailbox).
    """

    inbound_id: int
    message: InboundMessage
    verdict: Verdict
    facts: tuple[Fact, ...]
    score: Score | None
    known: Known
    policy: Policy
    ids: Callable[[str], int]
    hash_address: Callable[[str], str]
    now: datetime
    draft_after: datetime

    @property
    def fact_names(self) -> frozenset[str]:
        return frozenset(fact.name for fact in self.facts)


@dataclass(frozen=True)
class Decision:
    """What happens because of one mail.

    Attributes:
        outcome: in one word what was done; shown beside the mail.
    """

    outcome: str
    events: tuple[e.Event, ...] = ()
    lead_id: int | None = None
    contact_id: int | None = None


def decide(case: Case) -> Decision:
    """The consequence of one mail; pure."""
    if case.known.earlier_copy is not None:
        lead = case.known.lead
        return Decision("copy", lead_id=lead.id if lead else None)
    match case.verdict.kind:
        case "own":
            return own(case)
        case "bounce":
            return bounce(case)
        case "complaint":
            return complaint(case)
        case "auto_reply":
            return auto_reply(case)
        case "unsubscribe":
            return unsubscribe(case)
        case "reply" | "inquiry":
            return person(case)
        case _:  # receipt, newsletter, spam_solicitation, internal: shown, and nothing is sent because of them
            return Decision("shown", lead_id=case.known.thread_lead.id if case.known.thread_lead else None)


# ── a person on the buyer's side ────────────────────────────────────────────────────────────────────────────────


def person(case: Case) -> Decision:
    """An inquiry or a reply: find or open the lead, grade it, stop what waits, begin a round."""
    events, lead, contact_id = find_or_open_lead(case)
    score = case.score
    received = case.message.received_at
    if case.verdict.kind == "reply":
        answered = case.known.answered_letter
        events.append(
            e.ReplyReceived(
                lead.id, case.inbound_id, received, case.known.match_method, case.known.match_strength, answered.id if answered else None
            )
        )
    else:
        events.append(e.InquiryReceived(lead.id, case.inbound_id, received))
    if score:
        events.append(e.LeadScored(lead.id, case.inbound_id, score.tier, score.fit, score.engagement, score.fraud, score.abcd, score))
        if lead.round and lead.tier != score.tier:
            events.append(e.TierMoved(lead.id, lead.tier or 0, score.tier or 0))
        lead = replace(lead, tier=score.tier, fraud=score.fraud)
    events += stop_letters(case, lead, "buyer_wrote")
    events += rest_other_leads(case, lead)
    if lead.stage == "new" and case.verdict.kind == "reply":
        events.append(e.StageChanged(lead.id, "talking"))
    events += begin(case, lead)
    if "bank_change" in case.fact_names:
        events += alarm_about_account(case, lead)
    if case.verdict.unsubscribe == "review":
        events += ask_about_unsubscribe(case, lead)
    return Decision("opened_lead" if lead.round == 0 else "continued_lead", tuple(events), lead.id, contact_id)


def alarm_about_account(case: Case, lead: Lead) -> list[e.Event]:
    """Somebody speaks of a new bank account: nothing goes to that company until a person has called (DOMAIN §6)."""
    words = next((fact.evidence for fact in case.facts if fact.name == "bank_change"), "")
    title = "A new bank account is spoken of: call him on a number you already have before anything else"
    held = {lead.id, *(other.id for other in case.known.related_leads)}
    return [*(e.LeadHeld(number, "bank_change") for number in sorted(held)), task(case, lead, "fraud", title, words)]


def find_or_open_lead(case: Case) -> tuple[list[e.Event], Lead, int]:
    """The lead of the thread, the sender's newest one, or a new one (inheriting the company's owner)."""
    known, message, policy = case.known, case.message, case.policy
    events: list[e.Event] = []
    lead = known.thread_lead or known.contact_lead
    country, language = country_of(case), message.language
    if known.contact:
        contact_id, company_id = known.contact.id, known.contact.company_id
        country = known.contact.country or country
    else:
        company_id = known.company.id if known.company else case.ids("companies")
        contact_id = case.ids("contacts")
        if not known.company:
            domain = company_domain(message.sender.email, policy.freemail) or ""
            if message.relayed_by and case.known.company is None and masked(case):
                domain = ""
            name = value_of(case, "gives_company") or message.relay_fields.get("company", "")
            events.append(e.CompanyMet(company_id, country=country, name=name, domain=domain))
        events.append(
            e.ContactMet(
                contact_id,
                company_id,
                language=language,
                country=country,
                email=message.sender.email,
                name=value_of(case, "gives_person") or message.sender.name,
                title=value_of(case, "gives_title"),
                phone=value_of(case, "gives_phone"),
            )
        )
    if lead and lead.stage != "closed":
        return events, lead, contact_id
    owner, reason = assign(case.known, case.policy, language)
    lead_id = case.ids("leads")
    source = ("form" if is_form(case) else "platform") if message.relayed_by else "mail"
    events.append(
        e.LeadOpened(
            lead_id, contact_id, company_id, case.inbound_id, source, language, country, owner, reason, message.received_at, message.subject
        )
    )
    lead = Lead(
        id=lead_id, contact_id=contact_id, company_id=company_id, email=message.sender.email, contact_name=message.sender.name,
        company_name="", source=source, subject=message.subject, language=language, country=country, stage="new", tier=None, score=0,
        fraud="none", owner=owner, cadence="", round=0, step="", next_due_at=None, due_reason="", hold_reason="", held_until=None,
        rest_reason="", pinned_tier=None, opened_at=message.received_at, last_inbound_at=None, last_outbound_at=None, inbound_count=0,
        outbound_count=0,
    )  # fmt: skip
    return events, lead, contact_id


def begin(case: Case, lead: Lead) -> list[e.Event]:
    """What the buyer's mail sets going: a round of a cadence, a task, or nothing, each with its reason."""
    if case.known.suppressed:
        return [
            e.CadenceEnded(lead.id, f"suppressed:{case.known.suppressed}"),
            task(
                case,
                lead,
                "answer_by_hand",
                "He once asked for no more letters and now writes: answer what he asks, by hand",
                case.message.subject,
            ),
        ]
    if lead.fraud == "likely":
        return [
            e.CadenceEnded(lead.id, "fraud"),
            task(case, lead, "fraud", "Verify before anything else: signs of fraud", fraud_words(case)),
        ]
    if masked(case):
        return [
            e.CadenceEnded(lead.id, "platform"),
            task(case, lead, "platform_answer", f"Answer in the back office of {case.message.relayed_by}", case.message.words[:300]),
        ]
    if case.message.received_at < case.draft_after:
        return [e.CadenceEnded(lead.id, "before_start")]
    events: list[e.Event] = []
    if "places_order" in case.fact_names and lead.stage != "customer":
        events.append(e.StageChanged(lead.id, "customer"))
    if "not_interested" in case.fact_names and "asks_price" not in case.fact_names:
        return [*events, e.CadenceEnded(lead.id, "not_interested"), e.StageChanged(lead.id, "closed")]
    name = cadence.choose(lead.tier, case.fact_names, case.verdict.kind == "reply", case.policy)
    if name is None:
        return [*events, e.CadenceEnded(lead.id, "not_graded")]
    reason = "the buyer answered" if case.verdict.kind == "reply" else "the buyer asked"
    if lead.hold_reason and lead.hold_reason != "paused":
        events.append(e.LeadResumed(lead.id, None, ""))
    return [*events, *cadence.begin_round(lead.id, lead.round + 1, name, case.policy, case.now, reason)]


# ── a colleague of ours ─────────────────────────────────────────────────────────────────────────────────────────


def own(case: Case) -> Decision:
    """A mail of ours: the copy of a letter the agent sent, or a colleague's own answer (it stops the wait)."""
    letter = case.known.own_letter
    if letter:
        events: list[e.Event] = []
        if letter.state == "in_doubt" and case.message.folder_role == "sent":
            events.append(e.LetterMoved(letter.id, "confirm", "seen_in_sent"))
        if case.message.folder_role == "sent":
            events.append(e.SentCopyFiled(letter.id, "provider"))
        return Decision("own_copy", tuple(events), letter.lead_id, letter.contact_id)
    lead = case.known.thread_lead or case.known.contact_lead
    if case.message.folder_role != "sent" or lead is None:
        return Decision("own_mail", lead_id=lead.id if lead else None)
    at = case.message.received_at
    events = [e.OwnAnswerSeen(lead.id, case.inbound_id, at), *stop_letters(case, lead, "colleague_answered")]
    if lead.stage == "new":
        events.append(e.StageChanged(lead.id, "talking"))
    if not lead.rest_reason and lead.cadence:
        events.append(cadence.after_own_answer(lead, max(at, lead.last_inbound_at or at), case.policy))
    return Decision("colleague_answered", tuple(events), lead.id, lead.contact_id)


# ── machines ────────────────────────────────────────────────────────────────────────────────────────────────────


def auto_reply(case: Case) -> Decision:
    """Absence holds until the day after the return; "left the company" ends the cadence; others are only recorded."""
    lead = case.known.thread_lead or case.known.contact_lead
    if lead is None:
        return Decision("shown")
    verdict = case.verdict
    events: list[e.Event] = [e.AutoReplyReceived(lead.id, case.inbound_id, verdict.automatic)]
    if verdict.automatic == "left":
        events += [e.ContactLeft(lead.contact_id, verdict.suggested_contact), *stop_letters_to(case, lead.contact_id, "contact_left")]
        events.append(e.CadenceEnded(lead.id, "left_company"))
        title = f"{lead.contact_name or lead.email} has left; ask for the successor"
        events.append(task(case, lead, "successor", title, verdict.suggested_contact or verdict.evidence))
        return Decision("left_company", tuple(events), lead.id, lead.contact_id)
    if verdict.automatic == "ooo" and lead.hold_reason in ("", "out_of_office"):
        events.append(e.LeadHeld(lead.id, "out_of_office", back_at_work(case, lead)))
        return Decision("held", tuple(events), lead.id, lead.contact_id)
    return Decision("recorded", tuple(events), lead.id, lead.contact_id)


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


# ── stopping ────────────────────────────────────────────────────────────────────────────────────────────────────


def unsubscribe(case: Case) -> Decision:
    """He wants no more letters: at once, for every matter of his. What is not quite clear holds and asks a person."""
    lead = case.known.lead
    contact = case.known.contact
    if case.verdict.unsubscribe == "review" and lead:
        return Decision(
            "held", tuple([*stop_letters(case, lead, "unsubscribe_asked"), *ask_about_unsubscribe(case, lead)]), lead.id, lead.contact_id
        )
    events: list[e.Event] = [
        suppress(case, case.message.sender.email, "unsubscribe", contact.id if contact else None, case.verdict.evidence)
    ]
    # He may write from another address than the one we wrote to: the letter he answers names that one.
    answered = case.known.answered_letter
    if answered and match_key(answered.recipient) != match_key(case.message.sender.email):
        events.append(suppress(case, answered.recipient, "unsubscribe", answered.contact_id, case.verdict.evidence))
    events += stop_letters(case, lead, "unsubscribed")
    concerned = {contact.id if contact else None, answered.contact_id if answered else None}
    events += [e.CadenceEnded(one.id, "unsubscribed") for one in case.known.related_leads if one.contact_id in concerned]
    return Decision("stopped", tuple(events), lead.id if lead else None, contact.id if contact else None)


def ask_about_unsubscribe(case: Case, lead: Lead) -> list[e.Event]:
    """Words that may be a wish to be left alone: nothing goes out until a person has read them."""
    title = "He may be asking for no more letters: read it and decide"
    return [e.LeadHeld(lead.id, "unsubscribe_review"), task(case, lead, "unsubscribe_review", title, case.verdict.evidence)]


def suppress(case: Case, email: str, reason: str, contact_id: int | None, evidence: str) -> e.AddressSuppressed:
    return e.AddressSuppressed(
        case.ids("suppressions"), reason, "global", case.inbound_id, contact_id, email, case.hash_address(email), evidence[:300]
    )


def stop_letters(case: Case, lead: Lead | None, reason: str) -> list[e.Event]:
    """Cancel everything that waits for this person, and the follow-ups that wait for anybody of his company."""
    return [
        e.LetterMoved(letter.id, "cancel", reason)
        for letter in case.known.cancellable
        if letter.basis == "follow_up" or lead is None or letter.lead_id == lead.id or letter.contact_id == lead.contact_id
    ]


def stop_letters_to(case: Case, contact_id: int | None, reason: str) -> list[e.Event]:
    return [e.LetterMoved(letter.id, "cancel", reason) for letter in case.known.cancellable if letter.contact_id == contact_id]


def rest_other_leads(case: Case, lead: Lead) -> list[e.Event]:
    """Follow-ups in other matters of the same company rest: two of us never write into one conversation.

    An answer that is still owed to a colleague of his stays owed.
    """
    events: list[e.Event] = []
    for other in case.known.related_leads:
        steps = case.policy.cadences.get(other.cadence)
        position = steps.index(other.step) if steps else -1
        if other.id == lead.id or other.rest_reason or position < 0 or steps.step[position].basis != "follow_up":
            continue
        events.append(e.CadenceEnded(other.id, "colleague_wrote"))
    return events


# ── small things ────────────────────────────────────────────────────────────────────────────────────────────────


def task(case: Case, lead: Lead, kind: str, title: str, evidence: str) -> e.TaskOpened:
    return e.TaskOpened(case.ids("tasks"), lead.id, kind, lead.owner, case.now, title, evidence[:500])


def task_for_letter(case: Case, lead_id: int | None, kind: str, title: str) -> e.TaskOpened:
    owner = next((lead.owner for lead in case.known.related_leads if lead.id == lead_id), "")
    return e.TaskOpened(case.ids("tasks"), lead_id, kind, owner, case.now, title, case.verdict.evidence[:500])


def value_of(case: Case, fact_name: str) -> str:
    return next((fact.value or fact.evidence for fact in case.facts if fact.name == fact_name), "")


def country_of(case: Case) -> str:
    """Where he sits, two letters; "" if nothing says so."""
    return value_of(case, "country")


def is_form(case: Case) -> bool:
    return any(relay.name == case.message.relayed_by and relay.kind == "form" for relay in case.policy.relays)


def masked(case: Case) -> bool:
    """Is the address in the notice the platform's own? Then he can only be answered in its back office."""
    return any(relay.name == case.message.relayed_by and relay.masked for relay in case.policy.relays)


def fraud_words(case: Case) -> str:
    return "; ".join(f"{signal.name}: {signal.evidence}" for signal in (case.score.fraud_reasons if case.score else ()))
