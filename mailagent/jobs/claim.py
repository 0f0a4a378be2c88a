"""Taking an approved letter for one attempt, under a fencing token; or writing down why not.

A letter is claimed in a commit of its own, which records the letter before it as well; or ahead, in the commit by which the one before it
begins to leave. Ahead nothing is decided against a letter: what stands against it, or is not certain, is asked when its turn comes.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from mailagent.core.deciding import guards
from mailagent.core.deciding.guards import SendFacts
from mailagent.core.model import events as e
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Mailbox
from mailagent.errors import ConfigError, SendingError
from mailagent.jobs.letter_bytes import letter_bytes, without_key
from mailagent.jobs.outcome import back_to_its_author, object_to
from mailagent.jobs.turn import Claim, Seen, Turn
from mailagent.ledger import journal, outbox, quotas, suppressions
from mailagent.ledger.db import next_id, sight
from mailagent.ledger.send_facts import send_facts
from mailagent.office import Office

log = logging.getLogger(__name__)


def make_claim(turn: Turn, letter: Letter, mailbox: Mailbox) -> Claim | None:
    """Take the letter for one attempt, or write down why not; the attempt before it is recorded in the same commit."""
    office = turn.office
    try:
        with office.ledger.transaction() as db:
            seen, turn.seen = turn.seen, None
            if seen and not (turn.all_taken and seen.counts(letter.id, sight(db), office.now())):
                seen = None
            turn.write_answers(db, alone=seen is not None)
            claim = claim_letter(turn, db, letter.id, mailbox, seen)
        turn.answered = []
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
    if seen and not seen.is_free:
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
    return _take(office, db, letter, raw, now)


def can_claim_ahead(turn: Turn, claim: Claim) -> bool:
    """Whether the next letter leaves at once behind this one, over the same connection."""
    is_next = bool(turn.coming) and turn.coming[0].account == claim.letter.account
    return is_next and turn.hurries and not turn.office.policy.sending.pace_seconds


def claim_ahead(turn: Turn, db, claim: Claim, stood: tuple, now: datetime) -> Claim | None:
    """Take the letter after this one in the commit by which this one begins to leave, where nothing stands against it and all is known.

    Args:
        claim: the letter that begins to leave.
        stood: how the ledger stood before anything was written in this transaction.
    """
    seen = turn.seen
    if seen is None or not seen.is_free or not turn.all_taken or not can_claim_ahead(turn, claim):
        return None
    if not seen.counts(turn.coming[0].id, stood, now):
        return None
    raw = seen.letter.raw or seen.raw
    return _take(turn.office, db, seen.letter, raw, now) if raw else None


def _take(office: Office, db, letter: Letter, raw: bytes, now: datetime) -> Claim:
    attempt_id = next_id(db, "attempts")
    lease = now + timedelta(minutes=office.policy.sending.lease_minutes)
    move = e.LetterMoved(letter.id, "claim", attempt_id=attempt_id, lease_until=lease, raw=None if letter.raw else raw)
    journal.record(db, [move], now=now, actor=office.worker)
    return Claim(letter, attempt_id, raw, sight(db), now)


def facts_of(office: Office, db, letter: Letter) -> SendFacts:
    """What the ledger says about a letter now."""
    return send_facts(db, letter, office.now(), suppressions.checker(db, office.settings.suppression_key), office.policy)
