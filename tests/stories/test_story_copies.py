"""Nothing is lost and nothing doubled: copies, renumbered folders, restarts, and a first look at an old mailbox."""

from __future__ import annotations

from datetime import timedelta

import pytest
from stage import DETAILED, SALES, SHORT

from mailagent import jobs
from mailagent.core.model.policy import FolderRule
from mailagent.ledger import folders, project

PETER = "p.klein@klein-antriebe.example"


def counts(stage):
    (row,) = stage.rows(
        "SELECT (SELECT COUNT(*) FROM leads) AS leads, (SELECT COUNT(*) FROM outbox WHERE basis <> 'notice') AS letters,"
        " (SELECT COUNT(*) FROM events WHERE type = 'InquiryReceived') AS inquiries"
    )
    return row["leads"], row["letters"], row["inquiries"]


def test_the_same_bytes_in_two_folders_are_one_mail(stage):
    stage.office.policy = with_archive(stage.office.policy)
    stage.buyer_writes(PETER, DETAILED)
    (raw,) = stage.mail.messages(SALES)
    stage.mail.deliver(SALES, raw, "Archive", when=stage.now)
    stage.look()
    assert counts(stage) == (1, 1, 1)
    assert {row["folder"] for row in stage.rows("SELECT folder FROM locations")} == {"INBOX", "Archive"}


def with_archive(policy):
    (mailbox,) = policy.mailboxes
    folders = (*mailbox.folders, FolderRule(role="other", name="Archive"))
    return policy.model_copy(update={"mailboxes": (mailbox.model_copy(update={"folders": folders}),)})


def test_the_same_mail_over_another_way_is_a_copy(stage):
    stage.buyer_writes(PETER, DETAILED, message_id="once@klein-antriebe.example")
    stage.look()
    (raw,) = stage.mail.messages(SALES)
    stage.mail.deliver(SALES, b"Received: from elsewhere by mx2;\r\n\tTue, 10 Mar 2026 00:31:00 +0000\r\n" + raw, when=stage.now)
    (seen,) = stage.look()
    assert seen.outcome == "copy" and counts(stage) == (1, 1, 1)


def test_another_text_under_the_same_message_id_is_another_mail(stage):
    stage.buyer_writes(PETER, DETAILED, message_id="same@klein-antriebe.example")
    stage.look()
    stage.buyer_writes(PETER, SHORT, message_id="same@klein-antriebe.example", subject="Another question")
    (seen,) = stage.look()
    assert seen.outcome == "continued_lead" and stage.lead_of(PETER).inbound_count == 2


def test_a_folder_that_is_numbered_anew_doubles_nothing_and_loses_nothing(stage):
    stage.buyer_writes(PETER, DETAILED)
    stage.look()
    with stage.office.ledger.transaction() as db:
        db.execute("UPDATE cursors SET uidvalidity = uidvalidity - 1, last_uid = 999")
    stage.buyer_writes("new@buyer.example", SHORT)
    seen = stage.look()
    assert [one.message.sender.email for one in seen] == ["new@buyer.example"]
    assert counts(stage) == (2, 2, 2)
    assert all(cursor.last_uid < 999 for cursor in stage.ask(folders.cursors))


def test_a_clock_that_was_ahead_hides_no_mail_when_the_server_numbers_anew(stage):
    stage.buyer_writes(PETER, DETAILED)
    stage.look()
    with stage.office.ledger.transaction() as db:
        db.execute("UPDATE cursors SET uidvalidity = uidvalidity - 1, checked_at = '2031-01-01T00:00:00.000000Z'")
    stage.buyer_writes("new@buyer.example", SHORT)
    assert [one.message.sender.email for one in stage.look()] == ["new@buyer.example"]


def test_restarts_in_the_middle_of_everything_lose_and_double_nothing(stage):
    mailbox = stage.office.policy.mailboxes[0]

    def connected(do):
        connection = stage.office.open_mailbox(stage.office.policy.mailboxes[0])
        try:
            return do(connection)
        finally:
            connection.close()

    stage.buyer_writes(PETER, DETAILED)
    assert connected(lambda c: jobs.receive(stage.office, mailbox, c)) == 1
    stage.restart()
    assert connected(lambda c: jobs.receive(stage.office, stage.office.policy.mailboxes[0], c)) == 0
    stage.restart()
    assert jobs.handle(stage.office) == 1
    stage.restart()
    assert jobs.handle(stage.office) == 0
    assert jobs.plan(stage.office) == 1
    stage.restart()
    assert jobs.plan(stage.office) == 0
    stage.approve(stage.draft_for(PETER))
    stage.restart()
    jobs.deliver(stage.office)
    stage.restart()
    jobs.deliver(stage.office)
    assert len(stage.letters_at(PETER)) == 1
    for _ in range(3):
        stage.restart()
        stage.look()
    assert counts(stage) == (1, 1, 1) and len(stage.letters_at(PETER)) == 1
    assert len(stage.mail.messages(SALES, "Sent")) == 1 and stage.lead_of(PETER).next_due_at > stage.now


def test_a_crash_in_the_bracket_leaves_nothing_half_done(stage, monkeypatch):
    stage.buyer_writes(PETER, DETAILED)
    opened = []

    def dies_at_the_score(event, db, now, actor):
        opened.extend(row[0] for row in db.execute("SELECT id FROM leads"))
        raise KeyboardInterrupt

    monkeypatch.setattr(project, "_write_reasons", dies_at_the_score)
    with pytest.raises(KeyboardInterrupt):
        stage.look()
    assert opened == [1] and counts(stage) == (0, 0, 0)
    monkeypatch.undo()
    stage.restart()
    stage.look()
    assert counts(stage) == (1, 1, 1) and stage.lead_of(PETER).id == 1


def test_a_first_look_at_an_old_mailbox_counts_old_mail_and_drafts_to_new_mail_only(stage):
    for days, name in ((400, "ancient"), (45, "old"), (20, "recent"), (2, "fresh")):
        stage.buyer_writes(f"{name}@{name}.example", DETAILED, at=stage.now - timedelta(days=days))
    seen = stage.look()
    assert [one.message.sender.email for one in seen] == ["recent@recent.example", "fresh@fresh.example"]
    (inbox_cursor,) = [cursor for cursor in stage.ask(folders.cursors) if cursor.role == "inbox"]
    assert inbox_cursor.skipped == 2
    assert [letter.recipient for letter in stage.drafts()] == ["fresh@fresh.example"]
    assert stage.lead_of("recent@recent.example").rest_reason == "before_start"
    assert stage.lead_of("old@old.example") is None
    stage.buyer_writes("ancient@ancient.example", SHORT)
    stage.look()
    assert stage.draft_for("ancient@ancient.example")


def test_an_old_mail_that_was_answered_by_hand_is_not_answered_again(stage):
    asked = stage.buyer_writes(PETER, DETAILED, at=stage.now - timedelta(days=3))
    stage.colleague_answers_from_outlook(PETER, "Dear Peter …", answers=asked, at=stage.now - timedelta(days=2))
    stage.look()
    assert all(letter.basis == "follow_up" for letter in stage.drafts()) and stage.lead_of(PETER).step == "follow_up_1"
