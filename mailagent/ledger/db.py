"""Opening the ledger, transactions, and the few conversions every other file here needs.

Theory. Every write goes through ``Ledger.transaction()``, which begins IMMEDIATE: it holds the write lock before it
reads, so nothing that it read can be stale when it writes. (A deferred transaction that reads and then writes fails
under load with "database is locked", whatever the time-out.) Each thread has a connection of its own; a connection
shared between threads loses updates.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from sqlite_utils import Database

from mailagent.errors import LedgerBusy, LedgerError
from mailagent.ledger.migrations import migrations

BUSY_SECONDS = 30.0


def to_text(moment: datetime | None) -> str | None:
    """A time as the ledger keeps it: UTC, microseconds, sorts as text. Naive times are refused."""
    if moment is None:
        return None
    if moment.tzinfo is UTC:
        return moment.isoformat(timespec="microseconds")[:26] + "Z"
    # In autumn an hour comes twice, and both are equal in one zone (PEP 495): the cache must tell them apart.
    return _to_text(moment, moment.fold)


@lru_cache(maxsize=256)
def _to_text(moment: datetime, fold: int) -> str:
    if moment.tzinfo is None:
        raise ValueError("a time without a zone cannot enter the ledger")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def from_text(text: str | None) -> datetime | None:
    """The reverse of ``to_text``."""
    return datetime.fromisoformat(text) if text else None


def explain(error: sqlite3.Error, path: Path) -> LedgerError:
    """A clear sentence for what SQLite says, with what to do about it."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return LedgerBusy(f"The ledger {path} is held by another process. Stop the other mailagent (or backup), then try again.")
    if "disk is full" in text or "disk I/O error" in text:
        return LedgerError(f"The disk that holds {path} is full or failing ({text}). Free some space; nothing was half-written.")
    if "readonly" in text or "read-only" in text:
        return LedgerError(f"The ledger {path} is read-only. Give the user that runs mailagent write permission on it and its folder.")
    if "unable to open" in text:
        return LedgerError(f"The ledger {path} cannot be opened. Does its folder exist, and may this user write there?")
    if "not a database" in text or "malformed" in text:
        return LedgerError(f"{path} is not a mailagent ledger, or is damaged ({text}). Restore the newest file of the backup folder.")
    return LedgerError(f"The ledger {path}: {text}")


class WorkBroke(Exception):
    """What was done inside ``Ledger.all_or_nothing`` failed, for a reason that is not the ledger's."""


class Connection(Database):
    """A connection of which dozens of questions are asked for every mail and letter."""

    def execute(self, sql: str, parameters=None) -> sqlite3.Cursor:
        """As ``Database`` does it; what that looks for is there only where no transaction is open yet."""
        if not self.conn.in_transaction:
            return super().execute(sql, parameters)
        return self.conn.execute(sql) if parameters is None else self.conn.execute(sql, parameters)


