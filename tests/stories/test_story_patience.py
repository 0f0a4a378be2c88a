"""How patient we are with an address that does not take letters; what lies in the spool; letters, clocks and answers that come late."""

from __future__ import annotations

from datetime import timedelta

import pytest
from smtpline import Act, SmtpLine
from stage import DETAILED

from mailagent import jobs
from mailagent.core.model import events as e
from mailagent.delivery.base import Accepted
from mailagent.jobs.deliver import Answered, Turn, begin_transmission, make_claim
from mailagent.jobs.turn import write_down
from mailagent.ledger import clock, journal, outbox, quotas
from mailagent.ledger.send_facts import send_facts

PETER = "p.klein@klein-antriebe.example"
PRICES_HOLD = {"validity_days": 1000}  # last year's letters would be written anew
FREE = {"letters": "on", "notices": "off", "pace_seconds": 0} | {f"follow_ups_per_{span}": 9 for span in ("day", "7_days", "30_days")}
FULL = {"status": "5.2.2", "text": "552 5.2.2 mailbox full"}


@pytest.fixture
def answered(stage):
    """A buyer who got the answer to his inquiry."""
    stage.set(sending=FREE)
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.look()
    stage.first = stage.send(stage.draft_for(PETER))
    assert stage.first.state == "sent"
    return stage


def next_letter(stage):
    """The next follow-up, sent when its time has come."""
    for _ in range(20):
        if stage.drafts():
            stage.approve_everything()
        before = len(stage.letters_at(PETER))
        assert stage.clock_to_next(), "nothing comes any more"
        if len(stage.letters_at(PETER)) > before:
            return stage.letters_to(PETER)[-1]
    raise AssertionError("no further letter left")


def bounce(stage, letter, **about):
    """What was made of a report about a letter."""
    stage.report_comes(letter, **about)
    return [seen for seen in stage.look() if seen.verdict.kind == "bounce"][-1]


# ── reasons that pass ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_full_mailbox_on_three_days_holds_his_matters_and_asks_a_person(answered):
    stage, letter = answered, answered.first
    for number in range(3):
        assert bounce(stage, letter, **FULL).outcome == "bounce_soft"
        lead = stage.lead_of(PETER)
        assert (lead.hold_reason == "soft_bounces") == (number == 2)
        if number < 2:
            letter = next_letter(stage)
    assert lead.held_until == stage.now + timedelta(days=60)
    told = [task["title"] for task in stage.tasks("bounce")]
    assert sum("does not take our letters (mailboxfull)" in title for title in told) == 1
    # He did nothing wrong: no address is silenced, and his own mail ends the hold.
    assert stage.suppressed(PETER) == ""
    stage.buyer_writes(PETER, "My mailbox was full. What about 10,000 pcs?")
    stage.look()
    assert stage.lead_of(PETER).hold_reason == "" and stage.draft_for(PETER)


def test_the_same_letter_reported_three_times_counts_once(answered):
    for _ in range(3):
        answered.report_comes(answered.first, **FULL)
        answered.wait(days=1)
    assert answered.lead_of(PETER).hold_reason == ""


def test_a_letter_that_arrived_begins_the_count_anew(answered):
    stage, locked = answered, {"status": "5.2.1", "text": "550 5.2.1 mailbox disabled"}
    bounce(stage, stage.first, **locked)
    next_letter(stage)
    # Nothing comes back of the second: after three days it has arrived, and the third is the first of a new count.
    bounce(stage, next_letter(stage), **locked)
    assert stage.lead_of(PETER).hold_reason == ""


def test_without_one_that_arrived_a_locked_mailbox_holds_after_two(answered):
    stage, locked = answered, {"status": "5.2.1", "text": "550 5.2.1 mailbox disabled"}
    bounce(stage, stage.first, **locked)
    bounce(stage, next_letter(stage), **locked)
    assert stage.lead_of(PETER).hold_reason == "soft_bounces"
    assert stage.lead_of(PETER).held_until == stage.now + timedelta(days=90)


def test_a_hold_that_cancelled_a_waiting_letter_ends_and_its_step_comes_again(answered):
    stage, locked = answered, {"status": "5.2.1", "text": "550 5.2.1 mailbox disabled"}
    second = next_letter(stage)
    while not stage.drafts():
        assert stage.clock_to_next()
    (waits,) = stage.drafts()
    bounce(stage, stage.first, **locked)
    stage.clock.jump(stage.now + timedelta(days=1))
    bounce(stage, second, **locked)
    lead = stage.lead_of(PETER)
    assert lead.hold_reason == "soft_bounces" and stage.letter(waits.id).state == "cancelled" and lead.next_due_at is None
    stage.clock.jump(lead.held_until + timedelta(hours=1))
    stage.look()
    lead = stage.lead_of(PETER)
    assert lead.hold_reason == "" and (lead.next_due_at or stage.drafts()) and lead.step == waits.step


