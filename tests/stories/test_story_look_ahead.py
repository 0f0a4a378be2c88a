"""The next letter is looked at while the server thinks about the one before, and nothing that happens since is overlooked."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest
from stage import DETAILED, SHORT

from mailagent import jobs
from mailagent.core.model import events as e
from mailagent.delivery.base import Deferred, Lost
from mailagent.jobs import look_ahead, turn
from mailagent.ledger import journal, quotas
from mailagent.ledger.db import Ledger

PETER, MARIE = "p.klein@klein-antriebe.example", "m.blanc@blanc-pumps.example"


@pytest.fixture
def two(stage, monkeypatch):
    """Two approved answers to two companies; what the look ahead found, and whether the claim took it, is noted."""
    stage.set(sending={"letters": "on", "notices": "off", "pace_seconds": 0})
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.buyer_writes(MARIE, SHORT, name="Marie Blanc")
    stage.look()
    stage.approve_everything()
    stage.counted = []
    counts = turn.Seen.counts
    monkeypatch.setattr(turn.Seen, "counts", lambda seen, *more: stage.counted.append(counts(seen, *more)) or stage.counted[-1])
    return stage


def deliver(stage, after_look=lambda: None):
    """Deliver; ``after_look`` happens once, when the second letter has been looked at and the server's answer to the first is not read."""
    opened, looks = stage.office.open_transport, count()

    def open_transport(mailbox):
        transport = opened(mailbox)
        submit = transport.submit

        def submit_watched(raw, sender, recipients, before_payload, envelope_id, meanwhile):
            def look(phase):
                meanwhile(phase)
                if phase == "text" and next(looks) == 0:
                    after_look()

            return submit(raw, sender, recipients, before_payload, envelope_id, look)

        transport.submit = submit_watched
        return transport

    stage.office.open_transport = open_transport
    try:
        jobs.deliver(stage.office)
    finally:
        stage.office.open_transport = opened


def states(stage):
    return [stage.letters_to(address)[0].state for address in (PETER, MARIE)]


def test_what_was_seen_is_used_and_both_leave_with_their_own_bytes(two):
    deliver(two)
    assert two.counted == [True] and states(two) == ["sent", "sent"]
    for address in (PETER, MARIE):
        (mail,), (letter,) = two.letters_at(address), two.letters_to(address)
        assert mail["Message-ID"] == f"<{letter.message_id}>" and mail["To"].addresses[0].addr_spec == address


@pytest.mark.parametrize("by_another_process", [True, False])
def test_a_wish_for_silence_after_the_look_stops_the_letter(two, by_another_process):
    first, second = sorted((two.letters_to(address)[0] for address in (PETER, MARIE)), key=lambda one: (one.next_attempt_at, one.id))

    def wish():
        ours = two.office.ledger
        two.office.ledger = Ledger(ours.path) if by_another_process else ours
        two.person("Boss Zhang").never_write(second.recipient)
        if by_another_process:
            two.office.ledger.close()
        two.office.ledger = ours

    deliver(two, wish)
    assert (two.letter(first.id).state, two.letter(second.id).state) == ("sent", "cancelled")
    assert two.letters_at(second.recipient) == []


#: What another process may write at any moment, and where the second letter is then.
STOPS = {
    "held": (lambda letter, now: e.LeadHeld(letter.lead_id, "paused"), "held:paused"),
    "paused": (lambda letter, now: e.SendingPaused("all", "by_hand"), "paused"),
    "account": (lambda letter, now: e.SendingRested("sales", now + timedelta(hours=3), "userunknown", False, "550"), "account_rests"),
    "barred": (lambda letter, now: e.SendingRested("sales", now + timedelta(hours=3), "rate", True, "421"), "account_rests"),
    "domain": (
        lambda letter, now: e.SendingRested("@" + letter.recipient.partition("@")[2], now + timedelta(hours=3), "blocked", False, "550"),
        "domain_rests",
    ),
}


@pytest.mark.parametrize("what", STOPS)
@pytest.mark.parametrize("after_claim", [False, True])
def test_whatever_another_process_stops_after_the_look_or_the_claim_does_not_leave(two, what, after_claim):
    first, second = sorted((two.letters_to(address)[0] for address in (PETER, MARIE)), key=lambda one: (one.next_attempt_at, one.id))
    event, reason = STOPS[what]

    def stop():
        other = Ledger(two.office.ledger.path)
        with other.transaction() as db:
            journal.record(db, [event(second, two.now)], now=two.now)
        other.close()

    if after_claim:
        before_text(two, second, stop)
        jobs.deliver(two.office)
        assert two.letter(second.id).state_reason == reason
    else:
        deliver(two, stop)
    assert (two.letter(first.id).state, two.letter(second.id).state) == ("sent", "approved")
    assert two.letters_at(second.recipient) == []


