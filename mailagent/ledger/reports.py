"""Numbers for people: the daemon's status and the week of the digest."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlite_utils import Database

from mailagent.core.deciding.digest import Week
from mailagent.ledger import folders, inbox, leads, owed
from mailagent.ledger.db import from_text, to_text


def counts(db: Database, query: str, *arguments: object) -> dict:
    """The rows of a two-column query as a dictionary."""
    return {row[0]: row[1] for row in db.execute(query, arguments)}


def status(db: Database) -> dict:
    """What ``mailagent status`` and the desk's first line show."""
    one = lambda query: db.execute(query).fetchone()[0]  # noqa: E731
    return {
        "mails": counts(db, "SELECT state, COUNT(*) FROM inbound GROUP BY state"),
        "kinds": counts(db, "SELECT kind, COUNT(*) FROM inbound WHERE state = 'handled' GROUP BY kind ORDER BY 2 DESC"),
        "letters": counts(db, "SELECT state, COUNT(*) FROM outbox WHERE basis <> 'notice' GROUP BY state"),
        "leads": counts(db, "SELECT COALESCE(tier, 0), COUNT(*) FROM leads GROUP BY 1 ORDER BY 1"),
        "open_tasks": one("SELECT COUNT(*) FROM tasks WHERE done_at IS NULL"),
        "suppressions": one("SELECT COUNT(*) FROM suppressions WHERE lifted_at IS NULL"),
        "last_mail_at": from_text(one("SELECT MAX(received_at) FROM inbound")),
        "last_sent_at": from_text(one("SELECT MAX(sent_at) FROM outbox WHERE sent_at IS NOT NULL AND basis <> 'notice'")),
        "pauses": counts(db, "SELECT SUBSTR(name, 8), reason FROM switches WHERE name LIKE 'paused:%' AND value = 'on'"),
    }


