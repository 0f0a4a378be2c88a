"""Questions about leads: what is due, who is behind one, why it stands where it stands."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from mailagent.core.deciding.shows import Floor
from mailagent.core.model.lead import Company, Contact, Fact, Lead, Signal
from mailagent.core.scoring.lifetime import ORDERS, PAYMENTS, Business
from mailagent.core.writing.draft import LastMail
from mailagent.ledger.db import from_text, to_text

MOST_OF_A_COMPANY = 100
#: Whose show was over so long before its freshness ended has what he earned; he is not looked at every day.
LONGEST_PAST = timedelta(days=60)
#: So few leads are asked for one by one.
FEW = 5
FIELDS = tuple(Lead.__dataclass_fields__)
TIMES = tuple(place for place, name in enumerate(FIELDS) if name.endswith("_at") or name == "held_until")
_ELSEWHERE = {"email": "c.email", "contact_name": "c.name", "company_name": "k.name", "score": "l.fit + l.engagement"}
_ELSEWHERE |= {name: f"c.{name}" for name in ("zone", "region", "place_source")}
_COLUMNS = ", ".join(f"{_ELSEWHERE.get(name, f'l.{name}')} AS {name}" for name in FIELDS)
CONTACT = ", ".join(Contact.__dataclass_fields__)
#: The columns stand in the order of ``Lead``'s fields.
LEAD = f"SELECT {_COLUMNS} FROM leads l JOIN contacts c ON c.id = l.contact_id JOIN companies k ON k.id = l.company_id"


def as_lead(row) -> Lead:
    values = list(row)
    for place in TIMES:
        if values[place]:
            values[place] = from_text(values[place])
    # As ``Lead(*values)`` would, which takes four times as long; every mail loads the leads around it.
    lead = object.__new__(Lead)
    lead.__dict__.update(zip(FIELDS, values, strict=True))
    return lead


def get(db: Database, lead_id: int) -> Lead | None:
    """One lead by its number, or None."""
    row = db.execute(f"{LEAD} WHERE l.id = ?", [lead_id]).fetchone()
    return as_lead(row) if row else None


def around(db: Database, *, lead_id: int | None, contact_ids: Iterable[int], company_id: int | None) -> list[Lead]:
    """The leads that a mail may concern, the oldest first: that of its thread, those of people, those of a company.

    Closed ones too: a stop is remembered with them. Of a company the newest hundred: a domain with more of them is a provider's.
    """
    people = tuple(contact_ids)
    asked = [f"SELECT * FROM (SELECT id FROM leads WHERE company_id = ? ORDER BY opened_at DESC LIMIT {MOST_OF_A_COMPANY})"]
    asked += ["SELECT id FROM leads WHERE contact_id = ?"] * len(people)
    # Put together here: SQLite would make tables of its own for it, for every mail anew.
    found = {row[0] for row in db.execute(" UNION ALL ".join(asked), [company_id, *people])}
    if lead_id is not None:
        found.add(lead_id)
    if len(found) > FEW:
        rows = db.execute(f"{LEAD} WHERE l.id IN ({', '.join('?' * len(found))})", list(found)).fetchall()
    else:
        rows = [row for number in found for row in db.execute(f"{LEAD} WHERE l.id = ?", [number])]
    return sorted(map(as_lead, rows), key=lambda one: (one.opened_at, one.id))


def of_contact(db: Database, contact_id: int) -> list[Lead]:
    """All leads of a person, the oldest first."""
    return around(db, lead_id=None, contact_ids=[contact_id], company_id=None)


#: Word for word the condition of the index in which what is due lies together: nothing else of a lead need be read to find it.
PLANNED = "next_due_at IS NOT NULL AND hold_reason = '' AND rest_reason = ''"


def due(db: Database, now: datetime, ahead: timedelta, steps: Collection[tuple[str, str]], limit: int = 5_000) -> list[int]:
    """The numbers of leads whose next step has come, and that nothing holds. The longest overdue first.

    Args:
        ahead: so long before their time some steps come.
        steps: these, each by its cadence and its name.
    """
    rows = db.execute(
        f"SELECT id FROM leads WHERE {PLANNED} AND next_due_at <= ? AND (next_due_at <= ? OR cadence || '/' || step IN"
        f" ({', '.join('?' * len(steps))})) ORDER BY next_due_at LIMIT ?",
        [to_text(now + ahead), to_text(now), *(f"{cadence}/{step}" for cadence, step in steps), limit],
    )
    return [row[0] for row in rows]


def hold_over(db: Database, now: datetime) -> list[Lead]:
    """Leads whose hold ended by its date."""
    return [as_lead(row) for row in db.execute(f"{LEAD} WHERE l.held_until <= ? AND l.hold_reason <> ''", [to_text(now)])]


def next_due(db: Database) -> datetime | None:
    """The earliest time at which any lead wants attention: due, or the end of a hold."""
    row = db.execute(
        f"SELECT MIN(t) FROM (SELECT MIN(next_due_at) AS t FROM leads WHERE {PLANNED}"
        " UNION ALL SELECT MIN(held_until) FROM leads WHERE held_until IS NOT NULL AND hold_reason <> '')"
    ).fetchone()
    return from_text(row[0])


def warmth(now: datetime | None, half_life_days: float) -> tuple[str, list[object]]:
    """SQL for how hot a lead is at a time, with its arguments: fit, and engagement halved once for each half life of silence."""
    if now is None:
        return "score", []
    silent = "(julianday(?) - julianday(COALESCE(l.last_inbound_at, l.opened_at))) / ?"
    return f"l.fit + l.engagement / (1 << MAX(0, MIN(40, CAST({silent} AS INTEGER))))", [to_text(now), half_life_days]


def listing(
    db: Database,
    *,
    tier: int | None = None,
    owner: str = "",
    stage: str = "",
    limit: int = 500,
    now: datetime | None = None,
    half_life_days: float = 1.0,
) -> list[Lead]:
    """Leads for a table: the hottest first, the newest of them on top.

    Args:
        now, half_life_days: earlier interest fades until then; without a time the scores count as they were given.
    """
    where, arguments = ["1"], []
    for clause, value in (("l.tier = ?", tier), ("l.owner = ?", owner or None), ("l.stage = ?", stage or None)):
        if value is not None:
            where.append(clause)
            arguments.append(value)
    hot, times = warmth(now, half_life_days)
    query = f"{LEAD} WHERE {' AND '.join(where)} ORDER BY l.tier IS NULL, l.tier, {hot} DESC, l.opened_at DESC LIMIT ?"
    return [as_lead(row) for row in db.execute(query, [*arguments, *times, limit])]


@dataclass(frozen=True)
class Standing:
    """What a lead's grade is made of, as it was when its buyer wrote last."""

    fit: float
    engagement: float
    abcd: str
    heard_at: datetime
    business: Business


