"""Numbers for people: the daemon's status and the week of the digest."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from mailagent.core.deciding.digest import Week
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
    return Week(
        start=start,
        end=end,
        mails_by_kind=counts(
            db, "SELECT kind, COUNT(*) FROM inbound WHERE state = 'handled' AND received_at >= ? AND received_at < ? GROUP BY kind", *span
        ),
        new_leads_by_tier=counts(db, "SELECT COALESCE(tier, 0), COUNT(*) FROM leads WHERE opened_at >= ? AND opened_at < ? GROUP BY 1", *span),
        new_leads_by_source=counts(db, "SELECT source, COUNT(*) FROM leads WHERE opened_at >= ? AND opened_at < ? GROUP BY 1", *span),
        letters_sent=counts(
            db, "SELECT basis, COUNT(*) FROM outbox WHERE sent_at >= ? AND sent_at < ? AND basis <> 'notice' GROUP BY basis", *span
        ),
        replies=db.execute("SELECT COUNT(*) FROM events WHERE type = 'ReplyReceived' AND at >= ? AND at < ?", span).fetchone()[0],
        answered_letters=db.execute(
            "SELECT COUNT(DISTINCT json_extract(body, '$.answers')) FROM events WHERE type = 'ReplyReceived' AND at >= ? AND at < ?"
            " AND json_extract(body, '$.answers') IS NOT NULL",
            span,
        ).fetchone()[0],
        bounces=db.execute("SELECT COUNT(*) FROM events WHERE type = 'BounceReceived' AND at >= ? AND at < ?", span).fetchone()[0],
        unsubscribes=db.execute(
            "SELECT COUNT(*) FROM suppressions WHERE reason = 'unsubscribe' AND created_at >= ? AND created_at < ?", span
        ).fetchone()[0],
        drafts_waiting=db.execute("SELECT COUNT(*) FROM outbox WHERE state = 'drafted' AND basis <> 'notice'").fetchone()[0],
        in_doubt=db.execute("SELECT COUNT(*) FROM outbox WHERE state = 'in_doubt'").fetchone()[0],
        quarantined=db.execute("SELECT COUNT(*) FROM inbound WHERE state = 'quarantined'").fetchone()[0],
        alarms=[
            dict(r)
            for r in db.execute(
                "SELECT t.kind, t.title, t.lead_id FROM tasks t WHERE t.kind IN ('fraud', 'in_doubt', 'bounce', 'account') AND t.done_at IS NULL ORDER BY t.id LIMIT 20"
            )
        ],
        by_person=[
            dict(r)
            for r in db.execute(
                "SELECT l.owner AS name, COUNT(*) AS open_leads,"
                " (SELECT COUNT(*) FROM outbox o JOIN leads m ON m.id = o.lead_id WHERE m.owner = l.owner AND o.state = 'drafted') AS drafts,"
                " (SELECT COUNT(*) FROM outbox o JOIN leads m ON m.id = o.lead_id WHERE m.owner = l.owner AND o.sent_at >= ? AND o.sent_at < ?"
                "  AND o.basis <> 'notice') AS sent,"
                " (SELECT COUNT(*) FROM tasks t WHERE t.owner = l.owner AND t.done_at IS NULL) AS tasks"
                " FROM leads l WHERE l.stage <> 'closed' GROUP BY l.owner ORDER BY l.owner",
                span,
            )
        ],
        silent=[
            dict(r)
            for r in db.execute(
                "SELECT l.id, l.tier, c.name, c.email, k.name AS company, l.last_outbound_at FROM leads l JOIN contacts c ON c.id = l.contact_id"
                " JOIN companies k ON k.id = l.company_id WHERE l.tier <= 2 AND l.stage <> 'closed' AND l.last_outbound_at IS NOT NULL"
                " AND l.last_outbound_at > COALESCE(l.last_inbound_at, '') ORDER BY l.last_outbound_at LIMIT 10"
            )
        ],
    )
