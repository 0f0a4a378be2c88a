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
    """The next step has a time, and a reason for that time. ``wanted_at``: when it would come if nothing stood in its way."""

    lead_id: int
    step: str
    due_at: datetime
    reason: str
    wanted_at: datetime | None = None


@dataclass(frozen=True)
class MetAtShow(Event):
    """The buyer was met at a trade show; ``show_class`` says how much he wanted (DOMAIN §2), ``ends_at`` when it is over."""

    lead_id: int
    show: str
    show_class: str
    tier: int
    ends_at: datetime | None = None


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
class AnswerOwed(Event):
    """A buyer waits for an answer, until when, and why until then. A second mail of his never moves the time back."""

    owed_id: int
    lead_id: int
    inbound_id: int | None
    asked_at: datetime
    due_at: datetime
    reason: str


@dataclass(frozen=True)
class AnswerLate(Event):
    """Somebody was told that an answer is late: the owner, then the manager, then the deputy; each once."""

    owed_id: int
    lead_id: int
    level: str


@dataclass(frozen=True)
class TalkLogged(Event):
    """One of us talked with the buyer elsewhere: phone, messenger, visit. It counts as a contact, and as an answer."""

    talk_id: int
    lead_id: int
    channel: str
    at: datetime
    text: str = private()
    facts: str = private()


@dataclass(frozen=True)
class OrderDateSet(Event):
    """A person typed a date of an order: production, delivery, or that the sample arrived; ``needs`` are its papers and inspections."""

    lead_id: int
    what: str
    day: str
    needs: str = ""


@dataclass(frozen=True)
class LetterWanted(Event):
    """A letter beside the cadence is to be written: the recap of a call, the introduction of a successor."""

    wanted_id: int
    lead_id: int
    step: str
    author: str
    note: str = private()


@dataclass(frozen=True)
class LetterReSigned(Event):
    """A draft goes out under another person's name; whoever approved the old one must look again."""

    letter_id: int
    author: str
    content_hash: str
    body: str = private()


@dataclass(frozen=True)
class CompanyReassigned(Event):
    """Another person looks after a company from now on, and gets its new matters."""

    company_id: int
    owner: str


@dataclass(frozen=True)
class TextPreApproved(Event):
    """A person let the text of a template go without being read each time; another text needs a new approval."""

    template: str
    text_hash: str


@dataclass(frozen=True)
class PreApprovalEnded(Event):
    """A person took that back."""

    template: str


@dataclass(frozen=True)
class AbsenceSet(Event):
    """One of us is away from one day to another, both included; his deputy sees his list."""

    person: str
    first: str
    last: str
    deputy: str


@dataclass(frozen=True)
class CalendarKeySet(Event):
    """The address of somebody's calendar feed was made anew, or (without a hash) ended."""

    person: str
    key_hash: str = private()


@dataclass(frozen=True)
class TaskMoved(Event):
    """A task has another time or another person."""

    task_id: int
    due_at: datetime | None = None
    owner: str = ""


@dataclass(frozen=True)
class TaskEscalated(Event):
    """A task is overdue, and the manager was told once."""

    task_id: int


@dataclass(frozen=True)
class TaskTextWritten(Event):
    """The text to copy was written for a task."""

    task_id: int
    text: str = private()


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
