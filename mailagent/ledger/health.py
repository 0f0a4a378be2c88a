"""How each mailbox is, and the alarms: what a person must hear of until it is over.

Times of arrival are taken from ``locations``, whose key finds the newest mails of a folder without a scan, and which
knows a mail in every mailbox that it came to.
"""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from mailagent.core.model import events as e
from mailagent.core.model.alarm import Alarm, Health
from mailagent.ledger import journal
from mailagent.ledger.db import from_text, next_id, to_text

#: So many of the newest mails of a folder are looked at to learn what is usual.
MOST_TIMES = 5000


# ── mailboxes ───────────────────────────────────────────────────────────────────────────────────────────────────


def of_mailbox(db: Database, account: str) -> Health:
    """What is known of a mailbox; all empty if it was never looked at."""
    row = db.execute("SELECT * FROM mailbox_health WHERE account = ?", [account]).fetchone()
    read_at = db.execute("SELECT MAX(checked_at) FROM cursors WHERE account = ?", [account]).fetchone()[0]
    last = from_text(max((time for folder in _folders(db, account) for time in _newest(db, account, folder, 1)), default=None))
    if row is None:
        return Health(account, read_at=from_text(read_at), last_mail_at=last)
    looked, failing = from_text(row["looked_at"]), from_text(row["failing_since"])
    return Health(account, looked, from_text(read_at), failing, row["failure"], row["error"], last)


def note_look(db: Database, account: str, now: datetime) -> None:
    """The mailbox was read to its end."""
    db.execute(
        "INSERT INTO mailbox_health (account, looked_at) VALUES (?, ?) ON CONFLICT (account) DO UPDATE"
        " SET looked_at = excluded.looked_at, failing_since = NULL, failure = '', error = ''",
        [account, to_text(now)],
    )


def note_failure(db: Database, account: str, failure: str, error: str, now: datetime) -> datetime:
    """The mailbox could not be read. Since when that is so."""
    row = db.execute(
        "INSERT INTO mailbox_health (account, failing_since, failure, error) VALUES (?, ?, ?, ?) ON CONFLICT (account) DO UPDATE"
        " SET failing_since = COALESCE(failing_since, excluded.failing_since), failure = excluded.failure, error = excluded.error"
        " RETURNING failing_since",
        [account, to_text(now), failure, error[:1000]],
    ).fetchone()
    return from_text(row[0])


def arrivals(db: Database, account: str, since: datetime) -> list[datetime]:
    """When mails came to a mailbox from outside, our own Sent not counted; in no order."""
    bound = to_text(since)
    times = {time for folder in _folders(db, account) for time in _newest(db, account, folder, MOST_TIMES)}
    # Where a server has numbered everything anew, the folders know little of what came before.
    rows = db.execute(
        "SELECT received_at FROM inbound WHERE account = ? AND received_at >= ? AND role <> 'sent' AND kind NOT IN ('own', 'internal')"
        " ORDER BY received_at DESC LIMIT ?",
        [account, bound, MOST_TIMES],
    )
    times.update(row[0] for row in rows)
    return [from_text(time) for time in times if time >= bound]


def _folders(db: Database, account: str) -> list[str]:
    return [row[0] for row in db.execute("SELECT folder FROM cursors WHERE account = ? AND role <> 'sent'", [account])]


def _newest(db: Database, account: str, folder: str, limit: int) -> list[str]:
    # Our own notices and colleagues' mails prove nothing about the way in from outside.
    rows = db.execute(
        "SELECT l.internal_date FROM locations l JOIN inbound i ON i.source_id = l.source_id WHERE l.account = ? AND l.folder = ?"
        " AND i.kind NOT IN ('own', 'internal') ORDER BY l.uidvalidity DESC, l.uid DESC LIMIT ?",
        [account, folder, limit],
    )
    return [row[0] for row in rows if row[0]]


# ── alarms ──────────────────────────────────────────────────────────────────────────────────────────────────────


def open_alarms(db: Database, *, account: str | None = None, trouble: str = "", about: str | None = None) -> list[Alarm]:
    """What is wrong now, the oldest first.

    Args:
        account: only of this mailbox; "" is the house.
    """
    rows = _alarms(db, "over_at IS NULL")
    return [
        one for one in rows if account in (None, one.account) and trouble in ("", one.trouble) and (about is None or about == one.about)
    ]


def recent_alarms(db: Database, since: datetime) -> list[Alarm]:
    """What is wrong now, and what was over after ``since``."""
    return _alarms(db, "over_at IS NULL OR over_at >= ?", to_text(since))


def task_numbers(db: Database) -> set[int]:
    """The tasks that stand for alarms: whoever must know of them is told by a notice of its own."""
    return {row[0] for row in db.execute("SELECT task_id FROM alarms WHERE task_id IS NOT NULL")}


def raise_alarm(
    db: Database,
    account: str,
    trouble: str,
    title: str,
    *,
    since: datetime,
    now: datetime,
    about: str = "",
    kind: str = "mailbox",
    owner: str = "",
) -> bool:
    """Put an alarm on the desk, with a task; one that is there already only gets the newest words.

    Args:
        since: when the trouble began; now: when it is found.
        kind: what sort of task it is.
        owner: whose task it is; "" is the manager's.

    Returns:
        True if the alarm is new.
    """
    known = open_alarms(db, account=account, trouble=trouble, about=about)
    if known:
        db.execute("UPDATE alarms SET title = ? WHERE id = ? AND title <> ?", [title, known[0].id, title])
        return False
    task_id = next_id(db, "tasks")
    journal.record(db, [e.TaskOpened(task_id, None, kind, owner, now, title)], now=now)
    db.execute(
        "INSERT INTO alarms (id, account, trouble, about, title, since, raised_at, task_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [next_id(db, "alarms"), account, trouble, about, title, to_text(since), to_text(now), task_id],
    )
    return True


def end_alarms(db: Database, account: str, trouble: str, now: datetime, *, about: str | None = None) -> int:
    """The trouble is over: the alarm's task is done. How many alarms that ended."""
    ended = open_alarms(db, account=account, trouble=trouble, about=about)
    for alarm in ended:
        db.execute("UPDATE alarms SET over_at = ? WHERE id = ?", [to_text(now), alarm.id])
        if db.execute("SELECT 1 FROM tasks WHERE id = ? AND done_at IS NULL", [alarm.task_id]).fetchone():
            journal.record(db, [e.TaskDone(alarm.task_id, "it is over")], now=now)
    return len(ended)


def _alarms(db: Database, where: str, *arguments: object) -> list[Alarm]:
    rows = db.execute(f"SELECT * FROM alarms WHERE {where} ORDER BY id", arguments)
    return [
        Alarm(
            row["id"],
            row["account"],
            row["trouble"],
            row["about"],
            row["title"],
            from_text(row["since"]),
            from_text(row["raised_at"]),
            from_text(row["over_at"]),
            row["task_id"],
        )
        for row in rows
    ]
