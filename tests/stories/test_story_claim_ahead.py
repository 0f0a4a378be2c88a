"""A run of letters has one commit a letter: it records the one before, lets this one leave and claims the one after."""

from __future__ import annotations

import resource
from contextlib import suppress
from datetime import timedelta

import pytest
from stage import DETAILED, SHORT

from mailagent import jobs
from mailagent.core.deciding.timing import BEFORE_ITS_TURN
from mailagent.core.model import events as e
from mailagent.delivery.base import Accepted, Deferred, Lost, Refused
from mailagent.errors import LedgerError
from mailagent.jobs import look_ahead
from mailagent.ledger import journal, leads, outbox, quotas
from mailagent.ledger.db import Ledger, next_id

BUYERS = ("p.klein@klein-antriebe.example", "m.blanc@blanc-pumps.example", "j.kowalski@kowalski.example", "a.rossi@rossi.example")
SENDING = {"letters": "on", "notices": "off", "pace_seconds": 0}
YES = Accepted(250, "ok")


@pytest.fixture
def four(stage):
    """Four approved answers to four companies, in the order in which they leave."""
    stage.set(sending=SENDING)
    for number, address in enumerate(BUYERS):
        stage.buyer_writes(address, SHORT if number % 2 else DETAILED, name=f"Buyer {'ABCD'[number]}")
    stage.look()
    stage.approve_everything()
    found = [stage.letters_to(address)[0] for address in BUYERS]
    stage.row = sorted(found, key=lambda one: (one.next_attempt_at, one.id))
    return stage


class Watched:
    """The real transport; ``at`` is told of each phase of each letter, and ``change`` may change an answer.

    Beside those that the transport tells there are "354", in front of the last question, "begun", behind it, and "answered".
    ``stage.meanwhile`` says others in the transport's place.
    """

    def __init__(self, real, stage, at, change):
        self.real, self.stage, self.at, self.change = real, stage, at, change

    def submit(self, raw, sender, recipients, before_payload, envelope_id, meanwhile):
        number = [letter.ulid for letter in self.stage.row].index(envelope_id)
        self.stage.meanwhile = meanwhile

        def look(phase):
            meanwhile(phase)
            self.at(number, phase)

        def ask():
            self.at(number, "354")
            may_go = before_payload()
            self.at(number, "begun")
            return may_go

        outcome = self.change(number, self.real.submit(raw, sender, recipients, ask, envelope_id, look))
        self.at(number, "answered")
        return outcome

    def close(self):
        self.real.close()


def deliver(stage, at=lambda number, phase: None, change=lambda number, outcome: outcome, **more):
    """Deliver once, watched."""
    opened = stage.office.open_transport
    stage.office.open_transport = lambda mailbox: Watched(opened(mailbox), stage, at, change)
    try:
        jobs.deliver(stage.office, **more)
    finally:
        stage.office.open_transport = opened


def once(number, phase, deed):
    """``deed`` at this phase of this letter, the first time."""
    left = [deed]
    return lambda here, what: left.pop()() if (here, what) == (number, phase) and left else None


def states(stage):
    return [stage.letter(one.id).state for one in stage.row]


def journal_of(stage):
    """(letter, verb) of every move since the approvals, in the order of the journal."""
    order = {one.id: number for number, one in enumerate(stage.row)}
    rows = stage.rows("SELECT letter_id, json_extract(body, '$.verb') AS verb FROM events WHERE type = 'LetterMoved' ORDER BY id")
    return [(order[row["letter_id"]], row["verb"]) for row in rows if row["verb"] != "approve"]


def test_one_commit_a_letter_and_every_step_in_its_order(four):
    commits = []
    connection = four.office.ledger._connection().conn
    connection.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
    deliver(four)
    connection.set_trace_callback(None)
    assert states(four) == ["sent"] * 4
    # The claim of the first and the record of the last have a commit of their own.
    assert len(commits) == 4 + 2
    expected = [(0, "claim"), (0, "transmit"), (1, "claim"), (0, "accept"), (1, "transmit"), (2, "claim"), (1, "accept"), (2, "transmit")]
    assert journal_of(four) == [*expected, (3, "claim"), (2, "accept"), (3, "transmit"), (3, "accept")]
    for letter in four.row:
        assert len(four.posted_to(letter.recipient)) == 1 and len(four.ask(outbox.attempts_of, letter.id)) == 1


