"""What is done while a server thinks about a letter: those that come after it are looked at, so that their claims find everything ready.

Nothing is written here, and nothing here is binding. What was found out counts only if nobody else has written to the ledger since
(``db.sight``), the server took the letters before, and it was a moment ago; else, and whenever something stands against the letter,
the claim asks all of it again. So a claim says the same with and without this.
"""

from __future__ import annotations

import logging

from mailagent.core.deciding import guards
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Mailbox
from mailagent.jobs.claim import can_claim_ahead
from mailagent.jobs.letter_bytes import letter_bytes
from mailagent.jobs.turn import Claim, Seen, Turn
from mailagent.ledger import outbox, suppressions
from mailagent.ledger.db import sight
from mailagent.ledger.send_facts import send_facts

log = logging.getLogger(__name__)


def look_ahead(turn: Turn, claim: Claim, phase: str) -> None:
    """For ``Transport.submit``, while the server thinks about a letter.

    About DATA: the next letter is asked about, if it can be claimed as this one begins to leave and is not known yet; and the bytes of the
    first letter are built of which nothing is known. About the text: the first letter that is not claimed yet is asked about.
    """
    try:
        if phase == "text":
            turn.seen = _ask(turn, claim, _worth(turn, claim, 1 if turn.ahead else 0))
        elif phase == "data":
            if turn.seen is None and can_claim_ahead(turn, claim):
                turn.seen = _ask(turn, claim, _worth(turn, claim, 0))
            _build(turn, _worth(turn, claim, 1 if turn.seen else 0))
            turn.foretell()
    except Exception as error:
        # The claim comes upon the same, and knows what to do about it.
        log.debug("a letter after letter %d was not looked at ahead: %s", claim.letter.id, error)


def _worth(turn: Turn, claim: Claim, place: int) -> tuple[Letter, Mailbox] | None:
    """A letter that comes, if it is worth to be looked at already: it will be sent soon, and at once."""
    policy, letter = turn.office.policy, turn.coming[place] if place < len(turn.coming) else None
    if letter is None or letter.account in turn.resting or letter.account == claim.letter.account and policy.sending.pace_seconds:
        return None
    mailbox = policy.mailbox(letter.account)
    spooled = letter.basis != "notice" and policy.sending.letters == "off"
    return (letter, mailbox) if mailbox and not spooled else None


def _build(turn: Turn, what: tuple[Letter, Mailbox] | None) -> None:
    """Build its bytes, where nothing of the ledger is needed for that."""
    if what and not what[0].raw and not turn.office.unsubscribe_url(what[0]):
        turn.built = what[0], letter_bytes(turn.office, None, *what)


def _ask(turn: Turn, claim: Claim, what: tuple[Letter, Mailbox] | None) -> Seen | None:
    """Everything that a claim asks, as if the letters before this one had been sent."""
    if what is None:
        return None
    office, now = turn.office, turn.office.now()
    before = [*(one.claim.letter for one in turn.answered), claim.letter, *([turn.ahead.letter] if turn.ahead else [])]
    with office.ledger.reading() as db:
        letter = what[0] if outbox.is_as_before(db, what[0]) else outbox.get(db, what[0].id)
        if letter.state != "approved" or outbox.have_one_buyer(db, letter, before):
            return None
        built = turn.built[1] if turn.built and turn.built[0] is letter else None
        suppressed = suppressions.checker(db, office.settings.suppression_key)
        facts = send_facts(db, letter, now, suppressed, office.policy, coming=before)
        raw = letter.raw or built or letter_bytes(office, db, letter, what[1])
        is_free = guards.objection(letter, facts, office.policy, now) is None
        return Seen(sight(db), now, letter, is_free, raw)
