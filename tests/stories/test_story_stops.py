"""Everything that silences a letter: absence, a wish to be left alone, addresses that do not exist."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from smtpline import Act, SmtpLine
from stage import DETAILED, SHORT

from mailagent.core.model import events as e
from mailagent.ledger import journal, outbox

PETER, SABINE = "p.klein@klein-antriebe.example", "s.vogt@klein-antriebe.example"


@pytest.fixture
def waiting(stage):
    """A buyer who got our answer, and whose approved follow-up waits for its hour."""
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.look()
    stage.first = stage.send(stage.draft_for(PETER))
    stage.clock_to_next()
    stage.follow_up = stage.approve(stage.draft_for(PETER))
    return stage


# ── absence ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_out_of_office_holds_until_the_day_after_the_return_and_the_held_letter_goes_then(waiting):
    stage = waiting
    back = (stage.now + timedelta(days=6)).date()
    while back.weekday() != 1:
        back += timedelta(days=1)
    stage.buyer_replies(
        stage.first,
        f"I am out of the office and will be back on {back:%d %B %Y}.",
        headers={"Auto-Submitted": "auto-replied"},
    )
    (seen,) = stage.look()
    assert (seen.verdict.kind, seen.verdict.automatic, seen.outcome) == ("auto_reply", "ooo", "held")
    lead = stage.lead_of(PETER)
    assert lead.hold_reason == "out_of_office" and stage.letter(stage.follow_up.id).state == "approved"
    assert lead.held_until.astimezone(ZoneInfo("Europe/Berlin")).date() == back + timedelta(days=1)
    stage.live(until=lead.held_until - timedelta(minutes=1), approving=False)
    assert len(stage.letters_at(PETER)) == 1
    stage.live(until=lead.held_until + timedelta(days=7))
    assert stage.lead_of(PETER).hold_reason == ""
    sent = stage.letter(stage.follow_up.id)
    assert sent.state == "sent" and sent.sent_at > lead.held_until
    assert len(stage.letters_at(PETER)) == 2


def test_an_absence_is_no_answer_and_a_real_answer_ends_the_hold(waiting):
    stage = waiting
    stage.buyer_replies(stage.first, "I am on holiday until further notice.", headers={"Auto-Submitted": "auto-replied"})
    stage.look()
    assert stage.lead_of(PETER).hold_reason == "out_of_office" and stage.lead_of(PETER).round == 1
    stage.buyer_replies(stage.first, "I am back earlier. Please send the proforma terms for 20,000 pcs.")
    stage.look()
    assert stage.lead_of(PETER).hold_reason == "" and stage.draft_for(PETER).round == 2
    assert stage.letter(stage.follow_up.id).state == "cancelled"


def test_somebody_who_has_left_gets_no_letter_and_a_task_asks_for_the_successor(waiting):
    stage = waiting
    stage.buyer_replies(
        stage.first,
        "Peter Klein has left the company. Please contact s.vogt@klein-antriebe.example.",
        headers={"Auto-Submitted": "auto-replied"},
    )
    (seen,) = stage.look()
    assert seen.outcome == "left_company" and stage.letter(stage.follow_up.id).state == "cancelled"
    (task,) = stage.tasks("successor")
    assert "s.vogt@klein-antriebe.example" in task["evidence"]
    assert stage.lead_of(PETER).rest_reason == "left_company" and stage.lead_of(SABINE) is None


# ── a wish to be left alone ─────────────────────────────────────────────────────────────────────────────────────


def silenced(stage, address):
    assert stage.suppressed(address) == "unsubscribe"
    lead = stage.lead_of(address)
    assert (lead.rest_reason, lead.next_due_at) == ("unsubscribed", None)
    count = len(stage.letters_at(address))
    stage.live(until=stage.now + timedelta(days=60))
    assert len(stage.letters_at(address)) == count and stage.drafts() == []


@pytest.mark.parametrize("words", ["Please unsubscribe me.", "请不要再给我发邮件了。", "Remove me from your list", "退订"])
def test_a_reply_that_asks_for_silence_is_obeyed_at_once_even_for_an_approved_letter(waiting, words):
    stage = waiting
    stage.buyer_replies(stage.first, words)
    (seen,) = stage.look()
    assert (seen.verdict.kind, seen.outcome) == ("unsubscribe", "stopped")
    assert stage.letter(stage.follow_up.id).state_reason == "unsubscribed"
    silenced(stage, PETER)


@pytest.mark.parametrize("sender", [PETER, "peter.private@freemail.example"])
def test_a_mailto_with_the_signed_token_silences_him_from_whatever_address(waiting, sender):
    stage = waiting
    link = stage.letters_at(PETER)[0]["List-Unsubscribe"]
    subject = re.search(r"subject=([^>]+)>", link)[1].replace("%20", " ")
    stage.buyer_writes(sender, "\n", subject=subject)
    (seen,) = stage.look()
    assert (seen.verdict.kind, seen.verdict.reason, seen.outcome) == ("unsubscribe", "signed token", "stopped")
    assert stage.letter(stage.follow_up.id).state == "cancelled"
    silenced(stage, PETER)
    assert stage.suppressed(sender) == "unsubscribe"


def test_a_forged_token_names_nobody(waiting):
    stage = waiting
    stage.buyer_writes("stranger@elsewhere.example", "\n", subject="unsubscribe MQ.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    stage.look()
    assert stage.suppressed(PETER) == "" and stage.letter(stage.follow_up.id).state == "approved"
    assert stage.suppressed("stranger@elsewhere.example") == "unsubscribe" and stage.drafts() == []


def test_a_later_inquiry_of_somebody_who_asked_for_silence_is_a_task_and_no_draft(waiting):
    stage = waiting
    stage.buyer_replies(stage.first, "Unsubscribe")
    stage.look()
    stage.wait(days=20)
    stage.buyer_writes(PETER, DETAILED, subject="New project")
    stage.look()
    (task,) = stage.tasks("answer_by_hand")
    assert task["evidence"] == "New project" and stage.drafts() == []
    assert stage.suppressed(PETER) == "unsubscribe"
    stage.live(until=stage.now + timedelta(days=30))
    assert len(stage.letters_at(PETER)) == 1


def test_another_spelling_of_his_address_is_silenced_too(waiting):
    stage = waiting
    stage.buyer_replies(stage.first, "unsubscribe", sender="P.Klein+news@Klein-Antriebe.example")
    stage.look()
    silenced(stage, PETER)


def test_words_that_may_be_a_wish_hold_everything_and_ask_a_person(waiting):
    stage = waiting
    stage.buyer_replies(
        stage.first,
        "Thank you for the offer on the 6204-2RS bearings. We have discussed it with our engineers, and they are content."
        " Please stop sending me emails about the catalogue, I only need this item. Can you tell me whether the price holds"
        " for 40,000 pcs? And when could you ship?",
    )
    stage.look()
    lead = stage.lead_of(PETER)
    assert stage.letter(stage.follow_up.id).state == "cancelled"
    assert lead.hold_reason == "unsubscribe_review" and len(stage.tasks("unsubscribe_review")) == 1 and stage.suppressed(PETER) == ""
    # His next mail does not decide it for us: one of us does.
    stage.buyer_replies(stage.first, "Did you see my question about 40,000 pcs?")
    stage.look()
    assert stage.lead_of(PETER).hold_reason == "unsubscribe_review" and stage.drafts() == []
    stage.person("Li Wei").resume(lead.id)
    stage.look()
    assert stage.draft_for(PETER).basis == "answer"


def test_a_question_that_a_person_decides_leaves_nobody_forgotten(stage):
    """What the doubt cancelled comes again once it is decided; a colleague's matter rests with its reason."""
    stage.buyer_writes(PETER, DETAILED)
    stage.buyer_writes(SABINE, SHORT)
    stage.look()
    stage.approve_everything()
    stage.look()
    for _ in range(10):
        if len(stage.drafts()) == 2:
            break
        stage.clock_to_next()
    words = "Since last week I get your letters twice; could you please stop emailing me from two addresses"
    stage.buyer_writes(PETER, words, subject="News")
    (seen,) = stage.look()
    assert (seen.verdict.kind, seen.verdict.unsubscribe, seen.outcome) == ("unsubscribe", "review", "held")
    assert stage.drafts() == [] and stage.lead_of(SABINE).rest_reason == "colleague_wrote"
    lead = stage.lead_of(PETER)
    stage.person("Li Wei").resume(lead.id)
    stage.look()
    # On a day for calls he is called first, and the letter follows.
    while not stage.drafts():
        assert stage.clock_to_next()
    assert stage.draft_for(PETER).step == lead.step


