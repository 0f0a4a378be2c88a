"""One person's day as a list: what burns first stands on top.

Theory. Everything that waits for a person has a time by which it must be done: an answer its deadline, a draft the deadline of the
answer that it is (or the time at which it would leave), a call and a promise their day. One order by that time says what burns. Only
what stops money or harms the house, fraud and letters in doubt, comes before everything. An answer that is owed and its draft are one
thing to do, not two.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailagent.core.deciding import clock
from mailagent.core.model.calendar import Window
from mailagent.core.model.lead import Fact
from mailagent.core.model.policy import Policy

#: What nobody may leave for later.
ALARMS = ("fraud", "in_doubt", "account", "bounce", "folder", "mailbox", "house", "template", "two_of_us")
GROUPS = ("alarm", "answer", "approve", "call", "promise", "task")
#: Whoever does one of these has answered (``ledger/owed.py``).
ANSWERS = ("platform_answer", "answer_by_hand")
#: What is said of answers in tasks of their own, and what only repeats another line of the list.
SAID_ELSEWHERE = ("late_answer",)


@dataclass(frozen=True)
class Item:
    """One thing to do.

    Attributes:
        group: one of ``GROUPS``.
        kind: of the task; "" for letters and answers.
        due_at: by when.
        title: what, as the ledger says it; "" where the group says all.
        letter_id: the draft that waits for it.
        text: what is to be copied or said.
        gist: what he asked last, for calls.
        here: his time now and when a call reaches him, for calls.
    """

    group: str
    due_at: datetime
    kind: str = ""
    title: str = ""
    lead_id: int | None = None
    task_id: int | None = None
    owed_id: int | None = None
    letter_id: int | None = None
    who: str = ""
    company: str = ""
    tier: int | None = None
    phone: str = ""
    owner: str = ""
    reason: str = ""
    evidence: str = ""
    text: str = ""
    needs_manager: bool = False
    gist: tuple[Fact, ...] = ()
    here: Reach | None = None

    def is_late(self, now: datetime) -> bool:
        return now > self.due_at

    def left(self, now: datetime) -> timedelta:
        """How much time is left; below zero, by how much it is over."""
        return self.due_at - now


@dataclass(frozen=True)
class Reach:
    """When a buyer can be called.

    Attributes:
        local: his wall time now, at ``zone``.
        windows: his good hours, by his own clock.
        next_good: when his next good hour begins, UTC; now if it is one.
        is_good_now: whether he sits at his desk at this moment.
    """

    local: datetime
    zone: str
    windows: tuple[Window, ...]
    next_good: datetime
    is_good_now: bool


def reach(buyer: clock.BuyerClock, now: datetime, policy: Policy) -> Reach:
    """When somebody at a place can be called: in the hours of his working day in which letters may arrive too."""
    windows, local = policy.calendar.windows, buyer.local(now)
    for days in range(30):
        day = local.date() + timedelta(days=days)
        if not buyer.is_working_day(day):
            continue
        for window in sorted(windows, key=lambda one: one.start):
            begins, ends = clock.at_wall(day, window.start, buyer), clock.at_wall(day, window.end, buyer)
            if now < ends:
                return Reach(local, buyer.zone, windows, max(begins, now), begins <= now)
    return Reach(local, buyer.zone, windows, now, False)


def of_day(items: Iterable[Item], now: datetime) -> list[Item]:
    """The list of a day: alarms, then everything by its time; of equals the hotter lead, then the group's own order."""
    items = list(items)
    answers = {item.lead_id: item for item in items if item.group == "answer"}
    drafted = {item.lead_id for item in items if item.group == "approve" and item.reason == "answer"}
    # Without a draft the answer that is owed is given on a platform, or by hand.
    by_hand = {item.lead_id for item in items if item.kind in ANSWERS} - drafted
    listed: list[Item] = []
    for item in items:
        owed = answers.get(item.lead_id)
        if owed and item.kind in SAID_ELSEWHERE:
            continue
        if owed and item.lead_id in by_hand and item.kind in ANSWERS:
            # One thing to do: whoever does the task has answered.
            item = replace(item, due_at=min(item.due_at, owed.due_at))
        if owed and item.group == "approve" and item.reason == "answer":
            # One thing to do: the answer that is owed lies there as a draft.
            answers[item.lead_id] = replace(owed, letter_id=item.letter_id, title=item.title, needs_manager=item.needs_manager)
            continue
        if item.group != "answer":
            listed.append(item)
    listed += (item for item in answers.values() if item.lead_id not in by_hand)
    return sorted(
        listed, key=lambda item: (item.group != "alarm", item.due_at, item.tier or 9, GROUPS.index(item.group), item.task_id or 0)
    )


def group_of(kind: str) -> str:
    """Where a task of a kind stands."""
    if kind in ALARMS:
        return "alarm"
    return kind if kind in ("call", "promise") else "task"
