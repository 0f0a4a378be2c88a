"""How much an account has sent lately, and until when it rests. Every question here goes by an index.

A rest keeps an account's letters to buyers back; notices to our own people go on. An account that its own server asked to be silent is
barred: nothing leaves it. A domain rests under its name with an @ before it. Letters that bear a time to come (somebody had set
the clock wrong) count for no longer than their window.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlite_utils import Database

from mailagent.core.deciding.limits import Count, Limit
from mailagent.ledger.db import from_text, to_text

#: The domain of a letter's recipient: word for word as the index has it.
DOMAIN = "LOWER(SUBSTR(recipient, INSTR(recipient, '@') + 1))"
RESTING = "resting:"
BARRED = "barred:"
#: When a person let an account or a domain go on: what it met before is not counted again.
FORGIVEN = "forgiven:"


class Window(NamedTuple):
    """Whose letters a limit counts: those of an account (notices too: the provider counts them), to a domain, or an author's follow-ups.

    Attributes:
        coming: so many are under way and count as if they had been sent now.
    """

    kind: str
    name: str
    coming: int = 0


_OF = {"account": "account = ?", "domain": f"{DOMAIN} = ?", "author": "author = ? AND basis = 'follow_up'"}


def counts(db: Database, asked: Sequence[tuple[Limit, Window]], now: datetime) -> list[Count]:
    """Of each limit, when the letter was sent that uses up its last place; all in one question."""
    columns, arguments = [], []
    for limit, window in asked:
        columns.append(
            f"(SELECT sent_at FROM outbox WHERE {_OF[window.kind]} AND sent_at > ? AND sent_at < ? ORDER BY sent_at DESC LIMIT 1 OFFSET ?)"
        )
        arguments += (window.name, to_text(now - limit.span), to_text(now + limit.span), max(limit.at_most - 1 - window.coming, 0))
    row = db.execute(f"SELECT {', '.join(columns)}", arguments).fetchone()
    return [
        Count(limit, now if window.coming >= limit.at_most else from_text(last_place))
        for (limit, window), last_place in zip(asked, row, strict=True)
    ]


def count(db: Database, limit: Limit, window: Window, now: datetime) -> Count:
    """The same of one limit."""
    return counts(db, [(limit, window)], now)[0]


def last_sent(db: Database, account: str, now: datetime) -> datetime | None:
    """When the account sent its last letter or notice."""
    row = db.execute("SELECT MAX(sent_at) FROM outbox WHERE account = ? AND sent_at IS NOT NULL AND sent_at <= ?", [account, to_text(now)])
    return from_text(row.fetchone()[0])


def domain_of(recipient: str) -> str:
    """The domain of an address as ``DOMAIN`` has it."""
    return recipient.rpartition("@")[2].lower()


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


def rest(db: Database, scope: str, until: datetime, reason: str, now: datetime, *, bars: bool = False) -> None:
    """Leave an account (or "@domain") alone until then; a rest that is longer already stays.

    That of a quota follows from what was sent, so it is no event; a brake's is (``SendingRested``).

    Args:
        bars: nothing leaves it, notices neither.
    """
    db.execute(
        "INSERT INTO switches (name, value, reason, at, actor) VALUES (?, ?, ?, ?, 'agent') ON CONFLICT (name) DO UPDATE"
        " SET value = excluded.value, reason = excluded.reason, at = excluded.at WHERE excluded.value > value",
        [(BARRED if bars else RESTING) + scope, to_text(until), reason, to_text(now)],
    )


def wake(db: Database, scope: str, now: datetime, actor: str) -> None:
    """A person lets it go on: an account, "@domain", or "all". What it met so far is not counted again."""
    if scope == "all":
        db.execute("DELETE FROM switches WHERE name >= ? AND name < ? OR name >= ? AND name < ?", [*_span(RESTING), *_span(BARRED)])
    else:
        db.execute("DELETE FROM switches WHERE name IN (?, ?)", [RESTING + scope, BARRED + scope])
    db.execute(
        "INSERT INTO switches (name, value, reason, at, actor) VALUES (?, 'on', '', ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET at = excluded.at, actor = excluded.actor",
        [FORGIVEN + scope, to_text(now), actor],
    )
    # Letters that waited for a domain only have its time beside them.
    db.execute(
        "UPDATE outbox SET next_attempt_at = ? WHERE state = 'approved' AND state_reason = 'domain_rests' AND next_attempt_at > ?"
        f" AND (? = 'all' OR '@' || {DOMAIN} = ?)",
        [to_text(now), to_text(now), scope, scope],
    )


def resting(db: Database, now: datetime) -> dict[str, tuple[datetime, str]]:
    """Accounts and "@domains" to which, or from which, no letter to a buyer leaves for the moment: until when, and why."""
    rows = db.execute(
        "SELECT SUBSTR(name, INSTR(name, ':') + 1), value, reason FROM switches"
        " WHERE (name >= ? AND name < ? OR name >= ? AND name < ?) AND value > ? ORDER BY value",
        [*_span(RESTING), *_span(BARRED), to_text(now)],
    )
    return {name: (from_text(until), reason) for name, until, reason in rows}


def rests_of(db: Database, account: str, recipient: str, basis: str, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Until when the account, and the recipient's domain, are left alone as far as this sort of letter goes."""
    mine = [BARRED + account] + [RESTING + account] * (basis != "notice")
    domain = f"{RESTING}@{domain_of(recipient)}"
    rows = db.execute(
        f"SELECT name, value FROM switches WHERE name IN ({', '.join('?' * (len(mine) + 1))}) AND value > ?", [*mine, domain, to_text(now)]
    ).fetchall()
    of_account = max((until for name, until in rows if name != domain), default=None)
    of_domain = max((until for name, until in rows if name == domain and basis != "notice"), default=None)
    return from_text(of_account), from_text(of_domain)


def _span(prefix: str) -> tuple[str, str]:
    """Between which two names all those lie that begin so."""
    return prefix, prefix[:-1] + ";"
