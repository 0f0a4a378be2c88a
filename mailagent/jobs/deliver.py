"""What a person approved → the wire, at most once.

    ready → guards → compose → claim                         commit
          → MAIL, RCPT, DATA, 354 → guards again → transmit  commit
          → the text → the server's answer → record          commit

Between any two of these a reply or an unsubscribe may be handled; the guards ask again inside both commits. If the
link breaks after the text was handed over, the letter is in doubt and is never sent again by itself.

The record of one letter and the claim of the next are one commit, because each waits for the disk. What stands against an
account and not against a letter (its pause, its quota) ends the account's turn and is written beside no letter. While a server thinks,
the next letter is looked at (``look_ahead``).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import zip_longest

from mailagent.core.deciding import guards
from mailagent.core.deciding.guards import SendFacts
from mailagent.core.model import events as e
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Mailbox
from mailagent.delivery.base import Accepted, Outcome, Refused, Transport, Withdrawn, idle
from mailagent.delivery.spool import Spool
from mailagent.errors import ConfigError, IllegalMove, LedgerError, SendingError
from mailagent.jobs import brakes
from mailagent.jobs.letter_bytes import letter_bytes, without_key
from mailagent.jobs.look_ahead import Ahead, Seen
from mailagent.jobs.outcome import after_sent, back_to_its_author, consequences, object_to
from mailagent.ledger import journal, leads, outbox, quotas, suppressions
from mailagent.ledger.db import next_id, sight
from mailagent.ledger.send_facts import send_facts
from mailagent.office import Office

log = logging.getLogger(__name__)


def deliver(
    office: Office,
    stop: Callable[[], bool] = lambda: False,
    fresh: Collection[str] | None = None,
    without: Collection[str] = (),
) -> set[str]:
    """Send what is approved and due, one letter after another.

    Args:
        stop: asked between letters; True ends the job (SIGTERM).
        fresh: mailboxes that were looked at a moment ago; None means all of them. A letter to a buyer leaves from no
            other: his answer, or a colleague's, may have come since.
        without: mailboxes that somebody else sends from.

    Returns:
        Mailboxes from which letters would leave if they were looked at first.
    """
    record_left_overs(office)
    release_notices(office)
    is_on = office.policy.sending.letters == "on"
    with office.ledger.reading() as db:
        ready = outbox.ready(db, office.now(), spooled_too=is_on, accounts=fresh, without=without)
        wanted = outbox.accounts_ready(db, office.now()) - set(without) if is_on else set()
    turn = Turn(office)
    try:
        for letter, turn.next in zip_longest(ready, ready[1:]):
            if stop():
                break
            if letter.account in turn.resting and letter.basis != "notice":
                continue
            try:
                hand_over(turn, letter)
            except LedgerError:
                raise
            except Exception:
                log.exception("letter %d broke us; the others go on", letter.id)
    finally:
        turn.end()
    known = {mailbox.name for mailbox in office.policy.mailboxes}
    return set() if fresh is None else (wanted & known) - set(fresh) - turn.resting


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


@dataclass
class Turn:
    """One run of ``deliver``.

    Attributes:
        transports: mailbox → its connection, kept for the letters that follow.
        resting: mailboxes from which no letter to a buyer leaves in this run.
        answered: the last attempt, whose outcome is not written down yet.
        next: the letter after the one that is on its way; seen: what it was like while the server thought.
    """

    office: Office
    transports: dict[str, Transport] = field(default_factory=dict)
    resting: set[str] = field(default_factory=set)
    answered: Answered | None = None
    next: Letter | None = None
    seen: Seen | None = None

    def transport(self, mailbox: Mailbox) -> Transport:
        if mailbox.name not in self.transports:
            self.transports[mailbox.name] = self.office.open_transport(mailbox)
        return self.transports[mailbox.name]

    def settle(self) -> None:
        """Write down the last outcome, if no claim has done so; while the ledger cannot be written it is kept in mind."""
        answered, self.answered = self.answered, None
        if answered:
            try:
                with self.office.ledger.transaction() as db:
                    write_down(self.office, db, answered)
            except LedgerError:
                self.office.unrecorded.append(answered)
                raise

    def end(self) -> None:
        """The last record, and only then the farewells: a server may take its time over them."""
        try:
            self.settle()
        finally:
            for transport in self.transports.values():
                transport.close()


def hand_over(turn: Turn, letter: Letter) -> None:
    """One ready letter: to the spool while sending is off, else one attempt."""
    office = turn.office
    mailbox = office.policy.mailbox(letter.account)
    if mailbox is None:
        postpone(office, letter, "account_removed", timedelta(hours=1))
    elif letter.basis != "notice" and office.policy.sending.letters == "off":
        spool(office, letter, mailbox)
    elif claim := make_claim(turn, letter, mailbox):
        turn.answered = Answered(claim, mailbox, attempt(turn, claim, mailbox))


def release_notices(office: Office) -> None:
    """Notices to our own people need nobody's approval; their switch decides."""
    if office.policy.sending.notices == "off":
        return
    with office.ledger.transaction() as db:
        for notice in outbox.waiting_notices(db):
            move = e.LetterMoved(notice.id, "approve", "notice", content_hash=notice.content_hash, retry_at=office.now())
            journal.record(db, [move], now=office.now())


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
        facts = send_facts(db, letter, now, suppressions.checker(db, office.settings.suppression_key), office.policy)
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


