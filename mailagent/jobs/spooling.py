"""While sending is off: letters go to a folder where the IT person can read what would leave."""

from __future__ import annotations

import logging
from datetime import timedelta

from mailagent.core.deciding import guards
from mailagent.core.model import events as e
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Mailbox
from mailagent.delivery.spool import Spool
from mailagent.errors import SendingError
from mailagent.jobs.claim import facts_of
from mailagent.jobs.letter_bytes import letter_bytes
from mailagent.jobs.outcome import back_to_its_author, object_to
from mailagent.ledger import journal, outbox
from mailagent.office import Office

log = logging.getLogger(__name__)


def spool(office: Office, letter: Letter, mailbox: Mailbox) -> None:
    """Sending is off: put the letter where the IT person can read it. It stays approved and is counted as not sent."""
    folder = Spool(office.settings.spool_folder)
    if not folder.holds(letter.ulid):
        raw = bytes_for_spool(office, letter, mailbox)
        if raw is None:
            return
        folder.write(raw, letter.ulid)
    # Due at once when sending is switched on; until then ``ready`` leaves it out.
    postpone(office, letter, "sending_is_off", timedelta(0))


def bytes_for_spool(office: Office, letter: Letter, mailbox: Mailbox) -> bytes | None:
    """What would be sent; None if something stands against it, which is written down. Whoever asked us to stop is in no spool either."""
    now = office.now()
    with office.ledger.transaction() as db:
        letter = outbox.get(db, letter.id)
        if letter.state != "approved":
            return None
        facts = facts_of(office, db, letter)
        if objection := guards.spooling(letter, facts, office.policy, now):
            log.info("letter %d does not go to the spool: %s (%s)", letter.id, objection.verb, objection.reason)
            journal.record(db, object_to(office, db, letter, objection), now=now)
            return None
        try:
            return letter.raw or letter_bytes(office, db, letter, mailbox, signed=False)
        except SendingError as error:
            journal.record(db, back_to_its_author(db, letter, error, now), now=now)
            return None


def postpone(office: Office, letter: Letter, reason: str, wait: timedelta) -> None:
    with office.ledger.transaction() as db:
        journal.record(db, [e.LetterPostponed(letter.id, office.now() + wait, reason)], now=office.now())
