"""The dates of an order as they are agreed, and again when they move: tasks, alarms, and days that cannot be."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from stage import PETER, opened, worker

from mailagent.errors import MailagentError
from mailagent.i18n import speaking
from mailagent.ledger import tasks, work
from mailagent.speech.sayings import told


def test_the_dates_of_an_order_become_tasks_and_late_ones_alarms(asked):
    lead = asked.lead_of(PETER)
    made = worker(asked).set_order(
        lead.id, {"production": date(2026, 4, 10), "delivery": date(2026, 5, 20)}, ("deposit", "lc", "own", "customer", "third_party")
    )
    due = {
        (task["kind"], task["title"], task["owner"]): tasks.due_at(task).astimezone().date().isoformat()
        for task in asked.ask(tasks.open_tasks)
    }
    days = sorted((kind, day, owner) for (kind, _, owner), day in due.items() if kind in ("deposit", "lc", "lc_check", "inspection"))
    assert made == 7
    assert ("deposit", "2026-04-09", "Li Wei") in days and ("lc", "2026-04-20", "Li Wei") in days
    assert {owner for kind, _, owner in days if kind == "lc_check"} == {"Li Wei", "Boss Zhang"}
    assert [day for kind, day, _ in days if kind == "inspection"] == ["2026-05-06", "2026-05-13", "2026-05-13"]
    # A date that moves moves what hangs on it, and nothing else.
    worker(asked).set_order(lead.id, {"delivery": date(2026, 6, 20)})
    assert len([task for task in asked.ask(tasks.open_tasks) if task["kind"] in ("deposit", "lc", "lc_check", "inspection")]) == 7
    asked.clock.jump(asked.now.replace(month=4, day=9, hour=10, minute=1))
    asked.look()
    (late,) = opened(asked, "overdue")
    assert "deposit" in late["title"] and late["owner"] == "Boss Zhang"
    assert worker(asked).set_order(lead.id, {"sample_received": date(2026, 4, 9)}) == 1
    assert opened(asked, "sample")[0]["due_at"][:10] == "2026-04-14"
    with pytest.raises(MailagentError):
        worker(asked).set_order(lead.id, {})


def test_an_order_that_is_typed_again_ends_the_old_tasks_with_their_alarms(asked):
    lead = asked.lead_of(PETER)
    worker(asked).set_order(lead.id, {"production": date(2026, 3, 12), "delivery": date(2026, 5, 20)}, ("deposit", "own"))
    asked.clock.jump(asked.now + timedelta(days=3))
    asked.look()
    (late,) = opened(asked, "overdue")
    assert "deposit" in late["title"]
    # The deposit comes later than it was thought: nobody is told any longer that the old day is over.
    worker(asked).set_order(lead.id, {"production": date(2026, 4, 10)})
    assert opened(asked, "overdue") == []
    (deposit,) = opened(asked, "deposit")
    assert deposit["due_at"].startswith("2026-04-09") and len(opened(asked, "inspection")) == 1
    asked.clock.jump(asked.now.replace(month=4, day=9, hour=10, minute=1))
    asked.look()
    assert [task["evidence"] for task in opened(asked, "overdue")] == [f"task:{deposit['id']}"]
    # Done by whatever door, its alarm ends with it; put off as well.
    worker(asked).snooze(deposit["id"], asked.now + timedelta(days=1))
    assert opened(asked, "overdue") == []
    asked.wait(days=1, hours=2)
    assert len(opened(asked, "overdue")) == 1
    worker(asked).done(deposit["id"])
    assert opened(asked, "overdue") == []


@pytest.mark.parametrize(
    ("days", "says"),
    [
        ({"production": date(2026, 4, 10), "delivery": date(2026, 4, 9)}, "before production begins on 2026-04-10"),
        ({"delivery": date(2025, 5, 20)}, "before his first mail of 2026-03-10"),
    ],
)
def test_an_order_with_impossible_days_is_refused_with_a_sentence(asked, days, says):
    lead = asked.lead_of(PETER)
    with pytest.raises(MailagentError, match=says) as refused:
        worker(asked).set_order(lead.id, days)
    with speaking("zh"):
        assert not re.search(r"[A-Za-z]{3,}", told(str(refused.value)))
    assert opened(asked, "deposit") == [] and asked.ask(work.order_dates, lead.id) == {}
    # What was agreed before counts as well.
    worker(asked).set_order(lead.id, {"production": date(2026, 4, 10)})
    with pytest.raises(MailagentError, match="before production"):
        worker(asked).set_order(lead.id, {"delivery": date(2026, 4, 1)})
