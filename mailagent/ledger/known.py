"""What the ledger knows about a mail that has just been read. Every question goes by an index, never by a scan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from sqlite_utils import Database

from mailagent.core.model.address import company_domain, match_key
from mailagent.core.model.known import Doubts, Known, LetterRef
from mailagent.core.model.lead import Company, Contact, Lead
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy
from mailagent.core.model.subject import base_subject
from mailagent.core.reading import identity, senders
from mailagent.ledger import leads, setbacks, tasks
from mailagent.ledger.db import to_text
from mailagent.ledger.doubts import doubts_about, linked
from mailagent.ledger.people import away
from mailagent.ledger.suppressions import reason_in_matter

#: The columns stand in the order of ``LetterRef``'s fields; what stands behind them is not part of it.
LETTER = f"SELECT {', '.join(LetterRef.__dataclass_fields__)}, provider_message_id FROM outbox"
#: The index holds only letters that a provider has renamed; its condition must be said, or SQLite reads the whole table.
BY_PROVIDER = "provider_message_id <> '' AND provider_message_id"
#: The header by which a letter of ours says which one it is.
MARK = "x-mailagent-letter"
FEW_NAMES = 4
#: So few letters may well stand in another mail by chance.
FEW_LETTERS = 40
#: So many readers of a letter of ours are looked up.
MOST_READERS = 10


def known_about(
    db: Database, message: InboundMessage, policy: Policy, suppressed: Callable[[str], str], *, stop_for: int | None = None
) -> Known:
    """Ask once for everything that classifying and deciding may want to know (STANDARDS §1.3, §1.4).

    For a mail of our own (in Sent) the other side is the first recipient that is not ours.

    Args:
        suppressed: address → why it must not be written to, or "".
        stop_for: the contact of a valid unsubscribe token in the mail; his matters are concerned, whoever sent it.
    """
    letters = _letters_named(db, message)
    bounced = _bounced(db, message, letters)
    # A delivery report concerns the one whom the letter did not reach.
    other = bounced.recipient if bounced else _other_side(db, message, policy)
    named = letters.get(message.message_id)
    own = _own_letter(db, message, named, policy)
    answered, method = _answered(message, letters)
    thread_id, lead_method = _thread(db, message)
    contact = find_contact(db, other) if other else None
    if contact is None and other and other == message.sender.email:
        contact = _behind_a_platform(db, message)
    company = find_company(db, other, contact, policy) if other else None
    asks_to_stop = leads.contact(db, stop_for) if stop_for is not None else None
    people = [one.id for one in (contact, asks_to_stop) if one]
    house = company.id if company and company.domain else None
    strange = thread_id is None and house is None and not people
    around = [] if strange else leads.around(db, lead_id=thread_id, contact_ids=people, company_id=house)
    lead = next((one for one in around if one.id == thread_id), None)
    contact_lead = next((one for one in reversed(around) if contact and one.contact_id == contact.id), None)
    company_lead = None
    if company and company.domain and not contact_lead:
        company_lead = next((one for one in reversed(around) if one.company_id == company.id), None)
    if lead:
        strength, how = "strong", method or lead_method
    elif contact_lead:
        strength, how = "medium", "address"
    elif company_lead:
        strength, how = "weak", "company"
    else:
        strength, how = "", ""
    copy, collision = _earlier(db, message)
    if copy is None:
        copy = _under_another_id(db, message, [one.id for one in (lead, contact_lead) if one])
    thread = lead or contact_lead
    related = tuple(sorted((one for one in around if one.stage != "closed"), key=lambda one: (one is not thread, one.id)))
    return Known(
        own_letter=own,
        answered_letter=answered,
        bounced_letter=bounced,
        opened_letter=letters.get(message.receipt.original_message_id) if message.receipt else None,
        thread_lead=lead,
        contact_lead=contact_lead,
        company_lead=company_lead,
        contact=contact,
        company=company,
        match_method=how,
        match_strength=strength,
        earlier_copy=copy,
        id_collision=collision or (named is not None and own is None),
        is_participant=_is_participant(db, thread, other, answered),
        thread_mails=(thread.inbound_count + thread.outbound_count) if thread else 0,
        suppressed=(suppressed(other) or reason_in_matter(db, thread.id if thread else None)) if other else "",
        related_leads=related,
        cancellable=_cancellable(db, related),
        **({} if any(one.stage != "closed" for one in (lead, contact_lead) if one) else _takers(db, message, policy)),
        asks_to_stop=asks_to_stop,
        doubts=_doubts(db, message, policy, contact, thread) if other and other == message.sender.email else Doubts(),
        open_tasks=_open_tasks(db, related) if message.masked else frozenset(),
        was_asked_about=contact is None and _is_copy_of_ours(message, other) and tasks.was_asked_about(db, other),
        setbacks=setbacks.of_contact(db, bounced.contact_id, message.received_at, policy.bounces) if bounced else (),
    )


def _takers(db: Database, message: InboundMessage, policy: Policy) -> dict:
    """What is asked only for a new lead, which is given to somebody: how much everybody has, and who is away."""
    return {"owners_load": leads.load_of_owners(db), "absent": frozenset(away(db, policy, message.received_at))}


def _other_side(db: Database, message: InboundMessage, policy: Policy) -> str:
    """The address that is not ours: of who wrote to us, or of whom one of us wrote to, somebody whom we know first."""
    own_domains = policy.company.registrable_domains
    is_ours = message.sender.email.casefold() in policy.own_addresses or company_domain(message.sender.email, frozenset()) in own_domains
    if message.folder_role != "sent" and not is_ours:
        return message.sender.email
    others = [
        address.email
        for address in (*message.to, *message.cc)
        if address.email.casefold() not in policy.own_addresses and company_domain(address.email, frozenset()) not in own_domains
    ]
    if len(others) < 2:
        return others[0] if others else ""
    return next((email for email in others[:MOST_READERS] if find_contact(db, email)), others[0])


def _is_copy_of_ours(message: InboundMessage, other: str) -> bool:
    """Is it a letter of one of us to somebody outside, of which we got a copy?"""
    return message.folder_role != "sent" and other not in ("", message.sender.email)


def _letters_named(db: Database, message: InboundMessage) -> dict[str, LetterRef]:
    """The letters of ours that a mail names by any of their Message-IDs: as itself, as what it answers, as what came back."""
    named = [message.message_id, *message.thread_ids]
    if message.report and message.report.original_message_id:
        named.append(message.report.original_message_id)
    if message.receipt and message.receipt.original_message_id:
        named.append(message.receipt.original_message_id)
    rows = db.execute(_question_of_letters(len(named)), named * 2).fetchall()
    if not rows:
        return {}
    found = {row["provider_message_id"]: row for row in rows} | {row["message_id"]: row for row in rows}
    return {name: _ref(found[name]) for name in named if name in found}


@cache
def _question_of_letters(number: int) -> str:
    """Few names are asked for one by one: a list would be made into a table first, for every mail anew."""
    if number > FEW_NAMES:
        marks = ", ".join("?" * number)
        return f"{LETTER} WHERE message_id IN ({marks}) UNION ALL {LETTER} WHERE {BY_PROVIDER} IN ({marks})"
    return " UNION ALL ".join([f"{LETTER} WHERE message_id = ?"] * number + [f"{LETTER} WHERE {BY_PROVIDER} = ?"] * number)


def _ref(row) -> LetterRef:
    return LetterRef(*tuple(row)[:-1])


def _own_letter(db: Database, message: InboundMessage, named: LetterRef | None, policy: Policy) -> LetterRef | None:
    """The letter of ours that a mail is: by its Message-ID, or by our mark where a provider gave it another one on the way.

    Some programs put the Message-ID of what they answer on their own mail; so an id alone makes nobody's words ours.
    """
    mark = message.header(MARK).strip()
    is_from_us = message.folder_role == "sent" or senders.is_ours(message.sender.email, policy)
    if named is not None:
        return named if is_from_us or mark else None
    if not (is_from_us and mark):
        return None
    row = db.execute(f"{LETTER} WHERE ulid = ?", [mark]).fetchone()
    # What was forwarded or sent once more from a copy goes to somebody else.
    whom = {match_key(address.email) for address in (*message.to, *message.cc)}
    return _ref(row) if row and match_key(row["recipient"]) in whom else None


def _answered(message: InboundMessage, letters: Mapping[str, LetterRef]) -> tuple[LetterRef | None, str]:
    for position, message_id in enumerate(message.thread_ids):
        if message_id in letters:
            return letters[message_id], "in_reply_to" if position < len(message.in_reply_to) else "references"
    return None, ""


def _thread(db: Database, message: InboundMessage) -> tuple[int | None, str]:
    """The lead in whose thread the mail stands, by the nearest mail that it answers."""
    ids = message.thread_ids
    if not ids:
        return None, ""
    marks = ", ".join("?" * len(ids))
    rows = db.execute(f"SELECT message_id, MAX(lead_id) FROM thread_ids WHERE message_id IN ({marks}) GROUP BY message_id", ids)
    found = {row[0]: row[1] for row in rows}
    for position, message_id in enumerate(ids):
        if message_id in found:
            return found[message_id], "in_reply_to" if position < len(message.in_reply_to) else "references"
    return None, ""


def _bounced(db: Database, message: InboundMessage, letters: Mapping[str, LetterRef]) -> LetterRef | None:
    if not message.report:
        return None
    if found := letters.get(message.report.original_message_id):
        return found
    if not message.report.envelope_id:
        return None
    row = db.execute(f"{LETTER} WHERE ulid = ?", [message.report.envelope_id]).fetchone()
    return _ref(row) if row else None


def _cancellable(db: Database, related: Sequence[Lead]) -> tuple[LetterRef, ...]:
    """The letters that a stop can still cancel, in the order of their leads."""
    if not related:
        return ()
    rows = db.execute(
        f"{LETTER} WHERE lead_id IN ({', '.join('?' * len(related))}) AND basis <> 'notice' AND state IN ('drafted', 'approved')",
        [lead.id for lead in related],
    )
    order = {lead.id: place for place, lead in enumerate(related)}
    return tuple(sorted((_ref(row) for row in rows), key=lambda ref: (order[ref.lead_id], ref.id)))


def _earlier(db: Database, message: InboundMessage) -> tuple[int | None, bool]:
    """An earlier copy of the same mail, or another mail under the same Message-ID.

    A mail of ours may come back into the inbox before it is read in Sent. The one in Sent says that a colleague wrote, so
    the other does not count as its copy, unless it has said so already.
    """
    if message.message_id_is_synthetic:
        return None, False
    in_sent = message.folder_role == "sent"
    rows = db.execute(
        "SELECT id, body_hash, sender_email, role = 'sent' OR outcome = 'colleague_answered' AS counts FROM inbound"
        " WHERE message_id = ? AND message_id <> '' AND state = 'handled' AND role <> 'draft'",
        [message.message_id],
    ).fetchall()
    same = [row for row in rows if row["body_hash"] == message.body_hash and row["sender_email"] == message.sender.email]
    copy = next((row["id"] for row in same if row["counts"] or not in_sent), None)
    return copy, len(same) < len(rows)


def _under_another_id(db: Database, message: InboundMessage, lead_ids: Sequence[int]) -> int | None:
    """An earlier copy of a mail that a list or a gateway gave another Message-ID, or that never had one, and came two ways.

    Nobody writes two mails in the same second; but a program may send them, and machines do. So the subject and the words must be the
    same as well, but for what lists put around them, and the earlier one must be a person's.
    """
    if message.sent_at is None or message.report or not lead_ids:
        return None
    rows = db.execute(
        f"SELECT id, subject, words FROM inbound WHERE lead_id IN ({', '.join('?' * len(lead_ids))}) AND sender_email = ? AND sent_at = ?"
        " AND state = 'handled' AND kind IN ('inquiry', 'reply', 'unsubscribe')",
        [*lead_ids, message.sender.email, to_text(message.sent_at)],
    ).fetchall()
    subject, words = base_subject(message.subject), " ".join(message.words.split())
    for row in rows:
        other, said = base_subject(row["subject"]), " ".join(row["words"].split())
        is_same = words == said or min(len(words), len(said)) >= FEW_LETTERS and (words in said or said in words)
        if is_same and (subject.endswith(other) or other.endswith(subject)):
            return row["id"]
    return None


def _is_participant(db: Database, lead: Lead | None, other: str, answered: LetterRef | None) -> bool:
    key = match_key(other)
    if answered and match_key(answered.recipient) == key:
        return True
    return bool(lead) and match_key(lead.email) == key


def find_contact(db: Database, email: str) -> Contact | None:
    """The person behind an address, if he is known."""
    row = db.execute(
        f"SELECT {leads.CONTACT} FROM contacts WHERE match_key = ?", [match_key(email)]
    ).fetchone()
    return Contact(**dict(row)) if row else None


def _doubts(db: Database, message: InboundMessage, policy: Policy, contact: Contact | None, lead: Lead | None) -> Doubts:
    if contact is None:
        return doubts_about(db, message, policy)
    return linked(db, lead.id) if lead else Doubts()


def _behind_a_platform(db: Database, message: InboundMessage) -> Contact | None:
    """The one person with the sender's name who came through a platform and now writes himself, or the other way round."""
    name = message.sender.name
    if not name:
        return None
    rows = db.execute(
        f"SELECT {', '.join(f'c.{name}' for name in Contact.__dataclass_fields__)}, k.name AS company FROM contacts c"
        " JOIN companies k ON k.id = c.company_id WHERE c.name = ? COLLATE NOCASE AND c.name <> '' LIMIT 20",
        [name],
    ).fetchall()
    found = [dict(row) for row in rows if identity.is_same_buyer(message, row["email"], row["company"])]
    if len(found) != 1:
        return None
    del found[0]["company"]
    return Contact(**found[0])


def _open_tasks(db: Database, related: Sequence[Lead]) -> frozenset[str]:
    marks = ",".join("?" * len(related))
    rows = db.execute(f"SELECT DISTINCT kind FROM tasks WHERE done_at IS NULL AND lead_id IN ({marks})", [lead.id for lead in related])
    return frozenset(row["kind"] for row in rows)


COMPANY = "SELECT id, name, domain, country, is_customer, owner FROM companies WHERE "


def find_company(db: Database, email: str, contact: Contact | None, policy: Policy) -> Company | None:
    """The company of a known person, or the one that owns the address's domain."""
    if contact:
        return _company(db.execute(COMPANY + "id = ?", [contact.company_id]).fetchone())
    domain = company_domain(email, policy.freemail)
    return company_of_domain(db, domain) if domain else None


def company_of_domain(db: Database, domain: str) -> Company | None:
    """The company with this registrable domain."""
    # The index holds only companies with a domain; its condition must be said, or SQLite reads the whole table.
    return _company(db.execute(COMPANY + "domain = ? AND domain <> ''", [domain]).fetchone())


def _company(row) -> Company | None:
    return Company(**dict(row) | {"is_customer": bool(row["is_customer"])}) if row else None
