"""Answers that buyers wait for: until when, why until then, and by what they were met."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from mailagent.core.model import events as e
from mailagent.ledger.db import from_text, to_text

#: What was met so was not answered; nobody is in time or late for it.
NOT_ANSWERED = "ended:"
#: Whoever closed one of these tasks has answered by another way than a letter of ours.
BY_HAND = ("platform_answer", "answer_by_hand")

#: Thrown once, when what older releases had left unwritten is written down.
FILLED_IN = "owed_filled_in"


@dataclass(frozen=True)
class Owed:
    """One answer that a buyer waits for.

    Attributes:
        known_at: when we read the mail.
        told: how many of owner, manager and deputy were told that it is late.
        acknowledged_at: when an acknowledgement was written for it.
    """

    id: int
    lead_id: int
    inbound_id: int | None
    asked_at: datetime
    known_at: datetime
    due_at: datetime
    reason: str
    told: int
    acknowledged_at: datetime | None

    def is_late(self, now: datetime) -> bool:
        return now > self.due_at


COLUMNS = ", ".join(f"o.{name}" for name in Owed.__dataclass_fields__)
_TIMES = ("asked_at", "known_at", "due_at", "acknowledged_at")


def _as_owed(row) -> Owed:
    return Owed(**{name: from_text(row[name]) if name in _TIMES else row[name] for name in Owed.__dataclass_fields__})


def of_lead(db: Database, lead_id: int) -> Owed | None:
    """The answer that a lead waits for; None if it waits for none."""
    row = db.execute(f"SELECT {COLUMNS} FROM answers_owed o WHERE o.lead_id = ? AND o.answered_at IS NULL", [lead_id]).fetchone()
    return _as_owed(row) if row else None


def of_leads(db: Database, lead_ids: list[int]) -> dict[int, Owed]:
    """The answers that these leads wait for, by lead."""
    marks = ", ".join("?" * len(lead_ids))
    rows = db.execute(f"SELECT {COLUMNS} FROM answers_owed o WHERE o.answered_at IS NULL AND o.lead_id IN ({marks})", lead_ids)
    return {row["lead_id"]: _as_owed(row) for row in rows}


def untold(db: Database, now: datetime, limit: int = 500) -> list[int]:
    """Leads whose answer is late and of which not everybody was told who must be, the longest overdue first."""
    query = "SELECT lead_id FROM answers_owed WHERE answered_at IS NULL AND told < 3 AND due_at <= ? ORDER BY due_at LIMIT ?"
    return [row[0] for row in db.execute(query, [to_text(now), limit])]


def unacknowledged(db: Database, until: datetime, limit: int = 500) -> list[int]:
    """Leads whose answer's time is over by a moment, and whose buyers were told nothing; the most urgent first.

    What is held, or has its answer on the way, is left out here: it would stand in front for weeks, and the others would never come.
    """
    query = (
        "SELECT o.lead_id FROM answers_owed o JOIN leads l ON l.id = o.lead_id"
        " WHERE o.answered_at IS NULL AND o.acknowledged_at IS NULL AND o.due_at <= ? AND l.hold_reason = ''"
        " AND NOT EXISTS (SELECT 1 FROM outbox WHERE lead_id = l.id AND basis = 'answer'"
        " AND state IN ('approved', 'claimed', 'transmitting', 'in_doubt')) ORDER BY o.due_at LIMIT ?"
    )
    return [row[0] for row in db.execute(query, [to_text(until), limit])]


def forgotten(db: Database, steps: Collection[tuple[str, str]], limit: int = 500) -> list[tuple[int, int | None, datetime]]:
    """Open leads that wait for an answer of which nobody has written down that it is owed: number, his last mail, and when it came.

    Args:
        steps: those by which a lead is answered, each by its cadence and its name.
    """
    marks, kinds = ", ".join("?" * len(steps)), ", ".join("?" * len(BY_HAND))
    rows = db.execute(
        "SELECT l.id, (SELECT i.id FROM inbound i WHERE i.lead_id = l.id AND i.kind IN ('inquiry', 'reply') ORDER BY i.received_at DESC"
        " LIMIT 1), l.last_inbound_at FROM leads l WHERE l.stage <> 'closed' AND l.last_inbound_at IS NOT NULL"
        f" AND l.fraud <> 'likely' AND (l.rest_reason = '' AND l.cadence || '/' || l.step IN ({marks}) OR EXISTS"
        f" (SELECT 1 FROM tasks t WHERE t.lead_id = l.id AND t.kind IN ({kinds}) AND t.done_at IS NULL))"
        " AND l.id NOT IN (SELECT lead_id FROM answers_owed) ORDER BY l.id LIMIT ?",
        [*(f"{cadence}/{step}" for cadence, step in steps), *BY_HAND, limit],
    ).fetchall()
    return [(row[0], row[1], from_text(row[2])) for row in rows]


def is_filled_in(db: Database) -> bool:
    """Has everything been written down that was owed before answers had their times?"""
    return db.execute("SELECT 1 FROM switches WHERE name = ?", [FILLED_IN]).fetchone() is not None


def note_filled_in(db: Database, now: datetime) -> None:
    """It has."""
    db.execute("INSERT OR IGNORE INTO switches (name, value, at, actor) VALUES (?, 'on', ?, 'agent')", [FILLED_IN, to_text(now)])


def of_owners(db: Database, owners: tuple[str, ...], limit: int = 500) -> list[Owed]:
    """What these people owe, what burns first on top; "" among them is what nobody owns."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM answers_owed o JOIN leads l ON l.id = o.lead_id WHERE o.answered_at IS NULL"
        f" AND l.owner IN ({', '.join('?' * len(owners))}) ORDER BY o.due_at, l.tier IS NULL, l.tier, o.id LIMIT ?",
        [*owners, limit],
    )
    return [_as_owed(row) for row in rows]


