"""How much an account has sent lately, and until when it rests. Every question here goes by an index."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from mailagent.core.deciding.limits import Count, Limit
from mailagent.ledger.db import from_text, to_text

#: The domain of a letter's recipient: word for word as the index has it.
DOMAIN = "LOWER(SUBSTR(recipient, INSTR(recipient, '@') + 1))"
RESTING = "resting:"


def count(db: Database, account: str, limit: Limit, now: datetime) -> Count:
    """When the letter was sent that uses up the last place of the account's window. Notices count: the provider counts them too."""
    row = db.execute(
        "SELECT sent_at FROM outbox WHERE account = ? AND sent_at > ? ORDER BY sent_at DESC LIMIT 1 OFFSET ?",
        [account, to_text(now - limit.span), limit.at_most - 1],
    ).fetchone()
    return Count(limit, from_text(row[0]) if row else None)


def count_to_domain(db: Database, recipient: str, limit: Limit, now: datetime) -> Count:
    """The same of all our letters to the recipient's domain."""
    row = db.execute(
        f"SELECT sent_at FROM outbox WHERE {DOMAIN} = ? AND sent_at > ? ORDER BY sent_at DESC LIMIT 1 OFFSET ?",
        [recipient.rpartition("@")[2].lower(), to_text(now - limit.span), limit.at_most - 1],
    ).fetchone()
    return Count(limit, from_text(row[0]) if row else None)


def last_sent(db: Database, account: str) -> datetime | None:
    """When the account sent its last letter or notice."""
    row = db.execute("SELECT MAX(sent_at) FROM outbox WHERE account = ? AND sent_at IS NOT NULL", [account])
    return from_text(row.fetchone()[0])


def days_of_use(db: Database, account: str, now: datetime, enough: int) -> int:
    """On how many days (UTC) before today letters left the account; at most ``enough`` are counted, one step by index for each."""
    if not enough:
        return 0
    row = db.execute(
        "WITH RECURSIVE day (first) AS ("
        " SELECT MIN(sent_at) FROM outbox WHERE account = :account AND sent_at IS NOT NULL"
        " UNION ALL"
        " SELECT (SELECT MIN(sent_at) FROM outbox WHERE account = :account AND sent_at > SUBSTR(first, 1, 10) || 'T99')"
        " FROM day WHERE first IS NOT NULL LIMIT :enough"
        ") SELECT COUNT(*) FROM day WHERE first < :today",
        {"account": account, "enough": enough, "today": to_text(now)[:10]},
    ).fetchone()
    return row[0]


# ── rest ────────────────────────────────────────────────────────────────────────────────────────────────────────


def rest(db: Database, account: str, until: datetime, reason: str, now: datetime) -> None:
    """Leave the account alone until then. Derived from what was sent, so it is no event; a rest that is longer already stays."""
    db.execute(
        "INSERT INTO switches (name, value, reason, at, actor) VALUES (?, ?, ?, ?, 'agent') ON CONFLICT (name) DO UPDATE"
        " SET value = excluded.value, reason = excluded.reason, at = excluded.at WHERE excluded.value > value",
        [RESTING + account, to_text(until), reason, to_text(now)],
    )


def resting(db: Database, now: datetime) -> dict[str, tuple[datetime, str]]:
    """Accounts from which no letter to a buyer leaves for the moment: until when, and why."""
    rows = db.execute(
        "SELECT SUBSTR(name, ?), value, reason FROM switches WHERE name >= ? AND name < ? AND value > ?",
        [len(RESTING) + 1, RESTING, RESTING[:-1] + ";", to_text(now)],
    )
    return {name: (from_text(until), reason) for name, until, reason in rows}
