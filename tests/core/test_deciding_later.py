"""The day that a buyer names for "later", and the tasks that our own promises become."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from messages import NOON, bearing_policy, mail

from mailagent.core.deciding import cadence
from mailagent.core.deciding.case import Case
from mailagent.core.deciding.inbound import decide
from mailagent.core.deciding.prediction import in_follow_up, numbers
from mailagent.core.model import events as e
from mailagent.core.model.message import Verdict
from mailagent.core.reading import facts
from mailagent.core.scoring.score import score


def decided(words: str, kind: str = "reply", **more):
    policy = bearing_policy()
    message = mail(words, in_reply_to=("x@ours.example",), **more)
    known = in_follow_up(message, policy)
    found = facts.find(message, policy) if kind == "reply" else facts.promised(message, policy)
    graded = score(found, message, known, policy) if kind == "reply" else None
    case = Case(1, message, Verdict(kind, "a test"), found, graded, known, policy, numbers(), str, NOON, NOON.replace(year=2025))
    return decide(case).events, known


@pytest.mark.parametrize(
    ("words", "until"),
    [
        ("Not now, please come back to us after March.", datetime(2026, 4, 1, tzinfo=UTC)),
        ("Not now please. Contact me again on Monday, 20 April 2026.", datetime(2026, 4, 20, tzinfo=UTC)),
        ("Not now, budget is closed. Write to us again on Friday 24 April.", datetime(2026, 4, 24, tzinfo=UTC)),
        ("Le projet glisse : revenez vers nous le lundi 20 avril 2026, d'ici là inutile de relancer.", datetime(2026, 4, 20, tzinfo=UTC)),
        ("Let us talk again after Easter.", datetime(2026, 4, 7, tzinfo=UTC)),
        ("Le projet glisse : revenez vers nous après Pâques, d'ici là inutile de relancer.", datetime(2026, 4, 7, tzinfo=UTC)),
    ],
)
def test_later_waits_for_the_day_he_named(words, until):
    events, _ = decided(words)
    named = [one for one in events if isinstance(one, e.DateNamed)]
    assert [abs(one.until - until).days for one in named] == [0]
    assert "later" in [one.cadence for one in events if isinstance(one, e.RoundBegun)]


@pytest.mark.parametrize("words", ["Not now, we have enough stock.", "Please quote 6204 by Friday, we order after Easter. Any stock?"])
def test_no_day_is_made_up_and_who_asks_is_answered(words):
    events, _ = decided(words)
    assert not [one for one in events if isinstance(one, e.DateNamed)]


def test_the_next_follow_up_comes_on_the_named_day():
    policy = bearing_policy()
    _, known = decided("Not now.")
    until = datetime(2026, 6, 1, tzinfo=UTC)
    lead = replace(known.thread_lead, cadence="later", step="answer", held_until=until)
    planned = cadence.after_step(lead, "answer", NOON, policy)
    assert 0 <= (planned.due_at - until).days <= 4
    assert planned.reason.startswith("he named this day")
    held = cadence.after_step(replace(lead, hold_reason="paused"), "answer", NOON, policy)
    assert not held.reason.startswith("he named this day")


def test_a_dated_promise_in_our_own_letter_is_a_task():
    events, _ = decided("Dear Ann, we will send you the drawings by Friday.", kind="own", folder_role="sent")
    tasks = [one for one in events if isinstance(one, e.TaskOpened)]
    assert [(task.kind, task.due_at.date().isoformat()) for task in tasks] == [("promise", "2026-03-06")]
    assert "drawings" in tasks[0].evidence
