"""The clock of the machine may be set back. What bears a time that has not come yet would then wait for it, for a year if need be.

So the ledger remembers the latest time that it saw. When the clock shows an earlier one, leases, rests and waits that were begun
in that future are over, of letters and of mails that are to be tried again; what was sent then stays sent.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlite_utils import Database

from mailagent.ledger import quotas
from mailagent.ledger.db import from_text, to_text

SEEN = "clock"
#: Clocks are put right by seconds all the time; that is nothing.
TOLERANCE = timedelta(minutes=2)
#: It is written down so often at most.
NOTED_EVERY = timedelta(minutes=1)


def seen(db: Database) -> datetime | None:
    """The latest time that the ledger remembers."""
    row = db.execute("SELECT value FROM switches WHERE name = ?", [SEEN]).fetchone()
    return from_text(row[0]) if row else None


def needs_note(db: Database, now: datetime) -> bool:
    """Is it time to write the time down, or was the clock set back?"""
    known = seen(db)
    return known is None or abs(now - known) >= NOTED_EVERY


def note(db: Database, now: datetime) -> bool:
    """Write the time down. True if the clock was set back: then what waits for a time that was an error waits no longer."""
    known, at = seen(db), to_text(now)
    db.execute(
        "INSERT INTO switches (name, value, reason, at, actor) VALUES (?, ?, '', ?, 'agent')"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at",
        [SEEN, at, at],
    )
    if known is None or now >= known - TOLERANCE:
        return False
    db.execute("DELETE FROM switches WHERE at > ? AND (name LIKE ? OR name LIKE ?)", [at, f"{quotas.RESTING}%", f"{quotas.BARRED}%"])
    db.execute("UPDATE switches SET at = ? WHERE at > ? AND name LIKE ?", [at, at, f"{quotas.FORGIVEN}%"])
    # Whoever holds them may still be at work: an old token moves nothing any more, and a late answer is heard.
    db.execute("UPDATE outbox SET lease_until = ? WHERE state IN ('claimed', 'transmitting') AND changed_at > ?", [at, at])
    db.execute(
        "UPDATE outbox SET next_attempt_at = ? WHERE state = 'approved' AND next_attempt_at > ? AND (changed_at > ?"
        " OR id IN (SELECT letter_id FROM events WHERE type = 'LetterPostponed' AND at > ?))",
        [at, at, at, at],
    )
    # A try too early costs nothing, and a mail that waits for next year is lost.
    db.execute("UPDATE inbound SET next_try_at = NULL WHERE state = 'new' AND next_try_at > ?", [at])
    db.execute("UPDATE not_fetched SET next_try_at = ? WHERE next_try_at > ?", [at, at])
    # A look that lies ahead would count as fresh, whatever became of the mailbox since.
    db.execute("UPDATE mailbox_health SET looked_at = MIN(looked_at, ?), failing_since = MIN(failing_since, ?)", [at, at])
    db.execute("UPDATE cursors SET checked_at = MIN(checked_at, ?), reconciled_at = MIN(reconciled_at, ?)", [at, at])
    return True
