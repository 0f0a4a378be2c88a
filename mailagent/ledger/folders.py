"""The folders of the servers: how far each was read, where mails lie in them, and what could not be had yet.

Every mail of a folder is in one of four places: it lies before the day from which the folder is read, it has a location, the
server keeps it back (``not_fetched``), or it is still to come, above the cursor. ``jobs/recount.py`` checks that this is so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlite_utils import Database

from mailagent.ledger.db import from_text, to_text

#: After so many tries a mail that the server keeps back is passed over, and people are told.
MOST_TRIES = 3
#: The waits after the first, second … try; the last one is for all further ones.
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=6), timedelta(days=1))


@dataclass(frozen=True)
class Cursor:
    """How far a folder has been read.

    Attributes:
        skipped: mails that were older than the first run's start.
        read_from: the day at which the first run began; None in ledgers that are older than this field.
        reconciled_at: when server and ledger were last compared mail by mail.
    """

    account: str
    folder: str
    role: str
    uidvalidity: int
    last_uid: int
    started_at: datetime
    checked_at: datetime | None
    skipped: int
    read_from: date | None
    reconciled_at: datetime | None


@dataclass(frozen=True)
class NotFetched:
    """A mail that the server has and did not hand out."""

    account: str
    folder: str
    uidvalidity: int
    uid: int
    tries: int
    error: str
    first_at: datetime
    next_try_at: datetime


def cursor(db: Database, account: str, folder: str) -> Cursor | None:
    row = db.execute("SELECT * FROM cursors WHERE account = ? AND folder = ?", [account, folder]).fetchone()
    return _cursor(row) if row else None


def cursors(db: Database) -> list[Cursor]:
    return [_cursor(row) for row in db.execute("SELECT * FROM cursors ORDER BY account, folder")]


def _cursor(row) -> Cursor:
    return Cursor(
        row["account"],
        row["folder"],
        row["role"],
        row["uidvalidity"],
        row["last_uid"],
        from_text(row["started_at"]),
        from_text(row["checked_at"]),
        row["skipped"],
        date.fromisoformat(row["read_from"]) if row["read_from"] else None,
        from_text(row["reconciled_at"]),
    )


def set_cursor(
    db: Database,
    account: str,
    folder: str,
    role: str,
    uidvalidity: int,
    last_uid: int,
    now: datetime,
    skipped: int = 0,
    read_from: date | None = None,
) -> None:
    """Move the cursor. Only in the transaction that keeps what it passes."""
    db.execute(
        "INSERT INTO cursors (account, folder, role, uidvalidity, last_uid, started_at, checked_at, skipped, read_from)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (account, folder) DO UPDATE SET uidvalidity = excluded.uidvalidity, last_uid = excluded.last_uid,"
        " role = excluded.role, checked_at = excluded.checked_at, skipped = cursors.skipped + excluded.skipped",
        [account, folder, role, uidvalidity, last_uid, to_text(now), to_text(now), skipped, read_from.isoformat() if read_from else None],
    )


def set_reconciled(db: Database, account: str, folder: str, now: datetime) -> None:
    """Server and ledger were compared mail by mail."""
    db.execute("UPDATE cursors SET reconciled_at = ? WHERE account = ? AND folder = ?", [to_text(now), account, folder])


# ── where mails lie ─────────────────────────────────────────────────────────────────────────────────────────────


def located(db: Database, account: str, folder: str, uidvalidity: int, uids: Iterable[int] = ()) -> set[int]:
    """The UIDs of a folder that the ledger has; of those asked for, if any are named."""
    where, arguments = "account = ? AND folder = ? AND uidvalidity = ?", [account, folder, uidvalidity]
    asked = sorted(uids)
    if asked:
        where += " AND uid BETWEEN ? AND ?"
        arguments += [asked[0], asked[-1]]
    found = {row[0] for row in db.execute(f"SELECT uid FROM locations WHERE {where}", arguments)}
    return found & set(asked) if asked else found


def dated(db: Database, account: str, folder: str, uidvalidity: int) -> dict[int, tuple[int, datetime]]:
    """UID → which bytes the ledger has under it, and when the server took them; for those of which both are known."""
    rows = db.execute(
        "SELECT uid, source_id, internal_date FROM locations WHERE account = ? AND folder = ? AND uidvalidity = ?"
        " AND source_id IS NOT NULL AND internal_date IS NOT NULL",
        [account, folder, uidvalidity],
    )
    return {row[0]: (row[1], from_text(row[2])) for row in rows}


def erased(db: Database, account: str, folder: str, uidvalidity: int) -> set[int]:
    """The UIDs of mails that lie on the server still and were erased here, because their writer asked for it."""
    rows = db.execute(
        "SELECT l.uid FROM inbound i JOIN locations l ON l.source_id = i.source_id"
        " WHERE i.outcome = 'erased' AND l.account = ? AND l.folder = ? AND l.uidvalidity = ?",
        [account, folder, uidvalidity],
    )
    return {row[0] for row in rows}


def newest(db: Database, account: str, folder: str, uidvalidity: int) -> datetime | None:
    """When the server took the last mail of a folder that the ledger has."""
    row = db.execute(
        "SELECT internal_date FROM locations WHERE account = ? AND folder = ? AND uidvalidity = ? ORDER BY uid DESC LIMIT 1",
        [account, folder, uidvalidity],
    ).fetchone()
    return from_text(row[0]) if row else None


def to_file(db: Database, account: str, folder: str, uidvalidity: int, kinds: Sequence[str], since: datetime) -> list[tuple[int, str]]:
    """Handled mails of some kinds that lie in a folder still, as (UID, kind)."""
    rows = db.execute(
        "SELECT l.uid, i.kind FROM inbound i JOIN locations l ON l.source_id = i.source_id WHERE i.handled_at >= ?"
        f" AND i.kind IN ({', '.join('?' * len(kinds))}) AND l.account = ? AND l.folder = ? AND l.uidvalidity = ? AND l.filed_as IS NULL",
        [to_text(since), *kinds, account, folder, uidvalidity],
    )
    return [(row[0], row[1]) for row in rows]


def set_filed(db: Database, account: str, folder: str, uidvalidity: int, uids: Iterable[int], filed_as: str) -> None:
    """These mails were moved into another folder."""
    for uid in uids:
        db.execute(
            "UPDATE locations SET filed_as = ? WHERE account = ? AND folder = ? AND uidvalidity = ? AND uid = ?",
            [filed_as, account, folder, uidvalidity, uid],
        )


# ── what the server keeps back ──────────────────────────────────────────────────────────────────────────────────


def note_try(db: Database, account: str, folder: str, uidvalidity: int, uid: int, error: str, now: datetime) -> int:
    """Write down that a mail is asked for by itself (before asking), or why it was not handed out; how many tries that makes."""
    row = db.execute(
        "INSERT INTO not_fetched (account, folder, uidvalidity, uid, tries, error, first_at, next_try_at) VALUES (?, ?, ?, ?, 1, ?, ?, ?)"
        " ON CONFLICT (account, folder, uidvalidity, uid) DO UPDATE SET tries = tries + 1, error = excluded.error RETURNING tries",
        [account, folder, uidvalidity, uid, error[:500], to_text(now), to_text(now + WAITS[0])],
    ).fetchone()
    tries = row[0]
    db.execute(
        "UPDATE not_fetched SET next_try_at = ? WHERE account = ? AND folder = ? AND uidvalidity = ? AND uid = ?",
        [to_text(now + WAITS[min(tries, len(WAITS)) - 1]), account, folder, uidvalidity, uid],
    )
    return tries


def note_reason(db: Database, account: str, folder: str, uidvalidity: int, uid: int, error: str) -> None:
    """Why a mail that was asked for by itself was not handed out."""
    db.execute(
        "UPDATE not_fetched SET error = ? WHERE account = ? AND folder = ? AND uidvalidity = ? AND uid = ?",
        [error[:500], account, folder, uidvalidity, uid],
    )


def settle(db: Database, account: str, folder: str, uidvalidity: int, uids: Iterable[int]) -> int:
    """These mails are here now, or gone from the server: nothing is missing of them. How many there were."""
    return sum(
        db.execute(
            "DELETE FROM not_fetched WHERE account = ? AND folder = ? AND uidvalidity = ? AND uid = ?", [account, folder, uidvalidity, uid]
        ).rowcount
        for uid in uids
    )


def forget_old_numbers(db: Database, account: str, folder: str, uidvalidity: int) -> list[int]:
    """The folder was numbered anew: what it kept back under old numbers will come, or be kept back, under new ones. The old ones."""
    rows = db.execute(
        "DELETE FROM not_fetched WHERE account = ? AND folder = ? AND uidvalidity <> ? RETURNING uid", [account, folder, uidvalidity]
    )
    return [row[0] for row in rows.fetchall()]


def not_fetched(db: Database, account: str = "", folder: str = "") -> list[NotFetched]:
    """What servers keep back: of one folder, or of all."""
    where, arguments = ("WHERE account = ? AND folder = ?", [account, folder]) if account else ("", [])
    rows = db.execute(f"SELECT * FROM not_fetched {where} ORDER BY account, folder, uid", arguments)
    return [NotFetched(**dict(row) | {name: from_text(row[name]) for name in ("first_at", "next_try_at")}) for row in rows]


def retry_not_fetched(db: Database, now: datetime) -> int:
    """Ask for everything that servers keep back at the next look, as if for the first time; how many."""
    return db.execute("UPDATE not_fetched SET tries = 0, next_try_at = ?", [to_text(now)]).rowcount
