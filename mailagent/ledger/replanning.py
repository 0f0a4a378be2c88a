"""How far all planned steps were planned anew after the rhythm was changed: written beside them, so that nothing begins twice."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from mailagent.core.model.lead import Lead
from mailagent.ledger.db import to_text
from mailagent.ledger.leads import LEAD, as_lead

#: Under which rhythm every planned step stands; and, while they are planned anew, under which one, and up to which lead.
RHYTHM, UNDER_WAY = "rhythm", "replanning"


def planned_under(db: Database) -> str:
    """The rhythm under which everything is planned; "" where none was written down yet."""
    row = db.execute("SELECT value FROM switches WHERE name = ?", [RHYTHM]).fetchone()
    return row[0] if row else ""


def reached(db: Database, rhythm: str) -> int | None:
    """The last lead that was planned anew under a rhythm; None if nobody is doing that."""
    row = db.execute("SELECT value FROM switches WHERE name = ?", [UNDER_WAY]).fetchone()
    under, _, number = row[0].partition(" ") if row else ("", "", "")
    return int(number) if number and under == rhythm else None


def note(db: Database, rhythm: str, number: int, now: datetime) -> None:
    """Everything up to this lead stands under the rhythm now."""
    _write(db, UNDER_WAY, f"{rhythm} {number}", now)


def finish(db: Database, rhythm: str, now: datetime) -> None:
    """Everything stands under the rhythm now."""
    _write(db, RHYTHM, rhythm, now)
    db.execute("DELETE FROM switches WHERE name = ?", [UNDER_WAY])


def _write(db: Database, name: str, value: str, now: datetime) -> None:
    db.execute(
        "INSERT INTO switches (name, value, at, actor) VALUES (?, ?, ?, 'agent')"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at",
        [name, value, to_text(now)],
    )


def newest_lead(db: Database) -> int:
    """The number of the newest lead; 0 if there is none."""
    return db.execute("SELECT COALESCE(MAX(id), 0) FROM leads").fetchone()[0]


def planned_after(db: Database, number: int, limit: int) -> list[Lead]:
    """Leads after this one that wait for a planned step, held ones too: their holds end."""
    # By number, and not by time: a lead that moves is met once. CROSS JOIN and the plus sign keep SQLite to that order.
    rows = db.execute(
        LEAD.replace(" JOIN ", " CROSS JOIN ")
        + " WHERE l.id > ? AND +l.next_due_at IS NOT NULL AND +l.rest_reason = '' ORDER BY l.id LIMIT ?",
        [number, limit],
    )
    return [as_lead(row) for row in rows]