def before_text(stage, letter, deed, change=lambda outcome: outcome):
    """Have something happen when the server has said 354 to a letter, or change what it answered."""
    opened = stage.office.open_transport

    def open_transport(mailbox):
        transport = opened(mailbox)
        submit = transport.submit

        def submit_watched(raw, sender, recipients, before_payload, *more):
            is_it = recipients[0] == letter.recipient
            outcome = submit(raw, sender, recipients, lambda: (deed() if is_it else None, before_payload())[1], *more)
            return change(outcome) if is_it else outcome

        transport.submit = submit_watched
        return transport

    stage.office.open_transport = open_transport


def test_a_colleague_who_gets_the_same_company_meanwhile_stops_the_letter(two):
    first, second = sorted((two.letters_to(address)[0] for address in (PETER, MARIE)), key=lambda one: (one.next_attempt_at, one.id))
    other_lead = two.letter(first.id).lead_id

    def same_company():
        other = Ledger(two.office.ledger.path)
        with other.transaction() as db:
            company = db.execute("SELECT company_id FROM leads WHERE id = ?", [second.lead_id]).fetchone()[0]
            db.execute("UPDATE leads SET company_id = ?, owner = 'Boss Zhang' WHERE id = ?", [company, other_lead])
        other.close()

    before_text(two, second, same_company)
    jobs.deliver(two.office)
    assert two.letter(second.id).state_reason == "two_of_us" and two.letters_at(second.recipient) == []
    jobs.deliver(two.office)
    assert two.letter(second.id).state == "drafted" and two.letters_at(second.recipient) == []


@pytest.mark.parametrize(
    ("said", "becomes"), [(Lost("no answer"), "in_doubt"), (Deferred(451, "4.3.0 later", "text"), "approved")], ids=["lost", "later"]
)
def test_what_was_claimed_ahead_is_given_back_where_the_letter_before_did_not_arrive(two, said, becomes):
    first, second = sorted((two.letters_to(address)[0] for address in (PETER, MARIE)), key=lambda one: (one.next_attempt_at, one.id))
    before_text(two, first, lambda: None, lambda outcome: said)
    jobs.deliver(two.office)
    assert two.counted == [True] and (two.letter(first.id).state, two.letter(second.id).state) == (becomes, "sent")
    assert two.moves(second) == ["approve", "claim", "defer", "claim", "transmit", "accept"]


def test_a_window_that_the_first_letter_fills_holds_the_second(two):
    two.set(sending={"letters": "on", "notices": "off", "pace_seconds": 0, "per_hour": 1})
    deliver(two)
    # It was not claimed ahead, and when its turn came it was not its turn.
    assert two.counted == [True] and sorted(states(two)) == ["approved", "sent"]
    assert [two.moves(two.letters_to(address)[0]) for address in (PETER, MARIE)].count(["approve"]) == 1
    # The time at which there is room is that of the letter that left, and not that of the look.
    (until, reason) = two.ask(quotas.resting, two.now)["sales"]
    sent = next(one for address in (PETER, MARIE) if (one := two.letters_to(address)[0]).state == "sent")
    assert reason == "hourly_quota" and until == sent.sent_at + timedelta(hours=1)


def test_it_counts_only_for_its_letter_in_an_untouched_ledger_and_a_moment_ago(two):
    before = turn.Seen(sight=(None, 1, 1), at=two.now, letter=two.letters_to(PETER)[0], is_free=True, raw=None)
    number = before.letter.id
    assert before.counts(number, (None, 1, 1), two.now)
    assert not before.counts(number, (None, 2, 1), two.now) and not before.counts(number, (None, 1, 2), two.now)
    assert not before.counts(number + 1, (None, 1, 1), two.now)
    late, early = two.now + turn.LASTS * 2, two.now - turn.LASTS
    assert not before.counts(number, (None, 1, 1), late) and not before.counts(number, (None, 1, 1), early)


def test_a_look_that_breaks_costs_nothing(two, monkeypatch):
    def broken(*arguments, **more):
        raise RuntimeError("this look was to break")

    monkeypatch.setattr(look_ahead, "letter_bytes", broken)
    monkeypatch.setattr(look_ahead, "send_facts", broken)
    deliver(two)
    assert two.counted == [] and states(two) == ["sent", "sent"]
