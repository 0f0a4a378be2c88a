"""At most once: the line breaks, the process dies, the world changes while a letter is on its way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from proxy import Fault, Proxy
from stage import DETAILED, SALES

from mailagent import jobs
from mailagent.core.model import events as e
from mailagent.errors import IllegalMove
from mailagent.jobs.deliver import Claim, Turn, begin_transmission, make_claim
from mailagent.ledger import journal, outbox

PETER = "p.klein@klein-antriebe.example"
#: The server takes the letter, and its answer is lost on the way.
ANSWER_LOST = Fault("server", b"queued as", "cut", pass_on=False)
#: The line breaks in the middle of the text, before the last dot.
TEXT_CUT = Fault("client", b"Message-ID: <fu.", "reset", pass_on=False)


@pytest.fixture
def approved(stage):
    """An answer to a buyer that is approved and was not tried yet. Notices are off: they would use the bad line first."""
    stage.set(sending={"letters": "on", "notices": "off", "pace_seconds": 0})
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.look()
    stage.answer = stage.approve(stage.draft_for(PETER))
    return stage


def in_doubt(stage, fault):
    """The letter is handed over through a bad line."""
    with Proxy(stage.mail.smtp_port, fault) as line:
        stage.send_through(line.port)
        jobs.deliver(stage.office)
        assert line.struck.is_set()
    stage.send_through(0)
    letter = stage.letter(stage.answer.id)
    assert letter.state == "in_doubt" and stage.moves(letter) == ["approve", "claim", "transmit", "lose"]
    (task,) = stage.tasks("in_doubt")
    assert f"letter {letter.id}" in task["title"] and task["owner"] == "Li Wei"
    return letter


def test_a_letter_whose_answer_was_lost_is_in_doubt_and_never_sent_again_by_itself(approved):
    stage = approved
    in_doubt(stage, ANSWER_LOST)
    assert len(stage.letters_at(PETER)) == 1
    stage.live(until=stage.now + timedelta(days=14), approving=False)
    assert stage.letter(stage.answer.id).state == "in_doubt" and len(stage.letters_at(PETER)) == 1
    assert len(stage.tasks("in_doubt")) == 1 and stage.lead_of(PETER).next_due_at is None


def test_a_letter_in_doubt_that_lies_in_sent_was_sent_and_the_wait_begins(approved):
    stage = approved
    letter = in_doubt(stage, ANSWER_LOST)
    stage.mail.deliver(SALES, letter.raw, "Sent", ("\\Seen",), stage.now)
    stage.wait(minutes=5)
    letter = stage.letter(letter.id)
    assert (letter.state, letter.state_reason, letter.filed) == ("sent", "seen_in_sent", "provider")
    assert stage.tasks("in_doubt") == [] and len(stage.letters_at(PETER)) == 1
    lead = stage.lead_of(PETER)
    assert lead.step == "follow_up_1" and lead.next_due_at > stage.now


def test_the_buyers_answer_proves_that_it_arrived(approved):
    stage = approved
    letter = in_doubt(stage, ANSWER_LOST)
    stage.buyer_replies(letter, "Thank you, what is the price for 40,000 pcs?")
    stage.look()
    assert stage.letter(letter.id).state == "sent" and stage.tasks("in_doubt") == []
    assert stage.draft_for(PETER).round == 2


def test_an_absence_note_proves_it_too_and_the_cadence_goes_on_after_it(approved):
    stage = approved
    letter = in_doubt(stage, ANSWER_LOST)
    stage.buyer_replies(letter, "I am out of the office until 16 March 2026.", headers={"Auto-Submitted": "auto-replied"})
    stage.look()
    assert stage.letter(letter.id).state == "sent"
    lead = stage.lead_of(PETER)
    assert lead.hold_reason == "out_of_office" and lead.step == "follow_up_1" and lead.next_due_at


def test_a_bounce_proves_that_it_left_and_came_back(approved):
    stage = approved
    letter = in_doubt(stage, ANSWER_LOST)
    stage.report_comes(letter)
    stage.look()
    assert stage.letter(letter.id).state == "bounced" and stage.suppressed(PETER) == "hard_bounce" and stage.tasks("in_doubt") == []


def test_a_person_who_has_looked_releases_the_same_bytes(approved):
    stage = approved
    letter = in_doubt(stage, TEXT_CUT)
    assert stage.letters_at(PETER) == []
    stage.person("Li Wei").release(letter.id)
    assert stage.tasks("in_doubt") == []
    stage.wait(minutes=1)
    assert stage.letter(letter.id).state == "sent"
    (posted,) = stage.posted_to(PETER)
    assert posted.raw == letter.raw == stage.letter(letter.id).raw
    assert len(stage.ask(outbox.attempts_of, letter.id)) == 2


def test_a_person_who_knows_that_it_arrived_confirms_it(approved):
    stage = approved
    letter = in_doubt(stage, ANSWER_LOST)
    stage.person("Li Wei").confirm(letter.id)
    stage.wait(minutes=1)
    assert stage.letter(letter.id).state == "sent" and len(stage.letters_at(PETER)) == 1
    assert stage.lead_of(PETER).step == "follow_up_1" and stage.tasks("in_doubt") == []


@pytest.mark.parametrize("words", [b"RCPT TO", b"DATA\r\n"])
def test_a_line_that_breaks_before_the_text_is_tried_again_later(approved, words):
    stage = approved
    with Proxy(stage.mail.smtp_port, Fault("client", words, "reset", pass_on=False)) as line:
        stage.send_through(line.port)
        jobs.deliver(stage.office)
        assert line.struck.is_set()
    stage.send_through(0)
    letter = stage.letter(stage.answer.id)
    assert letter.state == "approved" and letter.next_attempt_at == stage.now + timedelta(minutes=5)
    stage.wait(minutes=4)
    assert stage.letters_at(PETER) == []
    stage.wait(minutes=2)
    assert stage.letter(letter.id).state == "sent" and len(stage.letters_at(PETER)) == 1


def test_a_server_that_is_away_is_tried_six_times_and_then_a_person_must_look(approved):
    stage = approved
    stage.send_through(1)
    spans = []
    for _ in range(6):
        stage.clock.jump(stage.letter(stage.answer.id).next_attempt_at)
        before = stage.now
        jobs.deliver(stage.office)
        letter = stage.letter(stage.answer.id)
        spans.append(letter.next_attempt_at - before if letter.next_attempt_at else None)
    assert spans == [timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(hours=12), None]
    assert (letter.state, letter.state_reason, letter.approved_by) == ("drafted", "tried_too_often", "")


# ── the process dies, the worker sleeps ─────────────────────────────────────────────────────────────────────────


def claim(stage) -> Claim:
    made = make_claim(Turn(stage.office), stage.answer, stage.office.policy.mailboxes[0])
    assert stage.letter(stage.answer.id).state == "claimed"
    return made


def test_a_worker_that_died_before_the_text_frees_the_letter_when_its_lease_is_over(approved):
    stage = approved
    claim(stage)
    stage.restart()
    stage.wait(minutes=14)
    assert stage.letter(stage.answer.id).state == "claimed" and stage.letters_at(PETER) == []
    stage.wait(minutes=2)
    assert stage.letter(stage.answer.id).state == "sent" and len(stage.letters_at(PETER)) == 1


def test_letters_leave_only_from_a_mailbox_that_was_just_looked_at(approved):
    """A colleague's answer in Sent wakes nobody: before a letter goes, somebody must have looked."""
    stage = approved
    assert jobs.deliver(stage.office, fresh=set()) == {"sales"}
    assert stage.letter(stage.answer.id).state == "approved" and stage.letters_at(PETER) == []
    assert jobs.deliver(stage.office, fresh={"sales"}) == set()
    assert stage.letter(stage.answer.id).state == "sent"


