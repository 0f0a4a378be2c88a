"""Sources → what would be different under the rules as they are now. Sends nothing, and leaves the ledger as it is.

The past is told to a scratch ledger in the order in which it happened: letters, and what people did (pins, stops, pauses), come from
the journal; each mail of the asked time is read, graded and decided about anew. Beside each mail then stands what was made of
it the first time, and only the differences are worth a look.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from mailagent.core.model import events as e
from mailagent.core.model.lead import Score, Signal
from mailagent.core.model.message import Verdict
from mailagent.core.model.policy import Person
from mailagent.core.reading.read import Reading
from mailagent.errors import LedgerError
from mailagent.jobs.handle import think
from mailagent.jobs.read_ahead import ReadAhead
from mailagent.ledger import inbox, journal, leads
from mailagent.ledger import replay as past
from mailagent.ledger.db import from_text
from mailagent.office import Office
from mailagent.reader import Task

#: So many differences and failures are kept to be shown; all are counted.
MOST_SHOWN = 1_000
#: So much of the past is told in one commit.
AT_ONCE = 200
#: What is compared, in the order in which it is told.
ASPECTS = ("kind", "tier", "fraud", "silence", "next")


@dataclass(frozen=True)
class Judgement:
    """What was made of one mail, in short codes.

    Attributes:
        silence: why its sender is not written to any more ("unsubscribe"), "review" while a person decides; else "".
        next: what follows for its lead: the cadence that begins, or why none does.
    """

    kind: str
    tier: int | None = None
    fraud: str = ""
    silence: str = ""
    next: str = ""


@dataclass(frozen=True)
class Difference:
    """One mail of which the rules now say something else.

    Attributes:
        before, after: what is recorded, and what would be.
        aspects: which of ``ASPECTS`` differ.
        reasons: the signals that the new tier or doubt rests on.
    """

    mail: past.Mail
    before: Judgement
    after: Judgement
    aspects: tuple[str, ...]
    verdict: Verdict
    reasons: tuple[Signal, ...] = ()


@dataclass(frozen=True)
class LeadChange:
    """A lead whose grade would be another one now; ``score`` carries the reasons."""

    lead_id: int
    before: tuple[int | None, str]
    after: tuple[int | None, str]
    inbound_id: int | None
    score: Score


@dataclass
class Replay:
    """What came out.

    Attributes:
        read_again: mails that were thought about anew.
        purged: mails of that time whose bytes retention has forgotten.
        failed: (mail, why) of those that could not be read.
        counts: how many differ, by aspect.
    """

    since: datetime
    read_again: int = 0
    purged: int = 0
    differing: int = 0
    failing: int = 0
    differences: list[Difference] = field(default_factory=list)
    failed: list[tuple[past.Mail, str]] = field(default_factory=list)
    leads: list[LeadChange] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def replay(office: Office, since: datetime, saw: Callable[[int, int], None] = lambda done, total: None) -> Replay:
    """Think again about every mail that was received since then.

    Args:
        saw: told how many mails were told of, and of how many.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="mailagent-replay-") as folder:
        scratch = past.Scratch(Path(folder) / "ledger.sqlite")
        try:
            with closing(_Telling(office, scratch, since, saw)) as telling:
                return telling.tell()
        finally:
            scratch.close()


@dataclass
class _Again:
    """A mail that is thought about again, until all that was recorded of it has been seen."""

    mail: past.Mail
    after: Judgement
    verdict: Verdict
    reasons: tuple[Signal, ...]
    recorded: list[past.Entry] = field(default_factory=list)


