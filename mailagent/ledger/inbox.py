"""Sources, locations, cursors, and what was made of each mail.

The life of a received mail:

    fetched ─keep→ new ─handled→ handled
                    └─breaks three times→ quarantined ─retry (a person)→ new

``keep`` and the cursor are one commit: what the cursor has passed is in the ledger. A mail seen in several folders
or mailboxes is one source (same bytes) with several locations, and is handled once.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from mailagent.core.model.lead import Fact
from mailagent.core.model.message import InboundMessage, Verdict
from mailagent.core.writing.draft import LastMail
from mailagent.errors import LedgerError
from mailagent.ledger.db import from_text, next_id, to_text

MAX_TRIES = 3
WORDS_KEPT = 20_000


@dataclass(frozen=True)
class Cursor:
    """How far a folder has been read. ``skipped`` mails were older than the first run's start."""

    account: str
    folder: str
    role: str
    uidvalidity: int
    last_uid: int
    checked_at: datetime | None
    skipped: int


@dataclass(frozen=True)
class Waiting:
    """A kept mail that nobody has thought about yet."""

    inbound_id: int
    source_id: int
    account: str
    role: str
    received_at: datetime
    tries: int


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


# ── cursors ─────────────────────────────────────────────────────────────────────────────────────────────────────


def cursor(db: Database, account: str, folder: str) -> Cursor | None:
    row = db.execute("SELECT * FROM cursors WHERE account = ? AND folder = ?", [account, folder]).fetchone()
    return _cursor(row) if row else None


def cursors(db: Database) -> list[Cursor]:
    return [_cursor(row) for row in db.execute("SELECT * FROM cursors ORDER BY account, folder")]


def _cursor(row) -> Cursor:
    return Cursor(
        row["account"], row["folder"], row["role"], row["uidvalidity"], row["last_uid"], from_text(row["checked_at"]), row["skipped"]
    )