def test_a_daemon_that_starts_anew_does_not_wait_for_the_lease_of_its_dead_predecessor(approved):
    stage = approved
    claim(stage)
    stage.restart()
    assert jobs.reconcile(stage.office, after_restart=True) == 1
    stage.look()
    assert stage.letter(stage.answer.id).state == "sent" and len(stage.letters_at(PETER)) == 1


def test_a_worker_that_died_during_the_text_leaves_it_in_doubt(approved):
    stage = approved
    assert begin_transmission(Turn(stage.office), claim(stage))
    stage.restart()
    stage.wait(minutes=12)
    assert (stage.letter(stage.answer.id).state, stage.letter(stage.answer.id).state_reason) == ("in_doubt", "lease_over")
    stage.wait(days=1)
    assert stage.letter(stage.answer.id).state == "in_doubt" and stage.letters_at(PETER) == [] and len(stage.tasks("in_doubt")) == 1


def test_a_worker_that_wakes_up_late_moves_nothing(approved):
    stage = approved
    asleep = claim(stage)
    stage.clock.jump(stage.now + timedelta(minutes=20))
    jobs.reconcile(stage.office)
    awake = make_claim(Turn(stage.office), stage.letter(stage.answer.id), stage.office.policy.mailboxes[0])
    assert awake.attempt_id != asleep.attempt_id and awake.raw == asleep.raw
    assert not begin_transmission(Turn(stage.office), asleep)
    for verb in ("transmit", "accept", "defer", "refuse", "withdraw"):
        with pytest.raises(IllegalMove), stage.office.ledger.transaction() as db:
            journal.record(db, [e.LetterMoved(stage.answer.id, verb, attempt_id=asleep.attempt_id)], now=stage.now)
    assert begin_transmission(Turn(stage.office), awake)
    assert stage.letter(stage.answer.id).state == "transmitting"


