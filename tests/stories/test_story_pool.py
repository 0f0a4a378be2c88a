"""Leads that nobody touches: who is told, who decides, and what becomes of their letters."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from rich.console import Console
from stage import PETER, opened, worker

from mailagent.core.model import events as e
from mailagent.errors import MailagentError
from mailagent.jobs.pool import watch_untouched
from mailagent.ledger import journal, leads, tasks
from mailagent.ledger.db import next_id
from mailagent.terminal.screens import tasks_table


def test_an_untouched_lead_warns_then_asks_and_never_goes_by_itself(asked):
    with asked.office.ledger.transaction() as db:
        db.execute("UPDATE leads SET tier = 3")
    lead = asked.lead_of(PETER)
    asked.clock.jump(asked.now + timedelta(days=29))
    assert watch_untouched(asked.office) == 0
    asked.clock.jump(asked.now + timedelta(days=2))
    assert watch_untouched(asked.office) == 1 and watch_untouched(asked.office) == 0
    assert opened(asked, "untouched")[0]["owner"] == "Li Wei"
    asked.clock.jump(asked.now + timedelta(days=4))
    assert watch_untouched(asked.office) == 1
    (question,) = opened(asked, "to_pool")
    assert question["owner"] == "Boss Zhang" and asked.lead_of(PETER).owner == "Li Wei"
    with pytest.raises(MailagentError, match="Only the manager"):
        worker(asked).decide_pool(question["id"], True)
    worker(asked, "Boss Zhang").decide_pool(question["id"], True)
    after = asked.ask(leads.get, lead.id)
    assert after.owner == "" and asked.drafts() == [] and opened(asked, "untouched") == []
    assert after.next_due_at is not None, "the letter that it waited for was cancelled; its step comes again"
    worker(asked, "Ana Sun").assign(lead.id, "Ana Sun")
    assert asked.lead_of(PETER).owner == "Ana Sun"


def test_a_follow_up_that_is_cancelled_with_the_pool_is_planned_again(asked):
    asked.send(asked.drafts()[0])
    asked.clock_to_next()
    (waits,) = asked.drafts()
    assert waits.basis == "follow_up"
    lead = asked.lead_of(PETER)
    with asked.office.ledger.transaction() as db:
        number = next_id(db, "tasks")
        journal.record(db, [e.TaskOpened(number, lead.id, "to_pool", "Boss Zhang", asked.now, "does it return?")], now=asked.now)
    worker(asked, "Boss Zhang").decide_pool(number, True)
    after = asked.ask(leads.get, lead.id)
    assert asked.letter(waits.id).state == "cancelled" and after.step == waits.step and after.next_due_at > asked.now


def test_a_talk_takes_the_warning_off_and_tier_one_is_never_warned_of(asked):
    with asked.office.ledger.transaction() as db:
        db.execute("UPDATE leads SET tier = 3")
    asked.clock.jump(asked.now + timedelta(days=31))
    assert watch_untouched(asked.office) == 1
    asked.clock.jump(asked.now + timedelta(hours=1))
    worker(asked).log_talk(asked.lead_of(PETER).id, "visit", "visited him")
    assert watch_untouched(asked.office) == 0 and opened(asked, "untouched") == []
    with asked.office.ledger.transaction() as db:
        db.execute("UPDATE leads SET tier = 1")
    asked.clock.jump(asked.now + timedelta(days=60))
    assert watch_untouched(asked.office) == 0


def test_the_list_of_tasks_shows_a_warning_in_chinese_to_its_end(asked):
    title = "这是一条很长的警告" * 12 + "请先打电话核实"
    lead = asked.lead_of(PETER)
    with asked.office.ledger.transaction() as db:
        journal.record(db, [e.TaskOpened(next_id(db, "tasks"), lead.id, "alarm", "Li Wei", asked.now, title)], now=asked.now)
    out = Console(file=StringIO(), width=80)
    out.print(tasks_table(asked.ask(tasks.open_tasks), asked.office.policy))
    shown = "".join(line[-24:] for line in out.file.getvalue().splitlines())
    assert "…" not in shown and out.file.getvalue().count("核") == 1