# ── claim ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Claim:
    """A letter that is ours to attempt, under a fencing token.

    Attributes:
        sight: how the ledger stood when everything was asked about it; None if that is not known.
    """

    letter: Letter
    attempt_id: int
    raw: bytes
    sight: tuple | None = None


@dataclass(frozen=True)
class Answered:
    """An attempt that was made, and how it ended."""

    claim: Claim
    mailbox: Mailbox
    outcome: Outcome


def make_claim(turn: Turn, letter: Letter, mailbox: Mailbox) -> Claim | None:
    """Take the letter for one attempt, or write down why not; the attempt before it is recorded in the same commit."""
    office, answered = turn.office, turn.answered
    try:
        with office.ledger.transaction() as db:
            seen, turn.seen = turn.seen, None
            if seen and not seen.counts(letter.id, answered and answered.outcome, sight(db), office.now()):
                seen = None
            if answered:
                write_down(office, db, answered, alone=seen is not None)
            claim = claim_letter(turn, db, letter.id, mailbox, seen)
        turn.answered = None
        return claim
    except BaseException:
        # What broke the claim takes back the record as well; that must not wait, and is not this letter's affair.
        turn.settle()
        raise


def claim_letter(turn: Turn, db, letter_id: int, mailbox: Mailbox, seen: Seen | None = None) -> Claim | None:
    """The claim itself. The letter's bytes are built at the first one and kept.

    Args:
        seen: what the letter is like, if that is known already.
    """
    office, now = turn.office, turn.office.now()
    if seen and guards.objection(seen.letter, seen.facts, office.policy, now):
        # In what stands against it times are named; they are asked for now.
        seen = None
    letter = seen.letter if seen else outbox.get(db, letter_id)
    if letter.state != "approved":
        return None
    objection = None if seen else guards.objection(letter, facts_of(office, db, letter), office.policy, now)
    if objection and objection.is_accounts:
        log.info("nothing leaves %s now: %s", letter.account, objection.reason)
        turn.resting.add(letter.account)
        if objection.retry_at and objection.reason != "account_rests":
            quotas.rest(db, letter.account, objection.retry_at, objection.reason, now)
        return None
    if objection:
        log.info("letter %d does not go now: %s (%s)", letter.id, objection.verb, objection.reason)
        journal.record(db, object_to(office, db, letter, objection), now=now)
        return None
    try:
        raw = letter.raw or seen and seen.raw or letter_bytes(office, db, letter, mailbox)
    except SendingError as error:
        journal.record(db, back_to_its_author(db, letter, error, now), now=now)
        return None
    except ConfigError as error:
        turn.resting.add(letter.account)
        journal.record(db, without_key(db, mailbox, error, office), now=now)
        return None
    attempt_id = next_id(db, "attempts")
    lease = now + timedelta(minutes=office.policy.sending.lease_minutes)
    move = e.LetterMoved(letter.id, "claim", attempt_id=attempt_id, lease_until=lease, raw=None if letter.raw else raw)
    journal.record(db, [move], now=now, actor=office.worker)
    return Claim(letter, attempt_id, raw, sight(db))


def facts_of(office: Office, db, letter: Letter) -> SendFacts:
    """What the ledger says about a letter now."""
    return send_facts(db, letter, office.now(), suppressions.checker(db, office.settings.suppression_key), office.policy)


# ── attempt ─────────────────────────────────────────────────────────────────────────────────────────────────────


