"""Server → ledger. Raw bytes are durable, and the cursor moved, in one commit before anybody looks at them.

Theory. The cursor never passes a mail that is not in the ledger, and what is in the ledger is never fetched twice:
so a crash at any point loses nothing and doubles nothing. Nothing is parsed here, so no mail can break this job.
The first time a folder is seen, reading starts at a date; older mail is counted and left alone.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from mailagent.core.model.policy import FolderRule, Mailbox
from mailagent.errors import FolderMissing, MailboxError
from mailagent.ledger import inbox, journal
from mailagent.mailbox.base import Fetched, MailboxConnection
from mailagent.office import Office

log = logging.getLogger(__name__)

#: A commit is made after so many mails or bytes, so that neither memory nor a crash costs much.
BATCH_MAILS, BATCH_BYTES = 100, 4_000_000
#: So often may one mail break the line by itself before it is passed over.
MOST_FAILURES = 3


def receive(office: Office, mailbox: Mailbox, connection: MailboxConnection) -> int:
    """Fetch what is new in every folder of a mailbox. A folder that is missing is reported; the others go on.

    Returns:
        How many mails are new to the ledger.
    """
    kept = 0
    for rule in mailbox.folders:
        try:
            ((role, folder),) = connection.folders((rule,)) or ((rule.role, rule.name),)
            kept += receive_folder(office, mailbox, connection, role, folder)
        except FolderMissing as error:
            report_missing_folder(office, mailbox, rule, error)
    return kept


def receive_folder(office: Office, mailbox: Mailbox, connection: MailboxConnection, role: str, folder: str) -> int:
    """Raw bytes durable and cursor moved in one commit; nothing is parsed here, so nothing can break here."""
    state = connection.open(folder)
    with office.ledger.reading() as db:
        cursor = inbox.cursor(db, mailbox.name, folder)
    skipped = 0
    if cursor and cursor.uidvalidity == state.uidvalidity:
        uids, reached = connection.new_uids(cursor.last_uid), cursor.last_uid
    else:
        # A first run, or the server numbered everything anew: start at a date. Bytes we have are not handled again.
        # A clock that was ahead when we looked last must not hide what came since.
        since = min(cursor.checked_at, office.now()) - timedelta(days=3) if cursor and cursor.checked_at else first_run_start(office)
        uids, reached = connection.uids_since(since.date()), 0
        skipped = 0 if cursor else state.exists - len(uids)
        reached = max(reached, min(uids, default=state.uidnext) - 1)
    kept = 0
    for batch in batches(fetch(office, mailbox, folder, connection, uids)):
        with office.ledger.transaction() as db:
            for mail in batch:
                kept += keep(office, db, mailbox, folder, role, state.uidvalidity, mail) is not None
            reached = max(reached, batch[-1].uid)
            inbox.set_cursor(db, mailbox.name, folder, role, state.uidvalidity, reached, office.now(), skipped)
            skipped = 0
    with office.ledger.transaction() as db:
        # UIDs that were expunged before we came are passed as well.
        reached = max([reached, *uids])
        inbox.set_cursor(db, mailbox.name, folder, role, state.uidvalidity, reached, office.now(), skipped)
    return kept


def fetch(office: Office, mailbox: Mailbox, folder: str, connection: MailboxConnection, uids: list[int]) -> Iterator[Fetched]:
    """The new mails. Where the line broke over them before, one at a time, so that the one at fault is known.

    A mail that breaks the line three times all by itself is passed over, with an alarm that names it: it stays on the
    server, and what lies behind it is read.
    """
    sources = office.settings.sources_folder
    failures = office.fetch_failures.get((mailbox.name, folder))
    if failures is None:
        try:
            yield from connection.fetch(uids, sources)
        except MailboxError:
            office.fetch_failures[mailbox.name, folder] = Counter()
            raise
        return
    for uid in uids:
        if failures[uid] >= MOST_FAILURES:
            report_unreadable(office, mailbox, folder, uid)
            continue
        try:
            yield from connection.fetch([uid], sources)
        except MailboxError:
            failures[uid] += 1
            raise
    del office.fetch_failures[mailbox.name, folder]


def report_unreadable(office: Office, mailbox: Mailbox, folder: str, uid: int) -> None:
    """An alarm for the manager: this mail must be looked at in a mail program."""
    title = f"The server cannot hand out mail {uid} of {folder} in {mailbox.name}: look at it in a mail program"
    log.error("%s", title)
    with office.ledger.transaction() as db:
        journal.raise_alarm(db, "folder", title, office.now())


def first_run_start(office: Office) -> datetime:
    reading = office.policy.reading
    if reading.start_date:
        return datetime.combine(reading.start_date, time(), tzinfo=UTC)
    return office.now() - timedelta(days=reading.first_run_days)


def batches(mails: Iterator[Fetched]) -> Iterator[list[Fetched]]:
    """Mails in handfuls that fit into memory and one commit; an oversize one goes alone, while its file lives.

    What came before the line broke is given out before the break is passed on.
    """
    batch: list[Fetched] = []
    size = 0
    try:
        for mail in mails:
            if mail.oversize:
                if batch:
                    yield batch
                yield [mail]
                batch, size = [], 0
                continue
            batch.append(mail)
            size += mail.size
            if len(batch) >= BATCH_MAILS or size >= BATCH_BYTES:
                yield batch
                batch, size = [], 0
    except MailboxError:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def keep(office: Office, db, mailbox: Mailbox, folder: str, role: str, uidvalidity: int, mail: Fetched) -> int | None:
    return inbox.keep(
        db,
        account=mailbox.name,
        folder=folder,
        role=role,
        uidvalidity=uidvalidity,
        uid=mail.uid,
        raw=mail.path if mail.raw is None else mail.raw,
        received_at=mail.internal_date or office.now(),
        flags=mail.flags,
        now=office.now(),
        large_sources=office.settings.sources_folder,
        inline_bytes=office.policy.reading.inline_bytes,
    )


def report_missing_folder(office: Office, mailbox: Mailbox, rule: FolderRule, error: FolderMissing) -> None:
    """Once an open alarm for each folder: without Sent nobody knows whether a colleague has answered."""
    log.warning("%s", error)
    with office.ledger.transaction() as db:
        journal.raise_alarm(db, "folder", f"{mailbox.name}: {error}", office.now())
