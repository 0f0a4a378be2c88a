"""What the ledger knows about a mail that has just been read. Every question goes by an index, never by a scan."""

from __future__ import annotations

from collections.abc import Callable

from sqlite_utils import Database

from mailagent.core.model.address import company_domain, match_key
from mailagent.core.model.known import Known, LetterRef
from mailagent.core.model.lead import Company, Contact, Lead
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy
from mailagent.ledger import leads

LETTER = "SELECT id, lead_id, contact_id, recipient, message_id, subject, state, basis, round, step FROM outbox"
#: The index holds only letters that a provider has renamed; its condition must be said, or SQLite reads the whole table.
BY_PROVIDER = "provider_message_id = ? AND provider_message_id <> ''"


def known_about(
    db: Database, message: InboundMessage, policy: Policy, suppressed: Callable[[str], str], *, stop_for: int | None = None
) -> Known:
    """Ask once for everything that classifying and deciding may want to know (STANDARDS §1.3, §1.4).

    For a mail of our own (in Sent) the other side is the first recipient that is not ours.

    Args:
        suppressed: address → why it must not be written to, or "".
        stop_for: the contact of a valid unsubscribe token in the mail; his matters are concerned, whoever sent it.
    """
    bounced = _bounced(db, message)
    # A delivery report concerns the one whom the letter did not reach.
    other = bounced.recipient if bounced else _other_side(message, policy)
    own = _letter(db, "message_id = ?", message.message_id) or _letter(db, BY_PROVIDER, message.message_id)
    answered, method = _answered(db, message)
    lead, lead_method = _thread_lead(db, message)
    contact = find_contact(db, other) if other else None
    company = find_company(db, other, contact, policy) if other else None
    contact_lead = leads.newest_of_contact(db, contact.id) if contact else None
    company_lead = leads.newest_of_company(db, company.id) if company and company.domain and not contact_lead else None
    if lead:
        strength, how = "strong", method or lead_method
    elif contact_lead:
        strength, how = "medium", "address"
    elif company_lead:
        strength, how = "weak", "company"
    else:
        strength, how = "", ""
    copy, collision = _earlier(db, message)
    thread = lead or contact_lead
    asks_to_stop = leads.contact(db, stop_for) if stop_for is not None else None
    related = _related(db, thread, contact, company, asks_to_stop)
    return Known(
        own_letter=own,
        answered_letter=answered,
        bounced_letter=bounced,
        thread_lead=lead,
        contact_lead=contact_lead,
        company_lead=company_lead,
        contact=contact,
        company=company,
        match_method=how,
        match_strength=strength,
        earlier_copy=copy,
        id_collision=collision,
        is_participant=_is_participant(db, thread, other, answered),
        thread_mails=(thread.inbound_count + thread.outbound_count) if thread else 0,
        suppressed=suppressed(other) if other else "",
        related_leads=related,
        cancellable=tuple(ref for related_lead in related for ref in _cancellable(db, related_lead.id)),
        owners_load=leads.load_of_owners(db),
        asks_to_stop=asks_to_stop,
    )


def _other_side(message: InboundMessage, policy: Policy) -> str:
    own_domains = policy.company.registrable_domains
    is_ours = message.sender.email.casefold() in policy.own_addresses or company_domain(message.sender.email, frozenset()) in own_domains
    if message.folder_role != "sent" and not is_ours:
        return message.sender.email
    for address in (*message.to, *message.cc):
        if address.email.casefold() not in policy.own_addresses and company_domain(address.email, frozenset()) not in own_domains:
            return address.email
    return ""


def _letter(db: Database, where: str, value: str) -> LetterRef | None:
    if not value:
        return None
    row = db.execute(f"{LETTER} WHERE {where}", [value]).fetchone()
    return LetterRef(**dict(row)) if row else None


def _answered(db: Database, message: InboundMessage) -> tuple[LetterRef | None, str]:
    for position, message_id in enumerate(message.thread_ids):
        found = _letter(db, "message_id = ?", message_id) or _letter(db, BY_PROVIDER, message_id)
        if found:
            return found, "in_reply_to" if position < len(message.in_reply_to) else "references"
    return None, ""


def _thread_lead(db: Database, message: InboundMessage) -> tuple[Lead | None, str]:
    for position, message_id in enumerate(message.thread_ids):
        row = db.execute("SELECT lead_id FROM thread_ids WHERE message_id = ? ORDER BY lead_id DESC", [message_id]).fetchone()
        if row:
            return leads.get(db, row[0]), "in_reply_to" if position < len(message.in_reply_to) else "references"
    return None, ""


def _bounced(db: Database, message: InboundMessage) -> LetterRef | None:
    if not message.report:
        return None
    return (
        _letter(db, "message_id = ?", message.report.original_message_id)
        or _letter(db, BY_PROVIDER, message.report.original_message_id)
        or _letter(db, "ulid = ?", message.report.envelope_id)
    )


def _related(
    db: Database, thread: Lead | None, contact: Contact | None, company: Company | None, asks_to_stop: Contact | None
) -> tuple[Lead, ...]:
    """Leads that a mail of this person concerns: his own, his company's, and that of the thread."""
    found = {thread.id: thread} if thread else {}
    for one in filter(None, (contact, asks_to_stop)):
        found |= {lead.id: lead for lead in leads.of_contact(db, one.id)}
    if company and company.domain:
        found |= {lead.id: lead for lead in leads.of_company(db, company.id)}
    return tuple(lead for lead in found.values() if lead.stage != "closed")


def _cancellable(db: Database, lead_id: int) -> list[LetterRef]:
    rows = db.execute(f"{LETTER} WHERE lead_id = ? AND basis <> 'notice' AND state IN ('drafted', 'approved') ORDER BY id", [lead_id])
    return [LetterRef(**dict(row)) for row in rows]


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
        " WHERE message_id = ? AND state = 'handled'",
        [message.message_id],
    ).fetchall()
    same = [row for row in rows if row["body_hash"] == message.body_hash and row["sender_email"] == message.sender.email]
    copy = next((row["id"] for row in same if row["counts"] or not in_sent), None)
    return copy, len(same) < len(rows)


def _is_participant(db: Database, lead: Lead | None, other: str, answered: LetterRef | None) -> bool:
    key = match_key(other)
    if answered and match_key(answered.recipient) == key:
        return True
    return bool(lead) and match_key(lead.email) == key


def find_contact(db: Database, email: str) -> Contact | None:
    """The person behind an address, if he is known."""
    row = db.execute(
        "SELECT id, company_id, email, name, language, country, status FROM contacts WHERE match_key = ?", [match_key(email)]
    ).fetchone()
    return Contact(**dict(row)) if row else None


COMPANY = "SELECT id, name, domain, country, is_customer, owner FROM companies WHERE "


def find_company(db: Database, email: str, contact: Contact | None, policy: Policy) -> Company | None:
    """The company of a known person, or the one that owns the address's domain."""
    if contact:
        return _company(db.execute(COMPANY + "id = ?", [contact.company_id]).fetchone())
    domain = company_domain(email, policy.freemail)
    return company_of_domain(db, domain) if domain else None


def company_of_domain(db: Database, domain: str) -> Company | None:
    """The company with this registrable domain."""
    return _company(db.execute(COMPANY + "domain = ?", [domain]).fetchone())


def _company(row) -> Company | None:
    return Company(**dict(row) | {"is_customer": bool(row["is_customer"])}) if row else None