def attempt(turn: Turn, claim: Claim, mailbox: Mailbox) -> Outcome:
    """One SMTP conversation about one letter."""
    letter, office, ahead = claim.letter, turn.office, next_one(turn, claim)
    try:
        outcome = turn.transport(mailbox).submit(
            claim.raw,
            mailbox.address,
            (letter.recipient, *letter.cc),
            lambda: begin_transmission(office, claim),
            letter.ulid,
            ahead.look if ahead else idle,
        )
        turn.seen = ahead.seen if ahead else None
        return outcome
    except (SendingError, ConfigError) as error:
        return Refused(None, str(error), "connect", account_problem=isinstance(error, ConfigError))


def next_one(turn: Turn, claim: Claim) -> Ahead | None:
    """The letter after this one, if it is worth to be looked at already: it will be sent next, and at once."""
    policy, letter = turn.office.policy, turn.next
    if letter is None or letter.account in turn.resting or letter.account == claim.letter.account and policy.sending.pace_seconds:
        return None
    mailbox = policy.mailbox(letter.account)
    spooled = letter.basis != "notice" and policy.sending.letters == "off"
    return Ahead(turn.office, claim.letter, letter, mailbox) if mailbox and not spooled else None


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
            events = consequences(office, db, claim.letter, claim.attempt_id, answered.outcome)
            journal.record(db, events, now=office.now())
            brakes.after_attempt(office, db, claim.letter, answered.mailbox, answered.outcome)
    except IllegalMove as error:
        # Our lease ran out while we talked: somebody else has put the letter in doubt or back. Theirs is the word.
        log.warning("letter %d: %s", claim.letter.id, error)
        if isinstance(answered.outcome, Accepted):
            answer_late(office, db, claim)


def answer_late(office: Office, db, claim: Claim) -> None:
    """The server took the letter after all, and it stood in doubt because this very attempt had been given up: now it is known."""
    letter = outbox.get(db, claim.letter.id)
    if letter.state == "in_doubt" and outbox.attempts_of(db, letter.id)[-1]["id"] == claim.attempt_id:
        lead = leads.get(db, letter.lead_id) if letter.lead_id is not None and letter.basis != "notice" else None
        events = [e.LetterMoved(letter.id, "confirm", "answered_late")]
        journal.record(db, events + (after_sent(office, db, lead, letter) if lead else []), now=office.now())


def begin_transmission(office: Office, claim: Claim) -> bool:
    """The last question, between the server's 354 and the first byte. From this commit on it may have arrived."""
    now = office.now()
    with office.ledger.transaction() as db:
        # Where nobody has written since the claim, the answers are those that it got.
        if claim.sight != sight(db) and not may_still_go(office, db, claim, now):
            return False
        seconds = office.policy.sending.reply_timeout_seconds + 60
        lease = now + timedelta(seconds=seconds)
        move = e.LetterMoved(claim.letter.id, "transmit", attempt_id=claim.attempt_id, lease_until=lease)
        journal.record(db, [move], now=now)
    return True


def may_still_go(office: Office, db, claim: Claim, now: datetime) -> bool:
    """Whether nothing has come up since the claim; what has is written down."""
    # Since it was approved nothing else of it can change.
    letter = claim.letter
    if outbox.standing(db, letter.id) != ("claimed", claim.attempt_id):
        return False
    facts = send_facts(db, letter, now, suppressions.checker(db, office.settings.suppression_key))
    stop = guards.stop(letter, facts)
    if stop:
        journal.record(db, [e.LetterMoved(letter.id, "withdraw", stop.reason, claim.attempt_id)], now=now)
        return False
    of_account, of_domain = quotas.rests_of(db, letter.account, letter.recipient, letter.basis, now)
    if facts.paused or of_account:
        # No time is named: while it is paused, or a brake is on, nobody looks at it, and then it is ready at once.
        later, reason = now, "paused" if facts.paused else "account_rests"
    elif of_domain:
        later, reason = of_domain, "domain_rests"
    elif letter.basis != "notice" and facts.other_owner:
        # A colleague has a matter with the same company by now: the next claim gives it back to its author.
        later, reason = now, "two_of_us"
    elif letter.basis != "notice" and facts.hold_reason:
        later, reason = now + timedelta(minutes=10), f"held:{facts.hold_reason}"
    elif letter.basis != "notice" and facts.mail_waiting:
        # It was fetched while we talked to the server; nothing is handled before we are done, so it must be asked here.
        later, reason = now + timedelta(minutes=1), "mail_waiting"
    else:
        return True
    journal.record(db, [e.LetterMoved(letter.id, "defer", reason, claim.attempt_id, retry_at=later)], now=now)
    return False