class Ledger:
    """One SQLite file.

    Args:
        path: the file; it is created, with its tables, if it does not exist.

    Raises:
        LedgerError: the file cannot be opened, written or migrated; says what to do.
    """

    def __init__(self, path: Path, busy_seconds: float = BUSY_SECONDS):
        self.path = Path(path)
        self.busy_seconds = busy_seconds
        self._local = threading.local()
        # The customers' data is for this user alone; SQLite gives the files beside it the same rights. If it cannot be made,
        # SQLite says so in a moment.
        with suppress(OSError):
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        with self._explained():
            db = self._connection()
            db.execute("PRAGMA journal_mode = WAL")
            if migrations.pending(db):
                migrations.apply(db)

    @property
    def large_sources(self) -> Path:
        """Where sources that are too large for a row lie."""
        return self.path.parent / "sources"

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            # Not the file's fault but ours: one mail or lead that breaks a rule must not look like a broken ledger,
            # before which everything waits.
            raise
        except sqlite3.Error as error:
            raise explain(error, self.path) from error

    def _connection(self) -> Database:
        if getattr(self._local, "db", None) is None:
            # Every mail asks some sixty questions, some of them in several lengths: each is translated once, not anew for every mail.
            connection = sqlite3.connect(self.path, timeout=self.busy_seconds, cached_statements=512)
            connection.row_factory = sqlite3.Row
            # FULL: what we have committed survives a power cut; at-most-once sending rests on it.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            # A first import writes the same pages again and again: they are moved out of the log less often.
            connection.execute("PRAGMA wal_autocheckpoint = 4000")
            # 8 MB: the indexes by hash and by Message-ID are written to all over.
            connection.execute("PRAGMA cache_size = -8000")
            self._local.db = Connection(connection)
        return self._local.db

    @contextmanager
    def transaction(self) -> Iterator[Database]:
        """All or nothing, with the write lock from the start.

        Raises:
            LedgerBusy: somebody else held the lock for longer than ``busy_seconds``.
            LedgerError: the disk is full, the file read-only …; nothing was written.
        """
        with self._explained():
            db = self._connection()
            if db.conn.in_transaction:
                raise LedgerError("a transaction is already open in this thread")
            db.conn.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.conn.in_transaction:
                    db.execute("ROLLBACK")
                raise

    @contextmanager
    def savepoint(self, db: Database) -> Iterator[None]:
        """A part of a transaction that may fail by itself: what it wrote is undone, and the rest goes on.

        Raises:
            LedgerError: the file is at fault (a full disk …), so the whole transaction must end.
        """
        db.execute("SAVEPOINT part")
        try:
            yield
        except sqlite3.OperationalError as error:
            raise explain(error, self.path) from error
        except BaseException:
            db.execute("ROLLBACK TO part")
            db.execute("RELEASE part")
            raise
        db.execute("RELEASE part")

    @contextmanager
    def all_or_nothing(self) -> Iterator[Database]:
        """A transaction that tells a broken file from broken work, as ``savepoint`` does, without the cost of one.

        Raises:
            LedgerError: the file is at fault; nothing was written.
            WorkBroke: whatever else went wrong; nothing was written, and the ledger is as good as before.
        """
        with self.transaction() as db:
            try:
                yield db
            except sqlite3.OperationalError as error:
                raise explain(error, self.path) from error
            except LedgerError:
                raise
            except Exception as error:
                raise WorkBroke from error

    @contextmanager
    def reading(self) -> Iterator[Database]:
        """One consistent view for several questions. Nothing that is written in it lasts.

        Raises:
            LedgerError: something was written, which is a mistake of ours.
        """
        with self._explained():
            db = self._connection()
            db.conn.execute("BEGIN")
            before = db.conn.total_changes
            try:
                yield db
                # Not refused by ``PRAGMA query_only``: with every such switch SQLite translates all statements of the connection anew.
                if db.conn.total_changes != before:
                    raise LedgerError("Something was written to the ledger where it is only read; it was undone. Please report this.")
            finally:
                if db.conn.in_transaction:
                    db.execute("ROLLBACK")

    def close(self) -> None:
        """Close this thread's connection."""
        db = getattr(self._local, "db", None)
        if db is not None:
            db.close()
            self._local.db = None

    def scrub(self) -> bool:
        """Rewrite the file without the pages that deleted rows have left, and empty the log beside it. Needs as much room again.

        Returns:
            False if somebody reads at the moment, so that the log could not be emptied: try again later.
        """
        with self._explained():
            connection = self._connection().conn
            connection.execute("VACUUM")
            return connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0

    def backup(self, target: Path) -> Path:
        """A consistent copy while everything runs (SQLite's online backup), written beside and then renamed."""
        partial = target.with_suffix(".part")
        # For this user alone from its first byte; whatever a broken try left behind is begun anew.
        partial.unlink(missing_ok=True)
        with suppress(OSError):
            os.close(os.open(partial, os.O_CREAT | os.O_RDWR, 0o600))
        with self._explained():
            copy = sqlite3.connect(partial)
            try:
                self._connection().conn.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
            finally:
                copy.close()
        partial.replace(target)
        return target


def sight(db: Database) -> tuple[Database, int, int]:
    """How the ledger stands for one connection, asked inside a transaction: as long as it is equal, nobody has written anything since.

    SQLite tells when another connection has written (``data_version``), and counts the rows that this one changed; a new connection sees
    nothing as an old one did.
    """
    return db, db.execute("PRAGMA data_version").fetchone()[0], db.conn.total_changes


def next_id(db: Database, table: str) -> int:
    """The next number of a table. Only inside a transaction: rolled back with it, so no number is lost or doubled."""
    # Two plain statements: for RETURNING SQLite makes a table of its own each time, which takes twice as long as both.
    if db.execute("UPDATE counters SET value = value + 1 WHERE name = ?", [table]).rowcount == 0:
        db.execute("INSERT INTO counters (name, value) VALUES (?, 1)", [table])
    return db.execute("SELECT value FROM counters WHERE name = ?", [table]).fetchone()[0]
