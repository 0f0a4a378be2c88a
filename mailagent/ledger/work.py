"""Questions about people's work: what was said elsewhere, dates of orders, letters that are asked for, texts approved beforehand."""

from __future__ import annotations

import json
from datetime import datetime

from sqlite_utils import Database

from mailagent.core.model.lead import Fact
from mailagent.ledger.db import from_text, to_text

# ── letters beside the cadence ──────────────────────────────────────────────────────────────────────────────────


def letters_wanted(db: Database, limit: int = 50) -> list[int]:
    """Numbers of the letters that people's acts have asked for and nobody has written yet."""
    return [row[0] for row in db.execute("SELECT id FROM letters_wanted WHERE done_at IS NULL ORDER BY id LIMIT ?", [limit])]


def letter_wanted(db: Database, number: int) -> dict | None:
    """One of them, if it is still to be written."""
    row = db.execute("SELECT * FROM letters_wanted WHERE id = ? AND done_at IS NULL", [number]).fetchone()
    return dict(row) if row else None


def letter_written(db: Database, number: int, letter_id: int | None, now: datetime) -> None:
    """It lies in the outbox; without a number it could not be written, and is not tried again."""
    db.execute("UPDATE letters_wanted SET done_at = ?, letter_id = ? WHERE id = ?", [to_text(now), letter_id, number])


def note_acknowledged(db: Database, owed_id: int, now: datetime) -> None:
    """An acknowledgement was written for this answer, or cannot be."""
    db.execute("UPDATE answers_owed SET acknowledged_at = ? WHERE id = ?", [to_text(now), owed_id])


def acknowledged_since(db: Database, contact_id: int | None, since: datetime) -> bool:
    """Did an acknowledgement go to this person since then, or is one about to, in whatever matter?"""
    row = db.execute(
        "SELECT 1 FROM outbox WHERE contact_id = ? AND basis = 'acknowledgement' AND COALESCE(sent_at, changed_at) > ?"
        " AND state IN ('approved', 'claimed', 'transmitting', 'in_doubt', 'sent') LIMIT 1",
        [contact_id, to_text(since)],
    )
    return row.fetchone() is not None


def preapproval(db: Database, name: str) -> dict | None:
    """Who approved the text of a template beforehand, and its hash then."""
    row = db.execute("SELECT text_hash, actor, at FROM preapprovals WHERE name = ?", [name]).fetchone()
    return dict(row) if row else None


def preapprovals(db: Database) -> list[dict]:
    """Every text that was approved beforehand."""
    return [dict(row) for row in db.execute("SELECT * FROM preapprovals ORDER BY name")]


# ── talks and orders ────────────────────────────────────────────────────────────────────────────────────────────


def talks_of(db: Database, lead_id: int) -> list[dict]:
    """What was said elsewhere in a matter, oldest first."""
    rows = db.execute("SELECT * FROM talks WHERE lead_id = ? ORDER BY at, id", [lead_id])
    return [dict(row) | {"at": from_text(row["at"]), "facts": tuple(Fact(*fact) for fact in json.loads(row["facts"]))} for row in rows]


def order_dates(db: Database, lead_id: int) -> dict[str, dict]:
    """The dates of an order, by what they are."""
    return {row["what"]: dict(row) for row in db.execute("SELECT * FROM order_dates WHERE lead_id = ?", [lead_id])}


def last_touch(db: Database, lead_id: int) -> datetime | None:
    """When anything last went to or came from a buyer: a letter, a mail, a talk."""
    row = db.execute(
        "SELECT MAX(COALESCE(last_inbound_at, opened_at), COALESCE(last_outbound_at, ''),"
        " COALESCE((SELECT MAX(at) FROM talks WHERE lead_id = l.id), '')) FROM leads l WHERE id = ?",
        [lead_id],
    ).fetchone()
    return from_text(row[0]) if row else None
