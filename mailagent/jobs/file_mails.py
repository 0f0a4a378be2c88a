"""Handled mails → the folders where the company wants them. Off unless ``filing`` says which kinds go where.

A courtesy: it happens after everything else, by UID MOVE alone, and only to mails of the inbox that the ledger has.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import timedelta

from mailagent.core.model import events as e
from mailagent.core.model.policy import Mailbox
from mailagent.errors import MailboxError, MailboxUnreachable
from mailagent.ledger import folders, journal, tasks
from mailagent.mailbox.base import MailboxConnection
from mailagent.office import Office

log = logging.getLogger(__name__)

#: A mail that was handled longer ago stays where it is.
FILED_WITHIN = timedelta(days=7)


def file_mails(office: Office, mailbox: Mailbox, connection: MailboxConnection) -> int:
    """Move what was handled lately and lies in the inbox still; how many mails. A refusal is told to people, once, until it is over."""
    if not mailbox.filing:
        return 0
    moved, refusals = 0, []
    with office.ledger.reading() as db:
        inboxes = [one for one in folders.cursors(db) if one.account == mailbox.name and one.role == "inbox"]
    for inbox in inboxes:
        place = (mailbox.name, inbox.folder, inbox.uidvalidity)
        with office.ledger.reading() as db:
            waiting = folders.to_file(db, *place, tuple(mailbox.filing), office.now() - FILED_WITHIN)
        by_target = defaultdict(list)
        for uid, kind in waiting:
            by_target[mailbox.filing[kind]].append(uid)
        if by_target and connection.open(inbox.folder).uidvalidity != inbox.uidvalidity:
            continue
        for target, uids in by_target.items():
            try:
                connection.move(uids, target)
            except MailboxUnreachable:
                raise
            except MailboxError as error:
                log.warning("%s", error)
                refusals.append(str(error))
                continue
            with office.ledger.transaction() as db:
                # Those that were gone already are done as well.
                folders.set_filed(db, *place, uids, target)
            moved += len(uids)
    if refusals or moved:
        tell(office, mailbox, refusals)
    return moved


def tell(office: Office, mailbox: Mailbox, refusals: list[str]) -> None:
    """One task for a mailbox whose mail cannot be filed, however the server words it each time; done when all of it could be."""
    with office.ledger.transaction() as db:
        known = tasks.open_with_title(db, "folder", title(mailbox))
        if refusals and not known:
            journal.raise_alarm(db, "folder", title(mailbox, refusals[0]), office.now())
        elif known and not refusals:
            journal.record(db, [e.TaskDone(number, "it is over") for number in known], now=office.now())


def title(mailbox: Mailbox, why: str = "") -> str:
    """What the task says; without a reason, how it begins."""
    return f"Mail of {mailbox.name} cannot be filed: {why}"
