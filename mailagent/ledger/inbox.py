"""Sources, locations, cursors, and what was made of each mail.

The life of a received mail:

    fetched ─keep→ new ─take→ new, one try more ─handled→ handled
                    └─three tries→ quarantined ─retry (a person)→ new

``keep`` and the cursor are one commit: what the cursor has passed is in the ledger. A mail seen in several folders
or mailboxes is one source (same bytes) with several locations, and is handled once. A try is written down before it is
made, so that a mail that ends the whole process has used one up as well.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from mailagent.core.model.lead import Fact
from mailagent.core.model.message import InboundMessage, Verdict
from mailagent.core.writing.draft import LastMail
from mailagent.ledger import doubts, search, sources
from mailagent.ledger.db import from_text, to_text

MAX_TRIES = 3
WORDS_KEPT = 20_000
#: A mail over whose reading the process ended waits so long, times its tries; others that were read with it do not.
WAIT_AFTER_DEATH = timedelta(seconds=15)
ENDED_THE_PROCESS = "reading it ended the process"


@dataclass(frozen=True)
class Waiting:
    """A kept mail that nobody has thought about yet."""

    inbound_id: int
    source_id: int
    account: str
    role: str
    received_at: datetime
    tries: int
    size: int
    packed: sources.Packed


@dataclass(frozen=True)
class Handled:
    """What was made of one mail: everything that ``inbound`` keeps of it.

    Attributes:
        outcome: what was done because of it, as an enumeration: opened_lead, answered, stopped, copy, old, shown …
    """

    inbound_id: int
    message: InboundMessage
    verdict: Verdict
    outcome: str
    lead_id: int | None = None
    contact_id: int | None = None
    facts: tuple[Fact, ...] = ()
    match_method: str = ""
    match_strength: str = ""


# ── sources ─────────────────────────────────────────────────────────────────────────────────────────────────────


def keep(
    db: Database,
    *,
    account: str,
    folder: str,
    role: str,
    uidvalidity: int,
    uid: int,
    raw: bytes | Path,
    received_at: datetime,
    flags: tuple[str, ...],
    now: datetime,
    large_sources: Path,
    inline_bytes: int,
) -> int | None:
    """Put the bytes of one mail into the ledger.

    Args:
        raw: the bytes, or the path of a file that holds them (a very large mail).
        flags: one that says \\Draft (RFC 3501 §2.3.2) makes it half a thought of ours, wherever it lies.
        large_sources: folder for sources larger than ``inline_bytes``.

    Returns:
        The number of the inbound row if the mail is new; None if the ledger has these bytes already (only the
        location is added).
    """
    role = "draft" if any(flag.lower() == "\\draft" for flag in flags) else role
    sha, size = sources.digest(raw)
    known = db.execute("SELECT id FROM sources WHERE sha256 = ?", [sha]).fetchone()
    source_id = known[0] if known else sources.add(db, sha, size, raw, large_sources, inline_bytes, now)
    received = to_text(received_at)
    db.execute(
        # A server that gives out a number a second time means another mail by it.
        "INSERT INTO locations (account, folder, uidvalidity, uid, source_id, internal_date, flags) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET source_id = excluded.source_id, internal_date = excluded.internal_date, flags = excluded.flags,"
        " filed_as = CASE WHEN source_id IS excluded.source_id THEN filed_as END"
        " WHERE source_id IS NOT excluded.source_id OR internal_date IS NOT excluded.internal_date",
        [account, folder, uidvalidity, uid, source_id, received, " ".join(flags)],
    )
    if known:
        return _is_finished(db, source_id, role, received) if role != "draft" else None
    return db.execute(
        "INSERT INTO inbound (source_id, account, role, received_at, state) VALUES (?, ?, ?, ?, 'new')",
        [source_id, account, role, received],
    ).lastrowid


def _is_finished(db: Database, source_id: int, role: str, received: str) -> int | None:
    """What was a draft when it was seen first lies somewhere as a letter now: it is thought about once more, as what it is."""
    asked = "SELECT id, state, subject, sender_name || ' ' || sender_email AS sender, words FROM inbound WHERE source_id = ? AND role = ?"
    row = db.execute(asked, [source_id, "draft"]).fetchone()
    if row is None:
        return None
    if row["state"] == "handled":
        search.forget(db, row["id"], row["subject"], row["sender"], row["words"])
    db.execute(
        "UPDATE inbound SET role = ?, received_at = ?, state = 'new', tries = 0, next_try_at = NULL WHERE id = ?",
        [role, received, row["id"]],
    )
    return row["id"]


# ── thinking about them ─────────────────────────────────────────────────────────────────────────────────────────


def count_waiting(db: Database) -> int:
    """How many mails nobody has thought about yet."""
    return db.execute("SELECT COUNT(*) FROM inbound WHERE state = 'new'").fetchone()[0]


def next_waiting(db: Database, now: datetime, limit: int, large_sources: Path, but: Collection[int] = ()) -> list[Waiting]:
    """The mails to be read next, the oldest first. One that was tried before comes alone, so that it takes nobody with it.

    Args:
        but: mails that were taken already and are still being read; beside them no suspect one comes.
    """
    rows = db.execute(
        "SELECT i.id, i.source_id, i.account, i.role, i.received_at, i.tries, s.size, s.raw, s.path"
        " FROM inbound i JOIN sources s ON s.id = i.source_id"
        " WHERE i.state = 'new' AND (i.next_try_at IS NULL OR i.next_try_at <= ?) ORDER BY i.received_at, i.id LIMIT ?",
        [to_text(now), limit + len(but)],
    ).fetchall()
    found = []
    for row in rows:
        if row["id"] in but:
            continue
        if row["tries"] and (found or but):
            break
        packed = sources.Packed(row["raw"], large_sources / row["path"] if row["path"] else None)
        received = from_text(row["received_at"])
        found.append(Waiting(row["id"], row["source_id"], row["account"], row["role"], received, row["tries"], row["size"], packed))
        if row["tries"] or len(found) == limit:
            break
    return found


def kept(db: Database, inbound_id: int, large_sources: Path) -> Waiting | None:
    """A mail as it was kept, to be read once more; None if its bytes were forgotten (retention, erasure)."""
    row = db.execute(
        "SELECT i.id, i.source_id, i.account, i.role, i.received_at, i.tries, s.size, s.raw, s.path"
        " FROM inbound i JOIN sources s ON s.id = i.source_id WHERE i.id = ?",
        [inbound_id],
    ).fetchone()
    if row is None or row["raw"] is None and row["path"] is None:
        return None
    packed = sources.Packed(row["raw"], large_sources / row["path"] if row["path"] else None)
    return Waiting(
        row["id"], row["source_id"], row["account"], row["role"], from_text(row["received_at"]), row["tries"], row["size"], packed
    )


def take(db: Database, waiting: Iterable[Waiting], now: datetime) -> list[Waiting]:
    """Begin with these mails: their tries are written down before anybody reads them.

    One that was tried before waits longer after every try. One that has used up its tries without a word ended the process each
    time: it is quarantined, and not among those that are given back.
    """
    taken = []
    for item in waiting:
        if item.tries >= MAX_TRIES:
            db.execute("UPDATE inbound SET state = 'quarantined', error = ? WHERE id = ?", [ENDED_THE_PROCESS, item.inbound_id])
            continue
        wait = to_text(now + WAIT_AFTER_DEATH * item.tries) if item.tries else None
        db.execute("UPDATE inbound SET tries = tries + 1, next_try_at = ? WHERE id = ?", [wait, item.inbound_id])
        taken.append(item)
    return taken


def give_back(db: Database, inbound_ids: Iterable[int]) -> None:
    """These mails were taken and not read after all: the try does not count."""
    for inbound_id in inbound_ids:
        db.execute(
            "UPDATE inbound SET tries = MAX(0, tries - 1), next_try_at = NULL WHERE id = ? AND state = 'new'",
            [inbound_id],
        )


def mark_handled(db: Database, handled: Handled, now: datetime) -> None:
    """Write down what was made of a mail. Called by ``journal.record`` only."""
    m, v = handled.message, handled.verdict
    db.execute(
        "UPDATE inbound SET state = 'handled', handled_at = ?, error = '', message_id = ?, body_hash = ?, sender_email = ?,"
        " sender_name = ?, subject = ?, language = ?, kind = ?, kind_reason = ?, kind_evidence = ?, automatic = ?, lead_id = ?,"
        " contact_id = ?, match_method = ?, match_strength = ?, words = ?, answer_head = ?, facts = ?, defects = ?, outcome = ?,"
        " sent_at = ? WHERE id = ?",
        [to_text(now), m.message_id, m.body_hash, m.sender.email, m.sender.name, m.subject, m.language, v.kind, v.reason]
        + [v.evidence[:500], v.automatic, handled.lead_id, handled.contact_id, handled.match_method, handled.match_strength]
        + [m.words[:WORDS_KEPT], _answer_head(handled)]
        + [json.dumps(handled.facts) if handled.facts else "[]", json.dumps(m.defects) if m.defects else "[]", handled.outcome]
        + [to_text(m.sent_at), handled.inbound_id],
    )
    if v.kind == "inquiry" and handled.lead_id is not None and not m.masked and not m.thread_ids:
        doubts.remember_request(db, handled.inbound_id, m.words, m.received_at)
    if handled.lead_id is not None:
        db.execute(
            "INSERT OR IGNORE INTO thread_ids (message_id, lead_id, inbound_id) VALUES (?, ?, ?)",
            [m.message_id, handled.lead_id, handled.inbound_id],
        )


def index(db: Database, handled: Iterable[Handled]) -> None:
    """Put handled mails into the index of words: all of a batch at once, because the index writes at the end of every savepoint."""
    mails = ((one.inbound_id, one.message) for one in handled)
    search.add_all(db, ((number, m.subject, f"{m.sender.name} {m.sender.email}", m.words[:WORDS_KEPT]) for number, m in mails))


def _answer_head(handled: Handled) -> str:
    """What an answer to this mail must carry in its headers, as the buyer's mail program wrote it; nothing if nobody answers it."""
    if handled.verdict.kind not in ("inquiry", "reply"):
        return "{}"
    last = LastMail.of(handled.message, handled.facts)
    head = {"subject": last.subject, "message_id": last.message_id, "references": last.references, "cc": last.cc, "sender": last.sender}
    return json.dumps(head)


