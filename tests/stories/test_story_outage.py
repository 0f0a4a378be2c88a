"""The daemon is away for a whole long weekend: what has piled up leaves spread out in the buyers' hours, never in a burst."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from played import PlayedStage
from stage import SHORT

from mailagent.core.deciding import clock, obstacles
from mailagent.ledger import leads

NUMBER = 24
HAMBURG = "Hafenstrasse 12, 20457 Hamburg, Germany\nTel. +49 40 5550 1234"


@pytest.fixture
def busy(tmp_path):
    """A good two dozen buyers who were answered and have not written since."""
    left = []
    walk = SimpleNamespace(at_the_first_byte=lambda ulid: left.append((stage.now, ulid)))
    stage = PlayedStage(walk, tmp_path)
    stage.left = left
    for number in range(NUMBER):
        stage.buyer_writes(f"buyer{number}@firm{number}.example", f"{SHORT}\nBuyer {number}\n{HAMBURG}\n", subject=f"Inquiry {number}")
    stage.look()
    stage.approve_everything()
    while len(stage.left) < NUMBER:
        stage.wait(minutes=1)
    stage.left.clear()
    yield stage
    stage._close()


def in_the_fullest_hour(stage) -> int:
    """How many letters left within one hour at most."""
    times = sorted(at for at, _ in stage.left)
    return max((sum(begin <= at < begin + timedelta(hours=1) for at in times) for begin in times), default=0)


def comes_back(stage, days: int) -> None:
    """It was away for so long; then it ticks every ten minutes until everything has left."""
    stage.clock.jump(stage.now + timedelta(days=days))
    for _ in range(6 * 24 * 12):
        stage.look()
        if not stage.rows("SELECT 1 FROM outbox WHERE state = 'approved'") or len(stage.left) >= NUMBER:
            break
        moment = stage.next_moment()
        stage.clock.jump(max(stage.now + timedelta(minutes=10), moment or stage.now))


def test_letters_that_were_approved_before_a_long_weekend_leave_ten_an_hour(busy):
    stage = busy
    while not stage.drafts():
        assert stage.clock_to_next()
    while len(stage.drafts()) < NUMBER:
        stage.wait(minutes=30)
    stage.approve_everything()
    assert stage.left == []
    comes_back(stage, 3)
    assert len(stage.left) == NUMBER and in_the_fullest_hour(stage) <= stage.office.policy.sending.catch_up_per_hour
    for at, ulid in stage.left:
        lead = stage.ask(leads.get, stage.rows("SELECT lead_id FROM outbox WHERE ulid = ?", ulid)[0]["lead_id"])
        assert obstacles.obstacle(at, clock.clock_of(lead, stage.office.policy), stage.office.policy) == ""


def test_steps_that_came_due_meanwhile_are_planned_anew_and_keep_to_what_a_person_can_write(busy):
    stage = busy
    first = stage.ask(leads.next_due)
    stage.clock.jump(first - timedelta(hours=20))
    # Three days without a tick, and everything was due in them.
    stage.clock.jump(stage.now + timedelta(days=4))
    stage.look()
    while len(stage.drafts()) < NUMBER:
        stage.wait(hours=1)
    assert all(letter.planned_at >= stage.now - timedelta(days=1) for letter in stage.drafts())
    stage.approve_everything()
    comes_back(stage, 0)
    assert len(stage.left) == NUMBER
    authors = stage.rows("SELECT author, COUNT(*) AS n FROM outbox WHERE basis = 'follow_up' GROUP BY author")
    assert in_the_fullest_hour(stage) <= stage.office.policy.sending.follow_ups_per_hour_per_person * len(authors)