def test_each_claim_and_each_transmission_is_committed_before_its_act(four):
    """Seen by somebody else's connection at the very moment."""
    seen = {}
    other = Ledger(four.office.ledger.path)

    def look(number, phase):
        with other.reading() as db:
            seen[number, phase] = [outbox.get(db, one.id).state for one in four.row]

    deliver(four, look)
    other.close()
    assert seen[1, "data"] == ["transmitting", "claimed", "approved", "approved"], "the record waits for our own work only"
    assert seen[1, "begun"] == ["sent", "transmitting", "claimed", "approved"]
    assert seen[2, "begun"] == ["sent", "sent", "transmitting", "claimed"]
    assert seen[3, "begun"] == ["sent", "sent", "sent", "transmitting"]


@pytest.mark.parametrize(
    ("said", "becomes"),
    [
        (Lost("no answer"), "in_doubt"),
        (Deferred(451, "4.3.0 later", "text"), "approved"),
        (Refused(554, "5.6.0 no", "text"), "failed"),
    ],
    ids=["lost", "later", "no"],
)
def test_where_a_letter_is_not_taken_the_next_one_is_given_back_in_the_same_commit_and_asked_anew(four, said, becomes):
    known = []
    other = Ledger(four.office.ledger.path)

    def look(number, phase):
        with other.reading() as db:
            known.append((number, phase, outbox.get(db, four.row[1].id).state, outbox.get(db, four.row[2].id).state))

    deliver(four, look, lambda number, outcome: said if number == 1 else outcome)
    other.close()
    assert states(four) == ["sent", becomes, "sent", "sent"]
    moves = journal_of(four)
    after = moves.index((1, "transmit"))
    verb = {"in_doubt": "lose", "approved": "defer", "failed": "refuse"}[becomes]
    assert moves[after - 1 : after + 5] == [(0, "accept"), (1, "transmit"), (2, "claim"), (1, verb), (2, "defer"), (2, "claim")]
    # Nobody ever saw the third claimed where the second was not taken, until it was its turn.
    assert (1, "text", "transmitting", "claimed") in known and (2, "data", becomes, "claimed") in known
    reasons = four.rows("SELECT json_extract(body, '$.reason') AS said FROM events WHERE json_extract(body, '$.verb') = 'defer'")
    assert reasons[-1]["said"] == BEFORE_ITS_TURN


def test_a_brake_that_a_letter_sets_off_holds_the_one_that_was_claimed_behind_it(four):
    refused = Refused(535, "5.7.8 no", "text", account_problem=True)
    deliver(four, change=lambda number, outcome: refused if number == 1 else outcome)
    assert four.ask(outbox.is_paused, "sales") and states(four)[2:] == ["approved", "approved"]
    assert [len(four.posted_to(one.recipient)) for one in four.row[2:]] == [0, 0]
    assert journal_of(four)[-1] == (2, "defer") and four.letter(four.row[2].id).state_reason == BEFORE_ITS_TURN


def test_when_we_are_stopped_nothing_stays_claimed(four):
    answered = []
    deliver(four, lambda number, phase: answered.append(number) if phase == "answered" else None, stop=lambda: len(answered) == 2)
    assert states(four) == ["sent", "sent", "approved", "approved"] and journal_of(four)[-2:] == [(1, "accept"), (2, "defer")]
    jobs.deliver(four.office)
    assert states(four) == ["sent"] * 4 and [len(four.posted_to(one.recipient)) for one in four.row] == [1] * 4


def test_an_unforeseen_fault_leaves_nothing_claimed_and_the_word_before_it_written_down(four):
    def broken():
        raise RuntimeError("this conversation was to break")

    deliver(four, once(1, "data", broken))
    # The letter whose conversation broke had not begun to leave.
    assert states(four) == ["sent", "approved", "sent", "sent"]
    jobs.deliver(four.office)
    assert states(four) == ["sent"] * 4 and len(four.posted_to(four.row[1].recipient)) == 1


def test_a_fault_behind_the_first_byte_is_no_claim_to_be_given_back(four):
    def broken():
        raise RuntimeError("this conversation was to break")

    deliver(four, once(1, "begun", broken))
    assert states(four) == ["sent", "transmitting", "sent", "sent"]


