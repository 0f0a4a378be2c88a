"""What several events change of one lead is written at once; the lead must stand as if each had been written alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from mailagent.core.model import events as e
from mailagent.ledger import journal
from mailagent.ledger.db import Ledger
from mailagent.ledger.project import project, project_all

NOW = datetime(2026, 3, 11, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=3)
EVENTS = [
    e.InquiryReceived(1, 7, NOW),
    e.ReplyReceived(1, 8, LATER, "address", "medium"),
    e.OwnAnswerSeen(1, 9, NOW),
    e.LeadScored(1, 7, 2, 30.0, 40.0, "none", "A", None),
    e.StageChanged(1, "talking"),
    e.LeadReassigned(1, "lin", "by hand"),
    e.RoundBegun(1, "standard", 2, "answer", NOW, "the buyer answered"),
    e.StepPlanned(1, "follow_up_1", LATER, "nobody answered"),
    e.WaitBegun(1, "a draft waits"),
    e.CadenceEnded(1, "not_graded"),
    e.LeadHeld(1, "out_of_office", LATER),
    e.LeadHeld(1, "paused"),
    e.DateNamed(1, LATER, "in April"),
    e.LeadResumed(1, None, ""),
    e.TierPinned(1, 3),
]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    ledger = Ledger(tmp_path_factory.mktemp("changes") / "ledger.sqlite")
    with ledger.transaction() as db:
        met = [e.CompanyMet(1), e.ContactMet(1, 1, email="a@b.example"), e.LeadOpened(1, 1, 1, 7, "mail", "en", "DE", "", "", NOW, "Price")]
        journal.record(db, met, now=NOW)
    yield ledger
    ledger.close()


def lead_after(ledger: Ledger, apply) -> dict:
    db = ledger._connection()
    db.execute("BEGIN IMMEDIATE")
    apply(db)
    row = dict(db.execute("SELECT * FROM leads WHERE id = 1").fetchone())
    db.execute("ROLLBACK")
    return row


def test_written_at_once_a_lead_stands_as_if_written_one_by_one(ledger):
    def one_by_one(events):
        return lambda db: [project(event, db, NOW, "agent") for event in events]

    for events in product(EVENTS, repeat=3):
        at_once = lead_after(ledger, lambda db, events=events: project_all(events, db, NOW, "agent"))
        assert at_once == lead_after(ledger, one_by_one(events)), events


def test_the_events_of_an_ordinary_mail_are_one_update(ledger):
    said: list[str] = []

    def mail(db):
        db.conn.set_trace_callback(said.append)
        project_all([EVENTS[0], EVENTS[3], EVENTS[4], EVENTS[6]], db, NOW, "agent")
        db.conn.set_trace_callback(None)

    lead_after(ledger, mail)
    # A statement that sets off triggers is told again for each of them.
    assert len({text for text in said if text.startswith("UPDATE leads")}) == 1
