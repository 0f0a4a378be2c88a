"""An account has its measure: what waits for it waits without a word, and leaves when there is room."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailagent.ledger import quotas

PETER, MARIE = "peter.klein@klein-antriebe.example", "marie@blanc.example"
MONTH = {"letters": "on", "notices": "off", "pace_seconds": 0}


@pytest.fixture
def two(stage):
    """Two answers to two buyers, approved and due. No notice has left the mailbox: it would count."""
    stage.set(sending=MONTH)
    for buyer in (PETER, MARIE):
        stage.buyer_writes(buyer)
    stage.look()
    for buyer in (PETER, MARIE):
        stage.approve(stage.draft_for(buyer))
    return stage


def postponed(stage) -> int:
    return stage.ask(lambda db: db.execute("SELECT COUNT(*) FROM events WHERE type = 'LetterPostponed'").fetchone()[0])


def sent(stage) -> int:
    return len(stage.posted_to(PETER)) + len(stage.posted_to(MARIE))


@pytest.mark.parametrize(
    ("limit", "span"),
    [
        ({"per_hour": 1}, timedelta(hours=1)),
        ({"per_day": 1}, timedelta(days=1)),
        ({"warm_up_per_day": 1, "warm_up_growth": 0}, timedelta(days=1)),
        ({"pace_seconds": 300, "pace_jitter": 0}, timedelta(seconds=300)),
    ],
    ids=["hour", "day", "warm_up", "pace"],
)
def test_the_second_letter_leaves_when_the_window_has_room(two, limit, span):
    two.set(sending=MONTH | limit)
    two.look()
    assert sent(two) == 1
    (first,) = [letter for buyer in (PETER, MARIE) for letter in two.letters_to(buyer) if letter.state == "sent"]
    # Asked often, and after a restart, it stays as it is and nothing is written about it.
    for _ in range(3):
        two.restart()
        two.look()
    assert (sent(two), postponed(two)) == (1, 0)
    free = first.sent_at + span
    assert two.ask(quotas.resting, two.now)["sales"][0] == free and two.next_moment() <= free
    two.clock.jump(free - timedelta(seconds=1))
    two.look()
    assert sent(two) == 1
    two.clock.jump(free)
    two.look()
    assert (sent(two), postponed(two)) == (2, 0)


def test_a_pause_writes_nothing_and_its_end_wakes_everything_at_once(two):
    two.person("Boss Zhang").pause_all()
    for _ in range(4):
        two.wait(minutes=15)
    assert (sent(two), postponed(two)) == (0, 0)
    two.person("Boss Zhang").resume_all()
    two.look()
    assert sent(two) == 2
