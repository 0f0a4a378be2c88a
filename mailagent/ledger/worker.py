"""A person's verbs about the work itself: log a talk, do, put off or give a task, give a lead, set an order's dates, be away.

As with ``review.py``, every door calls these; each is one transaction under the person's name, and refuses with a sentence that says why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlite_utils import Database

from mailagent.core.deciding import cadence, talks
from mailagent.core.model import events as e
from mailagent.core.model.lead import Fact, Lead
from mailagent.core.model.policy import Person
from mailagent.core.model.workday import CHANNELS, YEARS
from mailagent.errors import MailagentError
from mailagent.ledger import handover, journal, leads, outbox, rights, tasks, work
from mailagent.ledger.db import next_id
from mailagent.ledger.review import Reviewer

MOST_LETTERS = 5_000
#: A clock may go a little ahead of ours, seconds.
AHEAD = 120
#: Somebody may have been met long before he wrote, at last year's fair; what is older is a slip of the keyboard.
LONGEST_BEFORE = timedelta(days=366)
NEEDS = ("deposit", "lc", "own", "customer", "third_party")
DATES = ("production", "delivery", "sample_received")


class Worker:
    """One person at one door, with the verbs about the work.

    Args:
        reviewer: the same person with the verbs about letters.
    """

    def __init__(self, reviewer: Reviewer):
        self.ledger, self.policy, self.person, self.now = reviewer.ledger, reviewer.policy, reviewer.person, reviewer.now

    # ── talks ───────────────────────────────────────────────────────────────────────────────────────────────────

    def log_talk(self, lead_id: int, channel: str, text: str, at: datetime | None = None) -> tuple[Fact, ...]:
        """Write down a talk: it counts as a contact and as an answer, the wait begins anew, and what was said becomes tasks.

        Args:
            channel: one of ``CHANNELS``.
            text: what was said, in a line or a few.
            at: when it was; None is now.

        Returns:
            What was understood of it.

        Raises:
            MailagentError: no such lead or channel, no text, or one that cannot be kept; a time that lies ahead, or too far back.
        """
        text, at = self._text(text), at or self.now()
        known_day(at.date())
        if channel not in CHANNELS:
            raise MailagentError(f'"{channel[:40]}" is no channel. Use one of: {", ".join(CHANNELS)}')
        if (at - self.now()).total_seconds() > AHEAD:
            raise MailagentError("A talk cannot lie in the future.")
        # Late: most commands read no words.
        from mailagent.core.reading.talk import read_talk

        found = read_talk(text, at, self.policy)
        with self.ledger.transaction() as db:
            lead = self._lead(db, lead_id)
            if at < lead.opened_at - LONGEST_BEFORE:
                day = f"{lead.opened_at:%Y-%m-%d}"
                raise MailagentError(f"A talk lies at most a year before the first mail of its lead ({day}). Type its time as {day} 15:30.")
            self._record(db, *self._talk(db, lead, channel, text, at, found))
        return found

    def _talk(self, db: Database, lead: Lead, channel: str, text: str, at: datetime, found: tuple[Fact, ...]) -> list[e.Event]:
        talk = e.TalkLogged(next_id(db, "talks"), lead.id, channel, at, text, json.dumps(found))
        owner = lead.owner or self.person.name
        return talks.follow(lead, talk, found, outbox.cancellable(db, lead.id), lambda table: next_id(db, table), owner, self.policy)

    # ── tasks ───────────────────────────────────────────────────────────────────────────────────────────────────

    def done(self, task_id: int, note: str = "") -> bool:
        """A task was done. A call that was made is a contact; with a note of what was said, its recap is drafted at once.

        Returns:
            Whether such a recap will be drafted.
        """
        note = self._text(note, may_be_empty=True)
        with self.ledger.transaction() as db:
            task = self._task(db, task_id)
            events: list[e.Event] = [e.TaskDone(task_id, note[:500])]
            lead = leads.get(db, task["lead_id"]) if task["lead_id"] else None
            if task["kind"] == "call" and lead:
                from mailagent.core.reading.talk import read_talk

                found = read_talk(note, self.now(), self.policy) if note else ()
                events += self._talk(db, lead, "phone", note, self.now(), found)
                if note:
                    events.append(e.LetterWanted(next_id(db, "letters_wanted"), lead.id, "recap", self._author(lead), note))
            self._record(db, *events)
        return isinstance(events[-1], e.LetterWanted)

    def snooze(self, task_id: int, until: datetime) -> None:
        """Put a task off. Who was told that it is overdue may be told again."""
        known_day(until.date())
        if until <= self.now():
            raise MailagentError("Choose a time that lies ahead.")
        with self.ledger.transaction() as db:
            self._task(db, task_id)
            self._record(db, e.TaskMoved(task_id, until))

    def give_task(self, task_id: int, name: str) -> None:
        """Somebody else does it."""
        person = self._person(name)
        with self.ledger.transaction() as db:
            self._task(db, task_id)
            self._record(db, e.TaskMoved(task_id, None, person.name))

    # ── leads ───────────────────────────────────────────────────────────────────────────────────────────────────

    def assign(self, lead_id: int, name: str, reason: str = "by_hand") -> list[int]:
        """Give a lead, and every open one of the same company, to somebody: two of us never write to one company.

        Returns:
            The leads that changed hands.

        Raises:
            MailagentError: nobody of that name, he has it already, or one of them is another's.
        """
        person = self._person(name)
        with self.ledger.transaction() as db:
            lead = self._lead(db, lead_id)
            moved = [one for one in open_of_company(db, lead) if one.owner != person.name]
            if not moved:
                raise MailagentError(f"Lead {lead_id} is {person.name}'s already.")
            for one in moved:
                rights.check_giving(db, one, person, self.person, self.policy, self.now())
            events: list[e.Event] = []
            for one in moved:
                events += handover.change_hands(db, one, person, reason, self.policy)
            self._record(db, *events)
        return [one.id for one in moved]

    def decide_pool(self, task_id: int, yes: bool) -> None:
        """The manager's answer to whether an untouched lead returns to the pool: whoever is free may take it from there."""
        if not rights.decides_alone(self.person, self.policy):
            raise MailagentError("Only the manager decides that.")
        with self.ledger.transaction() as db:
            task = self._task(db, task_id)
            lead = leads.get(db, task["lead_id"]) if task["kind"] == "to_pool" and task["lead_id"] else None
            if lead is None:
                raise MailagentError("Nobody waits for a decision about this lead.")
            events: list[e.Event] = [e.TaskDone(task_id, "yes" if yes else "no")]
            if yes:
                events += [e.LetterMoved(one.id, "cancel", "pool") for one in outbox.cancellable(db, lead.id)]
                events += [e.TaskDone(number) for number in tasks.open_of_kind(db, lead.id, "untouched")]
                events.append(e.LeadReassigned(lead.id, "", "pool"))
                events += self._step_anew(lead)
            self._record(db, *events)

    def _step_anew(self, lead: Lead) -> list[e.Event]:
        """What a lead waited for was cancelled: its step comes again, or nothing would ever wake it."""
        steps = self.policy.cadences.get(lead.cadence)
        if lead.next_due_at or lead.rest_reason or not lead.cadence:
            return []
        if steps and 0 <= steps.index(lead.step) < steps.first_follow_up:
            return [e.StepPlanned(lead.id, lead.step, self.now(), "at once")]
        return [cadence.after_own_answer(lead, self.now(), self.policy)]

    def set_order(self, lead_id: int, dates: Mapping[str, date], needs: tuple[str, ...] = ()) -> int:
        """The dates of an order, as they were agreed: tasks come of them. Typed again, they replace what was open. How many tasks.

        Args:
            dates: of ``DATES``.
            needs: of ``NEEDS``: what is paid by and who inspects.

        Raises:
            MailagentError: nothing is named, or days that cannot be: delivered before production begins, or before he asked.
        """
        if not dates and not needs or set(dates) - set(DATES) or set(needs) - set(NEEDS):
            raise MailagentError("Name at least one date or paper of the order.")
        for day in dates.values():
            known_day(day)
        with self.ledger.transaction() as db:
            lead = self._lead(db, lead_id)
            known = work.order_dates(db, lead_id)
            said = {what: date.fromisoformat(row["day"]) for what, row in known.items()} | dict(dates)
            _refuse_impossible(lead, said)
            wanted = {need for row in known.values() for need in row["needs"].split()} | set(needs)
            kinds = {row.kind for row in self.policy.deadlines.order if row.when in dates or needs}
            # Not the whole order anew: only what hangs on the dates that were typed now.
            changed = {what: day for what, day in said.items() if what in dates or needs}
            old = [task["id"] for task in tasks.open_tasks(db, lead_id=lead_id) if task["kind"] in kinds and self._hangs_on(task, changed)]
            events: list[e.Event] = [e.TaskDone(number, "overtaken") for number in old]
            events += [e.OrderDateSet(lead_id, what, day.isoformat(), " ".join(sorted(wanted))) for what, day in changed.items()]
            second = next((one.name for one in self.policy.people if one.may_approve_everything), "")
            owners = (lead.owner or self.person.name, second or self.person.name)
            new = talks.order_tasks(lead, changed, wanted, lambda table: next_id(db, table), owners, self.now(), self.policy)
            self._record(db, *events, *new)
        return len(new)

    def _hangs_on(self, task: Mapping, changed: Mapping[str, date]) -> bool:
        return any(row.kind == task["kind"] and row.when in changed and row.say == task["title"] for row in self.policy.deadlines.order)

    def hand_over(self, leaver: str, successor: str, *, dry: bool = False) -> handover.Handover:
        """Everything of one person goes to another: leads, companies, tasks, drafts; old approvals are void, and every buyer gets one
        letter that introduces the new one.

        Args:
            leaver: he may be gone from mailagent.toml already.
            dry: only say what would be.

        Raises:
            MailagentError: a name that nobody knows, twice the same, or a person who may not decide it.
        """
        if self.policy.managers and not self.person.may_approve_everything:
            raise MailagentError("Only the manager decides that.")
        with self.ledger.transaction() as db:
            plan = handover.plan(db, leaver, successor, self.policy)
            if not dry:
                self._record(db, *handover.events_of(db, plan, self.policy))
        return plan

    # ── people ──────────────────────────────────────────────────────────────────────────────────────────────────

    def set_absence(self, name: str, first: date, last: date, deputy: str = "") -> None:
        """Somebody is away: he gets no new leads, and his deputy sees his list."""
        person = self._person(name)
        for day in (first, last):
            known_day(day)
        if last < first:
            raise MailagentError("The first day must not lie after the last one.")
        stands_in = self._person(deputy).name if deputy else ""
        if stands_in == person.name:
            raise MailagentError("Name two different people.")
        with self.ledger.transaction() as db:
            self._record(db, e.AbsenceSet(person.name, first.isoformat(), last.isoformat(), stands_in))

    def set_calendar_key(self, key_hash: str) -> None:
        """His calendar is read under this key from now on, and no longer under the old one; "" ends it."""
        with self.ledger.transaction() as db:
            self._record(db, e.CalendarKeySet(self.person.name, key_hash))

    def preapprove(self, template: str, text_hash: str) -> None:
        """This text of a template may go without being read each time; with no hash that ends."""
        with self.ledger.transaction() as db:
            if not text_hash and work.preapproval(db, template) is None:
                raise MailagentError(f"Nobody has approved “{template}” beforehand.")
            self._record(db, e.TextPreApproved(template, text_hash) if text_hash else e.PreApprovalEnded(template))

    # ── small things ────────────────────────────────────────────────────────────────────────────────────────────

    def _record(self, db: Database, *events: e.Event) -> None:
        journal.record(db, events, now=self.now(), actor=self.person.name)

    def _text(self, text: str, *, may_be_empty: bool = False) -> str:
        text = "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").strip().splitlines())
        if not text and not may_be_empty:
            raise MailagentError("Type what was said.")
        if len(text) > MOST_LETTERS:
            raise MailagentError(f"That is longer than {MOST_LETTERS} letters. Type the gist.")
        if any(ord(letter) < 32 and letter not in "\n\t" or 0x7F <= ord(letter) < 0xA0 for letter in text):
            raise MailagentError("There is a control character in the subject or text. Type that line again.")
        return text

    def _lead(self, db: Database, lead_id: int) -> Lead:
        lead = leads.get(db, lead_id)
        if lead is None:
            raise MailagentError(f"There is no lead {lead_id}.")
        return lead

    def _task(self, db: Database, task_id: int) -> dict:
        task = tasks.get(db, task_id)
        if task is None:
            raise MailagentError(f"There is no task {task_id}.")
        if task["done_at"]:
            raise MailagentError(f"Task {task_id} is done already.")
        return task

    def _person(self, name: str) -> Person:
        return handover.person_of(name, self.policy)

    def _author(self, lead: Lead) -> str:
        return lead.owner if self.policy.person(lead.owner) else self.person.name


def known_day(day: date) -> date:
    """A day that a calendar has. Raises ``MailagentError``: it lies in no year of ours."""
    if day.year not in YEARS:
        raise MailagentError(f'"{day}" is no date. Write it as 2026-12-31.')
    return day


def _refuse_impossible(lead: Lead, days: Mapping[str, date]) -> None:
    """An order's days must be able to follow one another; what was said before counts with what is typed now."""
    asked, delivery, production = lead.opened_at.date(), days.get("delivery"), days.get("production")
    if delivery and production and delivery < production:
        raise MailagentError(f"Delivery on {delivery} would lie before production begins on {production}. Type both as they were agreed.")
    if delivery and delivery < asked:
        raise MailagentError(f"Delivery on {delivery} would lie before his first mail of {asked}. Is the year right?")


def open_of_company(db: Database, lead: Lead) -> list[Lead]:
    """A lead and every other one of its company that is not closed."""
    others = leads.around(db, lead_id=lead.id, contact_ids=(), company_id=lead.company_id)
    return [one for one in others if one.id == lead.id or one.stage != "closed"]