def week(db: Database, start: datetime, end: datetime) -> Week:
    """The numbers of one week, for the manager.

    Args:
        start, end: UTC; the week is [start, end).
    """
    span = [to_text(start), to_text(end)]

    def number(query: str, *more: object) -> int:
        return db.execute(query, [*span, *more]).fetchone()[0] or 0

    in_time, late = owed.punctuality(db, start, end)
    return Week(
        start=start,
        end=end,
        mails_by_kind=counts(db, f"SELECT kind, COUNT(*) FROM inbound WHERE kind <> '' AND {_within('received_at')} GROUP BY kind", *span),
        new_leads_by_tier=counts(db, f"SELECT COALESCE(tier, 0), COUNT(*) FROM leads WHERE {_within('opened_at')} GROUP BY 1", *span),
        new_leads_by_source=counts(db, f"SELECT source, COUNT(*) FROM leads WHERE {_within('opened_at')} GROUP BY 1", *span),
        letters_sent=counts(
            db, f"SELECT basis, COUNT(*) FROM outbox WHERE {_within('sent_at')} AND basis <> 'notice' GROUP BY basis", *span
        ),
        letters_answered=number(
            f"SELECT COUNT(DISTINCT json_extract(body, '$.answers')) FROM events WHERE type = 'ReplyReceived' AND {_within('at')}"
        ),
        answered_in_time=in_time,
        answered_late=late,
        moved_up=number(f"SELECT SUM({_TIER_UP}) FROM events WHERE type = 'TierMoved' AND {_within('at')}"),
        moved_down=number(f"SELECT SUM(NOT {_TIER_UP}) FROM events WHERE type = 'TierMoved' AND {_within('at')}"),
        unsubscribed=number(f"SELECT COUNT(*) FROM suppressions WHERE {_within('created_at')} AND reason IN ('unsubscribe', 'manual')"),
        bounced=number(f"SELECT COUNT(*) FROM suppressions WHERE {_within('created_at')} AND reason = 'hard_bounce'"),
        waiting=db.execute("SELECT COUNT(*) FROM outbox WHERE state = 'drafted' AND basis <> 'notice'").fetchone()[0],
        in_doubt=db.execute("SELECT COUNT(*) FROM outbox WHERE state = 'in_doubt'").fetchone()[0],
        quarantined=db.execute("SELECT COUNT(*) FROM inbound WHERE state = 'quarantined'").fetchone()[0],
        kept_back=db.execute("SELECT COUNT(*) FROM not_fetched").fetchone()[0],
        stuck=stuck(db),
        alarms=_rows(
            db,
            "SELECT t.kind, t.title, t.lead_id, t.owner, COALESCE(NULLIF(c.name, ''), c.email, '') AS who FROM tasks t"
            " LEFT JOIN leads l ON l.id = t.lead_id LEFT JOIN contacts c ON c.id = l.contact_id WHERE t.done_at IS NULL"
            " AND t.kind IN ('fraud', 'in_doubt', 'bounce', 'account', 'folder', 'template', 'mailbox', 'house') ORDER BY t.id LIMIT 20",
        ),
        people=_rows(
            db,
            "SELECT l.owner AS name, COUNT(*) AS leads,"
            " (SELECT COUNT(*) FROM outbox o JOIN leads m ON m.id = o.lead_id WHERE m.owner = l.owner AND o.state = 'drafted') AS waiting,"
            f" (SELECT COUNT(*) FROM outbox o JOIN leads m ON m.id = o.lead_id WHERE m.owner = l.owner AND {_within('o.sent_at')}) AS sent,"
            " (SELECT COUNT(*) FROM tasks t WHERE t.owner = l.owner AND t.done_at IS NULL) AS tasks"
            " FROM leads l WHERE l.stage <> 'closed' GROUP BY l.owner ORDER BY l.owner",
            *span,
        ),
        silent=_rows(
            db,
            "SELECT l.id, l.tier, c.name, c.email, k.name AS company, l.last_outbound_at FROM leads l"
            " JOIN contacts c ON c.id = l.contact_id JOIN companies k ON k.id = l.company_id"
            " WHERE l.tier <= 2 AND l.stage <> 'closed' AND l.last_outbound_at > COALESCE(l.last_inbound_at, '')"
            " ORDER BY l.last_outbound_at LIMIT 10",
        ),
        steps_next_week=db.execute(
            f"SELECT COUNT(*) FROM leads WHERE {leads.PLANNED} AND next_due_at >= ? AND next_due_at < ?",
            [to_text(end), to_text(end + timedelta(days=7))],
        ).fetchone()[0],
    )


def stuck(db: Database, limit: int = 10) -> list[dict]:
    """Mails that nobody could read, with the reason: those that broke us, and those that a server keeps back."""
    broke_us = [
        {"where": f"{row['account']}/{row['folder']} uid {row['uid']}", "since": row["received_at"], "reason": row["error"]}
        for row in inbox.quarantined(db)[:limit]
    ]
    kept_back = [
        {"where": f"{one.account}/{one.folder} uid {one.uid}", "since": to_text(one.first_at), "reason": one.error}
        for one in folders.not_fetched(db)[:limit]
    ]
    return (broke_us + kept_back)[:limit]


def began_before(db: Database, moment: datetime) -> bool:
    """Was anything recorded before this time?"""
    row = db.execute("SELECT MIN(at) FROM (SELECT at FROM events WHERE id = (SELECT MIN(id) FROM events))").fetchone()
    return bool(row[0]) and row[0] < to_text(moment)


_TIER_UP = (
    "(json_extract(body, '$.new') <> 0 AND (json_extract(body, '$.old') = 0 OR json_extract(body, '$.new') < json_extract(body, '$.old')))"
)


def _within(column: str) -> str:
    return f"{column} >= ? AND {column} < ?"


def _rows(db: Database, query: str, *arguments: object) -> list[dict]:
    return [dict(row) for row in db.execute(query, arguments)]