def test_a_pause_with_a_date_never_ends_a_question_that_waits_for_a_person(waiting):
    stage = waiting
    words = "Since last week I get your letters twice; could you please stop emailing me from two addresses"
    stage.buyer_writes(PETER, words, subject="News")
    stage.look()
    lead = stage.lead_of(PETER)
    stage.person("Li Wei").pause(lead.id, stage.now + timedelta(days=1))
    assert (stage.lead_of(PETER).hold_reason, stage.lead_of(PETER).held_until) == ("unsubscribe_review", None)
    stage.live(until=stage.now + timedelta(days=20), approving=False)
    assert stage.lead_of(PETER).hold_reason == "unsubscribe_review" and stage.drafts() == []


def test_what_waits_for_a_person_is_not_written_twice_by_a_pause(waiting):
    stage = waiting
    lead = stage.lead_of(PETER)
    stage.person("Li Wei").pause(lead.id)
    stage.person("Li Wei").resume(lead.id)
    assert stage.lead_of(PETER).next_due_at is None
    stage.look()
    assert stage.drafts() == [] and stage.letter(stage.follow_up.id).state == "approved"


def test_one_who_was_said_to_have_left_and_writes_himself_is_answered(waiting):
    stage = waiting
    note = "I have left the company. Please contact new@klein-antriebe.example instead."
    stage.buyer_replies(stage.first, note, headers={"Auto-Submitted": "auto-replied"})
    (seen,) = stage.look()
    assert seen.outcome == "left_company" and stage.lead_of(PETER).rest_reason == "left_company"
    stage.wait(days=1)
    stage.buyer_writes(PETER, "I am back after all. What is your price for 6205-ZZ, 3,000 pcs?", subject="Price")
    stage.look()
    assert stage.send(stage.draft_for(PETER)).state == "sent" and stage.lead_of(PETER).next_due_at


