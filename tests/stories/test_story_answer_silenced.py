"""Somebody who asked for silence asks something: a person may answer that, once, and says why; nothing follows of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from stage import DETAILED

from mailagent.errors import ApprovalRefused, MailagentError

PETER = "p.klein@klein-antriebe.example"


@pytest.fixture
def silenced(stage):
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.look()
    stage.first = stage.send(stage.draft_for(PETER))
    stage.wait(days=1)
    stage.buyer_replies(stage.first, "Unsubscribe")
    stage.look()
    assert stage.suppressed(PETER) == "unsubscribe"
    return stage


def asks(stage):
    stage.wait(days=3)
    stage.buyer_writes(
        PETER, "Dear Mr. Li,\n\nplease quote 6204-2RS, 900 pcs.\n\nPeter Klein\n", name="Peter Klein", subject="One question"
    )
    stage.look()
    assert stage.drafts() == [] and stage.tasks("answer_by_hand")
    return stage.lead_of(PETER)


def test_only_what_he_asked_afterwards_with_a_typed_reason(silenced):
    stage = silenced
    li = stage.person("Li Wei")
    with pytest.raises(MailagentError, match="asked nothing since"):
        li.answer_silenced(stage.lead_of(PETER).id, "I would like to sell more")
    lead = asks(stage)
    for reason in ("", "  ", "ok"):
        with pytest.raises(MailagentError, match="Type why"):
            li.answer_silenced(lead.id, reason)
    with pytest.raises(MailagentError, match="There is no lead"):
        li.answer_silenced(999, "he asks for a price")


def test_the_answer_goes_and_nothing_follows(silenced):
    stage = silenced
    lead = asks(stage)
    stage.person("Li Wei").answer_silenced(lead.id, "he asks for a price of 900 pcs")
    stage.look()
    draft = stage.draft_for(PETER)
    assert draft.basis == "answer" and "asked for no more letters" in draft.warnings[0] and stage.tasks("answer_by_hand") == []
    assert stage.send(draft).state == "sent" and len(stage.letters_at(PETER)) == 2
    assert stage.lead_of(PETER).rest_reason == "suppressed:unsubscribe" and stage.suppressed(PETER) == "unsubscribe"
    stage.live(until=stage.now + timedelta(days=60))
    assert len(stage.letters_at(PETER)) == 2 and stage.drafts() == []
    (kept,) = stage.rows("SELECT reason, actor FROM permissions")
    assert kept == {"reason": "he asks for a price of 900 pcs", "actor": "Li Wei"}


def test_a_second_wish_for_silence_takes_the_permission_back(silenced):
    stage = silenced
    lead = asks(stage)
    stage.person("Li Wei").answer_silenced(lead.id, "he asks for a price of 900 pcs")
    stage.look()
    draft = stage.draft_for(PETER)
    stage.buyer_replies(stage.first, "Please stop emailing me.")
    stage.look()
    assert stage.letter(draft.id).state == "cancelled" and stage.rows("SELECT * FROM permissions") == []
    with pytest.raises(ApprovalRefused):
        stage.approve(draft)


def test_a_follow_up_is_never_permitted(stage):
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.look()
    stage.send(stage.draft_for(PETER))
    stage.clock_to_next()
    follow_up = stage.draft_for(PETER)
    with stage.office.ledger.transaction() as db:
        db.execute("INSERT INTO permissions VALUES (?, ?, 'x', 'x', 'x')", [follow_up.lead_id, follow_up.round])
        db.execute(
            "INSERT INTO suppressions (key_hash, reason, created_at) VALUES (?, 'unsubscribe', '2026-01-01')",
            [stage.office.hash_address(PETER)],
        )
    with pytest.raises(ApprovalRefused):
        stage.approve(follow_up)
