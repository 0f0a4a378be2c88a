"""When the ledger itself cannot be used: the one alarm that cannot be written down, so its mail goes without the outbox.

Nothing else works then: no mail is kept, no letter leaves, and the desk may show yesterday. The notice is sent once for
each such time, as soon as two rounds in a row have failed; when the ledger works again the time is put down as an alarm that
is over, and told of in the usual way.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from mailagent.core.model.alarm import Alarm
from mailagent.core.writing import compose
from mailagent.delivery.base import Accepted
from mailagent.errors import LedgerError, MailagentError
from mailagent.i18n import speaking
from mailagent.jobs.notice import notice
from mailagent.jobs.tell_alarms import variables
from mailagent.ledger import clock, health
from mailagent.office import Office

log = logging.getLogger(__name__)

#: One failed round may be a backup or a long command of somebody; the next try comes with the next tick.
ROUNDS = 2


@dataclass
class LedgerTrouble:
    """How long the ledger has not been usable, and whether people know.

    Attributes:
        rounds: how many rounds in a row have failed.
    """

    since: datetime | None = None
    title: str = ""
    rounds: int = 0
    is_told: bool = False

    def note_failure(self, office: Office, error: LedgerError) -> None:
        """Another round failed; the second one is told of by mail."""
        self.since = self.since or office.now()
        self.title = f"Nothing can be written down: {error}"
        self.rounds += 1
        if self.rounds >= ROUNDS and not self.is_told:
            self.is_told = self.tell(office)

    def suspect(self, office: Office, error: LedgerError) -> None:
        """A thread that sends could not write; the next round of thinking tries it and tells of it."""
        self.since = self.since or office.now()
        self.title = f"Nothing can be written down: {error}"
        self.rounds = max(self.rounds, 1)

    def note_success(self, office: Office) -> None:
        """The ledger works. What people were told of is put down and ended, which tells them that it is over.

        Raises:
            LedgerError: it does not: a quiet round writes nothing, so after a failure it is tried.
        """
        if self.rounds:
            now = office.now()
            with office.ledger.transaction() as db:
                clock.note(db, now)
                if self.is_told:
                    health.raise_alarm(db, "", "ledger", self.title, since=self.since, now=now, kind="house")
                    health.end_alarms(db, "", "ledger", now)
        self.since, self.title, self.rounds, self.is_told = None, "", 0, False

    def tell(self, office: Office) -> bool:
        """Mail every manager, from the first mailbox that takes it. True if somebody was reached, or nobody is to be."""
        policy = office.policy
        people = policy.managers or policy.people
        if policy.sending.notices == "off" or not people:
            return True
        alarm = Alarm(0, "", "ledger", "", self.title, self.since, self.since, None, None)
        return any([self.tell_one(office, alarm, person) for person in people])

    def tell_one(self, office: Office, alarm: Alarm, person) -> bool:
        with speaking(person.language):
            rendered = office.templates.render("notice", f"{person.language}-alarm", variables(office, alarm, person))
        for mailbox in office.policy.mailboxes:
            letter = notice(office, 0, person, rendered, "alarm:ledger", mailbox.name)
            try:
                transport = office.open_transport(mailbox)
                try:
                    raw = compose.build(letter, office.sender(letter, mailbox), office.now(), "", office.policy)
                    outcome = transport.submit(raw, mailbox.address, (person.email,), lambda: True, letter.ulid)
                finally:
                    transport.close()
            except (MailagentError, OSError) as error:
                log.warning("%s: the alarm could not be sent: %s", mailbox.name, error)
                continue
            if isinstance(outcome, Accepted):
                return True
            log.warning("%s: the alarm could not be sent: %s", mailbox.name, outcome.text)
        return False
