"""Ledger → events. Every kept mail is thought about once, oldest first.

Reading comes before the bracket, and for many mails in a second process; everything that asks the ledger, and everything that
is decided from the answers, happens inside one IMMEDIATE transaction, so nothing it knows can be stale (DESIGN, "The
journeys"). A batch is one transaction, a mail in it one savepoint: a mail that breaks us takes nobody with it.
"""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from mailagent.core.deciding.inbound import Case, Decision, decide
from mailagent.core.model.lead import Score
from mailagent.core.scoring import score as scorer
from mailagent.errors import LedgerError
from mailagent.jobs import brakes
from mailagent.ledger import erasure, inbox, journal, known, suppressions
from mailagent.ledger.db import WorkBroke, next_id
from mailagent.office import Office
from mailagent.reader import SELDOM, ReaderLost, SecondReader, Task, get_ready, read_one

if TYPE_CHECKING:
    from mailagent.core.reading.read import Reading

log = logging.getLogger(__name__)

BATCH = 200
#: From so many waiting mails on a second process reads ahead.
MANY = 300
#: So few mails are not divided.
FEW = 20
#: A wait for the other process that is worth an answer, seconds.
STOOD_STILL = 0.01
#: A mail above so many bytes is read in the second process, so that its memory goes with it.
LARGE = 1_000_000


def handle(office: Office, saw: Callable[[inbox.Handled], None] = lambda handled: None, stop: Callable[[], bool] = lambda: False) -> int:
    """Think about every kept mail, oldest first. One that breaks us is tried three times, then quarantined.

    Args:
        saw: told about each handled mail, for progress and tables.
        stop: asked between batches; what is not yet handled then waits in the ledger.

    Returns:
        How many were handled.
    """
    with office.ledger.reading() as db:
        waiting = inbox.count_waiting(db)
    done, many, share, keeps_reader = 0, waiting >= MANY, Share(), False
    usual = gc.get_threshold()
    if many:
        gc.set_threshold(SELDOM, *usual[1:])
    try:
        batch = begin(office, share, many=many)
        while batch.items:
            # Beside a suspect mail nobody is begun: if the process ends over it, that is no other mail's try.
            try:
                following = Batch() if stop() or batch.is_suspect else begin(office, share, batch, many=many)
            except LedgerError:
                give_back(office, batch.items)
                raise
            try:
                readings = finish(office, batch, share)
            except ReaderLost as lost:
                log.error("%s; its mails are read one by one", lost)
                note_lost(office, batch.items, following.items, str(lost))
                # Another one may have begun with what was just given back.
                office.end_second_reader()
                following = Batch() if stop() else begin(office, share, many=many)
            else:
                done += conclude(office, batch.items, following.items, readings, saw)
                if many:
                    office.progress("", done, max(done, waiting))
            batch = following if following.items or stop() else begin(office, share, many=many)
        # In the middle of many it is kept for the rest of them.
        keeps_reader = many and stop()
    finally:
        gc.set_threshold(*usual)
        # Who was interrupted leaves answers in it that nobody takes: they would be taken for those of other mails.
        if not keeps_reader:
            office.end_second_reader()
    return done


@dataclass(frozen=True)
class Batch:
    """Mails that were taken together, and who reads them.

    Attributes:
        reader: the second process; None if this one reads all of them.
        theirs: how many the second process reads, from the first on; the others are read here meanwhile.
    """

    items: Sequence[inbox.Waiting] = ()
    reader: SecondReader | None = None
    theirs: int = 0

    @property
    def is_suspect(self) -> bool:
        """Whether it is a mail that was tried before; it came alone."""
        return any(item.tries for item in self.items)


@dataclass
class Share:
    """How much of the reading the second process does while this one decides: as much as keeps both busy.

    It is learnt: where this one had to wait for answers it reads more itself, where it never waits, less.
    """

    part: float = 0.8
    least: float = 0.3

    def of(self, items: Sequence[inbox.Waiting]) -> int:
        """How many of these mails, from the first on, the second process reads: all, if they are few; never fewer than the large ones."""
        if len(items) < FEW:
            return len(items)
        large = [place for place, item in enumerate(items, 1) if item.size > LARGE]
        return max(round(len(items) * self.part), *large, 0)

    def learn(self, waited: float) -> None:
        """After a batch: so long this process stood still, seconds."""
        self.part = max(self.least, self.part - 0.03) if waited > STOOD_STILL else min(1.0, self.part + 0.02)


