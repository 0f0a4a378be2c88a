"""A person's verbs: approve, edit, reject this, stop following this lead, never write to this address, pause, pin.

Every door (terminal, desk) calls these. Each is one transaction, recorded under the person's name, and refuses with
a sentence that says why. Approval binds to the content hash that the person saw: a changed draft needs a new one
(DESIGN, "Approval: three doors, one rule").
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlite_utils import Database

from mailagent.core.deciding import cadence, clock, slots
from mailagent.core.deciding.law import applied
from mailagent.core.model import events as e
from mailagent.core.model.lead import Lead
from mailagent.core.model.outbox import Letter, content_hash
from mailagent.core.model.policy import Person, Policy
from mailagent.errors import ApprovalRefused, MailagentError
from mailagent.ledger import copies, journal, law, leads, outbox, rights, stops, suppressions, tasks, timing
from mailagent.ledger.db import Ledger

MAX_SUBJECT, MAX_BODY = 200, 50_000
#: A shorter reason says nothing, characters.
SHORTEST_REASON = 5
#: A state or province in ISO 3166-2, without its country.
REGION = re.compile(r"[A-Z0-9]{1,3}")


class Reviewer:
    """One person at one door.

    Args:
        person: somebody of ``mailagent.toml``.
        hash_address: the keyed hash under which suppressions are remembered.
        suppressed: (db, address) → why it must not be written to, or "".
    """

    def __init__(
        self,
        ledger: Ledger,
        policy: Policy,
        person: Person,
        now: Callable[[], datetime],
        hash_address: Callable[[str], str],
        suppressed: Callable[[Database, str], str],
    ):
        self.ledger, self.policy, self.person, self.now = ledger, policy, person, now
        self.hash_address, self.suppressed = hash_address, suppressed

    # ── letters ─────────────────────────────────────────────────────────────────────────────────────────────────

    def approve(self, letter_id: int, seen_hash: str) -> None:
        """Let a letter go, exactly as it was seen. A follow-up leaves in the buyer's hours, an answer at once.

        Raises:
            ApprovalRefused: the text changed, the buyer wrote meanwhile, or this person may not approve it.
        """
        with self.ledger.transaction() as db:
            letter = self._letter(db, letter_id)
            lead = leads.get(db, letter.lead_id)
            self._refuse_if_not_approvable(db, letter, lead, seen_hash)
            gone = copies.silenced(letter, partial(self.suppressed, db))
            if gone:
                self._record(db, *copies.drop(db, letter, gone, self.now()))
            else:
                at = slots.leaving_time(letter, lead, self.policy, self.now())
                self._record(db, e.LetterMoved(letter.id, "approve", content_hash=seen_hash, retry_at=at))
        if gone:
            # Said behind the transaction, which stands: he opens the letter again and sees it as it is now.
            raise ApprovalRefused(f"No copy may go to {', '.join(gone)}. Read letter {letter_id} again as it is now, then approve.")

    def _refuse_if_not_approvable(self, db: Database, letter: Letter, lead: Lead, seen_hash: str) -> None:
        if letter.state != "drafted":
            raise ApprovalRefused(f"Letter {letter.id} is {letter.state} already.")
        if letter.content_hash != seen_hash:
            raise ApprovalRefused(f"Letter {letter.id} was changed after you opened it. Read it again, then approve.")
        if letter.needs_manager and not self.person.may_approve_everything:
            raise ApprovalRefused(f"Letter {letter.id} needs the manager's approval.")
        permitted = suppressions.is_permitted(db, letter.lead_id, letter.round, letter.basis)
        reason = "" if permitted else self.suppressed(db, letter.recipient) or suppressions.reason_in_matter(db, letter.lead_id)
        if reason:
            raise ApprovalRefused(f"Nothing may be sent to {letter.recipient}: {reason}.")
        if lead.fraud == "likely":
            raise ApprovalRefused(f"Lead {lead.id} shows signs of fraud. Verify it first.")
        if letter.basis == "follow_up" and applied(law.facts_of(db, lead, letter.id), self.policy).objection(self.now()):
            raise ApprovalRefused(f"The law of his country allows no further follow-up to {letter.recipient}.")
        if other := outbox.other_owner(db, lead.id):
            names = ", ".join(sorted((lead.owner, other)))
            raise ApprovalRefused(f"Two of us would write to one company: {names}. Give it to one of them: mailagent assign {lead.id} NAME")
        if lead.hold_reason == "unsubscribe_review":
            raise ApprovalRefused(f"{letter.recipient} may have asked for no more letters. Decide that first.")

    def edit(self, letter_id: int, subject: str, body: str, seen_hash: str = "") -> str:
        """Change a draft's subject and text. An approved letter becomes a draft again.

        Args:
            seen_hash: what the person began from; "" if nobody else can have changed it meanwhile.

        Returns:
            The new content hash, which an approval must show.

        Raises:
            ApprovalRefused: the letter is past changing, or the new text cannot be sent.
        """
        # Late, like everything that reads.
        from mailagent.core.reading import validity

        subject, body = " ".join(subject.split()), body.replace("\r\n", "\n").strip()
        if not subject or not body:
            raise ApprovalRefused("A letter needs a subject and a text.")
        if len(subject) > MAX_SUBJECT or len(body) > MAX_BODY:
            raise ApprovalRefused(f"A subject may have {MAX_SUBJECT} letters and a text {MAX_BODY}.")
        if any(ord(letter) < 32 and letter not in "\n\t" for letter in subject + body):
            raise ApprovalRefused("There is a control character in the subject or text. Type that line again.")
        with self.ledger.transaction() as db:
            letter = self._letter(db, letter_id)
            if seen_hash and letter.content_hash != seen_hash:
                raise ApprovalRefused(f"Letter {letter.id} was changed after you opened it. Read it again, then save.")
            if letter.state not in ("drafted", "approved"):
                raise ApprovalRefused(f"Letter {letter.id} is {letter.state}; it can no longer be changed.")
            if letter.state == "approved":
                self._record(db, e.LetterMoved(letter.id, "revise", "edited"))
            new_hash = content_hash(letter.recipient, letter.cc, subject, body, letter.footer)
            ends = validity.stated(body, clock.our_clock(self.policy).local(self.now()).date(), self.policy)
            self._record(db, e.DraftEdited(letter.id, new_hash, subject, body, ends))
        return new_hash

    def reject(self, letter_id: int) -> None:
        """Not this letter: its step is skipped and the next one planned."""
        with self.ledger.transaction() as db:
            letter = self._letter(db, letter_id)
            if letter.state == "approved":
                self._record(db, e.LetterMoved(letter.id, "revise", "rejected"))
            elif letter.state != "drafted":
                raise ApprovalRefused(f"Letter {letter.id} is {letter.state}; it can no longer be rejected.")
            events: list[e.Event] = [e.LetterMoved(letter.id, "reject", "rejected")]
            lead = leads.get(db, letter.lead_id)
            if lead.round == letter.round and not lead.rest_reason:
                events.append(cadence.after_step(lead, letter.step, self.now(), self.policy))
            self._record(db, *events)

    def release(self, letter_id: int) -> None:
        """A letter in doubt did not arrive, says a person who has looked: send it again (the same bytes)."""
        with self.ledger.transaction() as db:
            letter = self._letter(db, letter_id)
            if letter.state != "in_doubt":
                raise ApprovalRefused(f"Letter {letter.id} is not in doubt.")
            self._record(
                db, e.LetterMoved(letter.id, "release", "a_person_looked", retry_at=self.now()), *self._close(db, letter, "in_doubt")
            )

    def confirm(self, letter_id: int) -> None:
        """A letter in doubt did arrive: it counts as sent, and the wait for the next step begins."""
        with self.ledger.transaction() as db:
            letter = self._letter(db, letter_id)
            if letter.state != "in_doubt":
                raise ApprovalRefused(f"Letter {letter.id} is not in doubt.")
            lead = leads.get(db, letter.lead_id)
            events: list[e.Event] = [e.LetterMoved(letter.id, "confirm", "a_person_looked"), *self._close(db, letter, "in_doubt")]
            if lead.round == letter.round and not lead.rest_reason:
                events.append(cadence.after_step(lead, letter.step, self.now(), self.policy))
            self._record(db, *events)

    def abandon(self, letter_id: int) -> None:
        """A letter in doubt is given up: it is not sent again, and does not count as sent. The next step is planned."""
        with self.ledger.transaction() as db:
            letter = self._letter(db, letter_id)
            if letter.state != "in_doubt":
                raise ApprovalRefused(f"Letter {letter.id} is not in doubt.")
            lead = leads.get(db, letter.lead_id)
            events: list[e.Event] = [e.LetterMoved(letter.id, "abandon", "a_person_looked"), *self._close(db, letter, "in_doubt")]
            if lead.round == letter.round and not lead.rest_reason:
                events.append(cadence.after_step(lead, letter.step, self.now(), self.policy))
            self._record(db, *events)

    # ── leads ───────────────────────────────────────────────────────────────────────────────────────────────────

    def stop_following(self, lead_id: int) -> None:
        """No further letters in this matter; the address itself stays free for others."""
        with self.ledger.transaction() as db:
            lead = self._lead(db, lead_id)
            self._record(db, *self._cancel(db, lead.id, "stopped"), e.CadenceEnded(lead.id, "stopped"), e.StageChanged(lead.id, "closed"))

    def never_write(self, target: str, evidence: str = "", reason: str = "manual") -> None:
        """This address, or everybody at a domain (``@acme.example``), must not be written to again, by nobody, in no matter.

        Args:
            evidence: who said so, when, in which words.
            reason: one of ``stops.ENDS``.
        """
        target = stops.checked(target, self.policy)
        with self.ledger.transaction() as db:
            said = evidence or f"said by {self.person.name}"
            self._record(db, *stops.silence(db, [target], reason, said, self.hash_address, self.now()))

    def lift(self, target: str, evidence: str) -> None:
        """An address may be written to again, with what shows it. Where he asked for silence himself, only his own new consent does."""
        with self.ledger.transaction() as db:
            self._record(db, *stops.lift(db, stops.checked(target, self.policy), evidence, self.hash_address))

    def answer_silenced(self, lead_id: int, why: str) -> None:
        """Let what a buyer asked after his wish for silence be answered, once: a draft is written, and no follow-up comes of it.

        Args:
            why: what he asked, in this person's words; kept with it.

        Raises:
            MailagentError: no reason was typed, he has asked nothing since, or nothing keeps us from writing to him.
        """
        why = " ".join(why.split())
        with self.ledger.transaction() as db:
            lead = self._lead(db, lead_id)
            if len(why) < SHORTEST_REASON:
                raise MailagentError("Type why he is answered all the same: what does he ask?")
            if not self.suppressed(db, lead.email) and not suppressions.reason_in_matter(db, lead.id):
                raise MailagentError(f"Nothing keeps us from writing to {lead.email}.")
            if lead.fraud == "likely":
                raise ApprovalRefused(f"Lead {lead.id} shows signs of fraud. Verify it first.")
            since = suppressions.silenced_since(db, lead.email, self.hash_address, lead.id)
            if lead.last_inbound_at is None or since is None or lead.last_inbound_at <= since:
                raise MailagentError(f"{lead.email} has asked nothing since he was silenced; only that may be answered.")
            if outbox.drafts(db, lead_id=lead.id):
                raise MailagentError(f"A draft for lead {lead.id} waits already.")
            name = "reply" if "reply" in self.policy.cadences else lead.cadence
            if name not in self.policy.cadences:
                raise MailagentError("cadences.toml has no cadence with an answer for it; answer from your own mail program.")
            begun = cadence.begin_round(lead.id, lead.round + 1, name, self.policy, self.now(), "a person answers what he asked")
            closed = [e.TaskDone(number) for number in tasks.open_of_kind(db, lead.id, "answer_by_hand")]
            self._record(db, e.AnswerPermitted(lead.id, lead.round + 1, why), *begun, *closed)

    def pause(self, lead_id: int, until: datetime | None = None) -> None:
        """Nothing goes out in this matter until a date, or until a person resumes it. Drafts stay where they are."""
        with self.ledger.transaction() as db:
            lead = self._lead(db, lead_id)
            # A question that waits for a person (fraud, a wish to be left alone) holds already, and must not end by a date.
            if lead.hold_reason not in ("", "paused", "out_of_office"):
                return
            if lead.hold_reason and not rights.may_let_go_on(db, lead, self.person, self.policy, self.now()):
                # Stopping is open to him; ending sooner what another has stopped is not.
                until = max(until, lead.held_until) if until and lead.held_until else None
            self._record(db, e.LeadHeld(lead.id, "paused", until))

    def resume(self, lead_id: int) -> None:
        """End a pause or any other hold. Raises ``MailagentError``: it is not paused, or another's."""
        with self.ledger.transaction() as db:
            lead = self._lead(db, lead_id)
            if not lead.hold_reason:
                raise MailagentError(f"Lead {lead.id} is not paused.")
            rights.check_going_on(db, lead, self.person, self.policy, self.now())
            self._record(db, e.LeadResumed(lead.id, outbox.due_after_hold(db, lead, self.now()), "resumed by hand"))

    def pause_all(self, reason: str = "by_hand") -> None:
        """Stop all sending at once; reading and drafting go on."""
        with self.ledger.transaction() as db:
            # Whoever paused it may let it go on: a second pause must not make that of the manager his.
            if not outbox.is_paused(db, "all") or rights.decides_alone(self.person, self.policy):
                self._record(db, e.SendingPaused("all", reason))

    def resume_all(self, scope: str = "all") -> None:
        """Sending goes on: all of it, that of a mailbox, or that to a domain. Raises ``MailagentError``: only the manager may.

        Who ends his own pause of everything lifts no brake by it.
        """
        with self.ledger.transaction() as db:
            rights.check_sending(db, scope, self.person, self.policy)
            self._record(db, e.SendingResumed(scope, scope != "all" or rights.decides_alone(self.person, self.policy)))

    def pin_tier(self, lead_id: int, tier: int | None) -> None:
        """Set the tier by hand; a pin beats the score."""
        with self.ledger.transaction() as db:
            self._record(db, e.TierPinned(self._lead(db, lead_id).id, tier))

    def note_birthday(self, lead_id: int, day: str) -> None:
        """Keep a birthday that the buyer told us, as MM-DD; "" forgets it.

        Raises:
            MailagentError: there is no such day.
        """
        try:
            # A leap year, because people are born on 29 February, too.
            day = f"{datetime.strptime(f'2024-{day}', '%Y-%m-%d'):%m-%d}" if day else ""
        except ValueError as error:
            raise MailagentError(f'"{day}" is no day of the year; write it as 05-17.') from error
        with self.ledger.transaction() as db:
            self._record(db, e.BirthdayTold(self._lead(db, lead_id).contact_id, day))

    def place(self, lead_id: int, country: str, zone: str = "", region: str = "") -> None:
        """Say where the person behind a lead sits; nothing that is read later beats it. What is planned for him moves to his clock.

        Args:
            country: two letters.
            zone: as "America/Denver"; "" where the country has one, or nobody knows.
            region: his state or province as in ISO 3166-2, where its holidays count.

        Raises:
            MailagentError: there is no such lead, country or zone; or the region is no code.
        """
        country, zone, region = country.strip().upper(), zone.strip(), region.strip().upper()
        if country not in self.policy.calendar.places:
            raise MailagentError(f'"{country[:40]}" is no country of calendar.toml; write its two letters, as DE.')
        if zone:
            try:
                ZoneInfo(zone)
            except (ZoneInfoNotFoundError, ValueError, OSError) as error:
                raise MailagentError(f'"{zone[:40]}" is no time zone; write one as "America/Denver".') from error
        if region and not REGION.fullmatch(region):
            raise MailagentError(f'"{region[:40]}" is no code of a state or province; write it as in ISO 3166-2, as BY.')
        with self.ledger.transaction() as db:
            lead = self._lead(db, lead_id)
            self._record(db, e.PlaceLearnt(lead.contact_id, lead.id, country, zone, region, "said", "sure"))
            for one in leads.of_contact(db, lead.contact_id):
                recent = timing.recent_follow_ups(db, one.company_id, self.now(), one.id)
                if moved := cadence.replan(one, self.policy, recent):
                    self._record(db, moved)

    def done(self, task_id: int, note: str = "") -> None:
        """A task was done."""
        with self.ledger.transaction() as db:
            if tasks.get(db, task_id) is None:
                raise MailagentError(f"There is no task {task_id}.")
            self._record(db, e.TaskDone(task_id, note[:500]))

    # ── small things ────────────────────────────────────────────────────────────────────────────────────────────

    def _record(self, db: Database, *events: e.Event) -> None:
        journal.record(db, events, now=self.now(), actor=self.person.name)

    def _letter(self, db: Database, letter_id: int) -> Letter:
        letter = outbox.get(db, letter_id)
        if letter is None or letter.basis == "notice":
            raise ApprovalRefused(f"There is no letter {letter_id}.")
        return letter

    def _lead(self, db: Database, lead_id: int) -> Lead:
        lead = leads.get(db, lead_id)
        if lead is None:
            raise MailagentError(f"There is no lead {lead_id}. mailagent leads lists them.")
        return lead

    def _cancel(self, db: Database, lead_id: int, reason: str) -> list[e.Event]:
        return [e.LetterMoved(letter.id, "cancel", reason) for letter in outbox.cancellable(db, lead_id)]

    def _close(self, db: Database, letter: Letter, kind: str) -> list[e.Event]:
        return [e.TaskDone(number) for number in tasks.open_of_kind(db, letter.lead_id, kind)]
