"""What a person has to do: calls, alarms, answers in a platform's back office."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from mailagent.ledger.db import from_text, to_text

#: What only says that something else is late, or asks the manager: its own delay is told to nobody.
NEVER_ESCALATED = ("late_answer", "overdue", "untouched", "to_pool")


def open_tasks(db: Database, *, owner: str = "", lead_id: int | None = None) -> list[dict]:
    """Open tasks, the most urgent first, with the lead they belong to."""
    where, arguments = ["t.done_at IS NULL"], []
    if owner:
        where.append("t.owner = ?")
        arguments.append(owner)
    if lead_id is not None:
        where.append("t.lead_id = ?")
        arguments.append(lead_id)
    rows = db.execute(
        "SELECT t.*, c.email, c.name AS contact_name, c.phone, k.name AS company_name FROM tasks t LEFT JOIN leads l ON l.id = t.lead_id"
        " LEFT JOIN contacts c ON c.id = l.contact_id LEFT JOIN companies k ON k.id = l.company_id"
        f" WHERE {' AND '.join(where)} ORDER BY t.due_at, t.id",
        arguments,
    )
    return [dict(row) for row in rows]


def unowned(db: Database) -> list[dict]:
    """Open tasks that are nobody's: alarms about the whole house, for the manager."""
    return [task for task in open_tasks(db) if not task["owner"]]


def get(db: Database, task_id: int) -> dict | None:
    row = db.execute("SELECT * FROM tasks WHERE id = ?", [task_id]).fetchone()
    return dict(row) if row else None


def open_of_kind(db: Database, lead_id: int, kind: str) -> list[int]:
    """Numbers of a lead's open tasks of one kind."""
    return [r[0] for r in db.execute("SELECT id FROM tasks WHERE lead_id = ? AND kind = ? AND done_at IS NULL", [lead_id, kind])]


def is_open(db: Database, kind: str, title: str) -> bool:
    """Is there an open task of this kind with just this title? One alarm is enough."""
    return db.execute("SELECT 1 FROM tasks WHERE kind = ? AND title = ? AND done_at IS NULL", [kind, title]).fetchone() is not None


def open_with_title(db: Database, kind: str, beginning: str) -> list[int]:
    """Numbers of open tasks of one kind whose title begins so."""
    query = "SELECT id FROM tasks WHERE kind = ? AND done_at IS NULL AND SUBSTR(title, 1, LENGTH(?)) = ?"
    rows = db.execute(query, [kind, beginning, beginning])
    return [row[0] for row in rows]


def open_for(db: Database, lead_id: int, kind: str, owner: str) -> list[int]:
    """Numbers of a lead's open tasks of one kind that one person has."""
    rows = db.execute("SELECT id FROM tasks WHERE lead_id = ? AND kind = ? AND owner = ? AND done_at IS NULL", [lead_id, kind, owner])
    return [row[0] for row in rows]


def of_owners(db: Database, owners: tuple[str, ...], limit: int = 500) -> list[dict]:
    """Open tasks of these people, the most urgent first, with the buyer and his lead."""
    rows = db.execute(
        "SELECT t.*, c.email, c.name AS contact_name, c.phone, k.name AS company_name, l.tier, l.country, l.language FROM tasks t"
        " LEFT JOIN leads l ON l.id = t.lead_id LEFT JOIN contacts c ON c.id = l.contact_id LEFT JOIN companies k ON k.id = l.company_id"
        f" WHERE t.done_at IS NULL AND t.owner IN ({', '.join('?' * len(owners))}) ORDER BY t.due_at, t.id LIMIT ?",
        [*owners, limit],
    )
    return [dict(row) for row in rows]


def overdue(db: Database, now: datetime, limit: int = 200) -> list[dict]:
    """Open tasks whose time is over and that nobody was told of; the most urgent first."""
    rows = db.execute(
        "SELECT * FROM tasks WHERE done_at IS NULL AND due_at <= ? AND escalated_at IS NULL"
        f" AND kind NOT IN ({', '.join('?' * len(NEVER_ESCALATED))}) ORDER BY due_at, id LIMIT ?",
        [to_text(now), *NEVER_ESCALATED, limit],
    )
    return [dict(row) for row in rows]


def alarm_about(task_id: int) -> str:
    """What an alarm that a task is overdue keeps of it, so that it is found again."""
    return f"task:{task_id}"


def end_alarms(db: Database, task_id: int, now: datetime, actor: str) -> None:
    """A task was done, put off or given away: that it was overdue is news no more."""
    # Both belong to one lead, whose tasks are few; those of the house have none.
    db.execute(
        "UPDATE tasks SET done_at = ?, done_by = ? WHERE kind = 'overdue' AND evidence = ? AND done_at IS NULL"
        " AND lead_id IS (SELECT lead_id FROM tasks WHERE id = ?)",
        [to_text(now), actor, alarm_about(task_id), task_id],
    )


def due_at(task: dict) -> datetime:
    """When a task is due."""
    return from_text(task["due_at"])


def without_text(db: Database, limit: int = 50) -> list[int]:
    """Numbers of open tasks to answer on a platform, or to call, for which no text was written yet."""
    query = "SELECT id FROM tasks WHERE done_at IS NULL AND kind IN ('platform_answer', 'call') AND text = '' ORDER BY id LIMIT ?"
    return [row[0] for row in db.execute(query, [limit])]


def was_asked_about(db: Database, address: str) -> bool:
    """Was one of us ever asked who is behind an address that he wrote to? Nobody is asked twice."""
    return db.execute("SELECT 1 FROM tasks WHERE kind = 'unknown_buyer' AND evidence = ? LIMIT 1", [address]).fetchone() is not None