def test_an_answer_in_a_closed_thread_belongs_to_the_open_matter_that_he_has(waiting):
    stage = waiting
    stage.person("Li Wei").stop_following(stage.lead_of(PETER).id)
    stage.buyer_writes(PETER, "A new project: 6205-ZZ, 3,000 pcs. What is your price?", subject="Pump project")
    stage.look()
    opened = stage.lead_of(PETER)
    stage.buyer_replies(stage.first, "And please remember the 6204-2RS of our old talk: is the price the same?")
    stage.look()
    assert len(stage.leads_of(PETER)) == 2 and (stage.lead_of(PETER).id, stage.lead_of(PETER).round) == (opened.id, 2)
    assert stage.draft_for(PETER).lead_id == opened.id


# ── addresses that do not exist ─────────────────────────────────────────────────────────────────────────────────


def test_an_address_that_the_server_refuses_is_never_written_to_again(stage):
    gone = "buyer@gone.example"
    stage.buyer_writes(gone, SHORT)
    stage.look()
    letter = stage.send(stage.draft_for(gone))
    assert letter.state == "failed" and stage.moves(letter)[-1] == "refuse" and stage.letters_at(gone) == []
    assert stage.suppressed(gone) == "hard_bounce" and stage.lead_of(gone).rest_reason == "bounced"
    (task,) = stage.tasks("bounce")
    assert gone in task["title"]
    (attempt,) = stage.ask(outbox.attempts_of, letter.id)
    assert (attempt["outcome"], attempt["smtp_code"]) == ("refuse", 550)


def test_a_hard_bounce_suppresses_and_ends(waiting):
    stage = waiting
    stage.report_comes(stage.first)
    (seen,) = stage.look()
    assert (seen.verdict.kind, seen.outcome) == ("bounce", "bounce_hard")
    assert stage.letter(stage.first.id).state == "bounced" and stage.letter(stage.follow_up.id).state == "cancelled"
    assert stage.suppressed(PETER) == "hard_bounce" and stage.lead_of(PETER).rest_reason == "bounced"
    assert len(stage.tasks("bounce")) == 1
    stage.live(until=stage.now + timedelta(days=30))
    assert len(stage.letters_at(PETER)) == 1


@pytest.fixture
def two_matters(waiting):
    """The same buyer has two matters: the answer of the new one is drafted, and the old one, which had been left, is followed up again."""
    stage = waiting
    stage.person("Li Wei").stop_following(stage.lead_of(PETER).id)
    stage.buyer_writes(PETER, "A new project: 6205-ZZ, 3,000 pcs. What is your price?", subject="Pump project")
    stage.look()
    stage.old, stage.new = stage.leads_of(PETER)
    again = e.RoundBegun(stage.old.id, stage.old.cadence, stage.old.round + 1, stage.old.step, stage.now + timedelta(days=3), "once more")
    with stage.office.ledger.transaction() as db:
        journal.record(db, [again, e.StageChanged(stage.old.id, "talking")], now=stage.now, actor="Li Wei")
    assert [lead.rest_reason for lead in stage.leads_of(PETER)] == ["", ""] and stage.draft_for(PETER).lead_id == stage.new.id
    return stage