@pytest.mark.parametrize("phase", ["slow", "dial"])
def test_what_a_server_said_waits_for_no_server(four, phase):
    """The next letter finds no answer, or needs a connection: the record is made by itself, and all that was asked holds."""
    known, asked = [], []
    if phase == "dial":
        four.set(sending={**SENDING, "letters_per_connection": 1})
    other = Ledger(four.office.ledger.path)
    send_facts = look_ahead.send_facts

    def look(number, what):
        if phase == "slow" and what == "data":
            four.meanwhile("slow")
        if number and what == ("data" if phase == "slow" else "dial"):
            with other.reading() as db:
                known.append((number, *[outbox.get(db, one.id).state for one in four.row]))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mailagent.jobs.claim.send_facts", lambda *more, **named: asked.append(more[1].id) or send_facts(*more, **named))
        deliver(four, look)
    other.close()
    assert states(four) == ["sent"] * 4
    assert [found[1 : found[0] + 2] for found in dict.fromkeys(known)] == [
        ("sent", "claimed"), ("sent", "sent", "claimed"), ("sent", "sent", "sent", "claimed")
    ]  # fmt: skip
    # Only the first letter was asked about by a claim of its own: what was seen of the others held.
    assert asked == [four.row[0].id]


@pytest.mark.parametrize("comes", ["before the record", "after the record"])
def test_what_others_write_around_a_record_in_silence_is_seen_before_the_text(four, comes):
    """Only our own writing lets the answers hold that the claim got."""
    other = Ledger(four.office.ledger.path)

    def wish():
        mine, four.office.ledger = four.office.ledger, other
        for letter in four.row[1:3]:
            four.person("Boss Zhang").never_write(letter.recipient)
        four.office.ledger = mine

    def both():
        deeds = [wish, lambda: four.meanwhile("slow")]
        for deed in deeds if comes == "before the record" else reversed(deeds):
            deed()

    deliver(four, once(1, "data", both))
    other.close()
    assert states(four) == ["sent", "cancelled", "cancelled", "sent"]
    assert [len(four.posted_to(one.recipient)) for one in four.row] == [1, 0, 0, 1]


def test_the_record_is_made_where_no_354_comes(four):
    class Deaf(Watched):
        def submit(self, raw, sender, recipients, before_payload, envelope_id, meanwhile):
            if envelope_id == four.row[1].ulid:
                return Deferred(451, "4.3.0 later", "mail")
            return super().submit(raw, sender, recipients, before_payload, envelope_id, meanwhile)

    opened = four.office.open_transport
    four.office.open_transport = lambda mailbox: Deaf(opened(mailbox), four, lambda *_: None, lambda number, outcome: outcome)
    jobs.deliver(four.office)
    assert states(four) == ["sent", "approved", "sent", "sent"]
    moves = journal_of(four)
    assert moves[3:6] == [(0, "accept"), (1, "defer"), (2, "claim")]


@pytest.mark.parametrize("trouble", ["silence", "reply"])
def test_what_is_written_while_a_letter_is_on_the_wire_stops_the_one_that_is_claimed_and_the_one_after_it(four, trouble):
    def strike():
        for letter in four.row[1:3]:
            if trouble == "silence":
                four.person("Boss Zhang").never_write(letter.recipient)
            else:
                four.buyer_writes(letter.recipient, "Sorry, I meant 6205-ZZ, 10,000 pcs.")
        if trouble == "reply":
            jobs.receive(four.office, four.office.policy.mailboxes[0], four.connection)
            jobs.handle(four.office)

    # The second is claimed, the third was looked at.
    deliver(four, once(0, "text", strike))
    assert [four.letter(one.id).state for one in four.row] == ["sent", "cancelled", "cancelled", "sent"]
    assert [len(four.posted_to(one.recipient)) for one in four.row] == [1, 0, 0, 1]
    assert journal_of(four).count((1, "withdraw")) == 1


def test_what_follows_of_a_letter_is_found_out_anew_where_somebody_has_written_since(four):
    """It was worked out while the server thought about the next one; then a colleague stops the matter."""
    lead = four.row[0].lead_id

    def stop():
        other = Ledger(four.office.ledger.path)
        with other.transaction() as db:
            journal.record(db, [e.CadenceEnded(lead, "stopped")], now=four.now)
        other.close()

    deliver(four, once(1, "354", stop))
    stopped, going_on = (four.ask(leads.get, four.row[number].lead_id) for number in (0, 1))
    assert states(four) == ["sent"] * 4
    assert (stopped.rest_reason, stopped.next_due_at, stopped.step) == ("stopped", None, "answer")
    assert (going_on.rest_reason, going_on.step) == ("", "follow_up_1") and going_on.next_due_at is not None


@pytest.mark.parametrize("most", [1, 2, 3])
def test_a_limit_counts_the_letters_that_are_on_their_way_and_claimed(four, most):
    four.set(sending={**SENDING, "per_hour": most})
    deliver(four)
    assert states(four) == ["sent"] * most + ["approved"] * (4 - most)
    assert (most, "claim") not in journal_of(four) and four.ask(quotas.resting, four.now)["sales"][1] == "hourly_quota"


