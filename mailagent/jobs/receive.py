"""Server → ledger. Raw bytes are durable, and the cursor moved, in one commit before anybody looks at them.

Theory. The cursor never passes a mail that is not in the ledger, unless the ledger says that the server keeps it back
(``not_fetched``); and what is in the ledger is never fetched twice. So a crash at any point loses nothing and doubles nothing.
Nothing is parsed here, so no mail can break this job. The first time a folder is seen, reading starts at a date; older mail is
counted and left alone.

One mail may break the line itself, again and again, and everything behind it would wait for ever. So after a break the next
mail is asked for alone, the try written down before it is made; after the third the mail is passed over, people are told, and it is
asked for again from time to time. While the line holds, the handfuls grow again, so that one break in a long import costs little.
"""

from __future__ import annotations

import logging
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from mailagent.core.model import events as e
from mailagent.core.model.policy import Mailbox
from mailagent.errors import FolderMissing, FolderRefused, MailboxError, MailboxUnreachable
from mailagent.jobs import watch_over
from mailagent.ledger import folders, inbox, journal, tasks
from mailagent.mailbox.base import Fetched, FolderState, MailboxConnection, Withheld
from mailagent.office import Office

log = logging.getLogger(__name__)

#: A commit is made after so many mails or bytes, so that neither memory nor a crash costs much.
BATCH_MAILS, BATCH_BYTES = 250, 4_000_000
#: From so many mails on people are shown how far it is.
MANY = 500
BROKE_THE_LINE = "the line broke while it was fetched"


def receive(office: Office, mailbox: Mailbox, connection: MailboxConnection) -> int:
    """Fetch what is new in every folder of a mailbox. A folder that is missing or refused is reported; the others go on.

    Returns:
        How many mails are new to the ledger.

    Raises:
        MailboxError: a folder could not be read for another reason, or the inbox could not; all others were read before.
    """
    kept, troubles, failed = 0, {}, None
    for rule in mailbox.folders:
        try:
            ((role, folder),) = connection.folders((rule,)) or ((rule.role, rule.name),)
            kept += receive_folder(office, mailbox, connection, role, folder)
        except FolderMissing as error:
            log.warning("%s", error)
            troubles[rule.name or rule.role] = str(error)
        except MailboxUnreachable:
            raise
        except MailboxError as error:
            # A mailbox whose inbox cannot be opened cannot be read, whatever else it has.
            if not isinstance(error, FolderRefused) or rule.role == "inbox":
                failed = failed or error
                continue
            log.warning("%s", error)
            if watch_over.is_long_unread(office, mailbox, folder):
                troubles[rule.name or rule.role] = str(error)
    # Without Sent nobody knows whether a colleague has answered: people are told.
    watch_over.note_folders(office, mailbox, troubles)
    if failed:
        raise failed
    return kept


def receive_folder(office: Office, mailbox: Mailbox, connection: MailboxConnection, role: str, folder: str) -> int:
    """What is new in one folder, and what the server kept back and may hand out now."""
    state = connection.open(folder)
    with office.ledger.reading() as db:
        cursor = folders.cursor(db, mailbox.name, folder)
        kept_back = {one.uid: one for one in folders.not_fetched(db, mailbox.name, folder) if one.uidvalidity == state.uidvalidity}
    skipped, first_day = 0, None
    if cursor and cursor.uidvalidity == state.uidvalidity and not begins_low_again(connection, state, cursor):
        uids, reached = connection.new_uids(cursor.last_uid), cursor.last_uid
    else:
        # A first run, or the server numbered everything anew: start at a date. Bytes we have are not handled again.
        since = start_anew(office, cursor) if cursor and cursor.checked_at else first_run_start(office)
        uids = connection.uids_since(since.date())
        if cursor is None:
            skipped, first_day = state.exists - len(uids), since.date()
        reached = max(0, min(uids, default=state.uidnext) - 1)
    shelf = Shelf(office, mailbox, folder, role, state.uidvalidity)
    alone = shelf.place in office.broken_folders or any(uid > reached for uid in kept_back)
    kept = arrived = 0
    if len(uids) >= MANY:
        # It gets ready while the mails come.
        office.second_reader()
    try:
        for batch in batches(arrivals(shelf, connection, uids, kept_back, alone=alone), shelf.tried):
            with office.ledger.transaction() as db:
                kept += shelf.keep(db, batch)
                reached = max(reached, batch[-1].uid)
                folders.set_cursor(db, *shelf.place, role, state.uidvalidity, reached, office.now(), skipped, first_day)
                skipped = 0
            arrived += len(batch)
            if len(uids) >= MANY:
                office.progress("/".join(shelf.place), arrived, len(uids))
    except MailboxError:
        office.broken_folders.add(shelf.place)
        raise
    office.broken_folders.discard(shelf.place)
    with office.ledger.transaction() as db:
        # UIDs that were expunged before we came are passed as well.
        folders.set_cursor(db, *shelf.place, role, state.uidvalidity, max([reached, *uids]), office.now(), skipped, first_day)
        shelf.forget_old_numbers(db)
    due = [uid for uid, one in kept_back.items() if uid <= reached and one.next_try_at <= office.now()]
    return kept + shelf.fetch_again(connection, due)


