"""Writing a letter: which language, under which subject, in which thread, and what to look at before approving it.

The words themselves stand in ``templates/``; here is what no template may decide. A draft goes nowhere by itself:
it waits for a person, whose approval binds to its content hash (DESIGN, "Approval").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from mailagent.core.model.address import SENDABLE, match_key, registrable_domain
from mailagent.core.model.known import LetterRef
from mailagent.core.model.law import LawRow
from mailagent.core.model.lead import Company, Contact, Fact, Lead
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.outbox import Letter, content_hash
from mailagent.core.model.policy import Person, Policy, Product, Step
from mailagent.core.model.pretext import Pretext, Quoted
from mailagent.core.model.subject import base_subject, reply_subject
from mailagent.core.writing import footer
from mailagent.core.writing.grounds import new_things
from mailagent.core.writing.plain import dictionary_of_day, one_line
from mailagent.core.writing.templates import TemplateSet
from mailagent.core.writing.variables import PORT, TERM, letter_variables, named_products, said, topics
from mailagent.errors import TemplateError

_BRACKETED = re.compile(r"<([^<>\s]{1,900})>")
_MAX_REFERENCES = 20
_MAX_COPIES = 10


@dataclass(frozen=True)
class LastMail:
    """The buyer's last mail, as far as an answer needs it.

    Attributes:
        subject: as he wrote it; "" when a platform or form wrote it for him.
        message_id: exactly as in his mail, without brackets; "" when there is none he would know.
        references: the thread above his mail, oldest first.
        words: what he wrote himself, without quotations.
        received_at: aware.
        facts: what the mail says, in the reader's words of ``config/signals.toml``.
        cc: addresses that he copied.
        sender: who wrote it; in a running thread it may be a colleague of the one whom the letter goes to.
    """

    subject: str
    message_id: str
    references: tuple[str, ...]
    words: str
    received_at: datetime
    facts: tuple[Fact, ...] = ()
    cc: tuple[str, ...] = ()
    sender: str = ""

    @classmethod
    def of(cls, message: InboundMessage, facts: Iterable[Fact]) -> LastMail:
        """The summary of a mail that was read.

        A buyer whose words came through a platform or a form never saw that notice: its subject and its id mean
        nothing to him. The ids are taken from the raw headers, because mail programs compare them letter by letter
        and reading has lower-cased their domains.
        """
        if message.relayed_by:
            return cls("", "", (), message.words, message.received_at, tuple(facts))
        own = _BRACKETED.findall(message.header("message-id"))[:1]
        above = _BRACKETED.findall(message.header("references")) or list(message.references)
        if not above:
            parents = _BRACKETED.findall(message.header("in-reply-to"))
            # RFC 5322 §3.6.4: In-Reply-To stands in for missing References only when it names one mail.
            above = parents if len(parents) == 1 else []
        known = "" if message.message_id_is_synthetic else message.message_id
        copies = tuple(dict.fromkeys(address.email for address in (*message.to, *message.cc) if address.email))
        shown, sender = own[0] if own else known, message.sender.email
        return cls(message.subject, shown, tuple(above), message.words, message.received_at, tuple(facts), copies, sender)


def write(
    lead: Lead,
    contact: Contact | None,
    company: Company | None,
    step: Step,
    last: LastMail | None,
    author: Person,
    policy: Policy,
    templates: TemplateSet,
    *,
    letter_id: int,
    ulid: str,
    message_id: str,
    now: datetime,
    planned_at: datetime,
    account: str = "",
    earlier: Sequence[LetterRef] = (),
    earlier_facts: Sequence[Fact] = (),
    reason: str = "",
    law: LawRow | None = None,
    beside: Mapping[str, object] | None = None,
    pretext: Pretext | None = None,
    turn: int = 0,
    says_stop: bool = False,
) -> Letter:
    """The letter of this step, as a draft that waits for a person.

    Args:
        last: the buyer's last mail; None for a buyer who never wrote (a trade-show list).
        author: whose name and signature it carries.
        ulid, message_id: the letter's identity for life (``tokens.new_ulid``, ``tokens.message_id``).
        now, planned_at: aware; when it is written, and not before when it may leave.
        account: name of the mailbox it leaves from; "" is the first one.
        earlier: our letters that already went to this lead, oldest first.
        earlier_facts: what the buyer's mails before the last one said, newest first.
        reason: why now, one sentence; "" takes the lead's own.
        law: what counts at his place; None takes the row of the lead's country.
        beside: more values for a letter beside the cadence.
        pretext: the ground that is true now; its template takes the place of the step's.
        turn: which of several wordings; the same number gives the same words.
        says_stop: the third letter without an answer, or the last that the law allows, says plainly how to stop.

    Raises:
        TemplateError: a template lacks a variable or leaves a gap, or our legal name or address is missing, or what the law wants beside.
    """
    law = law or policy.law.get(lead.country.upper()) or policy.law.get("unknown")
    recipient = contact.email if contact else lead.email
    if not SENDABLE.fullmatch(recipient):
        raise TemplateError(f'lead {lead.id}: "{one_line(recipient, 80)}" is no address that a letter can be sent to')
    template = pretext.template if pretext else step.template
    language = language_of(lead, template, templates)
    zone = ZoneInfo(policy.company.time_zone)
    facts = (*(last.facts if last else ()), *earlier_facts)
    wrote_on = last.received_at.astimezone(zone).date() if last else None
    buyers_subject = base_subject(one_line((last.subject if last else "") or lead.subject))
    variables = letter_variables(
        lead,
        contact,
        company,
        facts,
        author,
        policy,
        language,
        subject=buyers_subject,
        wrote_on=wrote_on,
        today=planned_at.astimezone(zone).date(),
        is_first=not earlier,
        turn=turn,
        says_stop=says_stop,
        new=new_things(pretext, policy, language, planned_at.astimezone(zone).date(), may_quote=lead.fraud == "none"),
    )
    # What the last mail asks is answered; what older mails asked has been answered before.
    variables["asks"] = topics(last.facts) if last else []
    variables |= beside or {}
    rendered = templates.render(language, template, variables)
    wanted = law.footer if law else ()
    foot = footer.build(policy.company, templates, language, wrote_on=wrote_on, subject=buyers_subject, wanted=wanted)
    subject = _subject(step, law, last, earlier, rendered.subject)
    in_reply_to, references = thread(last, earlier)
    copies = _copies(step, last, recipient, policy)
    return Letter(
        id=letter_id,
        ulid=ulid,
        lead_id=lead.id,
        contact_id=lead.contact_id,
        account=account or (policy.mailboxes[0].name if policy.mailboxes else ""),
        recipient=recipient,
        recipient_name=one_line((contact.name if contact else "") or lead.contact_name, 80),
        cc=copies,
        basis=step.basis,
        round=lead.round,
        step=step.id,
        template=f"{language}/{template}",
        language=language,
        subject=subject,
        body=rendered.body,
        footer=foot,
        warnings=_warnings(lead, last, facts, variables, language, copies, step, policy),
        why=reason or lead.due_reason or step.say,
        message_id=message_id,
        in_reply_to=in_reply_to,
        references=references,
        state="drafted",
        content_hash=content_hash(recipient, copies, subject, rendered.body, foot),
        needs_manager=lead.tier in policy.approval.manager_tiers
        or bool({"complaint", "agency"}.intersection(variables["asks"]))
        or bool(pretext and pretext.needs_manager),
        author=author.name,
        approved_by="",
        approved_at=None,
        planned_at=planned_at,
        next_attempt_at=None,
        attempts=0,
        attempt_id=None,
        lease_until=None,
        raw=None,
        sent_at=None,
        filed="",
        provider_message_id="",
        state_reason="",
        dedupe_key="",
        created_at=now,
        pretext=pretext.mark if pretext else "",
        because=pretext.because if pretext else "",
        quoted=_quoted(rendered.body, variables, pretext, policy, templates, language, planned_at.astimezone(zone).date()),
    )


def thread(last: LastMail | None, earlier: Sequence[LetterRef]) -> tuple[str, tuple[str, ...]]:
    """In-Reply-To and References, by which the buyer's mail program files the letter under his own (STANDARDS §1.1).

    The parent is the buyer's last mail; for one who never wrote (or wrote through a form), our own last letter.
    """
    above: tuple[str, ...] = ()
    parent = ""
    if last and _is_usable_id(last.message_id):
        above, parent = last.references, last.message_id
    elif earlier:
        above, parent = tuple(letter.message_id for letter in earlier[:-1]), earlier[-1].message_id
    if not parent:
        return "", ()
    ids = list(dict.fromkeys(one for one in (*above, parent) if _is_usable_id(one)))
    # The parent stands last, whatever the order in which a strange client listed it.
    ids = [one for one in ids if one != parent] + [parent]
    if len(ids) > _MAX_REFERENCES:
        ids = ids[:1] + ids[-(_MAX_REFERENCES - 1) :]
    return parent, tuple(ids)


def _is_usable_id(one: str) -> bool:
    return bool(one) and one.isascii() and one.isprintable() and len(one) <= 900 and not re.search(r"[<>\s]", one)


def language_of(lead: Lead, template: str, templates: TemplateSet) -> str:
    """The buyer's language if this very letter exists in it, else English."""
    code = re.split(r"[-_]", lead.language.lower())[0]
    return code if templates.has(code, template) and templates.has(code, "footer") else "en"