def standing(db: Database, lead: Lead) -> Standing:
    """The numbers behind a lead's tier."""
    row = db.execute("SELECT fit, engagement, abcd FROM leads WHERE id = ?", [lead.id]).fetchone()
    return Standing(row["fit"], row["engagement"], row["abcd"], lead.last_inbound_at or lead.opened_at, business_of(db, lead.company_id))


@dataclass(frozen=True)
class Silent:
    """A lead whose buyer has not written for long, with what it was worth then."""

    id: int
    tier: int
    fit: float
    engagement: float
    fraud: str
    abcd: str
    since: datetime
    heard_at: datetime


def silent(db: Database, before: datetime, tiers: tuple[int, ...], limit: int, floors: Iterable[Floor] = ()) -> list[Silent]:
    """Leads of these tiers that nothing has moved and nobody has written in since a time; the longest silent first.

    Left out is what waits for a reason: a hold, a pin, a date that the buyer named, an end; and who would fall below the tier that he
    has because he was met at a show.
    """
    kept, arguments = "", []
    for floor in floors:
        kept += f" AND NOT (l.show_class IN ({', '.join('?' * len(floor.classes))}) AND l.tier >= ? AND COALESCE(l.show_ends_at, '.') > ?)"
        # What holds for good holds for shows of which nobody has said when they were over, too.
        arguments += [*floor.classes, floor.tier, to_text(floor.since) if floor.since else "-"]
    moved = "COALESCE((SELECT MAX(at) FROM events WHERE events.lead_id = l.id AND type = 'TierMoved'), '')"
    heard = "COALESCE(l.last_inbound_at, l.opened_at)"
    rows = db.execute(
        f"SELECT l.id, l.tier, l.fit, l.engagement, l.fraud, l.abcd, MAX({heard}, {moved}) AS since, {heard} AS heard FROM leads l"
        f" WHERE l.tier IN ({', '.join('?' * len(tiers))}) AND l.stage IN ('new', 'talking') AND l.pinned_tier IS NULL"
        " AND l.hold_reason = '' AND (l.cadence <> 'later' OR l.rest_reason <> '')"
        f" AND {heard} < ? AND MAX({heard}, {moved}) < ?{kept} ORDER BY since, l.id LIMIT ?",
        [*tiers, to_text(before), to_text(before), *arguments, limit],
    )
    return [Silent(*list(row)[:6], from_text(row["since"]), from_text(row["heard"])) for row in rows]


