"""A step of a cadence → a draft: on a ground that is true now, in words that no other buyer reads on that day.

    who may be written to → when → on which ground → in which words → a draft that waits for a person

If nothing new is true, a letter of substance about what he asked is written; if he has had all of these, a person calls him instead.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from mailagent.core.deciding import cadence, law, pretext
from mailagent.core.model import events as e
from mailagent.core.model.lead import Lead
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Step
from mailagent.core.model.pretext import Pretext, Quoted
from mailagent.core.writing import draft as writer
from mailagent.core.writing.similarity import Likeness, nearest
from mailagent.core.writing.variables import named_products
from mailagent.errors import TemplateError
from mailagent.ledger import grounds, leads, outbox, suppressions, tasks, timing
from mailagent.ledger import law as matter
from mailagent.ledger.db import next_id
from mailagent.office import Office

log = logging.getLogger(__name__)

#: Follow-ups are drafted this long before their time, so that a person can read them.
DRAFT_AHEAD = timedelta(hours=16)
ONLY_THIS = "he asked for no more letters: answer only what he asks, and offer nothing"
NOTHING_NEW = "Nothing new is true, and he has had our letters: call him, or write a message."
#: After so many follow-ups without an answer the next one says how to stop (DOMAIN §4).
STOP_AFTER = 2


def draft(office: Office, db, lead: Lead, step: Step) -> list[e.Event]:
    """Write the letter of a step. If it cannot be written, say why and try again tomorrow."""
    now, policy = office.now(), office.policy
    if outbox.live_for_step(db, lead.id, lead.round, step.id) or any(one.round >= 0 for one in outbox.drafts(db, lead_id=lead.id)):
        return [e.WaitBegun(lead.id, "a letter for this lead waits already")]
    silenced = suppressions.reason_for(db, lead.email, office.settings.suppression_key) or suppressions.reason_in_matter(db, lead.id)
    if silenced and not suppressions.is_permitted(db, lead.id, lead.round, step.basis):
        return [e.CadenceEnded(lead.id, f"suppressed:{silenced}")]
    limits = law.applied(matter.facts_of(db, lead), policy)
    if step.basis == "follow_up" and (reason := limits.objection(max(now, lead.next_due_at))):
        log.info("lead %d: no further follow-up (%s)", lead.id, reason)
        return [e.CadenceEnded(lead.id, reason)]
    planned_at = max(now, lead.next_due_at)
    if step.basis == "follow_up":
        moved = cadence.recheck(lead, step, now, policy, timing.recent_follow_ups(db, lead.company_id, now, lead.id))
        if isinstance(moved, e.CadenceEnded) or moved and moved.due_at > now + DRAFT_AHEAD:
            return [moved]
        planned_at = moved.due_at if moved else planned_at
    try:
        letter = Desk(office, db, lead, step, limits, planned_at).write()
    except TemplateError as error:
        log.error("lead %d: %s", lead.id, error)
        events: list[e.Event] = [e.StepPlanned(lead.id, step.id, now + timedelta(days=1), "the letter could not be written")]
        if not tasks.open_of_kind(db, lead.id, "template"):
            events.append(e.TaskOpened(next_id(db, "tasks"), lead.id, "template", lead.owner, now, f"A letter cannot be written: {error}"))
        return events
    if letter is None:
        call = e.TaskOpened(next_id(db, "tasks"), lead.id, "call", lead.owner, planned_at, NOTHING_NEW)
        return [call, cadence.after_step(lead, step.id, planned_at, policy)]
    if step.basis == "follow_up" and not letter.any_day and (later := cadence.past_days_for_calls(lead, step, planned_at, policy)):
        # It was let on a day for calls for a quotation that ends, and is about something else.
        return [later]
    if late := cadence.days_late(lead, planned_at, policy):
        warning = f"it goes {late} days later than it was meant: look whether it still fits"
        letter = replace(letter, warnings=(warning, *letter.warnings))
    if silenced:
        # A person permitted this one answer, and nothing comes after it.
        letter = replace(letter, warnings=(ONLY_THIS, *letter.warnings))
        after: e.Event = e.CadenceEnded(lead.id, f"suppressed:{silenced}")
    else:
        after = e.WaitBegun(lead.id, "a draft waits for approval")
    return [e.LetterDrafted(letter.id, lead.id, letter.basis, step.id, letter.template, letter), after]


class Desk:
    """One letter while it is being written: the ground that is taken, and the words that are tried."""

    def __init__(self, office: Office, db, lead: Lead, step: Step, limits: law.Applied, planned_at: datetime):
        self.office, self.db, self.lead, self.step, self.limits, self.planned_at = office, db, lead, step, limits, planned_at
        self.policy, self.zone = office.policy, ZoneInfo(office.policy.company.time_zone)
        self.contact, self.company = leads.contact(db, lead.contact_id), leads.company(db, lead.company_id)
        self.last = without_silenced(office, db, leads.last_mail(db, lead.id))
        self.earlier, self.earlier_facts = outbox.letters_sent(db, lead.id), leads.earlier_facts(db, lead.id)
        self.author = self.policy.person(lead.owner) or next(iter(self.policy.people), None)
        # From the address that the buyer knows; a mailbox that was taken out of the configuration sends nothing.
        self.account = (self.policy.mailbox(leads.account_written_to(db, lead.id)) or self.policy.mailboxes[0]).name
        self.ids = (next_id(db, "outbox"), *office.new_letter_ids(self.account))

    def write(self) -> Letter | None:
        """The letter; None if there is nothing to say that he has not read. Raises ``TemplateError``."""
        if self.author is None:
            raise TemplateError("mailagent.toml names no [[person]], so nobody can sign a letter")
        if self.step.basis != "follow_up":
            return self._in_words(self._ground_of_show(), self._first_turn)
        limits, his = self.policy.pretexts.variety, grounds.texts_to(self.db, self.lead.contact_id)
        best: tuple[float, Letter, Likeness] | None = None
        for ground in self._grounds():
            for letter in self._wordings(ground):
                mine = nearest(letter.body, his)
                if mine.share >= limits.same_buyer:
                    continue
                day = nearest(letter.body, self._texts_of_day(letter))
                if day.share < limits.same_day:
                    return letter
                if best is None or day.share < best[0]:
                    best = day.share, letter, day
        if best is None:
            # The letter that says how to stop goes in any case; it is the last one.
            return None if self.step.pretexts else self._in_words(self._own(), self._first_turn)
        _, letter, like = best
        warning = f"reads nearly like letter {like.letter_id} to another buyer of the same day: say it in other words"
        return replace(letter, warnings=(warning, *letter.warnings))

    # ── on which ground ─────────────────────────────────────────────────────────────────────────────────────────

    def _grounds(self) -> Iterator[Pretext]:
        if not self.step.pretexts:
            yield self._own()
            return
        known = self._known()
        yield from pretext.choices(known, self.policy)
        yield from pretext.fallbacks(self.step.template, known, self.policy)

    def _own(self) -> Pretext:
        """The step's own template, which needs no ground."""
        return Pretext(self.step.template, self.step.template, str(self.lead.round))

    def _ground_of_show(self) -> Pretext | None:
        """An answer needs no ground; whoever was met at a show is reminded of it."""
        if self.step.template != "show_thanks":
            return None
        values = {"show": self.lead.show, "show_class": self.lead.show_class}
        return Pretext("show_thanks", "show_thanks", self.lead.show, f"met at {self.lead.show}", values=values)

    def _known(self) -> pretext.Known:
        facts = (*(self.last.facts if self.last else ()), *self.earlier_facts)
        return pretext.Known(
            self.lead,
            self.planned_at.astimezone(self.zone).date(),
            writer.language_of(self.lead, "words", self.office.templates),
            tuple(named_products(facts, self.policy.catalogue)[0]),
            facts,
            pretext.newest_lines(grounds.quoted(self.db, self.lead.id)),
            grounds.told(self.db, self.lead.contact_id),
            is_customer=self.lead.stage == "customer" or bool(self.company and self.company.is_customer),
            may_quote=self.lead.fraud == "none",
        )

    # ── in which words ──────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _first_turn(self) -> int:
        """Drawn from the lead and the step: written again, the letter has the same words."""
        seed = f"{self.lead.id}:{self.lead.round}:{self.step.id}"
        return int.from_bytes(sha256(seed.encode()).digest()[:4], "big") % 720

    def _wordings(self, ground: Pretext) -> Iterator[Letter]:
        tried: set[str] = set()
        for number in range(self.policy.pretexts.variety.tries):
            letter = self._in_words(ground, self._first_turn + number)
            if letter.body not in tried:
                tried.add(letter.body)
                yield letter

    def _in_words(self, ground: Pretext | None, turn: int) -> Letter:
        number, ulid, message_id = self.ids
        letter = writer.write(
            self.lead,
            self.contact,
            self.company,
            self.step,
            self.last,
            self.author,
            self.policy,
            self.office.templates,
            letter_id=number,
            ulid=ulid,
            message_id=message_id,
            now=self.office.now(),
            planned_at=self.planned_at,
            account=self.account,
            earlier=self.earlier,
            earlier_facts=self.earlier_facts,
            law=self.limits.row,
            pretext=ground,
            turn=turn,
            says_stop=self._says_stop,
        )
        is_urgent = cadence.is_named_day(self.lead, self.lead.wanted_at) or bool(ground and ground.is_urgent)
        # It is true as long as its ground is, and as the prices in it hold.
        ends = (ground.until.isoformat() if ground and ground.until else "", Quoted.last_day(letter.quoted))
        until = min(filter(None, ends), default="")
        return replace(letter, any_day=self.step.basis == "follow_up" and is_urgent, true_until=until)

    @property
    def _says_stop(self) -> bool:
        """Is it the third follow-up without an answer, or the last that the law allows?"""
        before = self.limits.follow_ups
        return self.step.basis == "follow_up" and (before >= STOP_AFTER or before + 1 >= self.limits.row.max_follow_ups)

    def _texts_of_day(self, letter: Letter) -> dict[int, str]:
        day = self.planned_at.astimezone(self.zone).date()
        start = datetime.combine(day, time(), self.zone)
        return grounds.texts_of_span(self.db, letter.template, start, start + timedelta(days=1), self.lead.contact_id)


def without_silenced(office: Office, db, last: writer.LastMail | None) -> writer.LastMail | None:
    """The buyer's last mail without those of its readers who must not be written to: no copy goes to them."""
    if last is None:
        return None
    why_not = suppressions.checker(db, office.settings.suppression_key)
    sender = "" if last.sender and why_not(last.sender) else last.sender
    return replace(last, cc=tuple(address for address in last.cc if not why_not(address)), sender=sender)
