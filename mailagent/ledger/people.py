"""Who of us is there: absences of the file and of the command, and the keys of people's calendars."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from mailagent.core.deciding import assignment
from mailagent.core.model.policy import Person, Policy
from mailagent.core.model.workday import Absence


def absences(db: Database, policy: Policy) -> list[Absence]:
    """Every absence that is known: those of ``assignment.toml``, and the newest one that was said of each person."""
    rows = db.execute("SELECT person, first, last, deputy FROM absences").fetchall()
    said = [Absence(person=r[0], first=date.fromisoformat(r[1]), last=date.fromisoformat(r[2]), deputy=r[3]) for r in rows]
    return [*policy.assignment.absence, *said]


def away(db: Database, policy: Policy, moment: datetime) -> dict[str, str]:
    """Who is away at a moment → his deputy, or ""."""
    return assignment.away(absences(db, policy), moment.astimezone(ZoneInfo(policy.company.time_zone)).date())


def list_of(db: Database, person: Person, policy: Policy, now: datetime) -> tuple[str, ...]:
    """Whose work a person sees today."""
    return assignment.list_of(person, away(db, policy, now), policy)


def calendar_of(db: Database, key_hash: str) -> str:
    """Whose calendar is read under a key; "" if it is nobody's."""
    row = db.execute("SELECT person FROM calendar_keys WHERE key_hash = ?", [key_hash]).fetchone()
    return row[0] if row else ""
