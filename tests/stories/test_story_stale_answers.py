"""The answers of the second reader belong to the mails that were asked about, whatever happened to those before."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import timedelta

import pytest
from stage import DETAILED, SHORT

from mailagent import jobs
from mailagent.errors import LedgerBusy
from mailagent.ledger import inbox

handling = sys.modules["mailagent.jobs.handle"]
BUYERS = [f"buyer{number}@company{number}.example" for number in range(12)]


@pytest.fixture
def backlog(stage, monkeypatch):
    """More mails than one batch, kept and not thought about."""
    monkeypatch.setattr(handling, "MANY", 3)
    monkeypatch.setattr(handling, "BATCH", 5)
    for number, buyer in enumerate(BUYERS):
        stage.buyer_writes(buyer, DETAILED if number % 2 else SHORT, at=stage.now + timedelta(seconds=number))
    mailbox = stage.office.policy.mailboxes[0]
    connection = stage.office.open_mailbox(mailbox)
    stage.daemon.watch_of(mailbox).read(connection)
    connection.close()
    return stage


@contextmanager
def held(monkeypatch, name: str, after: int):
    """The ledger is held by somebody else, for longer than a round of thinking may last, when this is to be written."""
    calls, real = [], getattr(inbox, name)

    def busy(*arguments):
        calls.append(name)
        if len(calls) > after:
            raise LedgerBusy("the ledger is held by another process")
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(inbox, name, busy)
        yield lambda: len(calls) > after


@pytest.mark.parametrize(("name", "after"), [("index", 0), ("take", 1)])
def test_answers_that_nobody_took_are_not_taken_for_those_of_other_mails(backlog, monkeypatch, name, after):
    with held(monkeypatch, name, after) as is_late, pytest.raises(LedgerBusy):
        jobs.handle(backlog.office, stop=is_late)
    # It was no mail's fault.
    assert backlog.rows("SELECT DISTINCT state, tries FROM inbound") == [{"state": "new", "tries": 0}]
    jobs.handle(backlog.office)
    assert [row["sender_email"] for row in backlog.rows("SELECT sender_email FROM inbound ORDER BY received_at, id")] == BUYERS
