"""What a buyer was told already, and what others are told on the same day: questions of whoever writes the next letter to him."""

from __future__ import annotations

import json
from datetime import date, datetime

from sqlite_utils import Database

from mailagent.core.model.pretext import Quoted
from mailagent.ledger.db import to_text

#: Letters that reached him, may have, or wait to.
COUNTED = "('drafted', 'approved', 'claimed', 'transmitting', 'in_doubt', 'sent', 'bounced')"
#: So many of his letters are looked at; of other people's on one day as well.
MOST_OF_HIS, MOST_OF_A_DAY = 60, 400


def told(db: Database, contact_id: int) -> tuple[str, ...]:
    """The grounds of the letters to a person, oldest first, in all his matters; of one without a ground the name of its template."""
    rows = db.execute(
        "SELECT pretext, template FROM outbox WHERE contact_id = ? AND basis IN ('answer', 'follow_up')"
        f" AND state IN {COUNTED} ORDER BY id DESC LIMIT {MOST_OF_HIS}",
        [contact_id],
    ).fetchall()
    return tuple(row[0] or f"{row[1].rpartition('/')[2]}:" for row in reversed(rows))


def quoted(db: Database, lead_id: int) -> tuple[Quoted, ...]:
    """What the letters of a matter that went have named of our goods, oldest first."""
    rows = db.execute(
        "SELECT quoted FROM outbox WHERE lead_id = ? AND basis <> 'notice' AND quoted <> '[]' AND state IN ('sent', 'in_doubt')"
        f" ORDER BY id DESC LIMIT {MOST_OF_HIS}",
        [lead_id],
    ).fetchall()
    return tuple(Quoted.of(line) for row in reversed(rows) for line in json.loads(row[0]))


def texts_to(db: Database, contact_id: int) -> dict[int, str]:
    """The letters that a person has had or is about to have: number → text."""
    rows = db.execute(
        f"SELECT id, body FROM outbox WHERE contact_id = ? AND basis <> 'notice' AND state IN {COUNTED}"
        f" ORDER BY id DESC LIMIT {MOST_OF_HIS}",
        [contact_id],
    )
    return {row[0]: row[1] for row in rows}


def texts_of_span(db: Database, template: str, start: datetime, end: datetime, but_contact: int) -> dict[int, str]:
    """Letters of one template to other people that left in a span of time, or would: number → text."""
    span, found = [to_text(start), to_text(end)], {}
    for where in (
        "state = 'drafted' AND planned_at >= ? AND planned_at < ?",
        "state = 'approved' AND next_attempt_at >= ? AND next_attempt_at < ?",
        "sent_at IS NOT NULL AND sent_at >= ? AND sent_at < ?",
    ):
        rows = db.execute(
            f"SELECT id, body FROM outbox WHERE {where} AND template = ? AND contact_id IS NOT ? LIMIT {MOST_OF_A_DAY}",
            [*span, template, but_contact],
        )
        found |= {row[0]: row[1] for row in rows}
    return found


def untrue(db: Database, day: date) -> list[int]:
    """Drafts that say something whose last day is over.

    Args:
        day: today, by our calendar.
    """
    rows = db.execute(
        "SELECT id FROM outbox WHERE state = 'drafted' AND true_until <> '' AND true_until < ? ORDER BY true_until, id", [day.isoformat()]
    )
    return [row[0] for row in rows]


def was_edited(db: Database, letter_id: int) -> bool:
    """Has a person worked on the text of a letter?"""
    return db.execute("SELECT 1 FROM events WHERE letter_id = ? AND type = 'DraftEdited' LIMIT 1", [letter_id]).fetchone() is not None