def test_a_letter_in_doubt_counts_as_the_companys_letter_of_the_day(answered):
    stage = answered
    with SmtpLine(stage.mail.smtp_port, lambda moment: Act("drop", taken=False) if moment.phase == "dot" else None) as line:
        stage.send_through(line.port)
        while (lost := stage.letters_to(PETER)[-1]).state != "in_doubt":
            stage.approve_everything()
            assert stage.clock_to_next()
    facts = answered.ask(lambda db: send_facts(db, lost, stage.now, lambda address: "", stage.office.policy))
    assert facts.follow_ups_to_company == (1, 1, 1)


@pytest.mark.parametrize(
    "about", [{"status": "5.7.1", "text": "554 5.7.1 blocked as spam"}, {"status": "5.2.3", "text": "552 5.2.3 message too large"}]
)
def test_what_is_not_his_fault_is_not_counted_against_him(answered, about):
    stage = answered
    bounce(stage, stage.first, **about)
    for _ in range(2):
        stage.person("Boss Zhang").resume_all("all")
        bounce(stage, next_letter(stage), **about)
        assert stage.lead_of(PETER).hold_reason == "" and stage.suppressed(PETER) == ""


def test_a_report_that_blames_our_account_stops_nothing_by_itself_and_somebody_is_told(answered):
    """Anybody who got a letter of ours can write such a report."""
    seen = bounce(answered, answered.first, status="5.7.705", text="550 5.7.705 Access denied, tenant has exceeded threshold")
    assert seen.outcome == "bounce_soft" and answered.suppressed(PETER) == ""
    assert answered.ask(quotas.resting, answered.now) == {} and not answered.ask(outbox.is_paused, "sales")
    (task,) = answered.tasks("bounce")
    assert "blames our own account" in task["title"]


def test_a_domain_that_is_not_found_twice_a_day_apart_is_given_up(answered):
    gone = {"status": "5.1.2", "text": "550 5.1.2 Host unknown: domain not found"}
    assert bounce(answered, answered.first, **gone).outcome == "bounce_doubtful" and answered.suppressed(PETER) == ""
    answered.wait(hours=2)
    assert bounce(answered, answered.first, **gone).outcome == "bounce_doubtful" and answered.suppressed(PETER) == ""
    answered.wait(hours=23)
    assert bounce(answered, answered.first, **gone).outcome == "bounce_hard" and answered.suppressed(PETER) == "hard_bounce"


def test_a_report_about_a_letter_that_never_left_is_forged(stage):
    stage.set(sending=FREE)
    stage.buyer_writes(PETER, DETAILED)
    stage.look()
    assert bounce(stage, stage.draft_for(PETER)).outcome == "bounce_doubtful"
    assert stage.suppressed(PETER) == "" and stage.draft_for(PETER)
    assert "was never sent" in stage.tasks("bounce")[0]["title"]


def test_a_report_that_it_is_late_proves_that_a_letter_in_doubt_left_us(stage):
    stage.set(sending=FREE)
    stage.buyer_writes(PETER, DETAILED)
    stage.look()
    letter = stage.approve(stage.draft_for(PETER))
    with SmtpLine(stage.mail.smtp_port, lambda moment: Act("drop") if moment.phase == "dot" else None) as line:
        stage.send_through(line.port)
        jobs.deliver(stage.office)
    stage.send_through(0)
    assert stage.letter(letter.id).state == "in_doubt"
    stage.report_comes(letter, action="delayed", status="4.4.1", text="451 4.4.1 no answer yet")
    stage.look()
    assert (stage.letter(letter.id).state, stage.letter(letter.id).state_reason) == ("sent", "bounce_names_it")
    assert stage.lead_of(PETER).step == "follow_up_1" and stage.tasks("in_doubt") == []


# ── the spool ───────────────────────────────────────────────────────────────────────────────────────────────────


def spooled(stage) -> list:
    folder = stage.home / "spool"
    return sorted(folder.glob("*.eml")) if folder.exists() else []


@pytest.fixture
def off(stage):
    """Sending is off, and a follow-up that is due was approved."""
    stage.set(sending=FREE)
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.look()
    stage.send(stage.draft_for(PETER))
    while not stage.drafts():
        stage.clock_to_next()
    follow_up = stage.approve(stage.draft_for(PETER))
    stage.clock.jump(follow_up.next_attempt_at)
    stage.set(sending=FREE | {"letters": "off"})
    stage.follow_up = follow_up
    return stage