def _quoted(
    body: str, variables: Mapping, pretext: Pretext | None, policy: Policy, templates: TemplateSet, language: str, today: date
) -> tuple[list, ...]:
    """What the letter names of our goods, line by line, and until when: a later letter must know what the buyer was told."""
    until = today + timedelta(days=policy.catalogue.validity_days)
    # A price is a quotation only where the letter says how long it holds.
    holds = templates.has(language, "date") and templates.render_part(language, "date", {"date": dictionary_of_day(until)}) in body
    lines: dict[str, Quoted] = {}
    goods = (*variables["products"], *variables["also"], *filter(None, (variables["alternative"],)), *variables["new"].get("goods", ()))
    for one in goods:
        price = one["price"] if one["price"] and one["price"] in body else ""
        if price or one in variables["products"] and one["code"] in body:
            lines[one["code"]] = Quoted(one["code"], price, one["moq"], one["lead_time_days"], today, until if price and holds else None)
    if pretext and not pretext.values.get("ended"):
        # Saying once more what was quoted does not quote it anew: its last day stays.
        told = (line for line in pretext.values.get("goods", ()) if isinstance(line, Quoted) and line.valid_until and line.code in lines)
        lines |= {line.code: replace(lines[line.code], valid_until=line.valid_until, on=line.on) for line in told}
    return tuple(line.as_list() for line in lines.values())


