"""The rhythm is changed while follow-ups wait: each gets its time anew, once, however often we are ended in between."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from stage import Stage

from mailagent.core.deciding import cadence, clock
from mailagent.core.model import events as e
from mailagent.core.model.calendar import Window
from mailagent.errors import LedgerBusy
from mailagent.jobs import replan as job
from mailagent.ledger import journal, leads, replanning
from mailagent.ledger.db import next_id

LATE = (Window(start="14:00", end="16:00"),)
EARLY = (Window(start="09:00", end="11:00"),)


def follow_ups(stage: Stage, number: int) -> list[int]:
    """So many matters, each with a follow-up that waits for its time, in the mornings."""
    stage.set(calendar={"windows": EARLY, "jitter_minutes": 20})
    policy, now = stage.office.policy, stage.now
    (name, steps), *_ = ((name, one) for name, one in policy.cadences.items() if one.step[one.first_follow_up].do == "letter")
    step, made = steps.step[steps.first_follow_up], []
    with stage.office.ledger.transaction() as db:
        for _ in range(number):
            one = next_id(db, "leads")
            opened = [
                e.CompanyMet(one, country="DE", name=f"Klein {one}", domain=f"klein{one}.example"),
                e.ContactMet(one, one, language="en", country="DE", email=f"p@klein{one}.example", name="Peter Klein"),
                e.LeadOpened(one, one, one, 1, "mail", "en", "DE", "Boss Zhang", "in_turn", now, "Shears"),
                e.RoundBegun(one, name, 1, step.id, now + timedelta(days=6), "in a week"),
            ]
            journal.record(db, opened, now=now)
            event = cadence.replan(leads.get(db, one), policy)
            journal.record(db, [event] if event else [], now=now)
            made.append(one)
    return made


def times(stage: Stage, numbers: list[int]) -> list[datetime]:
    """The planned times, by the buyers' clock."""
    there = [stage.ask(leads.get, number) for number in numbers]
    return [clock.clock_of(lead, stage.office.policy).local(lead.next_due_at) for lead in there]


def test_a_changed_calendar_moves_every_planned_follow_up_once_though_we_are_ended_in_between(stage, monkeypatch):
    monkeypatch.setattr(job, "BATCH", 4)
    numbers = follow_ups(stage, 10)
    assert job.keep_to_rhythm(stage.office).is_done, "a ledger that has heard of no rhythm stands under the present one"
    assert {at.hour for at in times(stage, numbers)} <= {9, 10}
    assert job.keep_to_rhythm(stage.office) == job.Replanned(is_done=True)

    stage.set(calendar={"windows": LATE, "jitter_minutes": 20})
    rounds = iter((False, True))
    first = job.keep_to_rhythm(stage.office, lambda: next(rounds))
    assert (first.looked_at, first.moved, first.is_done) == (4, 4, False)
    assert [at.hour >= 14 for at in times(stage, numbers)] == [True] * 4 + [False] * 6

    # The next batch is ended in its middle: nothing of it is there, and it is begun again.
    true_note = replanning.note
    monkeypatch.setattr(replanning, "note", lambda *rest: (_ for _ in ()).throw(LedgerBusy("killed")))
    with pytest.raises(LedgerBusy):
        job._next_batch(stage.office, job.rhythm_of(stage.office.policy), 10, job.Replanned())
    monkeypatch.setattr(replanning, "note", true_note)
    assert [at.hour >= 14 for at in times(stage, numbers)] == [True] * 4 + [False] * 6

    stage.restart()
    stage.set(calendar={"windows": LATE, "jitter_minutes": 20})
    seen = []
    rest = job.replan(stage.office, saw=lambda done, total: seen.append((done, total)))
    assert (rest.looked_at, rest.moved, rest.is_done) == (6, 6, True) and seen == [(8, 10), (10, 10)]
    assert {at.hour for at in times(stage, numbers)} <= {14, 15}
    moves = stage.rows("SELECT lead_id, COUNT(*) AS times FROM events WHERE type = 'StepPlanned' AND lead_id > 0 GROUP BY lead_id")
    planned = {row["lead_id"]: row["times"] for row in moves}
    assert all(planned[number] <= 2 for number in numbers), "at first, and when the calendar was changed"
    assert job.keep_to_rhythm(stage.office) == job.Replanned(is_done=True)


def test_a_second_change_begins_anew_and_what_is_held_moves_as_well(stage, monkeypatch):
    monkeypatch.setattr(job, "BATCH", 2)
    numbers = follow_ups(stage, 4)
    job.keep_to_rhythm(stage.office)
    with stage.office.ledger.transaction() as db:
        journal.record(db, [e.LeadHeld(numbers[1], "paused", None), e.CadenceEnded(numbers[3], "rested")], now=stage.now)
    stage.set(calendar={"windows": LATE})
    rounds = iter((False, True))
    assert job.keep_to_rhythm(stage.office, lambda: next(rounds)).moved == 2
    stage.set(calendar={"windows": EARLY})
    again = job.keep_to_rhythm(stage.office)
    assert again.is_done and again.looked_at == 3
    assert {at.hour for at in times(stage, numbers[:3])} <= {9, 10}
    assert stage.ask(leads.get, numbers[3]).next_due_at is None


def test_a_matter_that_breaks_us_keeps_its_time_and_the_others_move(stage, monkeypatch):
    numbers = follow_ups(stage, 3)
    job.keep_to_rhythm(stage.office)
    before = times(stage, numbers)
    stage.set(calendar={"windows": LATE})
    true_replan = cadence.replan
    monkeypatch.setattr(cadence, "replan", lambda lead, *rest: 1 / 0 if lead.id == numbers[1] else true_replan(lead, *rest))
    assert job.keep_to_rhythm(stage.office).moved == 2
    after = times(stage, numbers)
    assert after[1] == before[1] and after[0].hour >= 14 and after[2].hour >= 14


def test_another_process_that_ended_it_ends_it_for_us_as_well(stage):
    follow_ups(stage, 2)
    stage.set(calendar={"windows": LATE})
    rhythm, done = job.rhythm_of(stage.office.policy), job.Replanned()
    with stage.office.ledger.transaction() as db:
        replanning.finish(db, rhythm, stage.now)
    job._next_batch(stage.office, rhythm, 2, done)
    assert done == job.Replanned(is_done=True)


def test_only_what_times_are_made_of_is_the_rhythm(stage):
    rhythm = job.rhythm_of(stage.office.policy)
    stage.set(sending={"per_hour": 3})
    assert job.rhythm_of(stage.office.policy) == rhythm
    stage.set(calendar={"jitter_minutes": 3})
    assert job.rhythm_of(stage.office.policy) != rhythm


def test_the_daemon_takes_a_changed_rhythm_up_by_itself(stage):
    numbers = follow_ups(stage, 3)
    stage.daemon.think()
    stage.set(calendar={"windows": LATE})
    assert {at.hour for at in times(stage, numbers)} <= {9, 10}
    stage.daemon.think()
    assert {at.hour for at in times(stage, numbers)} <= {14, 15}
    assert stage.now + timedelta(days=1) < stage.ask(leads.next_due)
