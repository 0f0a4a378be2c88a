"""What the ledger has of one person. Asked seldom and by people, so it looks through whole tables rather than keep indexes for it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from sqlite_utils import Database

from mailagent.core.model.address import match_key
from mailagent.core.model.personal import PersonalData
from mailagent.errors import LedgerError
from mailagent.ledger import known, leads, sources

#: So much of a mail that nobody has read yet is looked through for the address, bytes.
LOOKED_THROUGH = 256_000
#: Where the address of one stands in the letters to another.
IN_LETTERS = ("cc", "warnings", "why", "subject", "body")
#: A shorter name stands in too many notices by chance.
SHORTEST_NAME = 5


def kept_of(db: Database, address: str, large_sources: Path) -> PersonalData:
    """Everything of a person, in whatever spelling his address stands there."""
    db.conn.create_function("match_key", 1, match_key, deterministic=True)
    db.conn.create_function("casefold", 1, str.casefold, deterministic=True)
    key, said = match_key(address), address.strip().casefold()
    contact = known.find_contact(db, address)
    matters = [lead.id for lead in leads.of_contact(db, contact.id)] if contact else []
    number = contact.id if contact else None
    mails = _numbers(
        db,
        f"SELECT id FROM inbound WHERE outcome <> 'erased' AND (contact_id = ? OR lead_id IN ({_marks(matters)})"
        " OR (sender_email <> '' AND match_key(sender_email) = ?))",
        [number, *matters, key],
    )
    mails += [one for one in _unread_or_ours(db, said, large_sources) if one not in set(mails)]
    others = "SELECT id, sender_email FROM inbound WHERE role <> 'sent' AND kind IN ('inquiry', 'reply') AND id IN ({})"
    by_others = [row[0] for row in _in_parts(db, others, mails) if match_key(row[1]) != key]
    letters = _numbers(
        db,
        "SELECT id FROM outbox WHERE basis <> 'notice' AND recipient <> ''"
        f" AND (lead_id IN ({_marks(matters)}) OR match_key(recipient) = ?)",
        [*matters, key],
    )
    name = contact.name.strip() if contact else ""
    names = (name,) if len(name) >= SHORTEST_NAME else ()
    rows = _in_parts(db, "SELECT s.path, i.message_id FROM inbound i JOIN sources s ON s.id = i.source_id WHERE i.id IN ({})", mails)
    notices = _naming(db, "outbox", ("subject", "body"), (said, *names), "basis = 'notice'")
    ulids = _in_parts(db, "SELECT ulid, 1 FROM outbox WHERE id IN ({})", [*letters, *notices])
    mentioned = _naming(db, "inbound", ("subject", "words", "answer_head", "facts", "kind_evidence"), (said,), "1")
    return PersonalData(
        address,
        names,
        number,
        _own_company(db, number),
        tuple(matters),
        tuple(mails),
        tuple(by_others),
        tuple(one for one in mentioned if one not in set(mails)),
        tuple(letters),
        tuple(one for one in _naming(db, "outbox", IN_LETTERS, (said,), "basis <> 'notice'") if one not in set(letters)),
        tuple(notices),
        tuple(_numbers(db, f"SELECT id FROM tasks WHERE lead_id IN ({_marks(matters)})", matters)),
        tuple(row[0] for row in rows if row[0]),
        tuple(row[0] for row in ulids),
        tuple(row[1] for row in rows if row[1]),
    )


def _unread_or_ours(db: Database, said: str, large_sources: Path) -> list[int]:
    """Mails whose sender nobody has read, and our own to people whom we did not know, with the address in their bytes."""
    rows = db.execute(
        "SELECT i.id, s.raw, s.path FROM inbound i JOIN sources s ON s.id = i.source_id WHERE s.purged_at IS NULL"
        " AND i.lead_id IS NULL AND (i.state <> 'handled' OR i.role = 'sent')"
    )
    wanted, found = said.encode(), []
    for row in rows:
        try:
            packed = sources.Packed(row["raw"], large_sources / row["path"] if row["path"] else None)
            if wanted in packed.open(LOOKED_THROUGH).lower():
                found.append(row["id"])
        except LedgerError:
            continue
    return found


def _own_company(db: Database, contact_id: int | None) -> int | None:
    """His company, if nobody else of it is known and it is no customer: its name and domain then speak of him."""
    row = db.execute(
        "SELECT k.id FROM contacts c JOIN companies k ON k.id = c.company_id WHERE c.id = ? AND k.is_customer = 0"
        " AND NOT EXISTS (SELECT 1 FROM contacts o WHERE o.company_id = k.id AND o.id <> c.id AND o.status <> 'erased')",
        [contact_id],
    ).fetchone()
    return row[0] if row else None


def _naming(db: Database, table: str, columns: Iterable[str], words: Iterable[str], where: str) -> list[int]:
    """Rows of a table in which one of these words stands, in any of these columns."""
    words = [word.casefold() for word in words]
    hit = " OR ".join(f"INSTR(casefold({column}), ?) > 0" for column in columns for _ in words)
    return _numbers(db, f"SELECT id FROM {table} WHERE {where} AND ({hit})", [word for _ in columns for word in words])


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)


def _numbers(db: Database, query: str, arguments: list) -> list[int]:
    return [row[0] for row in db.execute(query, arguments)]


def _in_parts(db: Database, query: str, numbers: list[int]) -> list:
    """The rows of a query over many numbers, asked for in parts that a statement can hold."""
    found = []
    for start in range(0, len(numbers), 500):
        part = numbers[start : start + 500]
        found += db.execute(query.format(_marks(part)), part).fetchall()
    return found


# ── what a person may see of it ─────────────────────────────────────────────────────────────────────────────────


def record_of(db: Database, what: PersonalData) -> dict:
    """Everything about a person as plain values, table by table, without the bytes of mails and letters."""

    def rows(query: str, numbers: Iterable[int]) -> list[dict]:
        return [_plain(dict(row)) for row in _in_parts(db, query, list(numbers))]

    own = [one for one in what.mails if one not in set(what.by_others)]
    contact = [what.contact_id] if what.contact_id is not None else []
    journal = [entry for lead in what.leads for entry in leads.journal_of(db, lead)]
    return {
        "address": what.address,
        "contact": rows("SELECT * FROM contacts WHERE id IN ({})", contact),
        "company": rows("SELECT k.* FROM companies k JOIN contacts c ON c.company_id = k.id WHERE c.id IN ({})", contact),
        "leads": rows("SELECT * FROM leads WHERE id IN ({})", what.leads),
        "reasons": rows("SELECT * FROM signals WHERE lead_id IN ({}) ORDER BY id", what.leads),
        "mails": rows("SELECT * FROM inbound WHERE id IN ({}) ORDER BY received_at", own),
        "letters": rows("SELECT * FROM outbox WHERE id IN ({}) ORDER BY id", what.letters),
        "attempts": rows("SELECT * FROM attempts WHERE letter_id IN ({}) ORDER BY id", what.letters),
        "setbacks": rows("SELECT * FROM setbacks WHERE letter_id IN ({}) ORDER BY id", what.letters),
        "permissions": rows("SELECT * FROM permissions WHERE lead_id IN ({}) ORDER BY lead_id, round", what.leads),
        "tasks": rows("SELECT * FROM tasks WHERE id IN ({}) ORDER BY id", what.tasks),
        "talks": rows("SELECT * FROM talks WHERE lead_id IN ({}) ORDER BY id", what.leads),
        "order_dates": rows("SELECT * FROM order_dates WHERE lead_id IN ({}) ORDER BY lead_id", what.leads),
        "letters_wanted": rows("SELECT * FROM letters_wanted WHERE lead_id IN ({}) ORDER BY id", what.leads),
        "answers_owed": rows("SELECT * FROM answers_owed WHERE lead_id IN ({}) ORDER BY id", what.leads),
        "events": journal,
    }


def suppressions_of(db: Database, key_hash: str) -> list[dict]:
    """What was ever written down about not writing to an address."""
    query = (
        "SELECT reason, scope, evidence, created_at, lifted_at, lifted_by, lifted_reason FROM suppressions WHERE key_hash = ? ORDER BY id"
    )
    return [dict(row) for row in db.execute(query, [key_hash])]


def _plain(row: dict) -> dict:
    """A row without bytes; lists and tables that stand in it as text are said as such."""
    shown = {name: value for name, value in row.items() if not isinstance(value, bytes)}
    for name, value in shown.items():
        if (
            isinstance(value, str)
            and value.startswith(("[", "{"))
            and name in ("facts", "defects", "answer_head", "cc", "warnings", "thread", "memory", "quoted")
        ):
            shown[name] = json.loads(value)
    return shown


def mail_files(db: Database, what: PersonalData) -> list[tuple[int, str, int]]:
    """His mails whose bytes are still here, as (inbound, time, source)."""
    own = [one for one in what.mails if one not in set(what.by_others)]
    query = (
        "SELECT i.id, i.received_at, i.source_id FROM inbound i JOIN sources s ON s.id = i.source_id"
        " WHERE s.purged_at IS NULL AND i.id IN ({}) ORDER BY i.received_at"
    )
    return [tuple(row) for row in _in_parts(db, query, own)]