class _Telling:
    """One telling of the past, from its beginning to its end."""

    def __init__(self, office: Office, scratch: past.Scratch, since: datetime, saw: Callable[[int, int], None]) -> None:
        self.live, self.scratch, self.since, self.saw = office.ledger, scratch, since, saw
        self.clock = since
        self.office = replace(office, ledger=scratch, now=lambda: self.clock)
        self.found = Replay(since)
        self.moment = ""
        #: The mails of this moment: those that are thought about again, and those that are told as they were.
        self.again: list[_Again] = []
        self.as_it_was: list[past.Mail] = []
        self.touched: set[int] = set()
        self.done, self.total = 0, past.count_mails(self.live)
        self.reader = ReadAhead(self.office, self.live, past.count_mails(self.live, since))

    def tell(self) -> Replay:
        history, pieces = past.history(self.live), []
        following = self._begin(history)
        while pieces := following:
            # The next ones are read while these are thought about.
            following = self._begin(history)
            self._tell(pieces)
        self._compare()
        self._compare_leads()
        return self.found

    def close(self) -> None:
        self.reader.close()

    def _begin(self, history: Iterator[past.Mail | past.Entry]) -> list[past.Mail | past.Entry]:
        pieces = list(islice(history, AT_ONCE))
        self.reader.begin([one for one in pieces if isinstance(one, past.Mail) and self._is_judged(one)])
        return pieces

    def _is_judged(self, mail: past.Mail) -> bool:
        return mail.received_at >= self.since and not mail.purged

    def _tell(self, pieces: list[past.Mail | past.Entry]) -> None:
        readings = iter(self.reader.finish())
        with self.live.reading() as live, self.scratch.transaction() as db:
            for piece in pieces:
                if isinstance(piece, past.Mail):
                    self._mail(live, db, piece, *(next(readings) if self._is_judged(piece) else (None, "")))
                    self.done += 1
                    self.saw(self.done, max(self.done, self.total))
                else:
                    self._entry(live, db, piece)

    # ── mails ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _mail(self, live, db, mail: past.Mail, task: Task | None, reading: Reading | str) -> None:
        self._at(mail.handled_at)
        if mail.received_at < self.since:
            self._leave(live, db, mail)
        elif mail.purged:
            self.found.purged += 1
            self._leave(live, db, mail)
        elif problem := reading if isinstance(reading, str) else self._think(live, db, mail, task, reading):
            self.found.failing += 1
            if len(self.found.failed) < MOST_SHOWN:
                self.found.failed.append((mail, problem))
            self._leave(live, db, mail)

    def _leave(self, live, db, mail: past.Mail) -> None:
        past.copy_mail(live, db, mail)
        self.as_it_was.append(mail)

    def _think(self, live, db, mail: past.Mail, task: Task, reading: Reading) -> str:
        """Let a mail that was read again take effect under the new rules; why not, or ""."""
        self.clock = from_text(mail.handled_at)
        try:
            with self.scratch.savepoint(db):
                past.announce_mail(db, mail)
                where = mail.inbound_id, mail.source_id, mail.account, mail.role
                item = inbox.Waiting(*where, mail.received_at, 0, mail.size, task.packed)
                numbers = past.numbers_for(live, db, mail, reading.message)
                handled, decision, score = think(self.office, db, item, reading, numbers)
                journal.record(db, decision.events, now=self.clock, handled=handled)
        except LedgerError as error:
            return str(error)
        except (Exception, RecursionError) as error:  # one mail that breaks us must not end the replay
            return f"{type(error).__name__}: {error}"[:500]
        after = judged(handled.verdict.kind, handled.verdict.automatic, decision.lead_id, mail.inbound_id, decision.events)
        reasons = (*score.tier_reasons, *score.fraud_reasons) if score else ()
        self.again.append(_Again(mail, after, handled.verdict, reasons))
        self.found.read_again += 1
        return ""

    # ── what happened between them ──────────────────────────────────────────────────────────────────────────────

    def _at(self, moment: str) -> None:
        """Time goes on: what belongs to the mails of the moment before has all been seen."""
        if moment != self.moment:
            self._compare()
            self.moment, self.again, self.as_it_was = moment, [], []

    def _entry(self, live, db, entry: past.Entry) -> None:
        if entry.at != self.moment and entry.at > self.moment:
            self._at(entry.at)
        mail = self._mail_of(entry)
        if mail is None:
            past.apply(live, db, entry)
        else:
            mail.recorded.append(entry)

    def _mail_of(self, entry: past.Entry) -> _Again | None:
        """The mail whose consequence an event was, if that mail is thought about again."""
        if entry.at != self.moment or entry.actor != journal.AGENT or entry.type in past.NEVER_OF_A_MAIL or not self.again:
            return None
        inbound = entry.body.get("inbound_id")
        if inbound is not None:
            return next((one for one in self.again if one.mail.inbound_id == inbound), None)
        if not self.as_it_was and len(self.again) == 1:
            return self.again[0]
        # Several mails at one moment, as only a clock that stands still knows them: the lead says whose it was.
        own = [one for one in self.again if entry.lead_id is not None and one.mail.lead_id == entry.lead_id]
        return own[-1] if own else None if self.as_it_was else self.again[-1]

    # ── side by side ────────────────────────────────────────────────────────────────────────────────────────────

    def _compare(self) -> None:
        for one in self.again:
            mail = one.mail
            events = [past.whole(entry) for entry in one.recorded]
            before = judged(mail.kind, mail.automatic, mail.lead_id, mail.inbound_id, events)
            self.touched |= {event.lead_id for event in events if isinstance(event, e.LeadScored)}
            aspects = tuple(name for name in ASPECTS if getattr(before, name) != getattr(one.after, name))
            if not aspects:
                continue
            self.found.differing += 1
            self.found.counts.update(aspects)
            if len(self.found.differences) < MOST_SHOWN:
                self.found.differences.append(Difference(mail, before, one.after, aspects, one.verdict, one.reasons))
        self.again = []

    def _compare_leads(self) -> None:
        """The leads that were graded in that time, as they stand and as they would."""
        with self.live.reading() as live, self.scratch.reading() as db:
            for lead_id in sorted(self.touched):
                before, after = past.grade_of(live, lead_id), past.grade_of(db, lead_id)
                scored = past.score_of(db, lead_id) if before and after and before != after else None
                if scored:
                    self.found.leads.append(LeadChange(lead_id, before, after, *scored))


