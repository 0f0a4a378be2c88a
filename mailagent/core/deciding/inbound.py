"""A mail, what it is and what is known about it → events. One function a kind; ``decide`` chooses.

What every rule here keeps to (DOMAIN §4, STANDARDS §1.4):

* Any mail of a person from a buyer's side stops what waits for that buyer, even where nothing else matches:
  matching decides *whose* mail it is, never *whether* we stop.
* Only people count as replies. A machine's mail holds, reports or is shown; it is never an answer.
* A bounce silences an address only if it names a letter of ours and that letter's own recipient.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from mailagent.core.deciding import cadence, clock, deadlines, whereabouts
from mailagent.core.deciding.assignment import assign
from mailagent.core.deciding.case import (
    Case,
    Decision,
    ask_about_unsubscribe,
    country_of,
    fraud_words,
    is_filled_in,
    is_form,
    is_himself,
    masked,
    out_of_doubt,
    rest_other_leads,
    stop_follow_ups,
    stop_letters,
    stop_letters_to,
    suppress,
    task,
    value_of,
)
from mailagent.core.deciding.colleagues import internal, own
from mailagent.core.deciding.doubts import alarm_about_account, link_same_requests, speaks_of_account
from mailagent.core.deciding.machines import auto_reply, bounce, complaint, receipt
from mailagent.core.model import events as e
from mailagent.core.model.address import company_domain, is_masked, match_key
from mailagent.core.model.lead import Lead
from mailagent.core.reading import senders

#: What a buyer still wants who refuses something or is not the right person; also what only a customer says.
STILL_WANTS = frozenset({
    "asks_price", "asks_sample", "asks_catalog", "places_order", "confirms_sample_order", "visit_factory", "deposit_paid", "lc_opened",
    "tech_question", "delivery_question", "changes_order", "delivered_goods", "customer_words", "complaint",
})  # fmt: skip


# Beside a date for another talk, these want an answer now.
AWAITS = frozenset({"open_question", "deadline", "delivery_wanted", "payment_or_lc"})


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
        case "receipt" if case.message.receipt:
            return receipt(case)
        case "internal":
            return internal(case)
        case "auto_reply":
            return with_proof_of_arrival(case, auto_reply(case))
        case "unsubscribe":
            return with_proof_of_arrival(case, unsubscribe(case))
        case "reply" | "inquiry" if not case.message.sender.email and case.known.lead is None:
            return nameless(case)
        case "reply" | "inquiry" if case.verdict.is_disowned and senders.is_ours(case.message.sender.email, case.policy):
            return in_our_name(case)
        case "reply" | "inquiry":
            return with_proof_of_arrival(case, person(case))
        case _:  # other receipts, newsletter, spam_solicitation: shown, and nothing is sent because of them
            return Decision("shown", lead_id=case.known.thread_lead.id if case.known.thread_lead else None)


def with_proof_of_arrival(case: Case, decision: Decision) -> Decision:
    """Who answers a letter has got it: one that was in doubt counts as sent, before anything else follows."""
    letter = case.known.answered_letter
    if letter is None or letter.state != "in_doubt":
        return decision
    return replace(decision, events=(*out_of_doubt(case, letter, "answered"), *decision.events))


# ── a person on the buyer's side ──────────────────────────────────────────────────────────────────────────────────────


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
    if case.message.header("disposition-notification-to") and not case.message.relayed_by:
        events.append(e.ReceiptWanted(lead.id, case.inbound_id))
    if score:
        events.append(e.LeadScored(lead.id, case.inbound_id, score.tier, score.fit, score.engagement, score.fraud, score.abcd, score))
        if lead.round and lead.tier != score.tier:
            events.append(e.TierMoved(lead.id, lead.tier or 0, score.tier or 0))
        lead = lead.but(tier=score.tier, fraud=score.fraud)
    events += stop_letters(case, lead, "buyer_wrote")
    events += rest_other_leads(case, lead)
    if lead.stage == "new" and case.verdict.kind == "reply":
        events.append(e.StageChanged(lead.id, "talking"))
    if case.known.suppressed == "hard_bounce":
        # A person writes from it, so the address lives (STANDARDS §3.3). A wish for silence is never lifted so.
        hashed = case.hash_address(case.message.sender.email)
        events.append(e.SuppressionLifted("hard_bounce", "he writes again", hashed))
    begun = begin(case, lead)
    events += [*begun, *deadlines.owe(case, lead, begun)]
    events += link_same_requests(case, lead)
    if speaks_of_account(case):
        events += alarm_about_account(case, lead)
    elif not lead.hold_reason and any(other.hold_reason == "bank_change" for other in case.known.related_leads):
        # Until somebody has called, a new matter of that company is held like the others.
        events.append(e.LeadHeld(lead.id, "bank_change"))
    if lead.hold_reason == "paused":
        # No letter goes while the matter is paused, but somebody must know that he wrote.
        title = "He wrote while the matter is paused: answer by hand, or resume"
        events.append(task(case, lead, "answer_by_hand", title, case.message.subject))
    if case.verdict.unsubscribe == "review":
        events += ask_about_unsubscribe(case, lead)
    return Decision("opened_lead" if lead.round == 0 else "continued_lead", tuple(events), lead.id, contact_id)


def nameless(case: Case) -> Decision:
    """A mail without a sender's address, in nobody's thread: nobody can be answered, so what looks like an inquiry is shown to a person."""
    if case.score is None or case.score.tier not in (1, 2, 3):
        return Decision("shown")
    title = "A mail without a sender's address looks like an inquiry: look at it in a mail program"
    return Decision("shown", (e.TaskOpened(case.ids("tasks"), None, "answer_by_hand", "", case.now, title, case.message.subject[:500]),))


def in_our_name(case: Case) -> Decision:
    """A mail that bears an address of ours and does not come from us: it is no buyer's, and nobody is answered or silenced by it."""
    if case.score is None or case.score.fraud == "none":
        return Decision("shown")
    title = "Verify before anything else: signs of fraud"
    return Decision("shown", (e.TaskOpened(case.ids("tasks"), None, "fraud", "", case.now, title, fraud_words(case)[:500]),))