def _subject(step: Step, law: LawRow | None, last: LastMail | None, earlier: Sequence[LetterRef], own: str) -> str:
    """The buyer's own subject under one "Re: "; else that of our first letter; else the template's."""
    kept = one_line(reply_subject(last.subject)) if last else ""
    if not kept and earlier:
        kept = one_line(reply_subject(earlier[0].subject))
    # Some laws want advertising marked in the subject; an answer to a question is none (STANDARDS §4.6).
    prefix = law.subject_prefix if law and step.basis == "follow_up" else ""
    return one_line(f"{prefix} {kept or own}")


def _copies(step: Step, last: LastMail | None, recipient: str, policy: Policy) -> tuple[str, ...]:
    """Whom the buyer himself had copied; an answer keeps them, a follow-up goes to him alone (DOMAIN §5).

    An acknowledgement too: it may leave unread, and whoever is named in Cc has asked us nothing (RFC 3834 §4).
    """
    if last is None or step.basis in ("follow_up", "acknowledgement"):
        return ()
    ours = policy.company.registrable_domains
    taken = {match_key(recipient), *(match_key(address) for address in policy.own_addresses)}
    chosen: list[str] = []
    # A colleague of his who asks in his thread must get the answer; a stranger with his Message-ID must not.
    domain = registrable_domain(recipient.rpartition("@")[2])
    is_colleague = domain not in policy.freemail and registrable_domain(last.sender.rpartition("@")[2]) == domain
    for address in (last.sender, *last.cc) if is_colleague else last.cc:
        if SENDABLE.fullmatch(address) and match_key(address) not in taken and registrable_domain(address.rpartition("@")[2]) not in ours:
            taken.add(match_key(address))
            chosen.append(address)
    return tuple(chosen[:_MAX_COPIES])


