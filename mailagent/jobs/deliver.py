"""What a person approved → the wire, at most once.

    ready → guards → compose → claim                         commit
          → MAIL, RCPT, DATA, 354 → guards again → transmit  commit
          → the text → the server's answer → record          commit

Between any two of these a reply or an unsubscribe may be handled; the guards ask again inside both commits. If the
link breaks after the text was handed over, the letter is in doubt and is never sent again by itself.

Each commit waits for the disk, so those of different letters are put together: the record of one letter goes with the claim of the next,
and in a run of letters without a pace with its transmission, which claims the one after it as well (``turn``, ``claim``). What stands
against an account and not against a letter (its pause, its quota) ends the account's turn and is written beside no letter. While a
server thinks, the letters that come are looked at (``look_ahead``).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from mailagent.core.deciding import guards
from mailagent.core.model import events as e
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Mailbox
from mailagent.delivery.base import Accepted, Outcome, Refused
from mailagent.errors import ConfigError, LedgerError, SendingError
from mailagent.jobs.claim import claim_ahead, make_claim
from mailagent.jobs.look_ahead import look_ahead
from mailagent.jobs.spooling import postpone, spool
from mailagent.jobs.turn import Answered, Claim, Turn, record_left_overs
from mailagent.ledger import copies, journal, outbox, quotas, suppressions
from mailagent.ledger.db import sight
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
        for place, letter in enumerate(ready, start=1):
            turn.coming = ready[place : place + 2]
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


def hand_over(turn: Turn, letter: Letter) -> None:
    """One ready letter: to the spool while sending is off, else one attempt."""
    office = turn.office
    mailbox = office.policy.mailbox(letter.account)
    if mailbox is None:
        postpone(office, letter, "account_removed", timedelta(hours=1))
    elif letter.basis != "notice" and office.policy.sending.letters == "off":
        spool(office, letter, mailbox)
    elif claim := turn.claimed_ahead(letter) or make_claim(turn, letter, mailbox):
        attempt(turn, claim, mailbox)


def release_notices(office: Office) -> None:
    """Notices to our own people need nobody's approval; their switch decides."""
    if office.policy.sending.notices == "off":
        return
    with office.ledger.transaction() as db:
        for notice in outbox.waiting_notices(db):
            move = e.LetterMoved(notice.id, "approve", "notice", content_hash=notice.content_hash, retry_at=office.now())
            journal.record(db, [move], now=office.now())


# ── attempt ─────────────────────────────────────────────────────────────────────────────────────────────────────


def attempt(turn: Turn, claim: Claim, mailbox: Mailbox) -> None:
    """One SMTP conversation about one letter, and what must be written down at once."""
    turn.claim = claim
    try:
        outcome = submit(turn, claim, mailbox)
    except BaseException:
        turn.seen = None
        turn.settle()
        raise
    turn.claim = None
    turn.answered.append(Answered(claim, mailbox, outcome))
    # A yes is written down with the next letter. Anything else may brake, so it stands in the ledger before anything of the next one;
    # and where no text left, the letter before still waits to be written down.
    if len(turn.answered) > 1 or turn.ahead and not isinstance(outcome, Accepted):
        turn.settle()


def submit(turn: Turn, claim: Claim, mailbox: Mailbox) -> Outcome:
    """How the server answered."""
    letter = claim.letter
    try:
        return turn.transport(mailbox).submit(
            claim.raw,
            mailbox.address,
            (letter.recipient, *letter.cc),
            lambda: begin_transmission(turn, claim),
            letter.ulid,
            lambda phase: meanwhile(turn, claim, phase),
        )
    except (SendingError, ConfigError) as error:
        return Refused(None, str(error), "connect", account_problem=isinstance(error, ConfigError))


def meanwhile(turn: Turn, claim: Claim, phase: str) -> None:
    """For ``Transport.submit``: what is done while somebody else must be waited for. Never raises."""
    if phase in ("data", "text"):
        look_ahead(turn, claim, phase)
        return
    try:
        turn.settle_in_silence()
    except Exception:
        log.exception("what the server said could not be written down; the next commit tries again")


def begin_transmission(turn: Turn, claim: Claim) -> bool:
    """The last question, between the server's 354 and the first byte. From this commit on it may have arrived.

    The same commit writes down how the letter before ended, and claims the one after it.
    """
    office, now, ahead = turn.office, turn.office.now(), None
    with office.ledger.transaction() as db:
        # Where nobody has written since the claim, the answers are those that it got.
        stood = sight(db)
        is_alone = claim.sight == stood
        told = turn.told(stood) if is_alone else None
        if told is None:
            turn.write_answers(db, alone=is_alone)
        may_go = is_alone or may_still_go(office, db, claim, now)
        if may_go:
            seconds = office.policy.sending.reply_timeout_seconds + 60
            lease = now + timedelta(seconds=seconds)
            move = e.LetterMoved(claim.letter.id, "transmit", attempt_id=claim.attempt_id, lease_until=lease)
            journal.record(db, [*(told or ()), move], now=now)
            ahead = claim_ahead(turn, db, claim, stood, now)
    turn.answered, turn.claim, turn.ahead, turn.seen = [], None, ahead, None
    return may_go


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
    if facts.has_silenced_copy:
        gone = copies.silenced(letter, suppressions.checker(db, office.settings.suppression_key))
        journal.record(db, copies.drop(db, letter, gone, now, claim.attempt_id), now=now)
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