def test_what_may_go_lies_in_the_spool(off):
    jobs.deliver(off.office)
    assert len(spooled(off)) == 1 and off.letter(off.follow_up.id).state_reason == "sending_is_off"


def test_whoever_asked_for_silence_is_in_no_spool_either(off):
    with off.office.ledger.transaction() as db:
        stop = e.AddressSuppressed(77, "unsubscribe", "global", None, None, PETER, off.office.hash_address(PETER), "stop")
        journal.record(db, [stop], now=off.now)
    jobs.deliver(off.office)
    assert spooled(off) == [] and off.letter(off.follow_up.id).state == "cancelled"


def test_a_held_matter_is_in_no_spool(off):
    lead = off.lead_of(PETER)
    with off.office.ledger.transaction() as db:
        journal.record(db, [e.LeadHeld(lead.id, "bank_change")], now=off.now)
    jobs.deliver(off.office)
    letter = off.letter(off.follow_up.id)
    assert spooled(off) == [] and (letter.state, letter.state_reason) == ("approved", "held:bank_change")


def test_the_share_of_follow_ups_holds_for_the_spool(off):
    off.set(sending=FREE | {"letters": "off", "follow_ups_per_30_days": 0})
    jobs.deliver(off.office)
    letter = off.letter(off.follow_up.id)
    assert spooled(off) == [] and (letter.state, letter.state_reason) == ("approved", "follow_up_limit")


def test_mail_that_waits_to_be_read_keeps_a_follow_up_out_of_the_spool(off):
    off.buyer_writes(PETER, "Please stop, we have bought elsewhere.")
    connection = off.office.open_mailbox(off.office.policy.mailboxes[0])
    jobs.receive(off.office, off.office.policy.mailboxes[0], connection)
    connection.close()
    jobs.deliver(off.office)
    assert spooled(off) == [] and off.letter(off.follow_up.id).state_reason == "mail_waiting"


# ── the same bytes, for a while ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def deferred(stage):
    """An approved answer that the server put off once, so that its bytes are built."""
    stage.set(sending=FREE)
    stage.buyer_writes(PETER, DETAILED)
    stage.look()
    stage.answer = stage.approve(stage.draft_for(PETER))
    with SmtpLine(stage.mail.smtp_port, lambda moment: Act("say", b"451 4.3.0 later") if moment.phase == "dot" else None) as line:
        stage.send_through(line.port)
        jobs.deliver(stage.office)
    stage.send_through(0)
    stage.raw = stage.letter(stage.answer.id).raw
    assert stage.raw and stage.letter(stage.answer.id).state == "approved"
    return stage


def test_the_next_try_sends_the_same_bytes(deferred):
    deferred.wait(hours=1)
    (posted,) = deferred.posted_to(PETER)
    assert posted.raw == deferred.raw


def test_bytes_that_are_older_than_two_days_go_back_to_a_person(deferred):
    deferred.person("Boss Zhang").pause_all()
    deferred.clock.jump(deferred.now + timedelta(hours=49))
    deferred.person("Boss Zhang").resume_all()
    jobs.deliver(deferred.office)
    letter = deferred.letter(deferred.answer.id)
    assert (letter.state, letter.state_reason, letter.raw) == ("drafted", "date_too_old", None) and deferred.mail.posted == []
    (task,) = deferred.tasks("letter")
    assert "needs a new approval: date_too_old" in task["title"]
    # Approved anew it bears a new date, and its old id for life.
    deferred.approve(letter)
    jobs.deliver(deferred.office)
    (posted,) = deferred.posted_to(PETER)
    assert posted.raw != deferred.raw and letter.message_id.encode() in posted.raw


def test_a_new_approval_has_all_its_tries_again(deferred):
    with deferred.office.ledger.transaction() as db:
        journal.record(db, [e.LetterMoved(deferred.answer.id, "revise", "by_hand")], now=deferred.now)
    deferred.wait(minutes=1)
    deferred.approve(deferred.letter(deferred.answer.id))
    deferred.send_through(1)
    jobs.deliver(deferred.office)
    assert deferred.letter(deferred.answer.id).next_attempt_at == deferred.now + timedelta(minutes=5)


# ── workers that were given up, clocks that jump ────────────────────────────────────────────────────────────────


@pytest.fixture
def claimed(stage):
    """A worker that has claimed an answer."""
    stage.set(sending=FREE, catalogue=PRICES_HOLD)
    stage.buyer_writes(PETER, DETAILED)
    stage.look()
    stage.answer = stage.approve(stage.draft_for(PETER))
    stage.claim = make_claim(Turn(stage.office), stage.answer, stage.office.policy.mailboxes[0])
    return stage


