"""A person silences an address or a whole domain, and what it takes to write to it again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from stage import DETAILED, SHORT

from mailagent import lists
from mailagent.errors import ApprovalRefused, MailagentError

PETER, SABINE, OTTO = "p.klein@klein-antriebe.example", "s.vogt@eu.klein-antriebe.example", "otto@other.example"


@pytest.fixture
def waiting(stage):
    """Peter's follow-up is approved, Sabine of the same house and Otto of another have drafts."""
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.look()
    stage.send(stage.draft_for(PETER))
    stage.clock_to_next()
    stage.follow_up = stage.approve(stage.draft_for(PETER))
    return stage


def test_it_takes_effect_in_the_same_transaction_and_the_matter_says_why(waiting):
    stage = waiting
    stage.person("Li Wei").never_write("P.Klein+offers@Klein-Antriebe.example", "he rang on Monday", "unsubscribe")
    lead = stage.lead_of(PETER)
    assert (stage.letter(stage.follow_up.id).state, lead.rest_reason, lead.next_due_at) == ("cancelled", "unsubscribed", None)
    assert stage.suppressed(PETER) == "unsubscribe"
    (row,) = stage.rows("SELECT reason, evidence, scope FROM suppressions")
    assert row == {"reason": "unsubscribe", "evidence": "he rang on Monday", "scope": "global"}
    stage.live(until=stage.now + timedelta(days=60))
    assert len(stage.letters_at(PETER)) == 1
    stage.person("Li Wei").never_write(PETER, "again", "unsubscribe")
    assert len(stage.rows("SELECT * FROM suppressions")) == 1, "what is silenced stays silenced, and is not written down twice"


def test_a_domain_silences_everybody_at_it_and_below_it_and_nobody_else(waiting):
    stage = waiting
    stage.buyer_writes(SABINE, SHORT, name="Sabine Vogt", subject="Prices")
    stage.buyer_writes(OTTO, SHORT, name="Otto Kurz", subject="Prices too")
    stage.look()
    stage.person("Li Wei").never_write("@klein-antriebe.example", "their lawyer wrote", "legal")
    assert stage.letter(stage.follow_up.id).state == "cancelled" and stage.lead_of(PETER).rest_reason == "legal"
    assert stage.lead_of(SABINE).rest_reason == "legal"
    assert [letter.recipient for letter in stage.drafts()] == [OTTO]
    assert stage.suppressed("new.person@klein-antriebe.example") == stage.suppressed(SABINE) == "legal"
    assert stage.suppressed("x@mein-klein-antriebe.example") == stage.suppressed("y@example") == ""


def test_a_wish_for_silence_is_lifted_by_recorded_consent_alone(waiting):
    stage = waiting
    li = stage.person("Li Wei")
    li.never_write(PETER, "he said so", "unsubscribe")
    for evidence in ("", "  ", "ok"):
        with pytest.raises(MailagentError):
            li.lift(PETER, evidence)
    # An import of him as a customer, and an inquiry of his own, lift nothing.
    folder = stage.office.settings.import_folder
    folder.mkdir()
    (folder / "customers.csv").write_text(f"company,email\nKlein Antriebe,{PETER}\n")
    list(lists.take_in(stage.office))
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein", subject="We need more")
    stage.look()
    assert stage.suppressed(PETER) == "unsubscribe" and stage.drafts() == []
    li.lift(PETER, "signed form of 2 March 2026, in the folder of contracts")
    assert stage.suppressed(PETER) == ""
    (row,) = stage.rows("SELECT lifted_by, lifted_reason FROM suppressions")
    assert row == {"lifted_by": "Li Wei", "lifted_reason": "signed form of 2 March 2026, in the folder of contracts"}
    (event,) = stage.rows("SELECT body FROM events WHERE type = 'SuppressionLifted'")
    assert "form" not in event["body"] and "opt_in" in event["body"], "the journal keeps no words"
    assert stage.lead_of(PETER).rest_reason, "what had ended stays ended"
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein", subject="And more")
    stage.look()
    assert stage.draft_for(PETER)


def test_our_own_reason_is_lifted_by_our_own_word(waiting):
    waiting.person("Li Wei").never_write(PETER)
    with pytest.raises(MailagentError):
        waiting.person("Li Wei").lift(PETER, " ")
    waiting.person("Li Wei").lift(PETER, "a typo")
    assert waiting.suppressed(PETER) == ""


COPIED = "k.ende@klein-antriebe.example"


@pytest.fixture
def copying(stage):
    """Peter has asked and put a colleague on Cc; the answer to both is drafted."""
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein", headers={"Cc": COPIED})
    stage.look()
    assert stage.draft_for(PETER).cc == (COPIED,)
    return stage


