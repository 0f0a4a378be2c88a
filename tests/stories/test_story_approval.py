"""Whose word counts, for what text, and for how long; pauses; and the switch that is off at first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from stage import DETAILED, SHORT

from mailagent.core.model import events as e
from mailagent.core.model.outbox import content_hash
from mailagent.errors import ApprovalRefused, MailagentError
from mailagent.ledger import journal

PETER = "p.klein@klein-antriebe.example"
ORDER = """Dear Li Wei,

we accept your offer. Please find our purchase order PO-2291 below:
6204-2RS, 20,000 pcs at USD 0.62 FOB Ningbo. Please send the proforma invoice.

Peter Klein
Klein Antriebe GmbH
"""


@pytest.fixture
def draft(stage):
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.look()
    return stage.draft_for(PETER)


def test_an_edited_draft_needs_a_new_approval(stage, draft):
    seen = draft.content_hash
    changed = stage.person("Li Wei").edit(draft.id, draft.subject, draft.body + "\nThe price holds until Friday.")
    with pytest.raises(ApprovalRefused, match="changed after you opened it"):
        stage.person("Li Wei").approve(draft.id, seen)
    stage.person("Li Wei").approve(draft.id, changed)
    stage.look()
    assert "The price holds until Friday." in stage.letters_at(PETER)[0].get_content()


def test_an_edit_takes_the_approval_away(stage, draft):
    stage.approve(draft)
    changed = stage.person("Li Wei").edit(draft.id, draft.subject, "Dear Mr Klein,\nhere is another text.")
    stage.look()
    assert stage.letter(draft.id).state == "drafted" and stage.letter(draft.id).approved_by == "" and stage.letters_at(PETER) == []
    stage.person("Li Wei").approve(draft.id, changed)
    stage.look()
    assert "here is another text" in stage.letters_at(PETER)[0].get_content()


def test_an_approval_older_than_five_working_days_must_be_given_again(stage, draft):
    stage.person("Boss Zhang").pause_all()
    stage.approve(draft)
    stage.wait(days=8)
    stage.person("Boss Zhang").resume_all()
    stage.wait(minutes=30)
    letter = stage.letter(draft.id)
    assert (letter.state, letter.state_reason, letter.approved_by) == ("drafted", "approval_too_old", "") and stage.letters_at(PETER) == []
    assert stage.send(letter).state == "sent"


def test_a_newer_mail_of_the_buyer_makes_the_draft_stale(stage, draft):
    stage.buyer_writes(PETER, "One more question: 6205-ZZ as well?", answers=draft.in_reply_to, subject="Re: Inquiry 6204-2RS")
    stage.look()
    with pytest.raises(ApprovalRefused, match="cancelled already"):
        stage.approve(draft)
    assert stage.draft_for(PETER).id != draft.id


def test_a_letter_to_a_customer_is_the_managers_to_approve(stage, draft):
    stage.send(draft)
    stage.buyer_replies(draft, ORDER)
    stage.look()
    lead = stage.lead_of(PETER)
    assert lead.tier == 1 and lead.stage == "customer" and lead.cadence == "order"
    answer = stage.draft_for(PETER)
    assert answer.needs_manager
    with pytest.raises(ApprovalRefused, match="manager"):
        stage.approve(answer, as_="Li Wei")
    assert stage.letters_at("boss@acme.example") != []
    stage.approve(answer, as_="Boss Zhang")
    stage.look()
    assert stage.letter(answer.id).state == "sent"
    stage.live(until=stage.now + timedelta(days=30))
    assert stage.lead_of(PETER).rest_reason == "ordered" and len(stage.letters_at(PETER)) == 2


@pytest.mark.parametrize(
    ("subject", "body", "says"),
    [("", "text", "subject and a text"), ("x", "  ", "subject and a text"), ("x", "a\x07b", "control character"), ("x" * 201, "y", "200")],
)
def test_a_text_that_cannot_be_sent_is_not_taken(stage, draft, subject, body, says):
    with pytest.raises(ApprovalRefused, match=says):
        stage.person("Li Wei").edit(draft.id, subject, body)
    assert stage.letter(draft.id).content_hash == draft.content_hash


def test_a_line_break_in_a_subject_becomes_a_space(stage, draft):
    stage.person("Li Wei").edit(draft.id, "Your inquiry\r\nBcc: spy@else.example", draft.body)
    assert stage.letter(draft.id).subject == "Your inquiry Bcc: spy@else.example"
    stage.send(stage.letter(draft.id))
    (arrived,) = stage.letters_at(PETER)
    assert arrived["Bcc"] is None and len(stage.posted_to("spy@else.example")) == 0


def test_a_paused_lead_gets_nothing_until_it_is_resumed(stage, draft):
    stage.approve(draft)
    lead = stage.lead_of(PETER)
    stage.person("Li Wei").pause(lead.id)
    stage.live(until=stage.now + timedelta(days=2), approving=False)
    assert stage.letters_at(PETER) == [] and stage.letter(draft.id).state == "approved"
    stage.buyer_writes(PETER, "Any news?", answers=draft.in_reply_to, subject="Re: Inquiry 6204-2RS")
    stage.look()
    assert stage.lead_of(PETER).hold_reason == "paused" and stage.drafts() == []
    # Nothing goes, but somebody hears that he wrote.
    assert [task["title"].partition(":")[0] for task in stage.tasks("answer_by_hand")] == ["He wrote while the matter is paused"]
    stage.person("Li Wei").resume(lead.id)
    stage.look()
    assert stage.draft_for(PETER).round == 2
    with pytest.raises(MailagentError, match="not paused"):
        stage.person("Li Wei").resume(lead.id)


def test_a_pause_until_a_day_ends_by_itself(stage, draft):
    stage.person("Li Wei").pause(stage.lead_of(PETER).id, stage.now + timedelta(days=1))
    stage.approve(draft)
    stage.wait(hours=23)
    assert stage.letters_at(PETER) == []
    stage.live(until=stage.now + timedelta(hours=4), approving=False)
    assert len(stage.letters_at(PETER)) == 1


def test_a_pause_survives_a_colleague_who_writes(stage, draft):
    stage.send(draft)
    stage.person("Li Wei").pause(stage.lead_of(PETER).id)
    stage.buyer_writes("s.vogt@klein-antriebe.example", SHORT, subject="6205")
    stage.look()
    assert stage.lead_of(PETER).hold_reason == "paused"


def test_pause_all_stops_sending_while_reading_and_drafting_go_on(stage, draft):
    stage.person("Boss Zhang").pause_all()
    stage.approve(draft)
    stage.buyer_writes("new@buyer.example", SHORT)
    stage.wait(hours=1)
    assert stage.letters_at(PETER) == [] and stage.draft_for("new@buyer.example")
    stage.person("Boss Zhang").resume_all()
    stage.wait(minutes=20)
    assert len(stage.letters_at(PETER)) == 1


def test_stop_following_ends_the_matter_and_leaves_the_address_free(stage, draft):
    stage.person("Li Wei").stop_following(stage.lead_of(PETER).id)
    assert stage.letter(draft.id).state == "cancelled" and stage.suppressed(PETER) == ""
    stage.live(until=stage.now + timedelta(days=30))
    assert stage.letters_at(PETER) == []
    stage.buyer_writes(PETER, DETAILED, subject="A new project")
    stage.look()
    assert len(stage.leads_of(PETER)) == 2 and stage.draft_for(PETER).lead_id == stage.lead_of(PETER).id


def test_never_write_silences_him_in_every_matter(stage, draft):
    stage.approve(draft)
    stage.person("Li Wei").never_write(PETER)
    stage.look()
    assert stage.letter(draft.id).state == "cancelled" and stage.suppressed(PETER) == "manual" and stage.letters_at(PETER) == []


def test_while_sending_is_off_letters_lie_in_the_spool_and_stay_approved(stage, draft):
    stage.set(sending={"letters": "off", "pace_seconds": 0})
    stage.approve(draft)
    stage.live(until=stage.now + timedelta(hours=5), approving=False)
    letter = stage.letter(draft.id)
    assert (letter.state, letter.state_reason, letter.attempts) == ("approved", "sending_is_off", 0) and stage.letters_at(PETER) == []
    (spooled,) = [path for path in (stage.home / "spool").rglob("*") if path.is_file()]
    assert draft.message_id.encode() in spooled.read_bytes() and PETER.encode() in spooled.read_bytes()
    stage.set(sending={"letters": "on", "pace_seconds": 0})
    stage.wait(hours=1)
    assert stage.letter(draft.id).state == "sent" and len(stage.letters_at(PETER)) == 1


def test_a_letter_that_cannot_be_composed_goes_back_to_its_author_while_sending_is_off_too(stage, draft):
    stage.set(sending={"letters": "off"})
    with stage.office.ledger.transaction() as db:
        subject = draft.subject + "\u202e"
        hashed = content_hash(draft.recipient, draft.cc, subject, draft.body, draft.footer)
        journal.record(db, [e.DraftEdited(draft.id, hashed, subject, draft.body)], now=stage.now)
    stage.approve(stage.letter(draft.id))
    stage.look()
    assert (stage.letter(draft.id).state, stage.letter(draft.id).state_reason) == ("drafted", "cannot_be_composed")
    assert len(stage.tasks("letter")) == 1 and not (stage.home / "spool").exists()
    stage.look()
    assert len(stage.tasks("letter")) == 1