def _warnings(
    lead: Lead,
    last: LastMail | None,
    facts: Sequence[Fact],
    variables: dict,
    language: str,
    copies: tuple[str, ...],
    step: Step,
    policy: Policy,
) -> tuple[str, ...]:
    """What the salesperson should look at before he approves, one plain sentence each."""
    asks, (ours, foreign) = variables["asks"], named_products(facts, policy.catalogue)
    found: list[str] = []
    if lead.fraud != "none":
        found.append("possible fraud: no price is named; verify the buyer first")
    elif "price" in asks and step.basis != "follow_up":
        found += [f"no list price for {product.code}" for product in ours if product.price is None]
        if not ours:
            found.append("he asks for prices but names no product of the catalogue")
    if step.basis != "follow_up":
        found += _warnings_of_an_answer(facts, ours, foreign, asks)
    if lead.language and language != re.split(r"[-_]", lead.language.lower())[0]:
        found.append(f"no template in his language ({one_line(lead.language, 10)}): written in English")
    home = registrable_domain(lead.email.rpartition("@")[2])
    found += [f"a copy goes to another company: {address}" for address in copies if registrable_domain(address.rpartition("@")[2]) != home]
    if last and not last.message_id:
        found.append("his words came through a form or platform: this letter begins a new thread")
    return tuple(dict.fromkeys(one_line(note) for note in found))


def _warnings_of_an_answer(facts: Sequence[Fact], ours: Sequence[Product], foreign: Sequence[str], asks: list[str]) -> list[str]:
    """What the draft of an answer leaves to the salesperson: what is not in the catalogue, and what is not its to decide."""
    found = [f"not in the catalogue: {word}" for word in foreign]
    term, port = said(facts, TERM, 20), said(facts, PORT, 40)
    if term and any(product.price is not None and product.term.casefold() not in term.casefold() for product in ours):
        wanted, listed = " ".join(filter(None, (term, port))), ours[0].term
        # Incoterms 2020: of the groups C and D the seller pays the freight, of E and F he does not.
        if term[:1] in ("C", "D"):
            found.append(f"he asks for {wanted}; the list prices are {listed}: add the freight")
        else:
            found.append(f"he asks for {wanted}; the list prices are {listed}: work the price out")
    notes = {
        "complaint": "a complaint: read it yourself and call him; the draft promises nothing",
        "agency": "he speaks of agency or OEM: the manager decides",
        "order": "he places an order: check quantity, price and payment, then send the proforma invoice",
        "technical": "technical questions: the draft does not answer them; add the data",
        "payment": "he asks about payment: credit terms are the manager's",
        "sample": "he asks for samples: decide who pays goods and freight",
        "visit": "he wants to visit: offer dates yourself",
        "call": "he wants to talk: call him, or name a time",
        "price_objection": "price objection: the draft gives no discount",
    }
    return found + [note for topic, note in notes.items() if topic in asks]