def arrivals(
    shelf: Shelf, connection: MailboxConnection, uids: list[int], kept_back: Mapping[int, folders.NotFetched], *, alone: bool
) -> Iterator[Fetched | Withheld]:
    """The mails as they come; where the line broke before, in handfuls that begin with one, without the one that broke it three times."""
    sources = shelf.office.settings.sources_folder
    if not alone:
        yield from connection.fetch(uids, sources)
        return
    for handful in handfuls(uids, kept_back):
        if len(handful) > 1:
            yield from connection.fetch(handful, sources)
            continue
        (uid,) = handful
        if uid in kept_back and kept_back[uid].tries >= folders.MOST_TRIES:
            log.warning("%s: mail %d of %s is passed over", shelf.mailbox.name, uid, shelf.folder)
            continue
        yield from alone_and_counted(shelf, connection, uid)


def handfuls(uids: list[int], suspects: Container[int]) -> Iterator[list[int]]:
    """One, two, four … mails; a suspect one is alone, and after it the handfuls begin with one again."""
    handful: list[int] = []
    most = 1
    for uid in uids:
        if uid in suspects:
            if handful:
                yield handful
            yield [uid]
            handful, most = [], 1
            continue
        handful.append(uid)
        if len(handful) == most:
            yield handful
            handful, most = [], min(2 * most, BATCH_MAILS)
    if handful:
        yield handful


def alone_and_counted(shelf: Shelf, connection: MailboxConnection, uid: int) -> Iterator[Fetched | Withheld]:
    """One mail, and the try; nothing if it is gone from the server."""
    shelf.note_try(uid)
    came = False
    for mail in connection.fetch([uid], shelf.office.settings.sources_folder):
        came = True
        yield mail
    if not came:
        shelf.settle(uid)


