"""Loose ends: letters that a dead worker left, letters in doubt, and copies for the Sent folder.

Evidence moves a letter out of doubt: its Message-ID in the Sent folder, a bounce, a reply (the last two are seen by
``handle``). Absence proves something only where the provider files sent mail itself; otherwise a person decides.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from mailagent.core.model import events as e
from mailagent.core.model.endpoint import must_file_sent
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Mailbox
from mailagent.errors import FolderMissing, FolderRefused, IllegalMove, MailboxError
from mailagent.jobs.file_mails import file_mails
from mailagent.jobs.outcome import after_sent
from mailagent.jobs.recount import recount_now_and_then
from mailagent.ledger import clock, journal, leads, outbox
from mailagent.ledger.db import next_id
from mailagent.mailbox.base import MailboxConnection
from mailagent.office import Office

log = logging.getLogger(__name__)

#: How long evidence for a notice is looked for in the Sent folder.
NOTICE_DOUBT = timedelta(days=1)


def reconcile(office: Office, *, after_restart: bool = False) -> int:
    """Letters whose worker did not come back: claimed ones are free again, transmitting ones are in doubt.

    Args:
        after_restart: whoever held a lease is gone (we hold the daemon's lock and have not begun): do not wait for it.
    """
    now = office.now()
    moved = 0
    look_at_clock(office, now)
    with office.ledger.reading() as db:
        left = outbox.lease_over(db, datetime.max.replace(tzinfo=UTC) if after_restart else now)
    for letter in left:
        try:
            with office.ledger.transaction() as db:
                journal.record(db, after_lease(db, letter, now), now=now)
            moved += 1
        except IllegalMove:
            log.info("letter %d was moved on by somebody else", letter.id)
    return moved + give_up_notices(office)


def look_at_clock(office: Office, now: datetime) -> None:
    """A clock that was set back must not make anything wait for the time that it showed before."""
    with office.ledger.reading() as db:
        if not clock.needs_note(db, now):
            return
    with office.ledger.transaction() as db:
        if clock.note(db, now):
            log.warning("the clock of this machine was set back; what waited for a later time is looked at now")


def give_up_notices(office: Office) -> int:
    """A notice to our own people that stays in doubt for a day is let go: nobody is asked about it, and the desk shows all of it."""
    now = office.now()
    with office.ledger.transaction() as db:
        old = [one for one in outbox.in_doubt(db) if one.basis == "notice" and (one.next_attempt_at or now) < now - NOTICE_DOUBT]
        journal.record(db, [e.LetterMoved(notice.id, "abandon", "notice_given_up") for notice in old], now=now)
    return len(old)


def after_lease(db, letter: Letter, now: datetime) -> list[e.Event]:
    """What becomes of a letter whose worker did not come back: nothing was said yet, or nobody knows."""
    if letter.state == "claimed":
        return [e.LetterMoved(letter.id, "defer", "lease_over", letter.attempt_id, retry_at=now)]
    events: list[e.Event] = [e.LetterMoved(letter.id, "lose", "lease_over", letter.attempt_id, retry_at=now + timedelta(minutes=1))]
    if letter.basis != "notice":
        title = f"Did letter {letter.id} to {letter.recipient} arrive? mailagent was stopped while it was handed over"
        events.append(e.TaskOpened(next_id(db, "tasks"), letter.lead_id, "in_doubt", letter.author, now, title))
    return events


def reconcile_server(office: Office, mailbox: Mailbox, connection: MailboxConnection) -> int:
    """With a connection at hand: what can only be settled on the server. How many things were settled.

    Doubtful letters are looked for in Sent, copies filed there; mails are moved where the settings want them; and now and then
    server and ledger are compared.
    """
    done = letters_in_sent(office, mailbox, connection) + file_mails(office, mailbox, connection)
    recount_now_and_then(office, mailbox, connection)
    return done


def letters_in_sent(office: Office, mailbox: Mailbox, connection: MailboxConnection) -> int:
    """Look for doubtful letters in Sent, and file copies that the provider does not file.

    Where Sent is missing or refused, people were told by ``receive``; letters wait for evidence, and everything else goes on.
    """
    done = 0
    with office.ledger.reading() as db:
        doubtful = [letter for letter in outbox.in_doubt(db) if letter.account == mailbox.name]
        unfiled = [letter for letter in outbox.to_be_filed(db, office.now() - timedelta(days=7)) if letter.account == mailbox.name]
    if not (doubtful or unfiled):
        return 0
    try:
        sent = next((name for _, name in connection.folders(tuple(rule for rule in mailbox.folders if rule.role == "sent"))), "")
        for letter in doubtful if sent else ():
            if connection.find_message_id(sent, letter.message_id):
                confirm(office, letter, "found_in_sent")
                done += 1
        for letter in unfiled if sent else ():
            done += file_copy(office, mailbox, connection, sent, letter)
    except (FolderMissing, FolderRefused) as error:
        log.info("%s", error)
    return done


def confirm(office: Office, letter: Letter, reason: str, actor: str = journal.AGENT) -> None:
    """The letter did arrive at the server: it counts as sent, and the wait for the next step begins."""
    with office.ledger.transaction() as db:
        lead = leads.get(db, letter.lead_id) if letter.lead_id is not None else None
        events: list[e.Event] = [e.LetterMoved(letter.id, "confirm", reason)]
        if lead and letter.basis != "notice":
            events += after_sent(office, db, lead, letter)
        journal.record(db, events, now=office.now(), actor=actor)


def file_copy(office: Office, mailbox: Mailbox, connection: MailboxConnection, sent: str, letter: Letter) -> bool:
    """Put a copy into Sent, once, and only where the provider does not do it. A failure here never sends again."""
    try:
        if not must_file_sent(mailbox, office.policy.providers) or connection.find_message_id(sent, letter.message_id):
            filed = "provider"
        else:
            connection.append(sent, letter.raw, ("\\Seen",), letter.sent_at)
            filed = "mailagent"
    except MailboxError as error:
        log.warning("letter %d was sent; its copy could not be filed yet: %s", letter.id, error)
        return False
    with office.ledger.transaction() as db:
        journal.record(db, [e.SentCopyFiled(letter.id, filed)], now=office.now())
    return True
