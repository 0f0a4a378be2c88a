"""A lead changes hands while its letter is on its way: nothing leaves under the old name that had not begun to."""

from __future__ import annotations

import pytest
from smtpline import SmtpLine
from stage import DETAILED, PETER, worker

from mailagent.delivery.base import Accepted, Withdrawn
from mailagent.jobs.deliver import Answered, Turn, begin_transmission, make_claim
from mailagent.jobs.turn import write_down
from mailagent.ledger import outbox


@pytest.fixture
def approved(stage):
    """Li Wei's answer to a buyer, approved and due."""
    stage.set(sending={"letters": "on", "notices": "off", "pace_seconds": 0})
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.look()
    stage.first = stage.approve(stage.draft_for(PETER))
    assert stage.first.author == "Li Wei"
    return stage


def hand_over(stage):
    return worker(stage, "Boss Zhang").hand_over("Li Wei", "Ana Sun")


def assign(stage):
    return worker(stage, "Boss Zhang").assign(stage.lead_of(PETER).id, "Ana Sun")


@pytest.mark.parametrize("change", [hand_over, assign])
def test_what_was_claimed_is_taken_back_and_bears_the_new_name(approved, change):
    stage = approved
    claim = make_claim(Turn(stage.office), stage.first, stage.office.policy.mailboxes[0])
    assert stage.letter(stage.first.id).state == "claimed"
    change(stage)
    assert not begin_transmission(Turn(stage.office), claim)
    with stage.office.ledger.transaction() as db:
        write_down(stage.office, db, Answered(claim, stage.office.policy.mailboxes[0], Withdrawn()))
    letter = stage.letter(stage.first.id)
    assert (letter.state, letter.author, letter.approved_by, letter.raw) == ("drafted", "Ana Sun", "", None)
    assert "Ana Sun" in letter.body and "Li Wei" not in letter.body
    (attempt,) = stage.ask(outbox.attempts_of, letter.id)
    assert attempt["outcome"] == "defer" and attempt["ended_at"]
    # Once it is approved anew it leaves, once.
    assert stage.send(letter).state == "sent"
    (posted,) = stage.posted_to(PETER)
    assert b"Ana Sun" in posted.raw and b"Li Wei" not in posted.raw


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data"])
def test_while_we_talk_to_the_server(approved, phase):
    stage, plans = approved, []

    def script(moment):
        if moment.phase == phase and not plans:
            plans.append(hand_over(stage))

    with SmtpLine(stage.mail.smtp_port, script) as line:
        stage.send_through(line.port)
        stage.look()
    stage.send_through(0)
    (plan,) = plans
    assert len(plan.approved) == 1 and plan.on_their_way == 0
    assert stage.posted_to(PETER) == [] and stage.letter(stage.first.id).state == "drafted"
    assert stage.letter(stage.first.id).author == "Ana Sun"


def test_what_has_begun_to_leave_leaves_under_the_old_name_and_is_counted(approved):
    stage = approved
    mailbox = stage.office.policy.mailboxes[0]
    claim = make_claim(Turn(stage.office), stage.first, mailbox)
    assert begin_transmission(Turn(stage.office), claim)
    plan = hand_over(stage)
    assert plan.approved == () and plan.on_their_way == 1
    with stage.office.ledger.transaction() as db:
        write_down(stage.office, db, Answered(claim, mailbox, Accepted(250, "ok", "")))
    assert stage.letter(stage.first.id).state == "sent" and stage.lead_of(PETER).owner == "Ana Sun"