@dataclass(frozen=True)
class Shelf:
    """Where the mails of one folder are put: the ledger, under the folder's name and its present numbering.

    Attributes:
        tried: mails that were asked for alone; their try is written down already.
    """

    office: Office
    mailbox: Mailbox
    folder: str
    role: str
    uidvalidity: int
    tried: set[int] = field(default_factory=set)

    @property
    def place(self) -> tuple[str, str]:
        return self.mailbox.name, self.folder

    def keep(self, db, mails: Iterable[Fetched | Withheld]) -> int:
        """Inside a transaction: the bytes of what came, and a note of what was withheld; how many mails are new."""
        office, new = self.office, 0
        for mail in mails:
            if isinstance(mail, Withheld):
                if mail.uid in self.tried:
                    folders.note_reason(db, *self.place, self.uidvalidity, mail.uid, mail.reason)
                else:
                    self._tell(db, mail.uid, folders.note_try(db, *self.place, self.uidvalidity, mail.uid, mail.reason, office.now()))
                continue
            number = inbox.keep(
                db,
                account=self.mailbox.name,
                folder=self.folder,
                role=self.role,
                uidvalidity=self.uidvalidity,
                uid=mail.uid,
                raw=mail.path if mail.raw is None else mail.raw,
                received_at=mail.internal_date or office.now(),
                flags=mail.flags,
                now=office.now(),
                large_sources=office.settings.sources_folder,
                inline_bytes=office.policy.reading.inline_bytes,
            )
            new += number is not None
            if mail.uid in self.tried:
                self._settle(db, mail.uid)
        return new

    def fetch_again(self, connection: MailboxConnection, uids: Iterable[int]) -> int:
        """Ask once more for mails that are not in the ledger and lie below the cursor; how many are new."""
        new = 0
        for uid in sorted(uids):
            for mail in alone_and_counted(self, connection, uid):
                with self.office.ledger.transaction() as db:
                    new += self.keep(db, [mail])
        return new

    def note_try(self, uid: int) -> None:
        """Written down before the mail is asked for: if the process or the line dies of it, the try has been counted."""
        self.tried.add(uid)
        with self.office.ledger.transaction() as db:
            self._tell(db, uid, folders.note_try(db, *self.place, self.uidvalidity, uid, BROKE_THE_LINE, self.office.now()))

    def settle(self, uid: int) -> None:
        """The mail is gone from the server."""
        with self.office.ledger.transaction() as db:
            self._settle(db, uid)

    def forget_old_numbers(self, db) -> None:
        """The folder was read to its end under new numbers: what was kept back under old ones is told of under them no more."""
        for uid in folders.forget_old_numbers(db, *self.place, self.uidvalidity):
            self._end_alarm(db, uid)

    def _settle(self, db, uid: int) -> None:
        if folders.settle(db, *self.place, self.uidvalidity, [uid]):
            self._end_alarm(db, uid)

    def _end_alarm(self, db, uid: int) -> None:
        for number in tasks.open_with_title(db, "folder", self._alarm(uid)):
            journal.record(db, [e.TaskDone(number, "it could be fetched, or is gone")], now=self.office.now())

    def _tell(self, db, uid: int, tries: int) -> None:
        if tries >= folders.MOST_TRIES:
            journal.raise_alarm(db, "folder", self._alarm(uid), self.office.now())

    def _alarm(self, uid: int) -> str:
        return f"The server cannot hand out mail {uid} of {self.folder} in {self.mailbox.name}: look at it in a mail program"


def begins_low_again(connection: MailboxConnection, state: FolderState, cursor: folders.Cursor) -> bool:
    """Does the server give out numbers a second time, although it says that they are the same (RFC 3501 §2.3.1.1 forbids it)?

    A restored backup does that. A server that only miscounts what comes next still has the mail at the cursor, or one above it.
    """
    return state.uidnext <= cursor.last_uid and not connection.new_uids(cursor.last_uid - 1)


def start_anew(office: Office, cursor: folders.Cursor) -> datetime:
    """From when on a folder is read whose numbers mean other mails than before: from before the last mail that we surely have."""
    with office.ledger.reading() as db:
        newest = folders.newest(db, cursor.account, cursor.folder, cursor.uidvalidity)
        keeps_back = bool(folders.not_fetched(db, cursor.account, cursor.folder))
    if keeps_back:
        # Nobody knows how old these mails are, nor what their numbers are now.
        return datetime.combine(cursor.read_from, time(), tzinfo=UTC) if cursor.read_from else first_run_start(office)
    # A clock that was ahead when we looked last must not hide what came since; and if the reading was interrupted, what it had
    # not come to yet is as old as the last mail that it brought.
    return min(cursor.checked_at, newest or cursor.checked_at, office.now()) - timedelta(days=3)


def first_run_start(office: Office) -> datetime:
    reading = office.policy.reading
    if reading.start_date:
        return datetime.combine(reading.start_date, time(), tzinfo=UTC)
    return office.now() - timedelta(days=reading.first_run_days)


def batches(mails: Iterator[Fetched | Withheld], at_once: Container[int]) -> Iterator[list[Fetched | Withheld]]:
    """Mails in batches that fit into memory and one commit; an oversize one goes alone, while its file lives.

    What came before the line broke is given out before the break is passed on.

    Args:
        at_once: mails behind which nothing is waited for.
    """
    batch: list[Fetched | Withheld] = []
    size = 0
    try:
        for mail in mails:
            if isinstance(mail, Fetched) and mail.oversize:
                if batch:
                    yield batch
                yield [mail]
                batch, size = [], 0
                continue
            batch.append(mail)
            size += mail.size if isinstance(mail, Fetched) else 0
            if len(batch) >= BATCH_MAILS or size >= BATCH_BYTES or mail.uid in at_once:
                yield batch
                batch, size = [], 0
    except MailboxError:
        if batch:
            yield batch
        raise
    if batch:
        yield batch