def test_a_copy_to_a_silenced_colleague_falls_away_and_the_letter_stays_as_it_was_worked_on(copying):
    stage, li = copying, copying.person("Li Wei")
    draft = stage.draft_for(PETER)
    seen = li.edit(draft.id, draft.subject, f"{draft.body}\n\nP.S. The drawing follows.")
    li.never_write(COPIED)
    again = stage.draft_for(PETER)
    assert (again.id, again.cc, again.body.endswith("P.S. The drawing follows.")) == (draft.id, (), True)
    assert again.warnings[-1] == f"No copy goes to {COPIED}: never_write" and stage.tasks("letter") == []
    with pytest.raises(ApprovalRefused, match="was changed after you opened it"):
        li.approve(draft.id, seen)
    sent = stage.send(again)
    assert sent.state == "sent" and stage.letters_at(COPIED) == []
    (arrived,) = stage.letters_at(PETER)
    assert arrived["Cc"] is None


def test_an_approved_letter_loses_its_copy_and_its_approval_and_somebody_is_told(copying):
    stage = copying
    approved = stage.approve(stage.draft_for(PETER))
    stage.person("Li Wei").never_write("@klein-antriebe.example", "", "manual")
    assert stage.letter(approved.id).state == "cancelled", "his own address is at that domain as well"
    stage.person("Boss Zhang").lift("@klein-antriebe.example", "it was a typing error")
    stage.buyer_writes(OTTO, DETAILED, name="Otto Kurz", headers={"Cc": COPIED}, subject="Bearings for Otto")
    stage.look()
    draft = stage.approve(stage.draft_for(OTTO))
    stage.person("Li Wei").never_write(COPIED)
    again = stage.letter(draft.id)
    assert (again.state, again.cc, again.state_reason) == ("drafted", (), "copy_silenced")
    (task,) = [task for task in stage.tasks("letter") if task["title"].startswith(f"Letter {draft.id} ")]
    assert task["title"].endswith("needs a new approval: copy_silenced")
    assert stage.send(again).state == "sent" and stage.lead_of(OTTO).rest_reason == ""


def test_one_on_copy_who_asks_for_silence_himself_does_not_end_the_matter_of_another(copying):
    """His mail is read while the answer waits for its minute: the claim finds that the copy may not go."""
    stage = copying
    approved = stage.approve(stage.draft_for(PETER))
    stage.buyer_writes(COPIED, "Please remove me from your mailing list.", subject="unsubscribe")
    stage.look()
    assert stage.suppressed(COPIED) == "unsubscribe"
    stage.look()
    again = stage.letter(approved.id)
    assert (again.state, again.cc) == ("drafted", ()) and stage.letters_at(PETER) == []
    assert stage.lead_of(PETER).rest_reason == "" and len(stage.tasks("letter")) == 1
    assert stage.send(again).state == "sent" and len(stage.letters_at(PETER)) == 1 and stage.letters_at(COPIED) == []


def test_who_approves_a_draft_with_such_a_copy_is_told_and_sees_it_without(copying):
    stage, boss = copying, copying.person("Boss Zhang")
    draft = stage.draft_for(PETER)
    stage.buyer_writes(COPIED, "Please remove me from your mailing list.", subject="unsubscribe")
    stage.look()
    with pytest.raises(ApprovalRefused, match=f"No copy may go to {COPIED}"):
        boss.approve(draft.id, draft.content_hash)
    again = stage.letter(draft.id)
    assert (again.state, again.cc, again.warnings[-1]) == ("drafted", (), f"No copy goes to {COPIED}: unsubscribe")
    boss.approve(again.id, again.content_hash)
    assert stage.letter(draft.id).state == "approved"


def test_an_imported_opt_out_stops_what_waits_at_once(waiting):
    stage = waiting
    folder = stage.office.settings.import_folder
    folder.mkdir()
    (folder / "opt_outs.csv").write_text(f"email,reason\n{PETER},old list\n")
    list(lists.take_in(stage.office))
    assert stage.letter(stage.follow_up.id).state == "cancelled" and stage.lead_of(PETER).rest_reason == "unsubscribed"


def test_the_question_whether_he_asked_for_silence_is_answered_with_it(waiting):
    stage = waiting
    stage.buyer_replies(
        stage.letter(1),
        "Our engineers have looked at the 6204-2RS bearings and they are content with the first samples that you have sent."
        " Please stop sending me emails about the catalogue, I only need this item. Does the price hold"
        " for 40,000 pcs? And when could you ship?",
    )
    stage.look()
    assert stage.lead_of(PETER).hold_reason == "unsubscribe_review"
    stage.person("Li Wei").never_write(PETER)
    assert stage.tasks("unsubscribe_review") == [] and stage.lead_of(PETER).hold_reason == ""


def test_no_approval_passes_a_silence(waiting):
    stage = waiting
    stage.buyer_writes(OTTO, SHORT, name="Otto Kurz", subject="Prices")
    stage.look()
    draft = stage.draft_for(OTTO)
    stage.person("Li Wei").never_write(OTTO)
    with pytest.raises(ApprovalRefused):
        stage.approve(draft)
