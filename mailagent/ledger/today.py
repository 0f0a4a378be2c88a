"""What waits for one person today: answers that are owed, letters to approve, calls, promises, alarms."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from mailagent.core.deciding import clock, daylist
from mailagent.core.deciding.daylist import Item
from mailagent.core.model.lead import Lead
from mailagent.core.model.policy import Person, Policy
from mailagent.ledger import leads, outbox, owed, people, tasks
from mailagent.ledger.db import from_text

#: Longer lists are for the pages of leads and tasks.
MOST = 300


def list_of(db: Database, person: Person, policy: Policy, now: datetime) -> list[Item]:
    """One person's day, what burns first on top; with it, the lists of absent people whose deputy he is."""
    owners = people.list_of(db, person, policy, now)
    debts = owed.of_owners(db, owners, MOST)
    drafts = [one for one in outbox.drafts(db) if is_his(one, person, owners)][:MOST]
    waiting = tasks.of_owners(db, owners, MOST)
    numbers = {one.lead_id for one in (*debts, *drafts) if one.lead_id} | {task["lead_id"] for task in waiting if task["lead_id"]}
    known = {number: leads.get(db, number) for number in numbers}
    items = [_answer(one, known[one.lead_id]) for one in debts]
    due = {one.lead_id: one.due_at for one in debts}
    items += [_draft(one, known.get(one.lead_id), due) for one in drafts]
    for task in waiting:
        item = _task(task, known.get(task["lead_id"]), now, policy)
        last = leads.last_mail(db, item.lead_id) if item.group == "call" and item.lead_id is not None else None
        items.append(replace(item, gist=last.facts) if last else item)
    return daylist.of_day(items, now)


def is_his(letter, person: Person, owners: tuple[str, ...]) -> bool:
    """Is a draft his to decide: his own, an absent colleague's, or one that only the manager may approve?"""
    if letter.needs_manager:
        return person.may_approve_everything
    return letter.author in owners


def _of(lead: Lead | None) -> dict:
    if lead is None:
        return {}
    return {
        "lead_id": lead.id,
        "who": lead.contact_name or lead.email,
        "company": lead.company_name,
        "tier": lead.tier,
        "owner": lead.owner,
    }


def _answer(debt: owed.Owed, lead: Lead) -> Item:
    return Item("answer", debt.due_at, owed_id=debt.id, reason=debt.reason, evidence=lead.subject, **_of(lead))


def _draft(letter, lead: Lead | None, due: dict) -> Item:
    at = due.get(letter.lead_id, letter.planned_at) if letter.basis in ("answer", "acknowledgement") else letter.planned_at
    return Item(
        "approve", at, title=letter.subject, letter_id=letter.id, reason=letter.basis if letter.round >= 0 else letter.step,
        needs_manager=letter.needs_manager, **_of(lead),
    )  # fmt: skip


def _task(task: dict, lead: Lead | None, now: datetime, policy: Policy) -> Item:
    here = daylist.reach(clock.clock_of(lead, policy), now, policy) if lead and task["kind"] == "call" else None
    return Item(
        daylist.group_of(task["kind"]), from_text(task["due_at"]), kind=task["kind"], title=task["title"], task_id=task["id"],
        phone=task["phone"] or "", evidence=task["evidence"], text="" if task["text"] == "–" else task["text"], here=here,
        **_of(lead) | {"owner": task["owner"]},
    )  # fmt: skip
