"""The questions that are asked at every tick and for every mail go by an index, however large the ledger grows."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailagent.core.deciding.guards import SendFacts
from mailagent.core.deciding.shows import Floor
from mailagent.core.model.address import Address
from mailagent.core.model.message import InboundMessage
from mailagent.ledger import folders, grounds, inbox, known, leads, outbox, owed, pages, suppressions, tasks, work
from mailagent.ledger.db import Ledger
from mailagent.ledger.send_facts import send_facts

NOW = datetime(2026, 3, 11, 9, 0, tzinfo=UTC)
MAIL = InboundMessage("0" * 64, "a@b.example", Address("", "x@c.example"), NOW, in_reply_to=("b@b.example", "c@b.example"))
#: A scan of a whole table; one "USING INDEX" reads a part of it, or stops early.
SCAN = re.compile(r"SCAN (?!\S+ USING)(?!CONSTANT|\(|counters|switches|cursors|owners_load)\S+")

HOT = {
    "what may be sent": lambda db: outbox.ready(db, NOW),
    "when the next may be sent": outbox.next_ready,
    "drafts": outbox.drafts,
    "what waits for a person": lambda db: outbox.waiting_for(db, 1),
    "drafts of a lead": lambda db: outbox.drafts(db, lead_id=1),
    "notices": outbox.waiting_notices,
    "lost workers": lambda db: outbox.lease_over(db, NOW),
    "doubt": outbox.in_doubt,
    "copies to file": lambda db: outbox.to_be_filed(db, NOW),
    "is a step's letter alive": lambda db: outbox.live_for_step(db, 1, 1, "answer"),
    "is a letter under way": lambda db: outbox.under_way(db, 1),
    "was a notice written": lambda db: outbox.exists(db, "digest:2026-W10:boss"),
    "the last notice": lambda db: outbox.last_notice(db, "desk:boss:"),
    "leads that are due": lambda db: leads.due(db, NOW, timedelta(hours=16), [("key", "answer"), ("key", "call")]),
    "holds that are over": lambda db: leads.hold_over(db, NOW),
    "when a lead is due": leads.next_due,
    "everybody's load": leads.load_of_owners,
    "the buyer's last mail": lambda db: leads.last_mail(db, 1),
    "the mailbox he wrote to": lambda db: leads.account_written_to(db, 1),
    "mails that wait": lambda db: inbox.next_waiting(db, NOW, 100, Path("sources")),
    "what servers keep back": lambda db: folders.not_fetched(db, "sales", "INBOX"),
    "what is located": lambda db: folders.located(db, "sales", "INBOX", 1, [3, 9]),
    "what is to be filed": lambda db: folders.to_file(db, "sales", "INBOX", 1, ["newsletter"], NOW),
    "letters by any of their names": lambda db: known._letters_named(db, MAIL),
    "the company of a domain": lambda db: known.company_of_domain(db, "b.example"),
    "the person of an address": lambda db: known.find_contact(db, "a@b.example"),
    "earlier copies": lambda db: known._earlier(db, MAIL),
    "is he suppressed": lambda db: suppressions.reason_for(db, "a@b.example", b"k" * 32),
    "the thread": lambda db: known._thread(db, MAIL),
    "the leads around a mail": lambda db: leads.around(db, lead_id=1, contact_ids=[1, 2], company_id=3),
    "the leads around a stranger's mail": lambda db: leads.around(db, lead_id=None, contact_ids=[], company_id=None),
    "open alarms": lambda db: tasks.is_open(db, "mailbox", "x"),
    "the list of mails": pages.mails,
    "the list of letters": pages.letters,
    "answers that are late": lambda db: owed.untold(db, NOW),
    "answers that nobody acknowledged": lambda db: owed.unacknowledged(db, NOW),
    "who had an acknowledgement": lambda db: work.acknowledged_since(db, 1, NOW),
    "a mail as it was kept": lambda db: inbox.kept(db, 1, Path()),
    "letters that people asked for": work.letters_wanted,
    "tasks that are overdue": lambda db: tasks.overdue(db, NOW),
    "tasks without a text": tasks.without_text,
    "somebody's tasks": lambda db: tasks.of_owners(db, ("Li Wei", "")),
    "the answer of a lead": lambda db: owed.of_lead(db, 1),
    "the answers of a page of leads": lambda db: owed.of_leads(db, [1, 2]),
    "drafts whose ground has ended": lambda db: grounds.untrue(db, NOW.date()),
    "was a text worked on": lambda db: grounds.was_edited(db, 1),
    "leads of shows that are over": lambda db: leads.past_show(db, Floor(("target", "signed"), 3, NOW), 10),
    "answers in time": lambda db: owed.punctuality(db, NOW, NOW + timedelta(days=7)),
}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    ledger = Ledger(tmp_path_factory.mktemp("indexes") / "ledger.sqlite")
    with ledger.transaction() as db:
        row = ["2026-03-01T09:00:00.000000Z", "agent", "RoundBegun", 1, "{}"]
        db.execute("INSERT INTO events (at, actor, type, lead_id, body) VALUES (?, ?, ?, ?, ?)", row)
    yield ledger
    ledger.close()


def plans(ledger: Ledger, question) -> list[tuple[str, str]]:
    asked: list[str] = []
    with ledger.reading() as db:
        db.conn.set_trace_callback(asked.append)
        question(db)
        db.conn.set_trace_callback(None)
        return [(row[3], query) for query in asked if query.startswith("SELECT") for row in db.execute(f"EXPLAIN QUERY PLAN {query}")]


@pytest.mark.parametrize("name", HOT)
def test_a_hot_question_never_reads_a_whole_table(ledger, name):
    found = plans(ledger, HOT[name])
    assert found
    assert [(step, query) for step, query in found if SCAN.match(step)] == []


def test_a_scan_would_be_noticed(ledger):
    found = plans(ledger, lambda db: db.execute("SELECT * FROM outbox WHERE subject = 'x'").fetchall())
    assert any(SCAN.match(step) for step, _query in found)


def test_what_is_late_goes_by_its_time(ledger):
    steps = " ".join(step for step, _ in plans(ledger, HOT["answers that are late"]))
    assert "answers_owed_untold" in steps
    assert "answers_owed_asked" in " ".join(step for step, _ in plans(ledger, HOT["answers in time"]))



def test_all_that_is_asked_before_a_letter_leaves(ledger):
    letter = type("Letter", (), {"id": 1, "lead_id": 1, "account": "sales", "basis": "follow_up", "recipient": "a@b.example", "cc": ()})()

    def ask(db) -> SendFacts:
        return send_facts(db, letter, NOW + timedelta(days=1), lambda email: "")

    assert [step for step, _query in plans(ledger, ask) if SCAN.match(step)] == []
