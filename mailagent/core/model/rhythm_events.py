"""The rhythm of a lead, who works on it, and what people have to do: steps planned and ended, holds, owners, tasks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailagent.core.model.event import Event, private


@dataclass(frozen=True)
class RoundBegun(Event):
    """A mail of the buyer (or a person's word) put the lead at a step of a cadence."""

    lead_id: int
    cadence: str
    round: int
    step: str
    due_at: datetime
    reason: str


@dataclass(frozen=True)
class StepPlanned(Event):
    """The next step has a time, and a reason for that time."""

    lead_id: int
    step: str
    due_at: datetime
    reason: str


@dataclass(frozen=True)
class WaitBegun(Event):
    """Nothing is due by the clock: a draft waits for a person, or a letter is on its way."""

    lead_id: int
    reason: str


@dataclass(frozen=True)
class CadenceEnded(Event):
    """No further step, and why: replied, rested, unsubscribed, bounced, refused, stopped, fraud."""

    lead_id: int
    reason: str


@dataclass(frozen=True)
class LeadHeld(Event):
    """Nothing goes out until the time comes (or, without one, until a person resumes)."""

    lead_id: int
    reason: str
    until: datetime | None = None


@dataclass(frozen=True)
class DateNamed(Event):
    """The buyer named the day from which he wants to hear from us again; the next follow-up waits for it, an answer does not."""

    lead_id: int
    until: datetime
    words: str = private()


@dataclass(frozen=True)
class LeadResumed(Event):
    """A hold ended."""

    lead_id: int
    due_at: datetime | None
    reason: str


@dataclass(frozen=True)
class LeadReassigned(Event):
    """Another person works on the lead from now on."""

    lead_id: int
    owner: str
    reason: str


@dataclass(frozen=True)
class TaskOpened(Event):
    """Something for a person to do: a call, an answer in a platform's back office, an alarm to look at."""

    task_id: int
    lead_id: int | None
    kind: str
    owner: str
    due_at: datetime
    title: str = private()
    evidence: str = private()


@dataclass(frozen=True)
class TaskDone(Event):
    """A person did it (or it was overtaken by events)."""

    task_id: int
    note: str = private()
