"""A plan slides and never squeezes: nobody approves, or nobody was there, and the letter leaves when it suits the buyer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from stage import SHORT

from mailagent.core.deciding import clock, obstacles

PETER = "p.klein@klein-antriebe.example.de"


@pytest.fixture
def drafted(stage):
    """A follow-up that waits for approval."""
    stage.buyer_writes(PETER, SHORT)
    stage.look()
    stage.approve_everything()
    stage.look()
    while not stage.drafts():
        assert stage.clock_to_next()
    return stage


def is_allowed(stage, letter) -> bool:
    lead = stage.lead_of(PETER)
    return obstacles.obstacle(letter.sent_at, clock.clock_of(lead, stage.office.policy), stage.office.policy) == ""


def test_what_nobody_approves_never_goes_and_slides_to_his_hours(drafted):
    stage = drafted
    letter = stage.draft_for(PETER)
    # Until a Friday evening of his, long after its time.
    buyer = clock.clock_of(stage.lead_of(PETER), stage.office.policy)
    while buyer.local(stage.now).weekday() != 4 or stage.now < letter.planned_at:
        stage.wait(days=1)
    assert stage.letter(letter.id).state == "drafted"
    stage.approve_everything()
    stage.look()
    assert stage.letter(letter.id).state == "approved"
    while stage.letter(letter.id).state == "approved":
        assert stage.clock_to_next()
    sent = stage.letter(letter.id)
    assert sent.state == "sent" and is_allowed(stage, sent) and buyer.local(sent.sent_at).weekday() in (1, 2, 3)


def test_after_weeks_of_standstill_a_step_is_planned_anew_and_says_how_late_it_is(stage):
    stage.buyer_writes(PETER, SHORT)
    stage.look()
    stage.approve_everything()
    stage.look()
    lead = stage.lead_of(PETER)
    assert lead.wanted_at and lead.next_due_at >= lead.wanted_at
    # Nobody looks for five weeks.
    stage.clock.jump(lead.next_due_at + timedelta(days=35))
    stage.look()
    while not stage.drafts():
        assert stage.clock_to_next()
    letter = stage.draft_for(PETER)
    buyer = clock.clock_of(lead, stage.office.policy)
    assert letter.planned_at >= stage.now and obstacles.obstacle(letter.planned_at, buyer, stage.office.policy) == ""
    assert any(warning.startswith("it goes ") and "days later than it was meant" in warning for warning in letter.warnings)


def test_a_place_that_is_said_between_approval_and_sending_counts_at_the_claim(drafted):
    stage = drafted
    letter = stage.draft_for(PETER)
    stage.approve_everything()
    approved = stage.letter(letter.id)
    stage.person("Li Wei").place(approved.lead_id, "NZ", "Pacific/Auckland")
    stage.clock.jump(approved.next_attempt_at + timedelta(minutes=1))
    stage.look()
    # Ten in Hamburg is night in Auckland.
    assert (stage.letter(letter.id).state, stage.letter(letter.id).state_reason) == ("approved", "outside_hours")
    while stage.letter(letter.id).state == "approved":
        assert stage.clock_to_next()
    assert is_allowed(stage, stage.letter(letter.id))