def test_letters_to_one_company_are_not_claimed_behind_each_other(four):
    first, second = (four.letter(one.id).lead_id for one in four.row[:2])
    with four.office.ledger.transaction() as db:
        db.execute("UPDATE leads SET company_id = (SELECT company_id FROM leads WHERE id = ?) WHERE id = ?", [first, second])
    deliver(four)
    moves = journal_of(four)
    assert states(four) == ["sent"] * 4 and moves.index((1, "claim")) > moves.index((0, "accept"))


@pytest.mark.parametrize("jump", [timedelta(seconds=3), timedelta(minutes=-5)])
def test_a_claim_that_became_old_while_the_server_thought_is_given_back_and_asked_anew(four, jump):
    deliver(four, once(0, "text", lambda: setattr(four.clock, "moment", four.clock.moment + jump)))
    moves = journal_of(four)
    assert states(four) == ["sent"] * 4
    assert moves[:6] == [(0, "claim"), (0, "transmit"), (1, "claim"), (0, "accept"), (1, "defer"), (1, "claim")]
    # Behind such a server no further letter is claimed before its turn.
    assert moves.index((2, "claim")) > moves.index((1, "accept"))


def test_a_claim_given_back_was_no_try_and_makes_nobody_late(four):
    deliver(four, change=lambda number, outcome: Deferred(451, "4.3.0 later", "text") if number == 1 else outcome, stop=lambda: False)
    given_back, put_off = four.row[2], four.row[1]
    assert four.ask(outbox.tries, four.letter(given_back.id)) == four.ask(outbox.tries, four.letter(put_off.id)) == 1
    (first, second) = four.ask(outbox.attempts_of, given_back.id)
    assert (first["outcome"], first["smtp_code"], second["outcome"]) == ("defer", None, "accept")


def test_what_a_letter_waited_for_is_still_known_when_it_is_given_back(four):
    with four.office.ledger.transaction() as db:
        db.execute("UPDATE outbox SET state_reason = 'outside_hours' WHERE id = ?", [four.row[1].id])
    answered = []
    deliver(four, lambda number, phase: answered.append(number) if phase == "answered" else None, stop=lambda: bool(answered))
    letter = four.letter(four.row[1].id)
    assert (letter.state, letter.state_reason, letter.next_attempt_at) == ("approved", "outside_hours", four.row[1].next_attempt_at)


def test_a_full_disk_in_front_of_the_second_text_keeps_the_first_answer_and_sends_nothing_more(four):
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    with pytest.raises(LedgerError), suppress(KeyError):
        try:
            deliver(four, once(1, "354", lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, usual[1]))))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert states(four) == ["transmitting", "claimed", "approved", "approved"] and len(four.office.unrecorded) == 1
    assert [len(four.posted_to(one.recipient)) for one in four.row] == [1, 0, 0, 0]
    jobs.deliver(four.office)
    assert states(four) == ["sent", "claimed", "sent", "sent"] and four.office.unrecorded == []
    four.clock.jump(four.now + timedelta(minutes=16))
    jobs.reconcile(four.office)
    jobs.deliver(four.office)
    assert states(four) == ["sent"] * 4 and [len(four.posted_to(one.recipient)) for one in four.row] == [1] * 4


def test_a_disk_that_is_full_for_the_record_alone_does_not_end_the_conversation(four):
    """It can be written again in front of the text, and then all of it is."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)

    def full():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, usual[1]))
        try:
            four.meanwhile("slow")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, usual)

    deliver(four, once(1, "data", full))
    assert states(four) == ["sent"] * 4 and [len(four.posted_to(one.recipient)) for one in four.row] == [1] * 4
    assert four.tasks("in_doubt") == []


def test_a_second_worker_that_takes_a_letter_first_has_it(four):
    """It claims the third letter while the second is claimed by us: we do not."""
    other = Ledger(four.office.ledger.path)

    def take():
        with other.transaction() as db:
            lease, attempt_id = four.now + timedelta(minutes=15), next_id(db, "attempts")
            move = e.LetterMoved(four.row[2].id, "claim", attempt_id=attempt_id, lease_until=lease, raw=b"x: y\r\n\r\n")
            journal.record(db, [move], now=four.now, actor="another")

    deliver(four, once(1, "data", take))
    other.close()
    assert states(four) == ["sent", "sent", "claimed", "sent"] and four.posted_to(four.row[2].recipient) == []