def note_failure(db: Database, inbound_id: int, reason: str, now: datetime) -> bool:
    """A mail that was taken broke us. After the third try it is quarantined with its reason.

    Returns:
        True if it is quarantined now.
    """
    tries = db.execute("SELECT tries FROM inbound WHERE id = ?", [inbound_id]).fetchone()[0]
    state = "quarantined" if tries >= MAX_TRIES else "new"
    db.execute(
        "UPDATE inbound SET error = ?, state = ?, next_try_at = ? WHERE id = ?",
        [reason[:500], state, to_text(now + timedelta(minutes=tries)), inbound_id],
    )
    return state == "quarantined"


def quarantined(db: Database) -> list[dict]:
    """What broke us three times, with its reason and where it lies."""
    rows = db.execute(
        "SELECT i.id, i.received_at, i.error, i.tries, s.size, l.account, l.folder, l.uid FROM inbound i"
        " JOIN sources s ON s.id = i.source_id LEFT JOIN locations l ON l.source_id = i.source_id"
        " WHERE i.state = 'quarantined' GROUP BY i.id ORDER BY i.id"
    )
    return [dict(row) for row in rows]


def retry_quarantined(db: Database) -> int:
    """Put everything that is quarantined back for another three tries; how many."""
    return db.execute("UPDATE inbound SET state = 'new', tries = 0, next_try_at = NULL WHERE state = 'quarantined'").rowcount


def mails_of(db: Database, lead_id: int) -> list[dict]:
    """All mails of a lead, oldest first, as the desk and ``explain`` show them."""
    rows = db.execute("SELECT * FROM inbound WHERE lead_id = ? ORDER BY received_at, id", [lead_id])
    return [dict(row) for row in rows]
