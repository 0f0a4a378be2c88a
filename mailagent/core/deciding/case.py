"""One mail with all that was found out about it, what is decided about it, and the few acts that every decision shares."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mailagent.core.deciding import cadence
from mailagent.core.model import events as e
from mailagent.core.model.address import is_masked
from mailagent.core.model.known import Known, LetterRef
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


# ── stopping ──────────────────────────────────────────────────────────────────────────────────────────────────────────


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


def stop_follow_ups(case: Case, reason: str) -> list[e.Event]:
    """Cancel the follow-ups, and only these, that wait for anybody whom the mail concerns."""
    return [e.LetterMoved(letter.id, "cancel", reason) for letter in case.known.cancellable if letter.basis == "follow_up"]


def stop_letters_to(case: Case, contact_id: int | None, reason: str) -> list[e.Event]:
    return [e.LetterMoved(letter.id, "cancel", reason) for letter in case.known.cancellable if letter.contact_id == contact_id]


def rest_other_leads(case: Case, lead: Lead | None) -> list[e.Event]:
    """Follow-ups in other matters of the same company rest: two of us never write into one conversation.

    An answer that is still owed to a colleague of his stays owed.
    """
    events: list[e.Event] = []
    for other in case.known.related_leads:
        steps = case.policy.cadences.get(other.cadence)
        position = steps.index(other.step) if steps else -1
        if (lead and other.id == lead.id) or other.rest_reason or position < 0 or steps.step[position].basis != "follow_up":
            continue
        events.append(e.CadenceEnded(other.id, "colleague_wrote"))
    return events


def out_of_doubt(case: Case, letter: LetterRef, reason: str) -> list[e.Event]:
    """The letter did arrive; the wait for the next step begins, unless the lead has moved on meanwhile."""
    known = case.known
    lead = next((one for one in (known.thread_lead, known.contact_lead, *known.related_leads) if one and one.id == letter.lead_id), None)
    events: list[e.Event] = [e.LetterMoved(letter.id, "confirm", reason)]
    if lead and lead.round == letter.round and not lead.rest_reason:
        events.append(cadence.after_step(lead, letter.step, case.now, case.policy))
    return events


# ── small things ──────────────────────────────────────────────────────────────────────────────────────────────────────


def task(case: Case, lead: Lead, kind: str, title: str, evidence: str) -> e.TaskOpened:
    return e.TaskOpened(case.ids("tasks"), lead.id, kind, lead.owner, case.now, title, evidence[:500])


def task_for_letter(case: Case, lead_id: int | None, kind: str, title: str) -> e.TaskOpened:
    owner = next((lead.owner for lead in case.known.related_leads if lead.id == lead_id), "")
    return e.TaskOpened(case.ids("tasks"), lead_id, kind, owner, case.now, title, case.verdict.evidence[:500])


def value_of(case: Case, fact_name: str, *, words: bool = False) -> str:
    """The value of a fact, or its words where it has none or they are asked for; "" if the mail does not say it."""
    return next(((not words and fact.value) or fact.evidence for fact in case.facts if fact.name == fact_name), "")


def country_of(case: Case) -> str:
    """Where he sits, two letters; "" if nothing says so."""
    return value_of(case, "country")


def is_form(case: Case) -> bool:
    return any(relay.name == case.message.relayed_by and relay.kind == "form" for relay in case.policy.relays)


def masked(case: Case) -> bool:
    """Does a platform hide his address, and do we not know it otherwise? Then he can only be answered in its back office."""
    contact = case.known.contact
    return case.message.masked and (contact is None or is_masked(contact.email))


def is_himself(case: Case, lead: Lead) -> bool:
    """Whether the sender is the buyer of a lead under another address of his: the same name, or the same one before the @."""
    name, his = (frozenset(re.findall(r"\w+", text[:200].casefold())) for text in (case.message.sender.name, lead.contact_name))
    local = case.message.sender.email.partition("@")[0].casefold()
    # Everybody is "info", and hardly two people are "p.klein".
    same_local = local == lead.email.partition("@")[0].casefold() and not local.isalpha()
    return same_local or len(name) > 1 and name == his


def is_filled_in(case: Case) -> bool:
    """Whether it came through a form or a platform, where anybody can give anybody's address."""
    return bool(case.message.relayed_by) and "forwarded_by" not in case.message.relay_fields


def fraud_words(case: Case) -> str:
    return "; ".join(f"{signal.name}: {signal.evidence}" for signal in (case.score.fraud_reasons if case.score else ()))