# ── between the approval and the first byte ─────────────────────────────────────────────────────────────────────


def when_the_server_says_354(stage, happens) -> None:
    """Deliver, and let something happen in the moment between the server's 354 and our first byte."""
    opened = stage.office.open_transport

    def open_transport(mailbox):
        transport = opened(mailbox)
        submit = transport.submit

        def submit_meanwhile(raw, sender, recipients, before_payload, envelope_id, meanwhile):
            def ask():
                happens()
                return before_payload()

            return submit(raw, sender, recipients, ask, envelope_id, meanwhile)

        transport.submit = submit_meanwhile
        return transport

    stage.office.open_transport = open_transport
    jobs.deliver(stage.office)
    stage.office.open_transport = opened


def test_a_wish_for_silence_that_comes_after_354_stops_the_text(approved):
    stage = approved
    when_the_server_says_354(stage, lambda: stage.person("Boss Zhang").never_write(PETER))
    letter = stage.letter(stage.answer.id)
    assert (letter.state, letter.state_reason) == ("cancelled", "suppressed:manual")
    assert stage.moves(letter) == ["approve", "claim", "withdraw"] and stage.mail.posted == []


def test_a_copy_that_may_not_go_any_more_after_354_stops_the_text_and_the_letter_waits_for_a_person(stage):
    copied = "k.ende@klein-antriebe.example"
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein", headers={"Cc": copied})
    stage.look()
    answer = stage.approve(stage.draft_for(PETER))
    when_the_server_says_354(stage, lambda: stage.person("Boss Zhang").never_write(copied))
    letter = stage.letter(answer.id)
    assert (letter.state, letter.cc, letter.raw) == ("drafted", (), None) and stage.letters_at(PETER) == []
    assert stage.moves(letter) == ["approve", "claim", "defer", "revise"] and len(stage.tasks("letter")) == 1
    assert stage.send(letter).state == "sent" and stage.letters_at(copied) == []


def test_a_reply_that_is_read_after_354_stops_the_text(approved):
    stage = approved

    def he_writes_again():
        stage.buyer_writes(PETER, "Sorry, I meant 6205-ZZ, 10,000 pcs.")
        jobs.receive(stage.office, stage.office.policy.mailboxes[0], stage.connection)
        jobs.handle(stage.office)

    when_the_server_says_354(stage, he_writes_again)
    letter = stage.letter(stage.answer.id)
    assert (letter.state, letter.state_reason) == ("cancelled", "buyer_wrote") and stage.letters_at(PETER) == []
    stage.look()
    assert stage.draft_for(PETER).round == 2


