"""What the ledger knows that makes a stranger's mail doubtful: whom he resembles, and who asked the same. By index, never by scan."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlite_utils import Database

from mailagent.core.model.address import company_domain, registrable_domain
from mailagent.core.model.known import Doubts, Resembled, SameRequest
from mailagent.core.model.lead import Contact
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy
from mailagent.core.reading import fingerprint
from mailagent.core.reading.lookalike import likeness, shapes, without_added

#: The same request within so many days is one campaign; later it may be the season.
DAYS = 14
#: So many matters are linked at once; of so many of the newest requests with one mark it is asked, however many there are.
MOST, NEWEST = 3, 12
#: Of so many companies with a like domain it is asked whether they are customers.
MOST_ALIKE = 500
OF_ONE_MARK = (
    "SELECT * FROM (SELECT inbound_id FROM request_marks WHERE mark = ? AND day BETWEEN ? AND ? ORDER BY day DESC, inbound_id DESC LIMIT ?)"
)
OF_A_REQUEST = (
    "SELECT i.lead_id, i.sender_email, i.sender_name, i.words, i.received_at, l.country, l.stage,"
    " EXISTS (SELECT 1 FROM lead_links k WHERE k.lead_id = i.lead_id) AS linked"
    " FROM inbound i JOIN leads l ON l.id = i.lead_id WHERE i.id = ?"
)


def doubts_about(db: Database, message: InboundMessage, policy: Policy) -> Doubts:
    """Everything about the sender of a mail whom nobody knows by his address."""
    domain = company_domain(message.sender.email, policy.freemail)
    return Doubts(
        resembled=_resembled(db, domain, policy) if domain and not message.masked else None,
        namesakes=_namesakes(db, message),
        same_requests=() if message.masked or message.thread_ids else _same_requests(db, message, domain),
    )


def linked(db: Database, lead_id: int) -> Doubts:
    """The matters of others that were found to hang together with one."""
    rows = db.execute(
        "SELECT k.other_id, c.email, l.country, k.at FROM lead_links k JOIN leads l ON l.id = k.other_id"
        " JOIN contacts c ON c.id = l.contact_id WHERE k.lead_id = ? ORDER BY k.other_id DESC LIMIT ?",
        [lead_id, MOST],
    ).fetchall()
    return Doubts(linked=tuple(SameRequest(row[0], row[1], row[2], row[3][:10], True) for row in rows)) if rows else Doubts()


def remember_customer(db: Database, lead_id: int) -> None:
    """The company of this lead buys from us now: its domain is worth imitating."""
    row = db.execute("SELECT c.id, c.domain FROM leads l JOIN companies c ON c.id = l.company_id WHERE l.id = ?", [lead_id]).fetchone()
    if row and row[1]:
        remember_shapes(db, row[0], row[1])


def remember_shapes(db: Database, company_id: int, domain: str) -> None:
    """Write down the strings under which a customer's domain is found when somebody imitates it; nobody else's is asked for."""
    rows = [(shape, company_id) for shape in sorted(shapes(domain))]
    db.conn.executemany("INSERT OR IGNORE INTO domain_shapes (shape, company_id) VALUES (?, ?)", rows)


def remember_request(db: Database, inbound_id: int, words: str, at: datetime) -> None:
    """Write down the marks of a first request, for those that resemble it."""
    rows = [(mark, at.toordinal(), inbound_id) for mark in fingerprint.marks(words)]
    db.conn.executemany("INSERT OR IGNORE INTO request_marks (mark, day, inbound_id) VALUES (?, ?, ?)", rows)


def forget_requests(db: Database, before: datetime) -> None:
    """Drop the marks of requests that are too old to be asked for."""
    db.execute("DELETE FROM request_marks WHERE day < ?", [before.toordinal() - DAYS])


def _resembled(db: Database, domain: str, policy: Policy) -> Resembled | None:
    """The customer whose domain the sender's resembles; a look that is the same before one that is near."""
    added = policy.lists.get("added_words", ())
    asked = sorted(shapes(domain) | without_added(domain, added))
    if not asked:
        return None
    found = {row[0] for row in db.execute(f"SELECT company_id FROM domain_shapes WHERE shape IN ({', '.join('?' * len(asked))})", asked)}
    if not found:
        return None
    some = sorted(found)[:MOST_ALIKE]
    rows = db.execute(
        f"SELECT c.domain, c.name FROM companies c WHERE c.id IN ({', '.join('?' * len(some))}) AND (c.is_customer = 1 OR EXISTS"
        " (SELECT 1 FROM leads l WHERE l.company_id = c.id AND l.stage = 'customer')) LIMIT 20",
        some,
    ).fetchall()
    alike = ((likeness(domain, row["domain"], added), row) for row in rows)
    found = sorted((how != "same look", row["domain"], row["name"], how) for how, row in alike if how)
    return Resembled(found[0][1], found[0][2], found[0][3]) if found else None


def _namesakes(db: Database, message: InboundMessage) -> tuple[Contact, ...]:
    """People with the sender's full name and another address, with whom we have a matter."""
    name = message.sender.name
    if " " not in name and name.isascii() or len(name) < 2:
        return ()
    rows = db.execute(
        f"SELECT {', '.join(f'c.{one}' for one in Contact.__dataclass_fields__)} FROM contacts c"
        " WHERE c.name = ? COLLATE NOCASE AND c.name <> '' AND c.email <> ? AND c.status = 'active'"
        " AND EXISTS (SELECT 1 FROM leads l WHERE l.contact_id = c.id AND l.outbound_count > 0) LIMIT ?",
        [name, message.sender.email, MOST],
    )
    return tuple(Contact(**dict(row)) for row in rows)


def _same_requests(db: Database, message: InboundMessage, domain: str | None) -> tuple[SameRequest, ...]:
    """Matters of others that were opened within days with the same text."""
    marks = fingerprint.marks(message.words)
    if not marks:
        return ()
    day = message.received_at.toordinal()
    seen = Counter(
        row[0]
        for row in db.execute(
            " UNION ALL ".join([OF_ONE_MARK] * len(marks)),
            [value for mark in marks for value in (mark, day - DAYS, day + DAYS, NEWEST)],
        )
    )
    alike = sorted((number for number, times in seen.items() if times >= min(fingerprint.MARKS_ALIKE, len(marks))), reverse=True)
    found: dict[int, SameRequest] = {}
    for number in alike[: MOST * 2]:
        row = db.execute(OF_A_REQUEST, [number]).fetchone()
        if row is None:
            continue
        other = row["sender_email"]
        # A colleague who asks as well is no campaign, nor is one person with two addresses; a customer fishes no prices.
        same_house = domain is not None and registrable_domain(other.rpartition("@")[2]) == domain
        same_name = bool(message.sender.name) and row["sender_name"].casefold() == message.sender.name.casefold()
        if other == message.sender.email or same_house or same_name or row["stage"] == "customer":
            continue
        if fingerprint.likeness(message.words, row["words"]) >= fingerprint.ALIKE:
            found.setdefault(
                row["lead_id"], SameRequest(row["lead_id"], other, row["country"], row["received_at"][:10], bool(row["linked"]))
            )
    return tuple(found.values())[:MOST]
