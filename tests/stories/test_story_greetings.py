"""Greetings: only where he told us his birthday, or where a customer celebrates; once, and to nobody who wants silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from stage import DETAILED, SHORT

from mailagent.errors import MailagentError
from mailagent.jobs.greet import greet

PETER, MARIE = "p.klein@klein-antriebe.example", "marie@blanc.example"


def tasks_of(stage):
    return [(task["owner"], task["title"]) for task in stage.tasks("greeting")]


def test_a_birthday_that_he_told_us_becomes_a_task_once(stage):
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.look()
    lead, day = stage.lead_of(PETER), stage.now + timedelta(days=2)
    li = stage.person("Li Wei")
    with pytest.raises(MailagentError, match="no day of the year"):
        li.note_birthday(lead.id, "31-02")
    li.note_birthday(lead.id, f"{day:%m-%d}")
    assert greet(stage.office) == 1 and greet(stage.office) == 0
    assert tasks_of(stage) == [(lead.owner, f"His birthday is on {day:%Y-%m-%d}: a greeting is worth it")]
    # The journal knows that he told us, and not the day.
    (row,) = stage.rows("SELECT body FROM events WHERE type = 'BirthdayTold'")
    assert f"{day:%m-%d}" not in row["body"]
    stage.wait(days=1)
    assert greet(stage.office) == 0
    li.note_birthday(lead.id, "")
    stage.clock.jump(stage.now + timedelta(days=364))
    assert greet(stage.office) == 0


def test_customers_are_greeted_before_their_holiday_and_others_are_not(stage):
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.buyer_writes(MARIE, SHORT)
    stage.look()
    stage.person("Boss Zhang").pin_tier(stage.lead_of(PETER).id, 1)
    stage.clock.jump(datetime(2026, 12, 20, 3, 0, tzinfo=UTC))
    assert greet(stage.office) == 0
    stage.clock.jump(datetime(2026, 12, 23, 3, 0, tzinfo=UTC))
    assert greet(stage.office) == 1 and greet(stage.office) == 0
    ((_owner, title),) = tasks_of(stage)
    assert title == "Christmas at his place on 2026-12-25: a greeting is worth it"


def test_nobody_who_asked_for_silence_is_greeted(stage):
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.look()
    lead, day = stage.lead_of(PETER), stage.now + timedelta(days=1)
    stage.person("Li Wei").note_birthday(lead.id, f"{day:%m-%d}")
    stage.person("Boss Zhang").never_write(PETER)
    assert greet(stage.office) == 0