def past_show(db: Database, floor: Floor, limit: int) -> list[int]:
    """Leads that still have the tier of a show whose freshness is over; pinned, held and closed ones are left out."""
    rows = db.execute(
        "SELECT id FROM leads WHERE show_class <> '' AND show_ends_at <= ? AND show_ends_at > ?"
        f" AND show_class IN ({', '.join('?' * len(floor.classes))})"
        " AND tier = ? AND pinned_tier IS NULL AND hold_reason = '' AND stage IN ('new', 'talking') ORDER BY show_ends_at, id LIMIT ?",
        [to_text(floor.since), to_text(floor.since - LONGEST_PAST), *floor.classes, floor.tier, limit],
    )
    return [row[0] for row in rows]


def business_of(db: Database, company_id: int) -> Business:
    """What the mails of a company say of orders and payments."""
    names = (*ORDERS, *PAYMENTS)
    rows = db.execute(
        "SELECT s.name, COUNT(DISTINCT s.inbound_id), MAX(i.received_at) FROM signals s JOIN leads l ON l.id = s.lead_id"
        f" JOIN inbound i ON i.id = s.inbound_id WHERE l.company_id = ? AND s.name IN ({', '.join('?' * len(names))}) GROUP BY s.name",
        [company_id, *names],
    ).fetchall()
    counts = {row[0]: row[1] for row in rows}
    last = max((row[2] for row in rows), default=None)
    orders, payments = (sum(counts.get(name, 0) for name in group) for group in (ORDERS, PAYMENTS))
    return Business(orders, payments, from_text(last))


def load_of_owners(db: Database) -> tuple[tuple[str, int], ...]:
    """How many leads each person has, for assignment in turn."""
    rows = db.execute("SELECT owner, leads FROM owners_load WHERE leads > 0")
    return tuple((row[0], row[1]) for row in rows)


def contact(db: Database, contact_id: int) -> Contact | None:
    row = db.execute(f"SELECT {CONTACT} FROM contacts WHERE id = ?", [contact_id]).fetchone()
    return Contact(**dict(row)) if row else None


