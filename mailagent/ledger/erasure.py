"""Forgetting a person: his words and his address leave every table; numbers, times and enumerations stay (GDPR Art. 17, PIPL Art. 47).

What stays on purpose: the keyed hash of his address (so that he is never written to again and no import brings him back),
the journal, which holds no words, the hash of each mail's bytes and the keyed hash of its Message-ID (so that the server's
copy is known and not taken in again), and our own letters' numbers. Empty rows stay where other rows point to them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime

from sqlite_utils import Database

from mailagent.core.model import events as e
from mailagent.core.model.address import match_key
from mailagent.core.model.personal import PersonalData
from mailagent.ledger import search, sources
from mailagent.ledger.db import to_text
from mailagent.ledger.project import project

#: Stands where an address stood in the words of somebody else.
GONE = "[erased]"
#: Thrown in the same transaction, and back when the freed pages are overwritten: until then housekeeping tries again.
LEFT_OVERS = "erasure:left_overs"

EMPTY_MAIL = (
    "UPDATE inbound SET state = 'handled', outcome = 'erased', handled_at = COALESCE(handled_at, ?), error = '', message_id = '',"
    " body_hash = '', sender_email = '', sender_name = '', subject = '', kind_evidence = '', words = '',"
    " answer_head = '{}', facts = '[]', defects = '[]',"
    " contact_id = NULL, next_try_at = NULL WHERE id = ?"
)
EMPTY_LETTER = (
    "UPDATE outbox SET erased_at = ?, recipient = '', recipient_name = '', cc = '[]', subject = '', body = '', footer = '',"
    " warnings = '[]', why = '', because = '', quoted = '[]', in_reply_to = '', thread = '[]', content_hash = '', approved_hash = '',"
    " filed = CASE WHEN filed = '' THEN 'erased' ELSE filed END WHERE id = ?"
)


@project.register
def _(event: e.PersonErased, db: Database, now: datetime, actor: str) -> None:
    what = event.what
    if not isinstance(what, PersonalData):
        return
    # What is overwritten now must not stay readable in the pages that it leaves.
    db.execute("PRAGMA secure_delete = ON")
    at = to_text(now)
    db.conn.executemany("INSERT OR IGNORE INTO erased_mails (message_key, at) VALUES (?, ?)", [(key, at) for key in event.mail_keys])
    for number in what.mails:
        empty_mail(db, number, now)
    for number in (*what.letters, *what.notices):
        db.execute(EMPTY_LETTER, [at, number])
        db.execute("DELETE FROM letter_bytes WHERE letter_id = ?", [number])
        db.execute("UPDATE attempts SET smtp_text = '' WHERE letter_id = ?", [number])
    _forget_matters(db, what)
    _forget_contact(db, what)
    db.execute("UPDATE suppressions SET email = NULL, evidence = '', lifted_reason = '' WHERE key_hash = ?", [event.key_hash])
    _take_out_of_the_rest(db, what, at)
    # Deleted words stay in the index until its parts are merged.
    db.execute("INSERT INTO search (search) VALUES ('optimize')")
    db.execute(
        "INSERT INTO switches (name, value, reason, at, actor) VALUES (?, 'on', '', ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = 'on', at = excluded.at, actor = excluded.actor",
        [LEFT_OVERS, at, actor],
    )


def empty_mail(db: Database, inbound_id: int, now: datetime) -> None:
    """Take the words of one mail out of the ledger, its index and its bytes. That it came, and where it lies, stays."""
    row = db.execute("SELECT * FROM inbound WHERE id = ?", [inbound_id]).fetchone()
    if row["state"] == "handled" and row["outcome"] != "erased":
        search.forget(db, inbound_id, row["subject"], f"{row['sender_name']} {row['sender_email']}", row["words"])
    db.execute(EMPTY_MAIL, [to_text(now), inbound_id])
    db.execute("UPDATE sources SET raw = NULL, path = NULL, purged_at = ? WHERE id = ?", [to_text(now), row["source_id"]])
    db.execute("DELETE FROM signals WHERE inbound_id = ?", [inbound_id])
    db.execute("DELETE FROM thread_ids WHERE inbound_id = ?", [inbound_id])
    db.execute("DELETE FROM request_marks WHERE inbound_id = ?", [inbound_id])


def is_erased(db: Database, message_key: str) -> bool:
    """Was a mail with this Message-ID erased? Then the server's copy of it is not taken in again."""
    return db.execute("SELECT 1 FROM erased_mails WHERE message_key = ?", [message_key]).fetchone() is not None


def _forget_matters(db: Database, what: PersonalData) -> None:
    for lead in what.leads:
        db.execute("DELETE FROM signals WHERE lead_id = ?", [lead])
        db.execute("DELETE FROM tasks WHERE lead_id = ?", [lead])
        db.execute("DELETE FROM permissions WHERE lead_id = ?", [lead])
        for table in ("talks", "order_dates", "letters_wanted", "answers_owed"):
            db.execute(f"DELETE FROM {table} WHERE lead_id = ?", [lead])
        db.execute("DELETE FROM thread_ids WHERE lead_id = ? AND letter_id IS NULL", [lead])
        db.execute(
            "UPDATE leads SET subject = '', memory = '', show = '', due_reason = '', next_due_at = NULL, wanted_at = NULL,"
            " hold_reason = '', held_until = NULL WHERE id = ?",
            [lead],
        )


