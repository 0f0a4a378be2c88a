"""Hypothesis walks the whole outbox: people, workers, servers and clocks in any order, over the real jobs and ledger, beside a model.

The model remembers what the world would: what a server took, who had released what, who had asked for silence when. It is asked at each
first byte, which is where a letter can no longer be stopped.
"""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from stage import company

from mailagent import jobs
from mailagent.core.model import events as e
from mailagent.core.model.outbox import STATES, Letter, content_hash
from mailagent.delivery.base import Accepted, Deferred, Lost, Refused, Withdrawn, idle
from mailagent.demo.world import START, JumpingClock
from mailagent.errors import ApprovalRefused, MailagentError
from mailagent.jobs.deliver import Answered, Turn, begin_transmission, make_claim
from mailagent.jobs.turn import write_down
from mailagent.ledger import journal, outbox
from mailagent.ledger.db import Ledger, next_id
from mailagent.office import Office

_SHARED = tempfile.TemporaryDirectory()
FREE = {"letters": "on", "notices": "off", "pace_seconds": 0, "per_hour": 999, "per_day": 999, "warm_up_per_day": 0}
PICK = st.integers(0, 5)
#: What a server may say before the text, and after it.
BEFORE = ("later", "no_such_user", "policy", "login", "quota", "away")
AFTER = ("accepted", "later", "policy", "lost_and_taken", "lost", "quota")


#: What the server says to a letter of a run, and whether before its text; mostly yes.
ANSWERS = st.sampled_from(
    (*[("accepted", False)] * 12, *((kind, True) for kind in BEFORE), *((kind, False) for kind in AFTER))
)  # fmt: skip
#: What others do at a phase of a run.
DEEDS = ("", "", "", "", "", "", "silence", "reply", "pause", "slow", "slow", "clock")


class Run:
    """A connection over which letter after letter goes; something may happen whenever the server is waited for."""

    def __init__(self, walk, answers, deeds, pick):
        self.walk, self.answers, self.deeds, self.pick, self.letters = walk, answers, deeds, pick, 0

    def submit(self, raw, mail_from, recipients, before_payload, envelope_id, meanwhile=idle):
        self.letters += 1
        walk, (kind, is_before) = self.walk, self.answers.pop() if self.answers else ("accepted", False)
        number = next(one for one in walk.taken if walk.letter(one).ulid == envelope_id)
        meanwhile("data")
        self.something(meanwhile)
        if is_before:
            return walk.said(kind, recipients[0])
        if not before_payload():
            return Withdrawn()
        walk.first_byte(number, raw)
        self.something(idle)
        meanwhile("text")
        self.something(idle)
        walk.taken[number] += kind in ("accepted", "lost_and_taken")
        return walk.said(kind, recipients[0])

    def something(self, meanwhile):
        match self.deeds.pop() if self.deeds else "":
            case "silence":
                self.walk.never_write(self.pick)
            case "reply":
                self.walk.buyer_writes(self.pick)
            case "pause":
                self.walk.pause(True)
            case "slow":
                meanwhile("slow")
            case "clock":
                self.walk.clock.moment += timedelta(seconds=3)

    def close(self):
        pass


