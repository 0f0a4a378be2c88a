"""What the events of our own people's work do to the tables: talks, tasks, dates of orders, absences, texts approved beforehand."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from mailagent.core.model import events as e
from mailagent.errors import IllegalMove
from mailagent.ledger import owed, tasks
from mailagent.ledger.db import to_text
from mailagent.ledger.project import project


@project.register
def _(event: e.AnswerOwed, db: Database, now: datetime, actor: str) -> None:
    owed.owe(db, event, now)


@project.register
def _(event: e.AnswerLate, db: Database, now: datetime, actor: str) -> None:
    db.execute("UPDATE answers_owed SET told = told + 1 WHERE id = ?", [event.owed_id])


@project.register
def _(event: e.TalkLogged, db: Database, now: datetime, actor: str) -> None:
    db.execute(
        "INSERT INTO talks (id, lead_id, channel, at, logged_at, actor, text, facts) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [event.talk_id, event.lead_id, event.channel, to_text(event.at), to_text(now), actor, event.text, event.facts or "[]"],
    )
    db.execute(
        "UPDATE leads SET outbound_count = outbound_count + 1, last_outbound_at = MAX(COALESCE(last_outbound_at, ''), ?) WHERE id = ?",
        [to_text(event.at), event.lead_id],
    )
    owed.meet(db, event.lead_id, event.at, "talk", actor)


@project.register
def _(event: e.OrderDateSet, db: Database, now: datetime, actor: str) -> None:
    db.execute(
        "INSERT OR REPLACE INTO order_dates (lead_id, what, day, needs, actor, at) VALUES (?, ?, ?, ?, ?, ?)",
        [event.lead_id, event.what, event.day, event.needs, actor, to_text(now)],
    )


@project.register
def _(event: e.LetterWanted, db: Database, now: datetime, actor: str) -> None:
    db.execute(
        "INSERT INTO letters_wanted (id, lead_id, step, author, note, at) VALUES (?, ?, ?, ?, ?, ?)",
        [event.wanted_id, event.lead_id, event.step, event.author, event.note, to_text(now)],
    )


@project.register
def _(event: e.LetterReSigned, db: Database, now: datetime, actor: str) -> None:
    cursor = db.execute(
        "UPDATE outbox SET author = ?, body = ?, content_hash = ?, changed_at = ? WHERE id = ? AND state = 'drafted'",
        [event.author, event.body, event.content_hash, to_text(now), event.letter_id],
    )
    if cursor.rowcount != 1:
        raise IllegalMove(f"Letter {event.letter_id} is no longer a draft, so it cannot be edited.")


@project.register
def _(event: e.CompanyReassigned, db: Database, now: datetime, actor: str) -> None:
    db.execute("UPDATE companies SET owner = ? WHERE id = ?", [event.owner, event.company_id])


@project.register
def _(event: e.TextPreApproved, db: Database, now: datetime, actor: str) -> None:
    db.execute(
        "INSERT OR REPLACE INTO preapprovals (name, text_hash, actor, at) VALUES (?, ?, ?, ?)",
        [event.template, event.text_hash, actor, to_text(now)],
    )


@project.register
def _(event: e.PreApprovalEnded, db: Database, now: datetime, actor: str) -> None:
    db.execute("DELETE FROM preapprovals WHERE name = ?", [event.template])


@project.register
def _(event: e.AbsenceSet, db: Database, now: datetime, actor: str) -> None:
    db.execute(
        "INSERT OR REPLACE INTO absences (person, first, last, deputy, actor, at) VALUES (?, ?, ?, ?, ?, ?)",
        [event.person, event.first, event.last, event.deputy, actor, to_text(now)],
    )


@project.register
def _(event: e.CalendarKeySet, db: Database, now: datetime, actor: str) -> None:
    db.execute("DELETE FROM calendar_keys WHERE person = ?", [event.person])
    if event.key_hash:
        db.execute("INSERT INTO calendar_keys (person, key_hash, at) VALUES (?, ?, ?)", [event.person, event.key_hash, to_text(now)])


@project.register
def _(event: e.TaskMoved, db: Database, now: datetime, actor: str) -> None:
    # With a new time or a new person it may be told again when that is over.
    db.execute(
        "UPDATE tasks SET due_at = COALESCE(?, due_at), owner = CASE WHEN ? = '' THEN owner ELSE ? END, escalated_at = NULL"
        " WHERE id = ? AND done_at IS NULL",
        [to_text(event.due_at), event.owner, event.owner, event.task_id],
    )
    tasks.end_alarms(db, event.task_id, now, actor)


@project.register
def _(event: e.TaskEscalated, db: Database, now: datetime, actor: str) -> None:
    db.execute("UPDATE tasks SET escalated_at = ? WHERE id = ?", [to_text(now), event.task_id])


@project.register
def _(event: e.TaskTextWritten, db: Database, now: datetime, actor: str) -> None:
    db.execute("UPDATE tasks SET text = ? WHERE id = ?", [event.text, event.task_id])