# ── what events change ──────────────────────────────────────────────────────────────────────────────────────────


def owe(db: Database, event: e.AnswerOwed, now: datetime) -> None:
    """A buyer waits; what he asks a second time was owed since the first."""
    db.execute(
        "INSERT INTO answers_owed (id, lead_id, inbound_id, asked_at, known_at, due_at, reason) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (lead_id) WHERE answered_at IS NULL DO UPDATE SET inbound_id = excluded.inbound_id,"
        " reason = CASE WHEN excluded.due_at < due_at THEN excluded.reason ELSE reason END, due_at = MIN(due_at, excluded.due_at)",
        [event.owed_id, event.lead_id, event.inbound_id, to_text(event.asked_at), to_text(now), to_text(event.due_at), event.reason],
    )


def meet(db: Database, lead_id: int, at: datetime, how: str, actor: str) -> None:
    """The buyer has his answer (or will get none): nothing is owed any more, and whoever was told that it is late has no task left."""
    met = db.execute(
        "UPDATE answers_owed SET answered_at = MAX(?, asked_at), how = ? WHERE lead_id = ? AND answered_at IS NULL AND asked_at <= ?",
        [to_text(at), how, lead_id, to_text(at)],
    )
    if met.rowcount:
        db.execute(
            "UPDATE tasks SET done_at = ?, done_by = ?, note = ? WHERE lead_id = ? AND kind = 'late_answer' AND done_at IS NULL",
            [to_text(at), actor, how, lead_id],
        )


def meet_by_letter(db: Database, letter_id: int, now: datetime, actor: str) -> None:
    """A letter has left: an answer or a follow-up meets what is owed; an acknowledgement, and what goes beside the cadence, do not."""
    row = db.execute(
        "SELECT lead_id FROM outbox WHERE id = ? AND lead_id IS NOT NULL AND basis IN ('answer', 'follow_up') AND round >= 0",
        [letter_id],
    ).fetchone()
    if row:
        meet(db, row[0], now, "letter", actor)


def meet_by_task(db: Database, task_id: int, now: datetime, actor: str) -> None:
    """Whoever answered on the platform or by hand has answered."""
    row = db.execute("SELECT lead_id, kind FROM tasks WHERE id = ?", [task_id]).fetchone()
    if row and row["kind"] in BY_HAND and row["lead_id"] is not None:
        meet(db, row["lead_id"], now, "by_hand", actor)


#: Events that end what a lead owes, and how it was met. They change the row of their lead too.
ENDS = {
    e.OwnAnswerSeen: lambda event, now: (event.at, "colleague"),
    e.CadenceEnded: lambda event, now: (now, f"{NOT_ANSWERED}{event.reason}"),
}


def meet_by_event(db: Database, event: e.Event, now: datetime, actor: str) -> None:
    """The event of ``ENDS`` ends what its lead owes."""
    at, how = ENDS[type(event)](event, now)
    meet(db, event.lead_id, at, how, actor)


# ── what became of them ─────────────────────────────────────────────────────────────────────────────────────────


def punctuality(db: Database, start: datetime, end: datetime) -> tuple[int, int]:
    """Of what buyers asked in [start, end): how much was answered in time, and how much late or is late by now."""
    rows = db.execute(
        "SELECT SUM(answered_at <= due_at), SUM(COALESCE(answered_at, ?) > due_at) FROM answers_owed"
        " WHERE asked_at >= ? AND asked_at < ? AND how NOT LIKE ? || '%'",
        [to_text(end), to_text(start), to_text(end), NOT_ANSWERED],
    ).fetchone()
    return rows[0] or 0, rows[1] or 0
