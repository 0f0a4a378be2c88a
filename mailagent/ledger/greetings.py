"""Whom a greeting would please: people who told us their birthday, and customers in countries that celebrate soon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlite_utils import Database

#: Of a person the newest matter that is not closed; nobody who has left.
_NEWEST = (
    "SELECT MAX(l.id) AS lead_id, l.owner, l.country, c.birthday FROM leads l JOIN contacts c ON c.id = l.contact_id"
    " WHERE l.stage <> 'closed' AND l.fraud = 'none' AND c.status = 'active'"
)


@dataclass(frozen=True)
class Greeted:
    """A matter whose buyer may be greeted."""

    lead_id: int
    owner: str
    country: str
    birthday: str


def birthdays(db: Database, days: Sequence[date]) -> list[Greeted]:
    """People whose birthday is on one of these days."""
    marks = ", ".join("?" * len(days))
    rows = db.execute(f"{_NEWEST} AND c.birthday IN ({marks}) GROUP BY c.id", [f"{day:%m-%d}" for day in days])
    return [Greeted(**dict(row)) for row in rows]


def customers(db: Database, countries: Sequence[str]) -> list[Greeted]:
    """Customers in these countries: whoever has ordered, and leads of tier 1."""
    marks = ", ".join("?" * len(countries))
    rows = db.execute(f"{_NEWEST} AND l.country IN ({marks}) AND (l.stage = 'customer' OR l.tier = 1) GROUP BY c.id", list(countries))
    return [Greeted(**dict(row)) for row in rows]


def countries_of_customers(db: Database) -> list[str]:
    """Where customers sit."""
    rows = db.execute("SELECT DISTINCT country FROM leads WHERE country <> '' AND (stage = 'customer' OR tier = 1 AND stage <> 'closed')")
    return [row[0] for row in rows]


def was_asked(db: Database, lead_id: int, title: str) -> bool:
    """Was such a task opened before, whether it was done or not?"""
    query = "SELECT 1 FROM tasks WHERE lead_id = ? AND kind = 'greeting' AND title = ? LIMIT 1"
    return db.execute(query, [lead_id, title]).fetchone() is not None
