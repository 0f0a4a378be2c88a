"""A company with two mailboxes: a buyer is answered from the one that he wrote to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from stage import DETAILED, PASSWORD, SALES, SHORT

PETER, MARIE = "p.klein@klein-antriebe.example", "m.blanc@blanc-pumps.example"
EXPORT = "ana.sun@acme.example"


@pytest.fixture
def two(stage):
    (sales,) = stage.office.policy.mailboxes
    export = sales.model_copy(update={"name": "export", "address": EXPORT, "login": EXPORT})
    stage.office.policy = stage.office.policy.model_copy(update={"mailboxes": (sales, export)})
    passwords = {**stage.office.settings.passwords, export.password_variable: PASSWORD}
    stage.office.settings = replace(stage.office.settings, passwords=passwords)
    return stage


def look_at_both(stage):
    for mailbox in stage.office.policy.mailboxes:
        connection = stage.office.open_mailbox(mailbox)
        try:
            stage.daemon.look(mailbox, connection)
        finally:
            connection.close()


def test_the_answer_leaves_from_the_mailbox_that_the_buyer_wrote_to(two):
    two.buyer_writes(PETER, DETAILED)
    raw = f"From: {MARIE}\r\nTo: {EXPORT}\r\nSubject: Price of 6204-2RS\r\nMessage-ID: <1@blanc-pumps.example>\r\n\r\n".encode()
    two.mail.deliver(EXPORT, raw + SHORT.replace("\n", "\r\n").encode(), when=two.now)
    look_at_both(two)
    assert {letter.recipient: letter.account for letter in two.drafts()} == {PETER: "sales", MARIE: "export"}
    two.approve_everything()
    look_at_both(two)
    senders = {address: [str(mail["From"]) for mail in two.letters_at(address)] for address in (PETER, MARIE)}
    assert [SALES in one for one in senders[PETER]] == [True] and [EXPORT in one for one in senders[MARIE]] == [True]
    assert two.letters_to(MARIE)[0].message_id.endswith("@acme.example")


def test_a_mailbox_that_was_taken_away_sends_nothing_more(two):
    raw = f"From: {MARIE}\r\nTo: {EXPORT}\r\nSubject: Price of 6204-2RS\r\nMessage-ID: <1@blanc-pumps.example>\r\n\r\n".encode()
    two.mail.deliver(EXPORT, raw + SHORT.replace("\n", "\r\n").encode(), when=two.now)
    look_at_both(two)
    two.person("Boss Zhang").reject(two.draft_for(MARIE).id)
    two.office.policy = two.office.policy.model_copy(update={"mailboxes": two.office.policy.mailboxes[:1]})
    two.clock_to_next()
    assert two.draft_for(MARIE).account == "sales"