def test_an_answer_that_comes_after_the_letter_was_given_up_takes_it_out_of_doubt(claimed):
    stage = claimed
    assert begin_transmission(Turn(stage.office), stage.claim)
    stage.clock.jump(stage.now + timedelta(minutes=20))
    jobs.reconcile(stage.office)
    assert stage.letter(stage.answer.id).state == "in_doubt"
    with stage.office.ledger.transaction() as db:
        write_down(stage.office, db, Answered(stage.claim, stage.office.policy.mailboxes[0], Accepted(250, "ok")))
    letter = stage.letter(stage.answer.id)
    assert (letter.state, letter.state_reason) == ("sent", "answered_late") and stage.tasks("in_doubt") == []


def test_it_does_not_speak_for_a_later_attempt(claimed):
    stage = claimed
    assert begin_transmission(Turn(stage.office), stage.claim)
    stage.clock.jump(stage.now + timedelta(minutes=20))
    jobs.reconcile(stage.office)
    stage.person("Boss Zhang").release(stage.answer.id)
    again = make_claim(Turn(stage.office), stage.letter(stage.answer.id), stage.office.policy.mailboxes[0])
    assert begin_transmission(Turn(stage.office), again)
    stage.clock.jump(stage.now + timedelta(minutes=20))
    jobs.reconcile(stage.office)
    with stage.office.ledger.transaction() as db:
        write_down(stage.office, db, Answered(stage.claim, stage.office.policy.mailboxes[0], Accepted(250, "ok")))
    assert stage.letter(stage.answer.id).state == "in_doubt"


def test_a_second_worker_gets_nothing_that_the_first_one_has(claimed):
    """The daemon's lock was bypassed: two of them run on one ledger."""
    stage = claimed
    assert make_claim(Turn(stage.office), stage.letter(stage.answer.id), stage.office.policy.mailboxes[0]) is None
    jobs.deliver(stage.office)
    assert stage.mail.posted == []
    # A third one steals the lease of the first, who wakes in the middle of it.
    stage.clock.jump(stage.now + timedelta(minutes=16))
    jobs.reconcile(stage.office)
    stolen = make_claim(Turn(stage.office), stage.letter(stage.answer.id), stage.office.policy.mailboxes[0])
    assert not begin_transmission(Turn(stage.office), stage.claim) and begin_transmission(Turn(stage.office), stolen)
    with stage.office.ledger.transaction() as db:
        write_down(stage.office, db, Answered(stage.claim, stage.office.policy.mailboxes[0], Accepted(250, "ok")))
    assert stage.letter(stage.answer.id).state == "transmitting"


def test_a_clock_that_jumps_ahead_in_the_middle_sends_nothing_twice(claimed):
    stage = claimed
    stage.clock.jump(stage.now + timedelta(days=400))
    jobs.reconcile(stage.office)
    jobs.deliver(stage.office)
    # The approval is too old by that clock: a person is asked, and the first worker may not go on.
    assert not begin_transmission(Turn(stage.office), stage.claim) and stage.mail.posted == []
    assert stage.letter(stage.answer.id).state == "drafted"


def test_a_clock_that_was_set_back_makes_nothing_wait_for_a_year(stage):
    stage.set(sending=FREE, catalogue=PRICES_HOLD)
    stage.buyer_writes(PETER, DETAILED)
    stage.look()
    right = stage.now
    stage.clock.jump(right + timedelta(days=365))
    jobs.reconcile(stage.office)
    letter = stage.approve(stage.draft_for(PETER))
    make_claim(Turn(stage.office), letter, stage.office.policy.mailboxes[0])
    with stage.office.ledger.transaction() as db:
        quotas.rest(db, "sales", stage.now + timedelta(hours=1), "hourly_quota", stage.now)
    set_back(stage, right)
    jobs.reconcile(stage.office)
    assert stage.letter(letter.id).state == "approved" and stage.ask(quotas.resting, stage.now) == {}
    stage.look()
    assert stage.letter(letter.id).state == "sent" and len(stage.posted_to(PETER)) == 1
    assert stage.ask(clock.seen) == stage.now


def test_letters_of_a_time_to_come_do_not_stop_the_account(stage):
    stage.set(sending=FREE | {"per_day": 1}, catalogue=PRICES_HOLD)
    right = stage.now
    for number in (1, 2):
        stage.buyer_writes(f"buyer{number}@firm{number}.example")
    stage.look()
    first, second = stage.drafts()
    stage.clock.jump(right + timedelta(days=365))
    jobs.reconcile(stage.office)
    assert stage.send(first).state == "sent"
    set_back(stage, right)
    stage.approve(second)
    stage.look()
    assert stage.letter(second.id).state == "sent"


def set_back(stage, moment) -> None:
    """Somebody puts the clock right; the stage's own goes forward only."""
    stage.clock.moment = moment
    assert stage.now == moment