def _forget_contact(db: Database, what: PersonalData) -> None:
    if what.contact_id is not None:
        db.execute(
            "UPDATE contacts SET email = '', match_key = 'erased:' || id, name = '', title = '', phone = '', language = '', country = '',"
            " zone = '', region = '', place_source = '', place_sureness = '', birthday = '', status = 'erased' WHERE id = ?",
            [what.contact_id],
        )
        db.execute("UPDATE setbacks SET domain = '', evidence = '' WHERE contact_id = ?", [what.contact_id])
    if what.company_id is not None:
        db.execute("UPDATE companies SET name = '', domain = '' WHERE id = ?", [what.company_id])
        db.execute("DELETE FROM domain_shapes WHERE company_id = ?", [what.company_id])


def _take_out_of_the_rest(db: Database, what: PersonalData, at: str) -> None:
    """His address in rows that belong to others: it is taken out, and the rest of the row stays."""
    for number in what.mentions:
        row = db.execute("SELECT * FROM inbound WHERE id = ?", [number]).fetchone()
        sender = f"{row['sender_name']} {row['sender_email']}"
        search.forget(db, number, row["subject"], sender, row["words"])
        names = ("subject", "words", "answer_head", "facts", "kind_evidence")
        clean = [without(row[name], what.address) for name in names]
        db.execute(f"UPDATE inbound SET {', '.join(f'{name} = ?' for name in names)} WHERE id = ?", [*clean, number])
        search.add(db, number, clean[0], sender, clean[1])
        sources.take_out(db, row["source_id"], what.address.encode(), GONE.encode())
    for number in what.copies:
        row = db.execute("SELECT cc, warnings, why, subject, body FROM outbox WHERE id = ?", [number]).fetchone()
        left = [one for one in json.loads(row["cc"]) if match_key(one) != match_key(what.address)]
        clean = [without(row[name], what.address) for name in ("warnings", "why", "subject", "body")]
        db.execute(
            "UPDATE outbox SET erased_at = ?, cc = ?, warnings = ?, why = ?, subject = ?, body = ? WHERE id = ?",
            [at, json.dumps(left), *clean, number],
        )
        db.execute("DELETE FROM letter_bytes WHERE letter_id = ?", [number])
    for table, columns in (
        ("signals", ("evidence",)),
        ("tasks", ("title", "evidence", "note", "text")),
        ("talks", ("text", "facts")),
        ("letters_wanted", ("note",)),
        ("suppressions", ("evidence", "lifted_reason")),
        ("attempts", ("smtp_text",)),
        ("setbacks", ("evidence",)),
        ("alarms", ("title",)),
    ):
        _clean(db, table, columns, what.address)
    # Beside an account or domain that rests stand the words of a server, and his address may be among them.
    naming = "SELECT name, reason FROM switches WHERE INSTR(LOWER(reason), ?) > 0"
    for name, reason in db.execute(naming, [what.address.casefold()]).fetchall():
        db.execute("UPDATE switches SET reason = ? WHERE name = ?", [without(reason, what.address), name])


def _clean(db: Database, table: str, columns: Iterable[str], address: str) -> None:
    for column in columns:
        rows = db.execute(f"SELECT id, {column} FROM {table} WHERE INSTR(LOWER({column}), ?) > 0", [address.casefold()]).fetchall()
        for row in rows:
            db.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", [without(row[1], address), row[0]])


def without(text: str, address: str) -> str:
    """A text in which an address is no more."""
    return re.sub(re.escape(address), GONE, text, flags=re.IGNORECASE)


# ── what is left to do ──────────────────────────────────────────────────────────────────────────────────────────


def has_left_overs(db: Database) -> bool:
    """Was a person erased since the freed pages were last overwritten?"""
    return db.execute("SELECT 1 FROM switches WHERE name = ? AND value = 'on'", [LEFT_OVERS]).fetchone() is not None


def set_clean(db: Database, now: datetime) -> None:
    """The freed pages are overwritten."""
    db.execute("UPDATE switches SET value = 'off', at = ? WHERE name = ?", [to_text(now), LEFT_OVERS])


def is_known_file(db: Database, name: str) -> bool:
    """Does a source lie in this file?"""
    return db.execute("SELECT 1 FROM sources WHERE path = ?", [name]).fetchone() is not None


def is_erased_letter(db: Database, ulid: str) -> bool:
    """Was the letter of this name erased?"""
    return db.execute("SELECT 1 FROM outbox WHERE ulid = ? AND erased_at IS NOT NULL", [ulid]).fetchone() is not None
