"""Somebody of ours, or somebody of theirs, writes beside the agent."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest
from stage import DETAILED, SALES, SHORT, opened, worker

PETER, SABINE = "p.klein@klein-antriebe.example", "s.vogt@klein-antriebe.example"
STRANGER = "peter.private@elsewhere.example"


def test_a_colleagues_own_answer_cancels_the_waiting_draft_and_restarts_the_wait(stage):
    asked = stage.buyer_writes(PETER, DETAILED)
    stage.look()
    draft = stage.draft_for(PETER)
    stage.approve(draft)
    stage.clock.jump(stage.now + timedelta(hours=5))
    stage.colleague_answers_from_outlook(PETER, "Dear Peter, 0.62 USD. Li Wei", answers=asked)
    (seen,) = stage.look()
    assert (seen.verdict.kind, seen.outcome) == ("own", "colleague_answered")
    assert (stage.letter(draft.id).state, stage.letter(draft.id).state_reason) == ("cancelled", "colleague_answered")
    lead = stage.lead_of(PETER)
    assert lead.step == "follow_up_1" and lead.stage == "talking" and lead.next_due_at > stage.now + timedelta(days=1)
    assert stage.letters_at(PETER) == []
    stage.clock_to_next()
    assert stage.draft_for(PETER).step == "follow_up_1"


def test_a_colleague_who_answers_without_the_thread_is_known_by_the_recipient(stage):
    stage.buyer_writes(PETER, DETAILED)
    stage.look()
    stage.colleague_answers_from_outlook(PETER, "Dear Peter, see below. Li Wei")
    (seen,) = stage.look()
    assert seen.outcome == "colleague_answered" and stage.drafts() == []


def test_a_colleague_who_copies_our_own_mailbox_is_noticed_all_the_same(stage):
    """The copy that comes back into the inbox is read first, and must not hide the one in Sent."""
    asked = stage.buyer_writes(PETER, DETAILED)
    stage.look()
    draft = stage.draft_for(PETER)
    stage.colleague_answers_from_outlook(PETER, "Dear Peter, 0.62 USD. Li Wei", answers=asked, cc=SALES)
    stage.look()
    assert stage.letter(draft.id).state == "cancelled" and stage.lead_of(PETER).step == "follow_up_1"
    assert stage.lead_of(PETER).outbound_count == 1


def test_a_follow_up_waits_anew_when_a_colleague_wrote_between(stage):
    stage.buyer_writes(PETER, DETAILED)
    stage.look()
    sent = stage.send(stage.draft_for(PETER))
    stage.clock_to_next()
    follow_up = stage.approve(stage.draft_for(PETER))
    stage.colleague_answers_from_outlook(PETER, "One more thing: we can ship in April.", answers=sent.message_id)
    stage.look()
    assert stage.letter(follow_up.id).state == "cancelled"
    planned = stage.lead_of(PETER).next_due_at
    assert planned - stage.now > timedelta(days=1)
    # Where that is a day for calls, the letter follows on the next day on which one may go.
    stage.live(until=planned + timedelta(days=5))
    assert [letter.step for letter in stage.letters_to(PETER) if letter.state == "sent"] == ["answer", "follow_up_1"]


def test_a_colleague_who_writes_after_a_follow_up_went_does_not_end_the_rhythm(stage):
    """The step that went in this round is not planned again: its letter exists, so nothing would ever follow."""
    stage.buyer_writes(PETER, DETAILED)
    stage.look()
    sent = stage.send(stage.draft_for(PETER))
    stage.live(until=stage.now + timedelta(days=4))
    assert [letter.step for letter in stage.letters_to(PETER) if letter.state == "sent"] == ["answer", "follow_up_1"]
    stage.colleague_answers_from_outlook(PETER, "One more thing: we can ship in April.", answers=sent.message_id)
    stage.look()
    lead = stage.lead_of(PETER)
    assert lead.step == "call" and lead.next_due_at > stage.now + timedelta(days=1)
    stage.live(until=stage.now + timedelta(days=60))
    steps = [letter.step for letter in stage.letters_to(PETER) if letter.state == "sent"]
    assert steps == ["answer", "follow_up_1", "follow_up_2"]
    assert stage.lead_of(PETER).rest_reason == "law:DE", "a German gets no third one"


def test_when_a_colleague_of_the_buyer_writes_follow_ups_rest_but_an_owed_answer_stays(stage):
    stage.buyer_writes(PETER, DETAILED)
    stage.look()
    stage.send(stage.draft_for(PETER))
    stage.clock_to_next()
    follow_up = stage.approve(stage.draft_for(PETER))
    stage.buyer_writes(SABINE, SHORT, subject="6205-ZZ", name="Sabine Vogt")
    stage.look()
    assert stage.letter(follow_up.id).state == "cancelled"
    assert stage.lead_of(PETER).rest_reason == "colleague_wrote" and stage.lead_of(PETER).next_due_at is None
    hers = stage.draft_for(SABINE)
    assert hers.basis == "answer" and stage.lead_of(SABINE).owner == stage.lead_of(PETER).owner
    # He asks again: his answer is owed, and hers stays owed beside it.
    stage.buyer_writes(PETER, "Do you also make 6205-ZZ? Please quote 3,000 pcs.", subject="6205-ZZ for Peter")
    stage.look()
    assert stage.letter(hers.id).state == "drafted" and stage.draft_for(PETER).basis == "answer"


def test_our_own_answer_to_one_of_them_leaves_nobody_of_them_without_a_plan(stage):
    stage.buyer_writes(PETER, DETAILED)
    stage.buyer_writes(SABINE, SHORT, subject="6205-ZZ")
    stage.look()
    for letter in stage.drafts():
        stage.approve(letter)
    stage.look()
    stage.live(until=stage.now + timedelta(days=2), approving=False)
    waiting = {letter.recipient for letter in stage.drafts()}
    assert waiting
    stage.colleague_answers_from_outlook(PETER, "Dear Peter, a word about April. Li Wei")
    stage.look()
    for address in (PETER, SABINE):
        lead = stage.lead_of(address)
        has_draft = any(letter.recipient == address for letter in stage.drafts())
        assert lead.next_due_at or lead.rest_reason or lead.hold_reason or has_draft, f"{address} is forgotten"


def test_a_colleague_of_the_buyer_who_asks_in_his_thread_gets_the_answer_and_a_stranger_does_not(stage):
    stage.buyer_writes(PETER, DETAILED)
    stage.look()
    first = stage.send(stage.draft_for(PETER))
    stage.buyer_replies(first, "I work with Peter. What is your price for 6205-ZZ, 3,000 pcs?", sender=SABINE)
    stage.look()
    assert stage.draft_for(PETER).cc == (SABINE,)
    stage.buyer_replies(first, "What is your price for 6205-ZZ, 3,000 pcs?", sender="someone@elsewhere.example")
    stage.look()
    assert stage.draft_for(PETER).cc == ()


# ── told in Bcc ─────────────────────────────────────────────────────────────────────────────────────────────────────


def bcc(stage, to: str, *, sender: str = "Li Wei <li.wei@acme.example>", number: int = 1, cc: str = "") -> None:
    """A colleague's own letter, with the agent in Bcc."""
    stamp = format_datetime(stage.now)
    raw = (
        f"Received: from mail.acme.example by mx.acme.example; {stamp}\r\nFrom: {sender}\r\nTo: {to}\r\n{cc}Subject: Our talk\r\n"
        f"Date: {stamp}\r\nMessage-ID: <bcc-{number}@acme.example>\r\n\r\nDear Peter, the price is as we said.\r\n"
    )
    stage.mail.deliver("sales@acme.example", raw.encode(), when=stage.now)
    stage.look()


def test_a_letter_to_an_address_that_nobody_knows_is_asked_about_once(asked):
    bcc(asked, f"Peter Klein <{STRANGER}>")
    (task,) = opened(asked, "unknown_buyer")
    assert (task["owner"], task["evidence"], task["lead_id"]) == ("Li Wei", STRANGER, None) and STRANGER in task["title"]
    # Nothing of Peter's is stopped on a guess; what his colleague logs does it.
    assert len(asked.drafts()) == 1
    bcc(asked, STRANGER, number=2)
    assert len(opened(asked, "unknown_buyer")) == 1
    worker(asked).log_talk(asked.lead_of(PETER).id, "mail", "prices as we said")
    assert asked.drafts() == []


@pytest.mark.parametrize(
    ("to", "cc"),
    [
        ("Ana Sun <ana.sun@acme.example>", ""),  # among ourselves
        (STRANGER, "Cc: sales@acme.example\r\n"),  # a copy that everybody sees is no word to the agent
    ],
)
def test_what_goes_to_nobody_outside_or_openly_to_us_asks_nobody(asked, to, cc):
    bcc(asked, to, cc=cc)
    assert opened(asked, "unknown_buyer") == []
