"""One run of ``deliver``: the connections that are open, what servers said and is not written down yet, and what is claimed already.

In a run of letters over one account each letter costs one commit: the one between the server's 354 and its first byte. It writes down how
the letter before ended, lets this one leave, and claims the one after it. What servers said may wait for that commit only where the
letter was taken, and only as long as our own work lasts: as soon as somebody else must be waited for, it is written down by itself.
"""

from __future__ import annotations

import logging
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailagent.core.deciding.timing import BEFORE_ITS_TURN
from mailagent.core.model import events as e
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Mailbox
from mailagent.delivery.base import Accepted, Outcome, Transport, Withdrawn
from mailagent.errors import IllegalMove, LedgerError
from mailagent.jobs import brakes
from mailagent.jobs.outcome import after_sent, consequences
from mailagent.ledger import journal, leads, outbox
from mailagent.ledger.db import sight
from mailagent.office import Office

log = logging.getLogger(__name__)

#: For so long the hour, the day and the law are taken to be the same.
LASTS = timedelta(seconds=2)


@dataclass
class Claim:
    """A letter that is ours to attempt, under a fencing token.

    Attributes:
        sight: how the ledger stood when everything was asked about it, or after our own harmless writing since; None if that is not known.
        at: when it was claimed.
    """

    letter: Letter
    attempt_id: int
    raw: bytes
    sight: tuple | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Answered:
    """An attempt that was made, and how it ended."""

    claim: Claim
    mailbox: Mailbox
    outcome: Outcome


@dataclass
class Seen:
    """A letter that comes soon, as it was while the server thought about one before it.

    Attributes:
        sight: how the ledger stood, or stands after our own harmless writing since.
        is_free: nothing stands against it, as if the letters before had been sent already.
        raw: its bytes; None if they were not built.
    """

    sight: tuple
    at: datetime
    letter: Letter
    is_free: bool
    raw: bytes | None

    def counts(self, letter_id: int, db_sight: tuple, now: datetime) -> bool:
        """Whether it may be relied on, where the letters before it were taken: for the claim of this letter, in a ledger that stands so."""
        return self.letter.id == letter_id and self.sight == db_sight and self.at <= now <= self.at + LASTS


@dataclass
class Turn:
    """One run of ``deliver``.

    Attributes:
        transports: mailbox → its connection, kept for the letters that follow.
        resting: mailboxes from which no letter to a buyer leaves in this run.
        answered: attempts whose outcome is not written down yet, in their order.
        claim: the letter that is announced to the server and has not begun to leave.
        ahead: the letter after it, claimed already.
        coming: the letters after the one that is on its way, at most two; seen: what one of them was like; built: its bytes.
        foretold: what follows of ``answered``, and how the ledger stood when that was found out.
        hurries: false once a server took so long that a claim made ahead became old.
    """

    office: Office
    transports: dict[str, Transport] = field(default_factory=dict)
    resting: set[str] = field(default_factory=set)
    answered: list[Answered] = field(default_factory=list)
    claim: Claim | None = None
    ahead: Claim | None = None
    coming: list[Letter] = field(default_factory=list)
    seen: Seen | None = None
    built: tuple[Letter, bytes] | None = None
    foretold: tuple[tuple, list[e.Event]] | None = None
    hurries: bool = True

    def transport(self, mailbox: Mailbox) -> Transport:
        """The way out of a mailbox; opened at its first letter."""
        if mailbox.name not in self.transports:
            self.transports[mailbox.name] = self.office.open_transport(mailbox)
        return self.transports[mailbox.name]

    def claimed_ahead(self, letter: Letter) -> Claim | None:
        """The claim of this letter, if it was made with the letter before, a moment ago; any other is given back."""
        claim, now = self.ahead, self.office.now()
        if claim is None:
            return None
        if claim.letter.id == letter.id and claim.at <= now <= claim.at + LASTS:
            self.ahead = None
            return claim
        self.hurries = False
        self.settle()
        return None

    @property
    def all_taken(self) -> bool:
        """Whether the server said yes to every letter of which it is not written down yet."""
        return all(isinstance(one.outcome, Accepted) for one in self.answered)

    def foretell(self) -> None:
        """Find out what follows of the letters that were taken, so that it need only be written down."""
        if self.answered and self.all_taken:
            with self.office.ledger.reading() as db:
                events = [event for one in self.answered for event in followed_by(self.office, db, one)]
                self.foretold = sight(db), events

    def told(self, stood: tuple) -> list[e.Event] | None:
        """What was found out, if the ledger stands as it did then; brakes have nothing to say about letters that were taken."""
        foretold, self.foretold = self.foretold, None
        return foretold[1] if foretold and foretold[0] == stood else None

    def write_answers(self, db, *, alone: bool) -> None:
        """Write down what servers said, inside a transaction; ``answered`` is the caller's to clear when it is committed."""
        for answered in self.answered:
            write_down(self.office, db, answered, alone=alone)

    def settle(self) -> None:
        """Write down what servers said, and give back what is claimed and does not leave now.

        While the ledger cannot be written, what servers said is kept in mind; the claim ends with its lease.
        """
        answered, self.answered = self.answered, []
        claims, self.claim, self.ahead = [one for one in (self.claim, self.ahead) if one], None, None
        if not answered and not claims:
            return
        try:
            with self.office.ledger.transaction() as db:
                for one in answered:
                    write_down(self.office, db, one)
                for claim in claims:
                    give_back(self.office, db, claim)
        except LedgerError:
            self.office.unrecorded += answered
            raise

    def settle_in_silence(self) -> None:
        """The server, or a new connection, must be waited for: what the letter before met is not kept waiting as well.

        What was asked about the letters that come holds on, if nobody else has written: it was asked as if this were written already.
        Never raises: while the ledger cannot be written, the commit in front of the text says so.
        """
        if not self.answered:
            return
        try:
            with self.office.ledger.transaction() as db:
                before = sight(db)
                is_alone = self.claim is not None and self.claim.sight == before
                self.write_answers(db, alone=is_alone)
                after = sight(db)
        except LedgerError as error:
            log.warning("what the server said about the letter before could not be written down yet: %s", error)
            return
        harmless, self.answered = self.all_taken, []
        for one in (self.claim, self.seen):
            if one and harmless and one.sight == before:
                one.sight = after

    def end(self) -> None:
        """The last record, and only then the farewells: a server may take its time over them."""
        try:
            self.settle()
        finally:
            for transport in self.transports.values():
                transport.close()