def find_or_open_lead(case: Case) -> tuple[list[e.Event], Lead, int]:
    """The lead of the thread, the sender's newest one, or a new one (inheriting the company's owner)."""
    known, message, policy = case.known, case.message, case.policy
    events: list[e.Event] = []
    # An answer in the thread of a matter that was closed belongs to the open one that he has, if he has one.
    lead = next((one for one in (known.thread_lead, known.contact_lead) if one and one.stage != "closed"), None)
    country, language = country_of(case) or (known.company.country if known.company else ""), message.language
    place = whereabouts.seen(case)
    if known.contact:
        contact_id, company_id = known.contact.id, known.contact.company_id
        if known.contact.status == "left":
            events.append(e.ContactReturned(contact_id))
        if is_masked(known.contact.email) and not message.masked:
            events.append(e.AddressLearnt(contact_id, message.sender.email))
        if whereabouts.beats(place, known.contact.place_source) and known.contact.country in ("", place.country):
            who = (contact_id, lead.id if lead else None)
            events.append(e.PlaceLearnt(*who, place.country, place.zone, known.contact.region, place.source, place.sureness))
        country = known.contact.country or country
    else:
        company_id = known.company.id if known.company else case.ids("companies")
        contact_id = case.ids("contacts")
        if not known.company:
            domain = company_domain(message.sender.email, policy.freemail) or ""
            if message.masked:
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
                zone=place.zone,
                place_source=place.source,
                place_sureness=place.sureness,
            )
        )
    if lead:
        return events, lead, contact_id
    owner, reason = assign(case, language, country)
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
    if case.known.suppressed not in ("", "hard_bounce"):
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
        return answer_on_platform(case, lead)
    if case.message.received_at < case.draft_after:
        return [e.CadenceEnded(lead.id, "before_start")]
    events: list[e.Event] = []
    if "places_order" in case.fact_names and lead.stage != "customer":
        events.append(e.StageChanged(lead.id, "customer"))
    # Who refuses one thing and asks for another is a buyer; so is who complains or changes what he ordered. And a form in somebody's
    # name ends no talk that he began himself.
    may_end = not case.fact_names & STILL_WANTS and not (is_filled_in(case) and lead.round)
    day = named_day(case, lead)
    # Who names the day from which he wants to hear from us again refuses nothing for good.
    if "not_interested" in case.fact_names and may_end and not day:
        return [*events, e.CadenceEnded(lead.id, "not_interested"), e.StageChanged(lead.id, "closed")]
    if "wrong_person" in case.fact_names and may_end:
        title = "He is not the right person: go on with the colleague he names"
        return [
            *events,
            e.CadenceEnded(lead.id, "wrong_person"),
            task(case, lead, "answer_by_hand", title, value_of(case, "wrong_person")),
        ]
    # Who only names the day on which he wants to talk again says "later" as well.
    waits = frozenset(("not_now_later",) if day and case.verdict.kind == "reply" and not case.fact_names & (STILL_WANTS | AWAITS) else ())
    name = cadence.choose(lead.tier, case.fact_names | waits, case.verdict.kind == "reply" or bool(lead.show_class), case.policy)
    if name is None:
        return [*events, e.CadenceEnded(lead.id, "not_graded")]
    reason = "the buyer answered" if case.verdict.kind == "reply" else "the buyer asked"
    # Only his own absence, or his full mailbox, ends when he writes; a pause or an alarm waits for one of us.
    if lead.hold_reason in ("out_of_office", "soft_bounces"):
        events.append(e.LeadResumed(lead.id, None, ""))
    events += cadence.begin_round(lead.id, lead.round + 1, name, case.policy, case.now, reason)
    if day and name == "later":
        events.append(e.DateNamed(lead.id, day, value_of(case, "resume_after", words=True)[:300]))
    return events