def reasons(db: Database, lead_id: int, inbound_id: int | None = None) -> list[tuple[Signal, bool]]:
    """The signals of a lead's newest score (or of that of one mail), each with whether the tier rests on it."""
    since = 1 << 62
    if inbound_id is None:
        newest = "SELECT inbound_id, id FROM signals WHERE lead_id = ? AND inbound_id > 0 ORDER BY id DESC LIMIT 1"
        row = db.execute(newest, [lead_id]).fetchone()
        # What moved the lead since that mail, and was no mail, is a reason as well.
        inbound_id, since = (row[0], row[1]) if row else (None, 0)
    rows = db.execute(
        "SELECT name, grp, points, evidence, decides_tier FROM signals"
        " WHERE lead_id = ? AND (inbound_id IS ? OR inbound_id IS NULL AND id > ?)"
        " ORDER BY inbound_id IS NOT NULL, decides_tier DESC, points DESC",
        [lead_id, inbound_id, since],
    )
    return [(Signal(r["name"], r["grp"], r["points"], r["evidence"]), bool(r["decides_tier"])) for r in rows]


def last_mail(db: Database, lead_id: int) -> LastMail | None:
    """The newest mail of the buyer, as the writer of the next letter needs it."""
    row = db.execute(
        "SELECT answer_head, words, received_at, facts FROM inbound"
        " WHERE lead_id = ? AND kind IN ('inquiry', 'reply') ORDER BY received_at DESC, id DESC LIMIT 1",
        [lead_id],
    ).fetchone()
    if not row:
        return None
    head = json.loads(row["answer_head"])
    return LastMail(
        subject=head["subject"],
        message_id=head["message_id"],
        references=tuple(head["references"]),
        words=row["words"],
        received_at=from_text(row["received_at"]),
        facts=_facts(row["facts"]),
        cc=tuple(head["cc"]),
        sender=head.get("sender", ""),
    )


def account_written_to(db: Database, lead_id: int) -> str:
    """The mailbox to which the buyer wrote last: the address that he knows us by. "" for one who never wrote."""
    row = db.execute(
        "SELECT account FROM inbound WHERE lead_id = ? AND kind IN ('inquiry', 'reply') ORDER BY received_at DESC, id DESC LIMIT 1",
        [lead_id],
    ).fetchone()
    return row[0] if row else ""


def earlier_facts(db: Database, lead_id: int) -> tuple[Fact, ...]:
    """What the buyer's mails before the last one said, the newest first."""
    rows = db.execute(
        "SELECT facts FROM inbound WHERE lead_id = ? AND kind IN ('inquiry', 'reply') ORDER BY received_at DESC, id DESC LIMIT 20 OFFSET 1",
        [lead_id],
    )
    return tuple(fact for row in rows for fact in _facts(row["facts"]))


def _facts(text: str) -> tuple[Fact, ...]:
    return tuple(Fact(*fact) for fact in json.loads(text))


def company(db: Database, company_id: int) -> Company | None:
    row = db.execute("SELECT id, name, domain, country, is_customer, owner FROM companies WHERE id = ?", [company_id]).fetchone()
    return Company(**dict(row) | {"is_customer": bool(row["is_customer"])}) if row else None


def journal_of(db: Database, lead_id: int) -> list[dict]:
    """What happened to a lead, oldest first: its own events and those of its letters."""
    rows = db.execute(
        "SELECT id, at, actor, type, letter_id, body FROM events WHERE lead_id = ?"
        " UNION ALL SELECT e.id, e.at, e.actor, e.type, e.letter_id, e.body FROM outbox o JOIN events e ON e.letter_id = o.id"
        " WHERE o.lead_id = ? AND e.lead_id IS NULL ORDER BY id",
        [lead_id, lead_id],
    )
    return [dict(row) | {"body": json.loads(row["body"])} for row in rows]


def newest_event(db: Database) -> int:
    """The number of the newest journal entry."""
    return db.execute("SELECT COALESCE(MAX(id), 0) FROM events").fetchone()[0]


def events_since(db: Database, after: int) -> list[dict]:
    """Journal entries after a number that belong to a lead, with who it is about."""
    rows = db.execute(
        "SELECT e.*, c.name AS contact_name, c.email FROM events e JOIN leads l ON l.id = e.lead_id"
        " JOIN contacts c ON c.id = l.contact_id WHERE e.id > ? ORDER BY e.id",
        [after],
    )
    return [dict(row) | {"body": json.loads(row["body"])} for row in rows]