def record_left_overs(office: Office) -> None:
    """What servers said while the ledger could not be written: that is known, and must not become a doubt."""
    while office.unrecorded:
        answered = office.unrecorded.pop(0)
        try:
            with office.ledger.transaction() as db:
                write_down(office, db, answered)
        except LedgerError:
            office.unrecorded.insert(0, answered)
            raise


def write_down(office: Office, db, answered: Answered, *, alone: bool = False) -> None:
    """Record how an attempt ended.

    Args:
        alone: nobody else has written since the letter began to leave, so nobody can have moved it.
    """
    claim = answered.claim
    if isinstance(answered.outcome, Withdrawn):
        return  # begin_transmission has written down why
    try:
        with nullcontext() if alone else office.ledger.savepoint(db):
            journal.record(db, followed_by(office, db, answered), now=office.now())
            brakes.after_attempt(office, db, claim.letter, answered.mailbox, answered.outcome)
    except IllegalMove as error:
        # Our lease ran out while we talked: somebody else has put the letter in doubt or back. Theirs is the word.
        log.warning("letter %d: %s", claim.letter.id, error)
        if isinstance(answered.outcome, Accepted):
            answer_late(office, db, claim)


def followed_by(office: Office, db, answered: Answered) -> list[e.Event]:
    """What follows of an answer."""
    return consequences(office, db, answered.claim.letter, answered.claim.attempt_id, answered.outcome)


def answer_late(office: Office, db, claim: Claim) -> None:
    """The server took the letter after all, and it stood in doubt because this very attempt had been given up: now it is known."""
    letter = outbox.get(db, claim.letter.id)
    if letter.state == "in_doubt" and outbox.attempts_of(db, letter.id)[-1]["id"] == claim.attempt_id:
        lead = leads.get(db, letter.lead_id) if letter.lead_id is not None and letter.basis != "notice" else None
        events = [e.LetterMoved(letter.id, "confirm", "answered_late")]
        journal.record(db, events + (after_sent(office, db, lead, letter) if lead else []), now=office.now())


def give_back(office: Office, db, claim: Claim) -> None:
    """A letter that was claimed and is not attempted is ready again, as it was; everything is asked anew before it goes."""
    letter = claim.letter
    # What it waited for before is known of it still: whoever catches up after a standstill is told by it.
    reason = letter.state_reason or BEFORE_ITS_TURN
    move = e.LetterMoved(letter.id, "defer", reason, claim.attempt_id, retry_at=letter.next_attempt_at)
    try:
        with office.ledger.savepoint(db):
            journal.record(db, [move], now=office.now())
    except IllegalMove as error:
        log.info("letter %d was moved on by somebody else: %s", letter.id, error)
