"""Leads that nobody touches: neither a letter, nor a mail, a call, a message or a visit."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from mailagent.ledger.db import to_text

#: When anything last went to or came from the buyer; talks are written into the lead when they are logged.
TOUCHED = "MAX(COALESCE(l.last_inbound_at, l.opened_at), COALESCE(l.last_outbound_at, ''))"


def untouched(
    db: Database, before: datetime, exempt_tiers: tuple[int, ...], exempt_sources: tuple[str, ...], limit: int = 200
) -> list[int]:
    """Open leads of somebody that were last touched before a time, and that nobody was warned of yet.

    Left out is what waits for a reason: a hold, a date that the buyer named, "later", and whatever the rules exempt.
    """
    rows = db.execute(
        f"SELECT l.id FROM leads l WHERE l.owner <> '' AND l.stage <> 'closed' AND l.opened_at < ? AND {TOUCHED} < ?"
        f" AND COALESCE(l.tier, 0) NOT IN ({_marks(exempt_tiers)}) AND l.source NOT IN ({_marks(exempt_sources)})"
        " AND l.hold_reason = '' AND l.held_until IS NULL AND l.cadence <> 'later' AND l.fraud <> 'likely'"
        " AND l.rest_reason NOT LIKE 'suppressed%'"
        " AND l.rest_reason NOT IN ('unsubscribed', 'stopped', 'fraud', 'bounced', 'not_interested')"
        " AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.lead_id = l.id AND t.kind IN ('untouched', 'to_pool')"
        f"   AND (t.done_at IS NULL OR t.opened_at > {TOUCHED} AND t.opened_at > ?))"
        " ORDER BY l.id LIMIT ?",
        [to_text(before), to_text(before), *exempt_tiers, *exempt_sources, to_text(before), limit],
    )
    return [row[0] for row in rows]


def warned(db: Database, before: datetime) -> list[int]:
    """Leads whose owner was warned before a time and has done nothing since, and about which the manager was not asked."""
    rows = db.execute(
        "SELECT t.lead_id FROM tasks t WHERE t.kind = 'untouched' AND t.done_at IS NULL AND t.opened_at <= ? AND NOT EXISTS"
        " (SELECT 1 FROM tasks q WHERE q.lead_id = t.lead_id AND q.kind = 'to_pool' AND q.opened_at >= t.opened_at) ORDER BY t.id",
        [to_text(before)],
    )
    return [row[0] for row in rows]


def touched_since(db: Database) -> list[int]:
    """Open warnings and questions about leads that somebody has touched since."""
    rows = db.execute(
        "SELECT t.id FROM tasks t JOIN leads l ON l.id = t.lead_id WHERE t.kind IN ('untouched', 'to_pool') AND t.done_at IS NULL"
        f" AND ({TOUCHED} > t.opened_at OR l.stage = 'closed' OR l.owner = '')"
    )
    return [row[0] for row in rows]


def is_asked_about(db: Database, lead_id: int, kind: str = "untouched") -> bool:
    """Is there an open task of this kind about the lead?"""
    return db.execute("SELECT 1 FROM tasks WHERE lead_id = ? AND kind = ? AND done_at IS NULL", [lead_id, kind]).fetchone() is not None


def _marks(values: tuple) -> str:
    return ", ".join("?" * len(values))