def test_a_stop_by_hand_after_354_stops_the_text_of_an_answer_too(approved):
    stage = approved
    when_the_server_says_354(stage, lambda: stage.person("Boss Zhang").stop_following(stage.lead_of(PETER).id))
    letter = stage.letter(stage.answer.id)
    assert (letter.state, letter.state_reason) == ("cancelled", "ended:stopped") and stage.mail.posted == []


def test_mail_that_is_fetched_while_a_follow_up_is_handed_over_stops_the_text(approved):
    """Another thread fetches while this one sends; what it kept cannot be handled before, so it is asked for."""
    stage = approved
    stage.look()
    while not stage.drafts():
        stage.clock_to_next()
    follow_up = stage.approve(stage.draft_for(PETER))
    stage.clock.jump(follow_up.next_attempt_at)

    def he_writes_again():
        stage.buyer_writes(PETER, "Please stop, we have bought elsewhere.")
        jobs.receive(stage.office, stage.office.policy.mailboxes[0], stage.connection)

    when_the_server_says_354(stage, he_writes_again)
    letter = stage.letter(follow_up.id)
    assert (letter.state, letter.state_reason) == ("approved", "mail_waiting") and len(stage.letters_at(PETER)) == 1
    stage.wait(minutes=2)
    assert stage.letter(follow_up.id).state == "cancelled" and len(stage.letters_at(PETER)) == 1


def test_a_pause_of_all_after_354_puts_the_letter_back(approved):
    stage = approved
    when_the_server_says_354(stage, lambda: stage.person("Boss Zhang").pause_all())
    assert stage.letter(stage.answer.id).state == "approved" and stage.letters_at(PETER) == []
    stage.person("Boss Zhang").resume_all()
    stage.wait(minutes=11)
    assert stage.letter(stage.answer.id).state == "sent" and len(stage.letters_at(PETER)) == 1


def test_a_pause_of_the_lead_after_354_puts_the_letter_back_too(approved):
    stage = approved
    lead = stage.lead_of(PETER)
    when_the_server_says_354(stage, lambda: stage.person("Boss Zhang").pause(lead.id))
    assert stage.letter(stage.answer.id).state == "approved" and stage.letters_at(PETER) == []


def test_a_suppression_in_the_claim_cancels_and_ends(approved):
    stage = approved
    with stage.office.ledger.transaction() as db:
        hashed = stage.office.hash_address(PETER)
        journal.record(db, [e.AddressSuppressed(99, "legal", "global", None, None, PETER, hashed)], now=stage.now)
    stage.look()
    assert stage.letter(stage.answer.id).state_reason == "suppressed:legal" and stage.lead_of(PETER).rest_reason == "suppressed:legal"
    assert stage.letters_at(PETER) == []


def test_a_wrong_password_pauses_the_account_and_tells_the_manager(approved):
    stage = approved
    stage.office.settings = replace(stage.office.settings, passwords={"MAILAGENT_SALES_PASSWORD": "no"})
    jobs.deliver(stage.office)
    letter = stage.letter(stage.answer.id)
    assert letter.state == "approved" and stage.letters_at(PETER) == []
    (task,) = stage.tasks("account")
    assert task["owner"] == "" and "535" in str(stage.ask(outbox.attempts_of, letter.id)[0]["smtp_code"])
    jobs.deliver(stage.office)
    assert len(stage.ask(outbox.attempts_of, letter.id)) == 1


# ── notices to our own people ───────────────────────────────────────────────────────────────────────────────────


def test_a_notice_in_doubt_is_let_go_after_a_day_and_bothers_nobody(stage):
    stage.set(sending={"letters": "on", "pace_seconds": 0})
    stage.buyer_writes(PETER, DETAILED)
    with Proxy(stage.mail.smtp_port, ANSWER_LOST) as line:
        stage.send_through(line.port)
        stage.look()
        assert line.struck.is_set()
    stage.send_through(0)
    (notice,) = stage.ask(outbox.in_doubt)
    assert notice.basis == "notice" and stage.tasks("in_doubt") == []
    stage.wait(hours=23)
    assert stage.letter(notice.id).state == "in_doubt"
    stage.wait(hours=2)
    assert (stage.letter(notice.id).state, stage.letter(notice.id).state_reason) == ("cancelled", "notice_given_up")
