"""Server against ledger, mail by mail: is everything that the server has accounted for? What is missing is fetched.

Theory. The cursor says that nothing was lost as long as servers number their mails as they must (RFC 3501 §2.3.1.1). This job
believes no cursor: it asks for all the UIDs of a folder and takes away those that the ledger has, those that the server
keeps back, and those that lie before the day from which the folder is read. What then is left is missing.

Nor does it believe a UID: a server that was put back from a backup gives out numbers a second time and calls them the same. A mail
that the server took at another moment than the ledger says is fetched once more; other bytes are another mail, which was missing.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from mailagent.core.model.policy import Mailbox
from mailagent.errors import FolderMissing, FolderRefused
from mailagent.jobs.receive import Shelf, first_run_start
from mailagent.ledger import folders
from mailagent.mailbox.base import MailboxConnection
from mailagent.office import Office

log = logging.getLogger(__name__)

#: A running daemon compares this often, and looks back so far (STANDARDS §6.2).
EVERY = timedelta(hours=6)
LOOKS_BACK = timedelta(days=14)


@dataclass(frozen=True)
class Count:
    """One folder, counted.

    Attributes:
        on_server: mails in the folder (only those that were looked at, where the look was limited to some days).
        in_ledger: of these, mails whose bytes the ledger has.
        erased: of these, mails whose words were erased at their writer's request; they are not taken in again.
        older: mails from before the day at which reading began; they are left alone.
        kept_back: mails that the server lists and does not hand out.
        missing: UIDs that were accounted for nowhere, or stood for another mail.
        fetched: how many of the missing were fetched now.
        unread: the folder was never read yet, so that nothing can be missing.
        trouble: why the folder could not be counted at all.
    """

    mailbox: str
    folder: str
    on_server: int
    in_ledger: int = 0
    erased: int = 0
    older: int = 0
    kept_back: int = 0
    missing: tuple[int, ...] = ()
    fetched: int = 0
    unread: bool = False
    trouble: str = ""

    @property
    def still_missing(self) -> int:
        return len(self.missing) - self.fetched

    @property
    def accounted_for(self) -> int:
        return self.on_server - len(self.missing)


def recount(office: Office, mailbox: Mailbox, connection: MailboxConnection, *, since: date | None = None) -> list[Count]:
    """Compare every folder of a mailbox with the ledger, and fetch what is missing.

    Args:
        since: look only at mails that the server took on this day or later; None for all.
    """
    counts = []
    for rule in mailbox.folders:
        try:
            ((role, folder),) = connection.folders((rule,)) or ((rule.role, rule.name),)
            counts.append(recount_folder(office, mailbox, connection, role, folder, since))
        except (FolderMissing, FolderRefused) as error:
            # What was not looked at is not accounted for: it is named among the counts.
            counts.append(Count(mailbox.name, rule.name or rule.role, 0, trouble=str(error)))
    return counts


def recount_folder(
    office: Office, mailbox: Mailbox, connection: MailboxConnection, role: str, folder: str, since: date | None = None
) -> Count:
    state = connection.open(folder)
    with office.ledger.reading() as db:
        cursor = folders.cursor(db, mailbox.name, folder)
    if cursor is None or cursor.uidvalidity != state.uidvalidity:
        # Whoever reads it next begins at a date and fetches all of it.
        return Count(mailbox.name, folder, state.exists, unread=True)
    looked_at = connection.uids_since(since) if since else connection.new_uids(0)
    begun = cursor.read_from
    if begun is None or begun > office.now().date():
        # A ledger older than this field; or the clock was ahead when the reading began.
        begun = first_day(office, cursor)
    # What lies above the cursor is not missing: it is about to be read.
    on_server = {uid for uid in looked_at if uid <= cursor.last_uid}
    with office.ledger.reading() as db:
        here = folders.located(db, mailbox.name, folder, state.uidvalidity)
        erased = folders.erased(db, mailbox.name, folder, state.uidvalidity)
        back = {one.uid for one in folders.not_fetched(db, mailbox.name, folder) if one.uidvalidity == state.uidvalidity}
    left = on_server - here - back
    to_be_read = left & set(connection.uids_since(begun)) if left else set()
    shelf = Shelf(office, mailbox, folder, role, state.uidvalidity)
    others = fetch_others(shelf, connection, (on_server & here) - erased)
    count = Count(
        mailbox.name,
        folder,
        len(on_server),
        in_ledger=len((on_server & here) - others),
        erased=len(on_server & erased),
        older=len(left - to_be_read),
        kept_back=len(on_server & back),
        missing=tuple(sorted(to_be_read | others)),
    )
    if count.missing:
        log.warning("%s: %d mails of %s were missing; they are fetched now", mailbox.name, len(count.missing), folder)
        shelf.fetch_again(connection, to_be_read)
        with office.ledger.reading() as db:
            came = folders.located(db, mailbox.name, folder, state.uidvalidity, count.missing)
        count = replace(count, fetched=len(came))
    with office.ledger.transaction() as db:
        folders.set_reconciled(db, mailbox.name, folder, office.now())
    return count


def fetch_others(shelf: Shelf, connection: MailboxConnection, uids: set[int]) -> set[int]:
    """Fetch mails that the server took at another moment than the ledger says; those of them that are other mails than the ledger had."""
    office, place = shelf.office, (*shelf.place, shelf.uidvalidity)
    with office.ledger.reading() as db:
        before = folders.dated(db, *place)
    told = connection.internal_dates(uids & before.keys())
    doubtful = [uid for uid, at in told.items() if abs(at - before[uid][1]) >= timedelta(seconds=1)]
    if not doubtful:
        return set()
    shelf.fetch_again(connection, doubtful)
    with office.ledger.reading() as db:
        after = folders.dated(db, *place)
    return {uid for uid in doubtful if uid in after and after[uid][0] != before[uid][0]}


def recount_now_and_then(office: Office, mailbox: Mailbox, connection: MailboxConnection) -> None:
    """The last fortnight, every six hours: catches what was missed by whatever fault of ours or the server's."""
    with office.ledger.reading() as db:
        known = {cursor.folder: cursor for cursor in folders.cursors(db) if cursor.account == mailbox.name}
    for folder, cursor in known.items():
        if is_due(cursor, office.now()):
            try:
                recount_folder(office, mailbox, connection, cursor.role, folder, (office.now() - LOOKS_BACK).date())
            except (FolderMissing, FolderRefused) as error:
                log.info("%s", error)


def first_day(office: Office, cursor: folders.Cursor) -> date:
    """From which day a folder is read whose cursor does not say it."""
    started_at = min(cursor.started_at, office.now())
    return office.policy.reading.start_date or (started_at - (office.now() - first_run_start(office))).date()


def is_due(cursor: folders.Cursor, now: datetime) -> bool:
    return now - (cursor.reconciled_at or cursor.started_at) >= EVERY