def named_day(case: Case, lead: Lead) -> datetime | None:
    """The beginning of the day, at his place, from which the buyer wants to hear from us again; None if he names none that lies ahead."""
    named = value_of(case, "resume_after").partition(" ")[0]
    if not named:
        return None
    zone = ZoneInfo(clock.clock_of(lead.but(country=lead.country or country_of(case)), case.policy).zone)
    day = datetime.combine(date.fromisoformat(named), time(), zone).astimezone(UTC)
    return day if day > case.now else None


def answer_on_platform(case: Case, lead: Lead) -> list[e.Event]:
    """His address is hidden, and only an answer in the back office counts there (DOMAIN §6); a second notice makes no second task."""
    events: list[e.Event] = [e.CadenceEnded(lead.id, "platform")]
    if "platform_answer" not in case.known.open_tasks:
        noted = case.message.relay_fields
        about = " · ".join(noted[field] for field in ("name", "company", "country", "product", "quantity") if noted.get(field))
        title = f"Answer in the back office of {case.message.relayed_by}"
        events.append(task(case, lead, "platform_answer", title, "\n".join(part for part in (about, case.message.words[:400]) if part)))
    return events


# ── somebody who wants no more letters ────────────────────────────────────────────────────────────────────────────────


def unsubscribe(case: Case) -> Decision:
    """He wants no more letters: at once, for every matter of his. What is not quite clear holds and asks a person."""
    lead = case.known.lead
    contact = case.known.contact
    named = case.known.asks_to_stop
    if case.verdict.unsubscribe == "review" and lead:
        held = [*stop_letters(case, lead, "unsubscribe_asked"), *rest_other_leads(case, lead), *ask_about_unsubscribe(case, lead)]
        return Decision("held", tuple(held), lead.id, lead.contact_id)
    events: list[e.Event] = [
        suppress(case, case.message.sender.email, "unsubscribe", contact.id if contact else None, case.verdict.evidence)
    ]
    # He may write from another address than the one we wrote to: the letter he answers names that one. But a colleague who got a
    # copy speaks for himself only; whether he speaks for the other as well is for a person to say.
    answered, asks = case.known.answered_letter, False
    if answered and match_key(answered.recipient) != match_key(case.message.sender.email):
        asks = lead is not None and named is None and not is_himself(case, lead)
        if asks:
            answered = None
        else:
            events.append(suppress(case, answered.recipient, "unsubscribe", answered.contact_id, case.verdict.evidence))
    # A signed token names the person, from whatever address it comes (STANDARDS §4.3).
    if named and match_key(named.email) != match_key(case.message.sender.email):
        events.append(suppress(case, named.email, "unsubscribe", named.id, case.verdict.evidence))
    people = [one for one in (contact and contact.id, answered and answered.contact_id, named and named.id) if one is not None]
    cancels = [move for person in people for move in stop_letters_to(case, person, "unsubscribed")]
    if lead:
        # An unknown person of a known company: its follow-ups rest, and what is owed to others stays owed.
        cancels += stop_follow_ups(case, "colleague_wrote")
        events += rest_other_leads(case, lead if asks or lead.contact_id in people else None)
    if asks:
        cancels += stop_letters(case, lead, "unsubscribe_asked")
        events += ask_about_unsubscribe(case, lead)
    events += {move.letter_id: move for move in reversed(cancels)}.values()
    concerned = set(people)
    events += [e.CadenceEnded(one.id, "unsubscribed") for one in case.known.related_leads if one.contact_id in concerned]
    return Decision("stopped", tuple(events), lead.id if lead else None, contact.id if contact else None)
