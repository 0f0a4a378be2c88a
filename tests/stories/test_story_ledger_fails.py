"""The ledger fails while a letter leaves: held by somebody else, or on a full disk, at the claim, in front of the text, at the record."""

from __future__ import annotations

import resource
import sqlite3
import time
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta

import pytest
from stage import DETAILED

from mailagent import jobs
from mailagent.errors import LedgerBusy, LedgerError
from mailagent.ledger import outbox

PETER = "p.klein@klein-antriebe.example"
PHASES = ("claim", "transmit", "record")


@pytest.fixture
def approved(stage):
    """An answer that is approved and due."""
    stage.set(sending={"letters": "on", "notices": "off", "pace_seconds": 0})
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.look()
    stage.answer = stage.approve(stage.draft_for(PETER))
    return stage


@contextmanager
def held(stage):
    """Somebody else has the ledger for longer than anybody waits."""
    be_impatient(stage)
    with closing(sqlite3.connect(stage.home / "ledger.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def full(stage):
    """No file may grow any more: what a full disk does."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def be_impatient(stage) -> None:
    with stage.office.ledger.reading() as db:
        db.execute("PRAGMA busy_timeout = 50")


def deliver_into(stage, trouble, phase: str) -> None:
    """Deliver, and let the trouble begin at a phase; it ends when the round is over."""
    opened = stage.office.open_transport
    with ExitStack() as begun:
        strike = lambda: begun.enter_context(trouble(stage))  # noqa: E731 (said twice below)

        def open_transport(mailbox):
            transport = opened(mailbox)
            submit = transport.submit

            def submit_in_trouble(raw, sender, recipients, before_payload, envelope_id, meanwhile):
                def ask():
                    if phase == "transmit":
                        strike()
                    return before_payload()

                outcome = submit(raw, sender, recipients, ask, envelope_id, meanwhile)
                if phase == "record":
                    strike()
                return outcome

            transport.submit = submit_in_trouble
            return transport

        stage.office.open_transport = open_transport
        if phase == "claim":
            strike()
        with pytest.raises(LedgerError) as told:
            jobs.deliver(stage.office)
        assert isinstance(told.value, LedgerBusy) == (trouble is held)
    stage.office.open_transport = opened


@pytest.mark.parametrize("trouble", [held, full])
@pytest.mark.parametrize("phase", PHASES)
def test_nothing_is_doubled_and_nothing_lost(approved, trouble, phase):
    stage = approved
    deliver_into(stage, trouble, phase)
    letter = stage.letter(stage.answer.id)
    # Before the text nothing has left; behind it the server has the letter, and its word is kept in mind.
    assert letter.state == {"claim": "approved", "transmit": "claimed", "record": "transmitting"}[phase]
    assert len(stage.posted_to(PETER)) == (phase == "record") == len(stage.office.unrecorded)
    jobs.deliver(stage.office)
    if phase == "transmit":
        assert stage.letter(letter.id).state == "claimed" and stage.mail.posted == []
        stage.clock.jump(stage.now + timedelta(minutes=16))
        jobs.reconcile(stage.office)
        jobs.deliver(stage.office)
    assert stage.letter(letter.id).state == "sent" and len(stage.posted_to(PETER)) == 1 and stage.office.unrecorded == []
    assert len(stage.ask(outbox.attempts_of, letter.id)) == 1 + (phase == "transmit")
    assert stage.lead_of(PETER).step == "follow_up_1" and stage.tasks("in_doubt") == []


@pytest.mark.parametrize("trouble", [held, full])
def test_who_dies_with_the_servers_word_in_mind_leaves_a_doubt(approved, trouble):
    stage = approved
    deliver_into(stage, trouble, "record")
    stage.restart()
    jobs.reconcile(stage.office, after_restart=True)
    jobs.deliver(stage.office)
    assert stage.letter(stage.answer.id).state == "in_doubt" and len(stage.posted_to(PETER)) == 1
    assert len(stage.tasks("in_doubt")) == 1


@pytest.mark.parametrize("trouble", [held, full])
def test_the_word_is_heard_even_after_the_lease_is_over(approved, trouble):
    stage = approved
    deliver_into(stage, trouble, "record")
    stage.clock.jump(stage.now + timedelta(minutes=30))
    jobs.reconcile(stage.office)
    assert stage.letter(stage.answer.id).state == "in_doubt"
    jobs.deliver(stage.office)
    letter = stage.letter(stage.answer.id)
    assert (letter.state, letter.state_reason) == ("sent", "answered_late") and stage.tasks("in_doubt") == []


@pytest.mark.parametrize("trouble", [held, full])
def test_people_are_told_while_it_lasts(approved, trouble):
    stage = approved
    stage.set(sending={"letters": "on", "notices": "on", "pace_seconds": 0})
    be_impatient(stage)
    # Its mailbox was looked at a moment ago, so a letter would leave.
    stage.daemon.watch_of(stage.office.policy.mailboxes[0]).looked = time.monotonic()
    with trouble(stage):
        for _ in range(4):
            stage.clock.jump(stage.now + timedelta(seconds=30))
            stage.daemon.work()
    told = [posted for posted in stage.mail.posted if "boss@acme.example" in posted.recipients]
    assert len(told) == 1 and stage.posted_to(PETER) == []
    stage.look()
    assert stage.letter(stage.answer.id).state == "sent" and len(stage.posted_to(PETER)) == 1