class Outbox(RuleBasedStateMachine):
    """Letters of one account, two workers without a lock between them, and everybody else."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        policy, secrets, templates = company(Path(_SHARED.name))
        policy = policy.model_copy(update={"sending": policy.sending.model_copy(update=FREE)})
        policy = policy.model_copy(update={"providers": {}})
        self.clock = JumpingClock(START)
        home = Path(self.folder.name)
        self.office = Office(replace(secrets, home=home), policy, templates, Ledger(home / "ledger.sqlite"), self.clock.now)
        with self.office.ledger.transaction() as db:
            # The walk is about moves; waiting for the disk at each commit would only make it shorter.
            db.conn.commit()
            db.execute("PRAGMA synchronous = OFF")
            db.execute("BEGIN")
        self.mailbox = policy.mailboxes[0]
        self.taken: dict[int, int] = {}
        self.released: dict[int, int] = {}
        self.stopped: set[int] = set()
        self.paused = False
        self.open: dict[int, object] = {}
        self.on_wire: dict[int, int] = {}
        self.bytes: dict[int, bytes] = {}

    def teardown(self):
        self.office.ledger.close()
        self.folder.cleanup()

    def record(self, *events) -> None:
        with self.office.ledger.transaction() as db:
            journal.record(db, events, now=self.office.now())

    def one_of(self, pick: int, *states: str) -> int | None:
        """One of the letters in these states; a walk that picked among all would mostly meet those whose life is over."""
        found = [number for number in self.taken if self.letter(number).state in states]
        return found[pick % len(found)] if found else None

    def letter(self, number: int) -> Letter:
        with self.office.ledger.reading() as db:
            return outbox.get(db, number)

    @property
    def boss(self):
        return self.office.reviewer(self.office.policy.person("Boss Zhang"))

    # ── people ──────────────────────────────────────────────────────────────────────────────────────────────────

    @initialize()
    def three_letters(self):
        for _ in range(3):
            self.draft(True)

    @rule(approving=st.booleans())
    def draft(self, approving):
        now = self.office.now()
        with self.office.ledger.transaction() as db:
            number, lead = next_id(db, "outbox"), next_id(db, "leads")
            email, (ulid, message_id) = f"p@firm{lead}.example", self.office.new_letter_ids("sales")
            made = Letter(
                id=number, ulid=ulid, lead_id=lead, contact_id=lead, account="sales", recipient=email, recipient_name="P", cc=(),
                basis="answer", round=1, step="answer", template="", language="en", subject="Re: 6204", body="Dear P", footer="Acme",
                warnings=(), why="", message_id=message_id, in_reply_to="", references=(), state="drafted", needs_manager=False,
                content_hash=content_hash(email, (), "Re: 6204", "Dear P", "Acme"), author="Li Wei", approved_by="", approved_at=None,
                planned_at=now, next_attempt_at=None, attempts=0, attempt_id=None, lease_until=None, raw=None, sent_at=None, filed="",
                provider_message_id="", state_reason="", dedupe_key="", created_at=now,
            )  # fmt: skip
            met = [e.CompanyMet(lead, name=f"Firm {lead}", domain=f"firm{lead}.example"), e.ContactMet(lead, lead, email=email)]
            opened = e.LeadOpened(lead, lead, lead, lead, "mail", "en", "DE", "Li Wei", "in_turn", now, "Bearings")
            journal.record(db, [*met, opened, e.LetterDrafted(number, lead, "answer", "answer", "", made)], now=now)
        self.taken[number] = self.released[number] = 0
        if approving:
            self.boss.approve(number, self.letter(number).content_hash)

    @rule(pick=PICK, text=st.sampled_from(["Dear P", "Dear Sir"]))
    def edit(self, pick, text):
        number = self.one_of(pick, "drafted", "approved")
        if number is None:
            return
        with suppress(ApprovalRefused):
            self.boss.edit(number, "Re: 6204", text)

    @rule(pick=PICK)
    def approve(self, pick):
        number = self.one_of(pick, "drafted")
        if number is not None:
            with suppress(ApprovalRefused):
                self.boss.approve(number, self.letter(number).content_hash)

    @rule(pick=PICK)
    def reject(self, pick):
        number = self.one_of(pick, "drafted", "approved", "claimed")
        if number is not None:
            with suppress(ApprovalRefused):
                self.boss.reject(number)

    @rule(pick=PICK, verb=st.sampled_from(["confirm", "release", "release", "abandon"]))
    def settle_doubt(self, pick, verb):
        number = self.one_of(pick, "in_doubt")
        if number is None:
            return
        getattr(self.boss, verb)(number)
        self.released[number] += verb == "release"
        # Who confirms has found it at the buyer's; who gives it up may be wrong.
        if verb == "confirm":
            self.taken[number] = max(self.taken[number], 1)

    @rule(pick=PICK)
    def nobody_settles_what_is_in_no_doubt(self, pick):
        number = self.one_of(pick, "drafted", "approved", "claimed", "transmitting", "sent", "failed")
        if number is not None:
            with pytest.raises(MailagentError):
                self.boss.release(number)

    @rule(pick=PICK)
    def never_write(self, pick):
        number = self.one_of(pick, "approved", "claimed", "transmitting", "in_doubt")
        if number is None:
            return
        with suppress(MailagentError):
            self.boss.never_write(self.letter(number).recipient)
            self.stopped.add(number)

    @rule(pick=PICK)
    def buyer_writes(self, pick):
        """His mail is handled: the reply is recorded, and what can be cancelled is, in one commit."""
        number = self.one_of(pick, "claimed", "transmitting", "in_doubt", "approved")
        if number is None:
            return
        lead = self.letter(number).lead_id
        with self.office.ledger.transaction() as db:
            cancelled = [e.LetterMoved(one.id, "cancel", "buyer_wrote") for one in outbox.cancellable(db, lead)]
            reply = e.ReplyReceived(lead, 0, self.office.now(), "in_reply_to", "strong")
            journal.record(db, [reply, *cancelled], now=self.office.now())
        self.stopped.add(number)

    @rule(on=st.sampled_from([True, False, False]))
    def pause(self, on):
        if on:
            self.boss.pause_all()
        else:
            for scope in ("all", "sales"):
                self.boss.resume_all(scope)
        self.paused = on

    # ── workers ─────────────────────────────────────────────────────────────────────────────────────────────────

    @rule(pick=PICK)
    def claim(self, pick):
        number = self.one_of(pick, "approved")
        if number is None:
            return
        before = self.letter(number)
        claim = make_claim(Turn(self.office), before, self.mailbox)
        if claim is None:
            return
        assert before.state == "approved" and number not in self.stopped and not self.paused
        # Every try sends the same bytes, until somebody approves the letter anew.
        assert before.raw in (None, claim.raw)
        self.open[claim.attempt_id] = claim
        # Another worker comes too late for it.
        assert make_claim(Turn(self.office), before, self.mailbox) is None

    def said(self, kind, recipient):
        return {
            "accepted": Accepted(250, "ok"),
            "later": Deferred(451, "4.3.0 later", "rcpt"),
            "no_such_user": Refused(550, "5.1.1 no such user", "rcpt", hard=True, recipient=recipient),
            "policy": self.judged(554, "5.7.1 spam"),
            "login": self.judged(535, "5.7.8 no", "login"),
            "quota": self.judged(451, "MI:SFQ"),
            "away": Deferred(None, "nothing listens there", "connect"),
            "lost": Lost("no answer"),
            "lost_and_taken": Lost("no answer"),
        }[kind]

    def answer(self, attempt, kind):
        claim = self.open.pop(attempt)
        said = self.said(kind, claim.letter.recipient)
        with self.office.ledger.transaction() as db:
            write_down(self.office, db, Answered(claim, self.mailbox, said))

    def judged(self, code, text, phase="text"):
        from mailagent.delivery.replies import judge

        return judge(code, text, phase, bounces=self.office.policy.bounces)

    def an_attempt(self, pick: int, *, on_wire: bool) -> int | None:
        found = [attempt for attempt in self.open if (attempt in self.on_wire) == on_wire]
        return found[pick % len(found)] if found else None

    @rule(pick=PICK, kind=st.sampled_from(BEFORE))
    def refused_before_the_text(self, pick, kind):
        attempt = self.an_attempt(pick, on_wire=False)
        if attempt is not None:
            self.answer(attempt, kind)

    @rule(pick=PICK)
    def transmit(self, pick):
        attempt = self.an_attempt(pick, on_wire=False)
        if attempt is None:
            return
        claim = self.open[attempt]
        number = claim.letter.id
        if not begin_transmission(Turn(self.office), claim):
            del self.open[attempt]
            return
        self.first_byte(number, claim.raw, attempt)
        self.on_wire[attempt] = number

    def first_byte(self, number, raw, attempt=None):
        """Nothing may have been said against it, and nobody else may have handed the letter over."""
        assert number not in self.stopped and not self.paused
        assert self.taken[number] <= self.released[number], "it may have arrived, and nobody has released it"
        others = [one for one, whose in self.on_wire.items() if whose == number]
        assert len(others) <= self.released[number], "somebody else is handing it over"
        letter = self.letter(number)
        assert (letter.state, letter.raw) == ("transmitting", raw) and attempt in (None, letter.attempt_id)

    @rule(answers=st.lists(ANSWERS, max_size=4), deeds=st.lists(st.sampled_from(DEEDS), max_size=6), pick=PICK, ends=st.integers(0, 5))
    def a_run_of_letters(self, answers, deeds, pick, ends):
        """The real job, letter after letter over one connection, while the others go on; it is told to end after some of them."""
        before = self.claimed()
        run = Run(self, list(answers), list(deeds), pick)
        self.office.open_transport = lambda mailbox: run
        jobs.deliver(self.office, lambda: run.letters >= ends)
        assert self.claimed() <= before, "a letter stays claimed behind us"
        assert not self.office.unrecorded

    def claimed(self) -> set[int]:
        return {number for number in self.taken if self.letter(number).state in ("claimed", "transmitting")}

    @rule(pick=PICK, kind=st.sampled_from(AFTER))
    def answered_after_the_text(self, pick, kind):
        attempt = self.an_attempt(pick, on_wire=True)
        if attempt is not None:
            number = self.on_wire.pop(attempt)
            self.taken[number] += kind in ("accepted", "lost_and_taken")
            self.answer(attempt, kind)

    @rule(pick=PICK, before=st.sampled_from((*[""] * 15, *BEFORE)), after=st.sampled_from(("", *AFTER)))
    def a_worker_works(self, pick, before, after):
        """The moves that follow each other most of the time; between any two of them the others may come all the same."""
        self.claim(pick)
        if before:
            self.refused_before_the_text(pick, before)
        else:
            self.transmit(pick)
        if after:
            self.answered_after_the_text(pick, after)

    @rule(pick=PICK, took=st.booleans(), on_wire=st.booleans())
    def worker_dies(self, pick, took, on_wire):
        attempt = self.an_attempt(pick, on_wire=on_wire)
        if attempt is not None:
            del self.open[attempt]
            if on_wire:
                self.taken[self.on_wire.pop(attempt)] += took

    # ── time ────────────────────────────────────────────────────────────────────────────────────────────────────

    @rule(minutes=st.sampled_from([1, 5, 16, 70, 26 * 60, 50 * 60]))
    def time_passes(self, minutes):
        self.clock.jump(self.clock.now() + timedelta(minutes=minutes))
        jobs.reconcile(self.office)

    @rule(hours=st.sampled_from([1, 24 * 30]))
    def clock_is_set_back(self, hours):
        self.clock.moment -= timedelta(hours=hours)
        jobs.reconcile(self.office)

    @rule()
    def daemon_starts_anew(self):
        """Whoever held a lease is gone, or so it thinks: a second worker may still be at it."""
        jobs.reconcile(self.office, after_restart=True)

    # ── what must be true ───────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def at_most_once_and_none_lost(self):
        for number, taken in self.taken.items():
            letter, released = self.letter(number), self.released[number]
            assert letter.state in STATES
            assert taken <= 1 + released, (number, letter.state, taken, released)
            if letter.state == "sent":
                assert taken, (number, letter.state_reason)
            if letter.state in ("drafted", "rejected", "failed") and not released:
                assert not taken, (number, letter.state, letter.state_reason)
            if letter.state == "cancelled" and taken and not released:
                assert self.moved(number, "abandon"), (number, letter.state_reason)
            if letter.state not in ("drafted", "rejected", "cancelled"):
                assert letter.approved_by == "Boss Zhang"

    def moved(self, number, verb) -> bool:
        with self.office.ledger.reading() as db:
            query = "SELECT 1 FROM events WHERE letter_id = ? AND type = 'LetterMoved' AND json_extract(body, '$.verb') = ?"
            return db.execute(query, [number, verb]).fetchone() is not None


Outbox.TestCase.settings = settings(
    max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
TestOutbox = Outbox.TestCase