def set_cursor(
    db: Database, account: str, folder: str, role: str, uidvalidity: int, last_uid: int, now: datetime, skipped: int = 0
) -> None:
    """Move the cursor. Only in the transaction that keeps what it passes."""
    db.execute(
        "INSERT INTO cursors (account, folder, role, uidvalidity, last_uid, started_at, checked_at, skipped)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (account, folder) DO UPDATE SET uidvalidity = excluded.uidvalidity, last_uid = excluded.last_uid,"
        " role = excluded.role, checked_at = excluded.checked_at, skipped = cursors.skipped + excluded.skipped",
        [account, folder, role, uidvalidity, last_uid, to_text(now), to_text(now), skipped],
    )


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
        large_sources: folder for sources larger than ``inline_bytes``.

    Returns:
        The number of the inbound row if the mail is new; None if the ledger has these bytes already (only the
        location is added).
    """
    sha, size = _digest(raw)
    known = db.execute("SELECT id FROM sources WHERE sha256 = ?", [sha]).fetchone()
    source_id = known[0] if known else next_id(db, "sources")
    if not known:
        body, path = _store(raw, sha, size, large_sources, inline_bytes)
        db.execute(
            "INSERT INTO sources (id, sha256, size, raw, path, kept_at) VALUES (?, ?, ?, ?, ?, ?)",
            [source_id, sha, size, body, path, to_text(now)],
        )
    db.execute(
        "INSERT OR IGNORE INTO locations (account, folder, uidvalidity, uid, source_id, internal_date, flags) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [account, folder, uidvalidity, uid, source_id, to_text(received_at), " ".join(flags)],
    )
    if known:
        return None
    inbound_id = next_id(db, "inbound")
    db.execute(
        "INSERT INTO inbound (id, source_id, account, role, received_at, state) VALUES (?, ?, ?, ?, ?, 'new')",
        [inbound_id, source_id, account, role, to_text(received_at)],
    )
    return inbound_id


def _digest(raw: bytes | Path) -> tuple[str, int]:
    if isinstance(raw, bytes):
        return hashlib.sha256(raw).hexdigest(), len(raw)
    with open(raw, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), raw.stat().st_size


def _store(raw: bytes | Path, sha: str, size: int, folder: Path, inline_bytes: int) -> tuple[bytes | None, str | None]:
    if size <= inline_bytes:
        body = raw if isinstance(raw, bytes) else raw.read_bytes()
        return zlib.compress(body, 6), None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / f"{sha}.eml.z"
    if not target.exists():
        handle, partial = tempfile.mkstemp(dir=folder, suffix=".part")
        packer = zlib.compressobj(6)
        try:
            with os.fdopen(handle, "wb") as out:
                for chunk in [raw] if isinstance(raw, bytes) else _chunks(raw):
                    out.write(packer.compress(chunk))
                out.write(packer.flush())
                out.flush()
                os.fsync(out.fileno())
            os.replace(partial, target)
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise
    return None, target.name


def _chunks(path: Path, size: int = 1 << 20):
    with open(path, "rb") as file:
        while chunk := file.read(size):
            yield chunk


def raw(db: Database, source_id: int, large_sources: Path, limit: int | None = None) -> bytes:
    """The bytes of a source as they came; at most ``limit`` of them.

    Raises:
        LedgerError: they were forgotten (retention).
    """
    row = db.execute("SELECT raw, path FROM sources WHERE id = ?", [source_id]).fetchone()
    if row["raw"] is None and row["path"] is None:
        raise LedgerError(f"The bytes of mail {source_id} were forgotten ([reading] retention_days); what was made of it stays.")
    if row["raw"] is not None:
        body = zlib.decompress(row["raw"])
        return body if limit is None else body[:limit]
    unpacker = zlib.decompressobj()
    parts: list[bytes] = []
    length = 0
    for chunk in _chunks(large_sources / row["path"]):
        parts.append(unpacker.decompress(chunk))
        length += len(parts[-1])
        if limit is not None and length >= limit:
            break
    return b"".join(parts)[:limit]


# ── thinking about them ─────────────────────────────────────────────────────────────────────────────────────────


def waiting(db: Database, now: datetime, limit: int = 100) -> list[Waiting]:
    """Mails to be handled, oldest first. One that just broke us waits for its next try; the others go on."""
    rows = db.execute(
        "SELECT id, source_id, account, role, received_at, tries FROM inbound"
        " WHERE state = 'new' AND (next_try_at IS NULL OR next_try_at <= ?) ORDER BY received_at, id LIMIT ?",
        [to_text(now), limit],
    )
    return [Waiting(r["id"], r["source_id"], r["account"], r["role"], from_text(r["received_at"]), r["tries"]) for r in rows]


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
        + [json.dumps([[f.name, f.value, f.evidence] for f in handled.facts]), json.dumps(m.defects), handled.outcome]
        + [to_text(m.sent_at), handled.inbound_id],
    )
    if handled.lead_id is not None:
        db.execute(
            "INSERT OR IGNORE INTO thread_ids (message_id, lead_id, inbound_id) VALUES (?, ?, ?)",
            [m.message_id, handled.lead_id, handled.inbound_id],
        )


def _answer_head(handled: Handled) -> str:
    """What an answer to this mail must carry in its headers, as the buyer's mail program wrote it."""
    last = LastMail.of(handled.message, handled.facts)
    head = {"subject": last.subject, "message_id": last.message_id, "references": last.references, "cc": last.cc, "sender": last.sender}
    return json.dumps(head)


def note_failure(db: Database, inbound_id: int, reason: str, now: datetime) -> bool:
    """A mail broke us. Three times, and it is quarantined with its reason.

    Returns:
        True if it is quarantined now.
    """
    tries = db.execute("SELECT tries FROM inbound WHERE id = ?", [inbound_id]).fetchone()[0] + 1
    state = "quarantined" if tries >= MAX_TRIES else "new"
    db.execute(
        "UPDATE inbound SET tries = ?, error = ?, state = ?, next_try_at = ? WHERE id = ?",
        [tries, reason[:500], state, to_text(now + timedelta(minutes=tries)), inbound_id],
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


def purge(db: Database, before: datetime, large_sources: Path, limit: int = 1000) -> int:
    """Forget the bytes of mails kept before a time (retention); what was made of them stays. How many."""
    rows = db.execute(
        "SELECT s.id, s.path FROM sources s JOIN inbound i ON i.source_id = s.id"
        " WHERE s.purged_at IS NULL AND s.kept_at < ? AND i.state = 'handled' LIMIT ?",
        [to_text(before), limit],
    ).fetchall()
    for row in rows:
        db.execute("UPDATE sources SET raw = NULL, path = NULL, purged_at = ? WHERE id = ?", [to_text(before), row["id"]])
        if row["path"]:
            (large_sources / row["path"]).unlink(missing_ok=True)
    return len(rows)
