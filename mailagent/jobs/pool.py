"""Leads that nobody touches (DOMAIN §7): the owner is warned, and a few days later the manager is asked. Nothing returns by itself."""

from __future__ import annotations

from datetime import timedelta

from mailagent.core.deciding import deadlines
from mailagent.core.model import events as e
from mailagent.jobs.keep_time import receiver
from mailagent.ledger import journal, leads, people, pool
from mailagent.ledger.db import next_id
from mailagent.office import Office

#: So many days off in a row are a long holiday.
LONG_HOLIDAY = 5


def watch_untouched(office: Office) -> int:
    """Warn owners and ask the manager; how many tasks came of it. Once a day is often enough."""
    rules, now = office.policy.assignment.pool, office.now()
    if not rules.untouched_days:
        return 0
    with office.ledger.transaction() as db:
        for task in pool.touched_since(db):
            journal.record(db, [e.TaskDone(task, "overtaken")], now=now)
    before = now - timedelta(days=rules.untouched_days + days_off(office))
    with office.ledger.reading() as db:
        silent = pool.untouched(db, before, rules.exempt_tiers, rules.exempt_sources)
        warned = pool.warned(db, now - timedelta(days=rules.grace_days))
    return sum(_warn(office, number) for number in silent) + sum(_ask(office, number) for number in warned)


def days_off(office: Office) -> int:
    """How many of the last days a long holiday of ours took away: stretches of so many days off count, weekends do not."""
    policy, today, lost, run = office.policy, deadlines.our_day(office.now(), office.policy), 0, 0
    for back in range(office.policy.assignment.pool.untouched_days):
        day = today - timedelta(days=back)
        if deadlines.next_working_day(day, policy) == day:
            lost, run = lost + (run if run >= LONG_HOLIDAY else 0), 0
        else:
            run += 1
    return lost + (run if run >= LONG_HOLIDAY else 0)


def _warn(office: Office, lead_id: int) -> bool:
    now, days = office.now(), office.policy.assignment.pool.untouched_days
    with office.ledger.transaction() as db:
        lead = leads.get(db, lead_id)
        if lead is None or not lead.owner or pool.is_asked_about(db, lead_id):
            return False
        away = people.away(db, office.policy, now)
        who = receiver("owner", lead, away, office) or receiver("manager", lead, away, office)
        title = f"Nobody has touched this lead for {days} days: write, call, or say why not"
        journal.record(db, [e.TaskOpened(next_id(db, "tasks"), lead.id, "untouched", who, now, title, lead.subject[:200])], now=now)
    return True


def _ask(office: Office, lead_id: int) -> bool:
    now, rules = office.now(), office.policy.assignment.pool
    with office.ledger.transaction() as db:
        lead = leads.get(db, lead_id)
        if lead is None or not lead.owner or pool.is_asked_about(db, lead_id, "to_pool"):
            return False
        who = receiver("manager", lead, people.away(db, office.policy, now), office) or receiver("deputy", lead, {}, office)
        title = f"Nobody has touched this lead for {rules.untouched_days + rules.grace_days} days: does it return to the pool?"
        journal.record(
            db, [e.TaskOpened(next_id(db, "tasks"), lead.id, "to_pool", who, now, title, f"{lead.owner}: {lead.subject[:150]}")], now=now
        )
    return True