def judged(kind: str, automatic: str, lead_id: int | None, inbound_id: int, events) -> Judgement:
    """What a mail's events say of it, in short."""
    tier, fraud, silence, following = None, "", "", ""
    for event in events:
        match event:
            case e.LeadScored(inbound_id=number) if number == inbound_id:
                tier, fraud = event.tier, event.fraud
            case e.AddressSuppressed():
                silence = event.reason
            case e.LeadHeld(reason="unsubscribe_review"):
                silence = silence or "review"
            case e.LeadHeld() if event.lead_id == lead_id:
                following = event.reason
            case e.RoundBegun() if event.lead_id == lead_id:
                following = event.cadence
            case e.CadenceEnded() if event.lead_id == lead_id:
                following = event.reason
    return Judgement(f"{kind}:{automatic}" if automatic else kind, tier, fraud, silence, following)


def take_over(office: Office, found: Replay, person: Person) -> tuple[int, int]:
    """Give the leads their new grades, in the name of a person. No letter is written or sent because of it, no silence is lifted.

    Returns:
        How many leads were graded anew, and how many were left alone because they have changed since.
    """
    graded = left = 0
    with office.ledger.transaction() as db:
        for change in found.leads:
            lead = leads.get(db, change.lead_id)
            if lead is None or (lead.tier, lead.fraud) != change.before:
                left += 1
                continue
            tier, score = change.after[0], change.score
            events = [e.LeadScored(lead.id, change.inbound_id, tier, score.fit, score.engagement, score.fraud, score.abcd, score)]
            if lead.tier != tier:
                events.append(e.TierMoved(lead.id, lead.tier or 0, tier or 0))
            journal.record(db, events, now=office.now(), actor=person.name)
            graded += 1
    return graded, left