def begin(office: Office, share: Share, before: Batch | None = None, *, many: bool) -> Batch:
    """Take the next mails; many, large or suspect ones are given to the second process, which begins at once.

    Whoever reads is made ready before the try is written down: a kill in the meantime is no mail's fault.
    """
    but = {item.inbound_id for item in before.items} if before else ()
    while True:
        with office.ledger.reading() as db:
            waiting = inbox.next_waiting(db, office.now(), BATCH, office.settings.sources_folder, but)
        if not waiting:
            return Batch()
        reader = None
        if many or any(item.tries or item.size > LARGE for item in waiting):
            reader = ready_reader(office)
        if reader is None:
            get_ready(office.policy)
        with office.ledger.transaction() as db:
            items = inbox.take(db, waiting, office.now())
        if items:
            break
        log.error("mail %d is quarantined: mailagent quarantine", waiting[0].inbound_id)
    if reader is None:
        return Batch(items)
    theirs = share.of(items)
    try:
        reader.send([Task(item.packed, item.received_at, item.role) for item in items[:theirs]])
    except ReaderLost as lost:
        # It was gone before it saw them, so it is not their fault; the next round takes them again.
        log.warning("%s", lost)
        with office.ledger.transaction() as db:
            inbox.give_back(db, [item.inbound_id for item in items])
        return Batch()
    return Batch(items, reader, theirs)


def ready_reader(office: Office) -> SecondReader | None:
    """The second process, ready to read; None if it does not start: then this one reads, because mail must not wait for it."""
    for _ in range(2):
        try:
            reader = office.second_reader()
            reader.get_ready()
            return reader
        except (ReaderLost, OSError) as error:
            log.error("the second reader does not start: %s", error)
            office.end_second_reader()
    return None


def finish(office: Office, batch: Batch, share: Share) -> list[Reading | str]:
    """The readings of a batch that was begun. Raises ``ReaderLost``."""
    ours = [read_one(Task(item.packed, item.received_at, item.role), office.policy) for item in batch.items[batch.theirs :]]
    if batch.reader is None:
        return ours
    began = time.monotonic()
    answers = batch.reader.receive(batch.theirs)
    share.learn(time.monotonic() - began)
    return answers + ours


def conclude(
    office: Office,
    batch: Sequence[inbox.Waiting],
    following: Sequence[inbox.Waiting],
    readings: Sequence[Reading | str],
    saw: Callable[[inbox.Handled], None],
) -> int:
    """Decide about a batch of mails that were read, and write it all down in one transaction; how many.

    For a savepoint SQLite copies every page before its first change, for each mail anew. So the batch is tried without them;
    if one of its mails breaks us, all is undone, and the same is done again with a savepoint a mail.
    """
    pairs = list(zip(batch, readings, strict=True))
    try:
        try:
            handled = write_together(office, pairs)
        except WorkBroke:  # whoever it was: the second round finds him, notes it and goes on
            handled = write_apart(office, pairs)
    except LedgerError:
        # Nothing was written, and it was not the mails' fault.
        give_back(office, (*batch, *following))
        raise
    for one in handled:
        saw(one)
    return len(handled)


def write_together(office: Office, pairs: Sequence[tuple[inbox.Waiting, Reading | str]]) -> list[inbox.Handled]:
    """All mails of a batch, or none. Raises ``WorkBroke`` if one of them breaks us."""
    with office.ledger.all_or_nothing() as db:
        made = (conclude_one(office, db, item, reading) for item, reading in pairs)
        handled = [one for one in made if one]
        inbox.index(db, handled)
    return handled


def write_apart(office: Office, pairs: Sequence[tuple[inbox.Waiting, Reading | str]]) -> list[inbox.Handled]:
    """The same, where one that breaks us takes nobody with it."""
    with office.ledger.transaction() as db:
        made = (try_one(office, db, item, reading) for item, reading in pairs)
        handled = [one for one in made if one]
        inbox.index(db, handled)
    return handled


def give_back(office: Office, items: Sequence[inbox.Waiting]) -> None:
    """These mails were begun, and the ledger failed before anything was decided: their tries do not count, if it can be written."""
    with suppress(LedgerError), office.ledger.transaction() as db:
        inbox.give_back(db, [item.inbound_id for item in items])


