"""What is done while a server thinks about a letter: the next one is looked at, so that its claim finds everything ready.

Nothing is written here, and nothing here is binding. What was found out counts only if nobody has written to the ledger since
(``db.sight``), the server took the letter before, and it was a moment ago; else, and whenever something stands against the letter,
the claim asks all of it again. So a claim says the same with and without this.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailagent.core.deciding.guards import SendFacts
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Mailbox
from mailagent.delivery.base import Accepted, Outcome
from mailagent.jobs.letter_bytes import letter_bytes
from mailagent.ledger import outbox, suppressions
from mailagent.ledger.db import sight
from mailagent.ledger.send_facts import send_facts
from mailagent.office import Office

log = logging.getLogger(__name__)

#: For so long the hour, the day and the law are taken to be the same.
LASTS = timedelta(seconds=2)


@dataclass(frozen=True)
class Seen:
    """The next letter, as it was while the server thought about the one before.

    Attributes:
        sight: how the ledger stood.
        facts: what is asked about it, as if the letter before had been sent already.
        raw: its bytes; None if they were not built.
    """

    sight: tuple
    at: datetime
    letter: Letter
    facts: SendFacts
    raw: bytes | None

    def counts(self, letter_id: int, before: Outcome | None, db_sight: tuple, now: datetime) -> bool:
        """Whether it may be relied on: the claim of this letter, in a ledger that stands so, after this answer of the server."""
        return (
            self.letter.id == letter_id
            and isinstance(before, Accepted)
            and self.sight == db_sight
            and self.at <= now <= self.at + LASTS
        )


class Ahead:
    """The letter that comes after the one that is on its way.

    Args:
        letter: as it was when the turn began; it is read again.
    """

    def __init__(self, office: Office, on_its_way: Letter, letter: Letter, mailbox: Mailbox):
        self.office, self.on_its_way, self.letter, self.mailbox = office, on_its_way, letter, mailbox
        self._raw: bytes | None = None
        self.seen: Seen | None = None

    def look(self, phase: str) -> None:
        """For ``Transport.submit``: build its bytes while the server thinks about DATA, ask about it while it thinks about the text."""
        try:
            if phase == "text":
                self._ask()
            elif not self.letter.raw and not self.office.unsubscribe_url(self.letter):
                self._raw = letter_bytes(self.office, None, self.letter, self.mailbox)
        except Exception as error:
            # The claim comes upon the same, and knows what to do about it.
            log.debug("letter %d was not looked at ahead: %s", self.letter.id, error)

    def _ask(self) -> None:
        office, now = self.office, self.office.now()
        with office.ledger.reading() as db:
            letter = outbox.get(db, self.letter.id)
            if letter.state != "approved" or outbox.have_one_buyer(db, self.on_its_way, letter):
                return
            raw = letter.raw or (self._raw if letter == self.letter else None)
            suppressed = suppressions.checker(db, office.settings.suppression_key)
            facts = send_facts(db, letter, now, suppressed, office.policy, coming=self.on_its_way)
            raw = raw or letter_bytes(office, db, letter, self.mailbox)
            self.seen = Seen(sight(db), now, letter, facts, raw)
