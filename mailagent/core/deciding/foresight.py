"""What would happen if nobody answered: every open lead walked through its cadence, in time order, under all limits.

Theory. The same functions that plan and check a step are asked (``cadence.py``, ``slots.py``), with a clock that jumps from one step to
the next. Letters of all leads share their company's, their author's and their account's limits, so they are taken in the order of their
times. Drafts are taken for approved at once, nobody answers, nothing bounces; whatever a person would do by then is unknown and left out.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailagent.core.deciding import cadence, clock, limits, slots
from mailagent.core.deciding.law import Applied
from mailagent.core.deciding.obstacles import Asked
from mailagent.core.model.events import CadenceEnded, Event, StepPlanned
from mailagent.core.model.lead import Lead
from mailagent.core.model.policy import Policy, Step

#: A lead that is walked through more steps than this goes in a circle.
MOST_STEPS = 400
#: A letter that finds no room in so many places goes all the same; a forecast need not be exact then.
MOST_TRIES = 60
MONTH = timedelta(days=30)


@dataclass(frozen=True)
class Start:
    """A lead at the moment from which is looked ahead.

    Attributes:
        at: when its step comes; None where nothing is planned, and ``why_not`` says why.
        reason: of that time.
        account, author: from where and by whom its letters go.
        law: how many follow-ups the law of his country leaves.
    """

    lead: Lead
    at: datetime | None
    reason: str = ""
    why_not: str = ""
    account: str = ""
    author: str = ""
    law: Applied | None = None


@dataclass(frozen=True)
class Foreseen:
    """One thing that would happen.

    Attributes:
        kind: letter, call, task or rest.
        what: the step's id; for a task its kind; for a rest the reason.
        wanted_at: when it would come if nothing stood in its way.
    """

    at: datetime
    lead: Lead
    kind: str
    what: str
    step: Step | None
    reason: str
    buyer: clock.BuyerClock
    wanted_at: datetime | None = None
    is_late: bool = False


@dataclass(frozen=True)
class Simulation:
    """What is ahead of a house.

    Attributes:
        happens: in the order of time.
        silent: why nothing is planned → how many open leads.
        leads: how many were looked at.
        of: how many there are.
    """

    begin: datetime
    end: datetime
    happens: tuple[Foreseen, ...]
    silent: dict[str, int]
    leads: int
    of: int


class Traffic:
    """What goes out in the time that is looked ahead at, as far as limits ask for it.

    Places are booked by the clock's hours and days, which is a little stricter or laxer than the rolling windows of the sender, and lets a
    letter that must wait have its place at once: a hundred thousand that wait for one account are not asked again and again.

    Attributes:
        companies: company → times of follow-ups that it has not answered, those of the last month before the start included.
    """

    def __init__(self, policy: Policy, companies: dict[int, list[datetime]] | None = None) -> None:
        self.policy = policy
        self.companies = companies if companies is not None else {}
        self._booked: Counter[tuple[str, str, datetime]] = Counter()
        self._queues: dict[tuple[str, str, str, str], datetime] = {}
        self._limits: dict[str, tuple[int, int]] = {}

    def recent(self, company: int, at: datetime) -> tuple[datetime, ...]:
        return tuple(one for one in self.companies.get(company, ()) if one > at - MONTH)

    def room(self, start: Start, at: datetime) -> datetime:
        """The time itself, if account and author have room then; else the beginning of the next hour in which they have."""
        per_hour, per_day = self._of_account(start.account)
        hourly = self.policy.sending.follow_ups_per_hour_per_person
        while True:
            if self._booked["day", start.account, _day(at)] >= per_day:
                at = _day(at) + limits.DAY
            elif self._booked["hour", start.account, _hour(at)] >= per_hour or (
                hourly and self._booked["author", start.author, _hour(at)] >= hourly
            ):
                at = _hour(at) + limits.HOUR
            else:
                return at

    def queue_of(self, start: Start, buyer: clock.BuyerClock) -> datetime | None:
        """Where the last letter that had to wait for this account, author and place found room: before it there is none."""
        return self._queues.get((start.account, start.author, buyer.zone, buyer.country))

    def queued(self, start: Start, buyer: clock.BuyerClock, room: datetime) -> None:
        """A letter had to wait until then."""
        self._queues[start.account, start.author, buyer.zone, buyer.country] = room

    def book(self, start: Start, at: datetime, is_follow_up: bool) -> None:
        """Take a place."""
        self._booked["day", start.account, _day(at)] += 1
        self._booked["hour", start.account, _hour(at)] += 1
        if is_follow_up:
            self._booked["author", start.author, _hour(at)] += 1

    def went(self, start: Start, at: datetime) -> None:
        """A follow-up went to a company."""
        self.companies.setdefault(start.lead.company_id, []).append(at)

    def _of_account(self, account: str) -> tuple[int, int]:
        if account not in self._limits:
            known = {limit.reason: limit.at_most for limit in limits.of_account(account, self.policy, limits.MOST_DAYS)}
            self._limits[account] = (known["hourly_quota"], known["daily_quota"])
        return self._limits[account]


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _day(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def foresee(
    starts: Iterable[Start],
    policy: Policy,
    now: datetime,
    until: datetime,
    traffic: Traffic | None = None,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> list[Foreseen]:
    """Everything that would happen up to a time, in order.

    Args:
        tell: how many leads have come to their end or to ``until``, and of how many.
    """
    traffic = traffic or Traffic(policy)
    found: list[Foreseen] = []
    queue: list[tuple[datetime, int, Walk]] = []
    done = 0
    for start in starts:
        if start.at is not None and start.at <= until:
            walk = Walk(start, policy)
            heapq.heappush(queue, (max(start.at, now), start.lead.id, walk))
        else:
            done += 1
    total = done + len(queue)
    while queue:
        at, number, walk = heapq.heappop(queue)
        if (happened := walk.go(at, traffic)) is not None:
            found.append(happened)
        if walk.ending:
            found.append(walk.ends(at, walk.ending))
        if walk.at is not None and walk.at <= until and walk.steps < MOST_STEPS:
            heapq.heappush(queue, (max(walk.at, at), number, walk))
        else:
            done += 1
            tell(done, total)
    return found


class Walk:
    """One lead on its way through its cadence."""

    def __init__(self, start: Start, policy: Policy) -> None:
        self.start, self.policy = start, policy
        self.lead = start.lead
        self.at, self.reason = start.at, start.reason
        self.follow_ups = start.law.follow_ups if start.law else 0
        self.steps, self.ending = 0, ""
        self.has_place = False
        self.buyer = clock.clock_of(self.lead, policy)

    def go(self, at: datetime, traffic: Traffic) -> Foreseen | None:
        """Take the step that is due; None where it only moves on to another time."""
        self.steps += 1
        steps = self.policy.cadences.get(self.lead.cadence)
        position = steps.index(self.lead.step) if steps else -1
        if position < 0:
            return self.ends(at, "cadence_removed")
        step = steps.step[position]
        recent = traffic.recent(self.lead.company_id, at)
        match step.do:
            case "rest":
                return self.ends(at, step.id)
            case "task":
                happened = self._happens(at, "call" if step.task in ("", "call") else "task", step.task or "call", step)
                self._follow(cadence.after_step(self.lead, step.id, at, self.policy, recent), step)
                return happened
        if step.basis == "follow_up":
            if cadence.is_day_for_calls(self.lead, step, at, self.policy):
                happened = self._happens(at, "call", "call", step)
                self._follow(cadence.letter_after_call(self.lead, step, at, self.policy, recent), step)
                return happened
            law = self.start.law
            if law and (self.follow_ups >= law.row.max_follow_ups or law.until and at > law.until):
                return self.ends(at, f"law:{law.code}")
            moved = cadence.recheck(self.lead.but(next_due_at=at), step, at, self.policy, recent)
            if isinstance(moved, CadenceEnded):
                return self.ends(at, moved.reason)
            if moved and moved.due_at > at:
                self.at, self.reason = moved.due_at, moved.reason
                return None
            if not self.has_place and (waits := self._take_place(at, step, position, recent, traffic)) is not None:
                return waits if isinstance(waits, Foreseen) else None
            self.follow_ups += 1
        elif not self.has_place:
            traffic.book(self.start, at, is_follow_up=False)
        self.has_place = False
        happened = self._happens(at, "letter", step.id, step)
        if step.basis == "follow_up":
            traffic.went(self.start, at)
        self.lead = self.lead.but(last_outbound_at=at)
        recent = traffic.recent(self.lead.company_id, at)
        self._follow(cadence.after_step(self.lead, step.id, at, self.policy, recent), step)
        return happened

    def _take_place(
        self, at: datetime, step: Step, position: int, recent: tuple[datetime, ...], traffic: Traffic
    ) -> Foreseen | datetime | None:
        """Book a place for a follow-up: None if it may go now; the time at which it may; or the end, if it never may."""
        planned, quiet = at, cadence.keeps_quiet_days(self.lead, step, self.lead.wanted_at)
        for _ in range(MOST_TRIES):
            room = traffic.room(self.start, planned)
            if room == planned:
                break
            room = max(room, traffic.queue_of(self.start, self.buyer) or room)
            traffic.queued(self.start, self.buyer, room)
            wish = slots.Wish(room, recent=recent, asked=Asked(self.lead.email, quiet))
            try:
                planned = cadence.slot_of(self.lead, step, wish, self.policy, cadence.seed_of(self.lead, position)).at
            except slots.NoTimeLeft:
                return self.ends(at, "no_time_left")
        traffic.book(self.start, planned, is_follow_up=True)
        if planned == at:
            return None
        self.has_place, self.at = True, planned
        self.reason = f"planned anew; in the buyer's hours: {clock.say(planned, self.buyer)}"
        return planned

    def _happens(self, at: datetime, kind: str, what: str, step: Step) -> Foreseen:
        late = cadence.days_late(self.lead, at, self.policy)
        return Foreseen(at, self.lead, kind, what, step, self.reason, self.buyer, self.lead.wanted_at, bool(late))

    def ends(self, at: datetime, reason: str) -> Foreseen:
        self.at = None
        return Foreseen(at, self.lead, "rest", reason, None, self.reason, self.buyer)

    def _follow(self, event: Event, step: Step) -> None:
        if isinstance(event, StepPlanned):
            self.at, self.reason = event.due_at, event.reason
            named = self.lead.held_until if cadence.is_named_day(self.lead, event.wanted_at) else None
            self.lead = self.lead.but(step=event.step, next_due_at=event.due_at, wanted_at=event.wanted_at, held_until=named)
        else:
            self.at, self.ending = None, event.reason