def conclude_one(office: Office, db, item: inbox.Waiting, reading: Reading | str) -> inbox.Handled | None:
    """Known → classify → score → decide → record, for one mail; None if there is nothing to decide about."""
    if isinstance(reading, str):
        raise UnreadableMail(reading)
    if erasure.is_erased(db, suppressions.mail_key(reading.message.message_id, office.settings.suppression_key)):
        # The server's copy of a mail whose writer asked to be forgotten, changed a little on the way.
        erasure.empty_mail(db, item.inbound_id, office.now())
        return None
    handled, decision, _ = think(office, db, item, reading)
    journal.record(db, decision.events, now=office.now(), handled=handled)
    if reading.message.report:
        brakes.after_bounces(office, db, decision.events)
    return handled


def try_one(office: Office, db, item: inbox.Waiting, reading: Reading | str) -> inbox.Handled | None:
    """``conclude_one`` in a savepoint of its own; None if the mail broke us, which is noted."""
    try:
        with office.ledger.savepoint(db):
            return conclude_one(office, db, item, reading)
    except LedgerError:
        raise
    except Exception as error:  # whatever a mail does to us, the next one goes on
        reason = str(error) if isinstance(error, UnreadableMail) else f"{type(error).__name__}: {error}"
        log.exception("mail %d of %s broke us", item.inbound_id, item.account)
        if inbox.note_failure(db, item.inbound_id, reason, office.now()):
            log.error("mail %d is quarantined: mailagent quarantine", item.inbound_id)
        return None


def read_again(office: Office, item: inbox.Waiting) -> Reading:
    reading = read_one(Task(item.packed, item.received_at, item.role), office.policy)
    if isinstance(reading, str):
        raise UnreadableMail(reading)
    return reading


class UnreadableMail(Exception):
    """Reading the mail broke us; says how."""


def note_lost(office: Office, batch: Sequence[inbox.Waiting], following: Sequence[inbox.Waiting], reason: str) -> None:
    """The second process was lost: a mail that was alone with it is at fault; many are tried again, each alone."""
    with office.ledger.transaction() as db:
        inbox.give_back(db, [item.inbound_id for item in following])
        if len(batch) == 1 and inbox.note_failure(db, batch[0].inbound_id, reason, office.now()):
            log.error("mail %d is quarantined: mailagent quarantine", batch[0].inbound_id)


def think(
    office: Office, db, item: inbox.Waiting, reading: Reading, ids: Callable[[str], int] | None = None
) -> tuple[inbox.Handled, Decision, Score | None]:
    """What a mail is, what follows from it, and how its buyer is graded; writes nothing but the numbers that it gives out.

    Args:
        ids: gives the numbers of what comes into being; None for the ledger's next ones.
    """
    # Late, like everything that reads: see ``reader.py``.
    from mailagent.core.reading import kind
    from mailagent.core.reading.read import FROM_BUYERS, FROM_US, look_for_facts

    policy, message = office.policy, reading.message
    stop_for = office.asks_to_stop(message)
    about = known.known_about(db, message, policy, suppressions.checker(db, office.settings.suppression_key), stop_for=stop_for)
    if about.id_collision:
        message = message.but(defects=(*message.defects, "id_collision"))
    verdict = kind.classify(message, about, policy, reading.signs)
    facts = reading.promises if verdict.kind in FROM_US else ()
    is_weighed = verdict.kind in FROM_BUYERS or kind.is_open(verdict, message)
    if is_weighed:
        # Only the ledger knew that a buyer speaks here, so nobody looked for facts yet, and the whole mail is needed for it.
        found = reading if reading.facts is not None else look_for_facts(read_again(office, item), policy)
        facts = (*found.facts, found.place) if found.place else found.facts
    score = scorer.score(facts, message, about, policy) if is_weighed else None
    if score is not None:
        verdict = kind.in_view_of(verdict, message, score, about, reading.signs)
        if verdict.kind not in FROM_BUYERS:
            facts, score = (), None
    decision = decide(
        Case(
            inbound_id=item.inbound_id,
            message=message,
            verdict=verdict,
            facts=facts,
            score=score,
            known=about,
            policy=policy,
            ids=ids or partial(next_id, db),
            hash_address=office.hash_address,
            now=office.now(),
            draft_after=office.now() - timedelta(days=policy.reading.draft_max_age_days),
        )
    )
    handled = inbox.Handled(
        item.inbound_id,
        message,
        verdict,
        decision.outcome,
        decision.lead_id,
        decision.contact_id,
        facts,
        about.match_method,
        about.match_strength,
    )
    return handled, decision, score