def all_over(stage, until: timedelta) -> None:
    assert [lead.rest_reason for lead in stage.leads_of(PETER)] == ["bounced", "bounced"]
    assert [letter.recipient for letter in stage.drafts() if letter.recipient == PETER] == []
    before = len(stage.letters_at(PETER))
    stage.live(until=stage.now + until)
    assert len(stage.letters_at(PETER)) == before and stage.drafts() == []


def test_a_hard_bounce_ends_every_matter_with_him(two_matters):
    stage = two_matters
    stage.report_comes(stage.first)
    stage.look()
    all_over(stage, timedelta(days=40))


def test_a_refusal_at_the_door_ends_every_matter_with_him(two_matters):
    stage = two_matters
    waits = stage.draft_for(PETER)
    with SmtpLine(stage.mail.smtp_port, lambda m: Act("say", b"550 5.1.1 no such user") if m.phase == "rcpt" else None) as line:
        stage.send_through(line.port)
        refused = stage.send(waits)
    stage.send_through(0)
    assert refused.state == "failed" and stage.suppressed(PETER) == "hard_bounce"
    all_over(stage, timedelta(days=40))


def test_a_matter_that_rested_before_the_bounce_keeps_its_reason(two_matters):
    stage = two_matters
    stage.person("Li Wei").stop_following(stage.new.id)
    stage.report_comes(stage.first)
    stage.look()
    assert [lead.rest_reason for lead in stage.leads_of(PETER)] == ["bounced", "stopped"]


def test_he_writes_again_from_the_address_that_had_bounced_and_is_answered(waiting):
    stage = waiting
    stage.report_comes(stage.first)
    stage.look()
    stage.buyer_writes(PETER, "Our mail server was down. What about 10,000 pcs of 6204-2RS?")
    stage.look()
    assert stage.suppressed(PETER) == "" and stage.send(stage.draft_for(PETER)).state == "sent"


@pytest.mark.parametrize(
    ("action", "status", "text"),
    [
        ("delayed", "4.4.1", "421 4.4.1 connection timed out, still trying"),
        ("failed", "5.2.2", "552 5.2.2 mailbox full"),
        ("failed", "5.7.1", "554 5.7.1 blocked as spam"),
    ],
)
def test_a_soft_or_delayed_report_silences_nobody(waiting, action, status, text):
    stage = waiting
    stage.report_comes(stage.first, action=action, status=status, text=text)
    (seen,) = stage.look()
    assert seen.outcome == "bounce_soft" and stage.suppressed(PETER) == ""
    assert stage.letter(stage.first.id).state == "sent" and stage.letter(stage.follow_up.id).state == "approved"


def test_a_forged_bounce_silences_nobody(waiting):
    stage = waiting
    stage.report_comes(stage.first, message_id="invented.1@elsewhere.example")
    stage.report_comes(stage.first, recipient="somebody@else.example")
    stranger, doubtful = stage.look()
    assert stranger.outcome == "bounce_not_ours" and doubtful.outcome == "bounce_doubtful"
    assert stage.suppressed(PETER) == "" and stage.suppressed("somebody@else.example") == ""
    assert stage.letter(stage.first.id).state == "sent" and stage.letter(stage.follow_up.id).state == "approved"


def test_a_bounce_that_returns_our_own_footer_is_no_wish_to_stop(waiting):
    stage = waiting
    assert "unsubscribe" in stage.text_of(stage.follow_up).lower() or "stop" in stage.text_of(stage.follow_up).lower()
    stage.report_comes(stage.first, action="delayed", status="4.4.1", text="421 still trying; unsubscribe")
    (seen,) = stage.look()
    assert seen.verdict.kind == "bounce" and stage.suppressed(PETER) == ""


def test_his_quotation_of_our_footer_is_no_wish_to_stop(waiting):
    stage = waiting
    stage.buyer_replies(stage.first, "Please quote 30,000 pcs as well.")
    (seen,) = stage.look()
    assert seen.verdict.kind == "reply" and stage.suppressed(PETER) == ""
