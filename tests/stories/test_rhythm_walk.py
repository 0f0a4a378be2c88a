"""Hypothesis walks the rhythm: buyers, our people, holidays, holds and clocks in any order, over the real jobs and the real ledger.

After every step and every tick four things are true (the buyers' mail and the server that takes our letters are played, nothing else):

    no lead is forgotten    every open lead has a next due time, or a hold, a letter or a task that says why it has none
    the right time          a follow-up arrives in the buyer's hours, on no weekend, holiday, blackout or day for calls, nor while we rest
    never after a stop      nothing goes to who asked us to stop, nothing of a round that he has answered, nothing that is no longer true
    never twice             no step has two letters that may still reach him, and no lead two that wait
"""

from __future__ import annotations

import itertools
import tempfile
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from played import PlayedStage
from stage import DETAILED, SHORT, worker
from test_story_six_months import met

from mailagent import jobs
from mailagent.core.deciding import clock, obstacles, pretext, slots
from mailagent.core.model.calendar import Blackout, DaySpan, Window
from mailagent.core.model.outbox import LIVE
from mailagent.core.model.rhythm import SHOW_CLASSES
from mailagent.errors import MailagentError
from mailagent.jobs.replan import keep_to_rhythm
from mailagent.ledger import leads, outbox

PLACES = {
    "DE": "Hafenstrasse 12, 20457 Hamburg, Germany\nTel. +49 40 5550 1234",
    "US": "500 Main Street, Denver, CO 80202, USA\nTel. +1 303 555 0143",
    "SA": "King Fahd Road, Riyadh, Saudi Arabia\nTel. +966 11 555 0100",
    "JP": "1-2-3 Marunouchi, Chiyoda-ku, Tokyo, Japan\nTel. +81 3 5550 1234",
    "": "",
}
WORDS = {
    "asks": "Thank you. What is your price for 10,000 pcs, and when could you ship?",
    "thanks": "Thank you, received. We will look at it.",
    "later": "Not now, our budget is closed. Please write to us again in May.",
    "monday": "Not now please. Contact me again on Monday, 20 April 2026.",
    "no": "Thank you, but we are not interested. We have another supplier.",
    "stop": "Please remove me from your list and send no more mails.",
    "order": "We place the order for 6204-2RS, 20,000 pcs. Please send the proforma invoice.",
    "bank": "Is this your new account? We got a mail that your bank account has changed.",
}
ABSENT = "I am out of the office until 30 March 2026 and will answer after my return."
PICK = st.integers(0, 7)
MOST_PEOPLE, MOST_TICKS = 6, 400
LIMITS = ((timedelta(hours=20), 1), (timedelta(days=7), 2), (timedelta(days=30), 4))


class Rhythm(RuleBasedStateMachine):
    """A few buyers, two salespeople and their manager."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.stage = PlayedStage(self, Path(self.folder.name))
        with self.stage.office.ledger.transaction() as db:
            # The walk is about decisions; waiting for the disk at each commit would only make it shorter.
            db.conn.commit()
            db.execute("PRAGMA synchronous = OFF")
            db.execute("BEGIN")
        self.silenced: dict[str, datetime] = {}
        self.wrong: list[str] = []
        self.went: list[tuple[datetime, int, int]] = []
        self.people = itertools.count(1)

    def teardown(self):
        try:
            self.everything_comes_to_rest()
            self.nothing_left_that_should_not()
        finally:
            self.stage._close()
            self.folder.cleanup()

    def everything_comes_to_rest(self) -> None:
        """From wherever the walk has led: if nobody holds or answers any more, every lead goes to the end of its cadence."""
        self.stage.mail.mood = "takes"
        for _ in range(MOST_TICKS):
            for lead in self.leads("hold_reason <> ''"):
                with suppress(MailagentError):
                    self.stage.person("Boss Zhang").resume(lead.id)
            self.doubt_is_settled(0)
            self.manager_approves()
            if not self.leads("rest_reason = '' AND stage <> 'closed'"):
                return
            self.stage.clock_to_next()
            self.nobody_is_forgotten()
        assert not [(lead.id, lead.cadence, lead.step, lead.due_reason) for lead in self.leads("rest_reason = '' AND stage <> 'closed'")]

    # ── what is known of the world ──────────────────────────────────────────────────────────────────────────────

    def leads(self, where: str = "1"):
        numbers = [row["id"] for row in self.stage.rows(f"SELECT id FROM leads WHERE {where} ORDER BY id")]
        return [self.stage.ask(leads.get, number) for number in numbers]

    def a_lead(self, pick: int, where: str = "rest_reason = '' AND stage <> 'closed'"):
        found = self.leads(where)
        return found[pick % len(found)] if found else None

    def at_the_first_byte(self, ulid: str) -> None:
        """A letter leaves; from now on it cannot be stopped. The agent would live on after a failure here, so it is kept in mind."""
        try:
            self.look_at(ulid)
        except AssertionError as wrong:
            self.wrong.append(str(wrong))

    def look_at(self, ulid: str) -> None:
        """Whether a letter may leave now."""
        stage, policy, now = self.stage, self.stage.office.policy, self.stage.now
        letter = stage.letter(stage.rows("SELECT id FROM outbox WHERE ulid = ?", ulid)[0]["id"])
        lead, said = stage.ask(leads.get, letter.lead_id), f"letter {letter.id} ({letter.basis}, {letter.step}) at {now}"
        assert letter.approved_by, said
        assert lead.email not in self.silenced, f"{said}: he asked us to stop on {self.silenced[lead.email]}"
        assert lead.fraud != "likely" and not lead.hold_reason, (said, lead.hold_reason)
        if letter.basis != "follow_up":
            return
        assert not lead.rest_reason and lead.stage != "closed", (said, lead.rest_reason)
        assert letter.round < 0 or letter.round == lead.round, f"{said}: he wrote since"
        assert letter.round < 0 or lead.last_inbound_at is None or lead.last_inbound_at <= letter.created_at, f"{said}: he wrote since"
        # The hours: asked of the parts, and not of the function that planned it.
        buyer, ours = clock.clock_of(lead, policy), clock.our_clock(policy)
        local = buyer.local(now)
        assert buyer.is_working_day(local.date()), (said, local, buyer.holiday(local.date()))
        assert slots.goes_on_quiet_days(letter, lead, policy) or not buyer.is_first_or_last_day(local.date()), (said, local)
        rules = [one for one in policy.calendar.blackout if one.on and one.concerns(buyer.country, lead.email)]
        narrowed = next((one.only for one in rules if one.only and obstacles.is_day_of(one, local.date(), buyer)), policy.calendar.windows)
        assert any(window.start <= local.time() <= window.end for window in narrowed), (said, local)
        assert not ours.holiday(ours.local(now).date()), said
        assert not any(one.start is None and not one.only and obstacles.is_day_of(one, local.date(), buyer) for one in rules), said
        assert pretext.is_true_still(letter, ours.local(now).date(), policy), f"{said}: {letter.because}"
        # The limits of DOMAIN §4: what he has not answered.
        for span, most in LIMITS:
            of_company = [(at, number) for at, number, company in self.went if company == lead.company_id and at > now - span]
            earlier = [at for at, number in of_company if self.is_unanswered(number, at)]
            assert len(earlier) < most, (said, span, earlier)
        if stage.mail.mood != "later":
            self.went.append((now, lead.id, lead.company_id))

    def is_unanswered(self, lead_id: int, since: datetime) -> bool:
        heard = self.stage.ask(leads.get, lead_id).last_inbound_at
        return heard is None or heard < since

    # ── buyers ──────────────────────────────────────────────────────────────────────────────────────────────────

    @initialize(country=st.sampled_from(sorted(PLACES)))
    def somebody_asks(self, country):
        self.asks(country, True, False)
        self.asks("US", False, False)

    @rule(country=st.sampled_from(sorted(PLACES)), detailed=st.booleans(), colleague=st.booleans())
    def asks(self, country, detailed, colleague):
        number = next(self.people)
        if number > MOST_PEOPLE:
            return
        house = f"firm{number - 1 if colleague and number > 1 else number}.example"
        text = DETAILED if detailed else SHORT
        text = text.rpartition("\n\n")[0] if detailed else text
        self.stage.buyer_writes(f"buyer{number}@{house}", f"{text}\n\nBest regards\nBuyer {number}\n{PLACES[country]}\n")
        self.stage.look()

    @rule(pick=PICK, what=st.sampled_from(sorted(WORDS) + ["asks", "thanks", "later", "monday"]), in_thread=st.booleans())
    def buyer_writes(self, pick, what, in_thread):
        if in_thread:
            # Between approval and sending, where a stop has the least time.
            self.rhythm_goes_on(2)
            self.manager_approves()
        lead = self.a_lead(pick, "1")
        sent = [one for one in self.stage.ask(outbox.of_lead, lead.id) if one.state == "sent"]
        if in_thread and sent:
            self.stage.buyer_replies(sent[-1], WORDS[what])
        else:
            self.stage.buyer_writes(lead.email, WORDS[what], subject="Re: our matter")
        self.stage.look()
        if what == "stop" and self.stage.suppressed(lead.email):
            self.silenced.setdefault(lead.email, self.stage.now)

    def buyer_is_absent(self, pick):
        if (lead := self.a_lead(pick)) is not None:
            self.stage.buyer_writes(lead.email, ABSENT, subject="Automatic reply", headers={"Auto-Submitted": "auto-replied"})
            self.stage.look()

    def letter_comes_back(self, pick):
        status = "5.1.1" if pick % 4 == 0 else "4.2.2"
        sent = [row["id"] for row in self.stage.rows("SELECT id FROM outbox WHERE state = 'sent' AND basis <> 'notice' ORDER BY id")]
        if sent:
            self.stage.report_comes(self.stage.letter(sent[pick % len(sent)]), status=status, action="failed")
            self.stage.look()

    def met_at_a_show(self, pick):
        if (number := next(self.people)) <= MOST_PEOPLE:
            met(self.stage, number, SHOW_CLASSES[pick], self.stage.now + timedelta(days=2))
            self.stage.look()

    # ── our people ──────────────────────────────────────────────────────────────────────────────────────────────

    @rule()
    def manager_approves(self):
        for letter in self.stage.drafts():
            with suppress(MailagentError):
                self.stage.approve(letter)
        self.stage.look()

    def manager_works_on_a_draft(self, pick):
        drafts = self.stage.drafts()
        if not drafts:
            return
        letter, boss = drafts[pick % len(drafts)], self.stage.person("Boss Zhang")
        with suppress(MailagentError):
            boss.reject(letter.id) if pick % 2 else boss.edit(letter.id, letter.subject, letter.body + "\n\nP.S. Good luck.")

    def pause(self, pick):
        days = (None, 3, 20)[pick % 3]
        if (lead := self.a_lead(pick)) is not None:
            self.stage.person("Li Wei").pause(lead.id, self.stage.now + timedelta(days=days) if days else None)

    def go_on(self, pick):
        if (lead := self.a_lead(pick, "hold_reason <> ''")) is not None:
            with suppress(MailagentError):
                self.stage.person("Boss Zhang").resume(lead.id)
            self.stage.look()

    def talk(self, pick):
        channel, text = ("phone", "mail", "whatsapp")[pick % 3], ("he will think about it", "call again 2026-05-04")[pick % 2]
        if (lead := self.a_lead(pick)) is not None:
            worker(self.stage).log_talk(lead.id, channel, text)
            self.stage.look()

    def colleague_answers(self, pick):
        if (lead := self.a_lead(pick)) is not None:
            self.stage.colleague_answers_from_outlook(lead.email, "Dear friend, here is our price list. Li Wei")
            self.stage.look()

    def stop(self, pick):
        if (lead := self.a_lead(pick)) is None:
            return
        boss = self.stage.person("Boss Zhang")
        if pick % 2:
            boss.never_write(lead.email)
            self.silenced.setdefault(lead.email, self.stage.now)
        else:
            boss.stop_following(lead.id)

    def place_is_said(self, pick):
        if (lead := self.a_lead(pick)) is not None:
            self.stage.person("Li Wei").place(lead.id, ("DE", "SA", "NZ")[pick % 3])

    def lead_changes_hands(self, pick):
        if (lead := self.a_lead(pick)) is not None:
            with suppress(MailagentError):
                worker(self.stage, "Boss Zhang").assign(lead.id, "Ana Sun" if lead.owner != "Ana Sun" else "Li Wei")
            self.stage.look()

    def task_is_done(self, pick):
        found = [task for task in self.stage.tasks() if task["lead_id"]]
        if not found:
            return
        task = found[pick % len(found)]
        with suppress(MailagentError):
            if task["kind"] == "to_pool":
                worker(self.stage, "Boss Zhang").decide_pool(task["id"], bool(pick % 2))
            else:
                worker(self.stage, "Boss Zhang").done(task["id"], "we talked: 5000 pcs" if pick % 2 else "")
        self.stage.look()

    def doubt_is_settled(self, pick):
        verb = ("confirm", "release", "abandon")[pick % 3]
        with self.stage.office.ledger.reading() as db:
            found = outbox.in_doubt(db)
        if found:
            getattr(self.stage.person("Boss Zhang"), verb)(found[pick % len(found)].id)
            self.stage.look()

    # ── time, calendar and lines ────────────────────────────────────────────────────────────────────────────────

    @rule(times=st.integers(2, 5))
    def rhythm_goes_on(self, times):
        """Our people approve what waits, and the agent does what it planned."""
        for _ in range(times):
            self.manager_approves()
            self.stage.clock_to_next()
            self.nobody_is_forgotten()

    @rule(times=st.integers(3, 8))
    def rhythm_goes_on_for_long(self, times):
        self.stage.mail.mood = "takes"
        self.rhythm_goes_on(times)

    @rule(hours=st.sampled_from([1, 7, 13, 24, 31, 61, 72, 24 * 7, 24 * 35]), approving=st.booleans())
    def time_passes(self, hours, approving):
        """Nobody was there: the agent comes back at any hour, with letters that were approved for another one."""
        if approving:
            self.rhythm_goes_on(1)
            self.manager_approves()
        self.stage.wait(hours=hours)

    def housekeeping(self, pick):
        jobs.tidy(self.stage.office)

    def server_is_in_another_mood(self, pick):
        self.stage.mail.mood = ("takes", "later", "lost")[pick % 3]

    def process_dies(self, pick):
        self.stage.restart()
        jobs.reconcile(self.stage.office, after_restart=True)

    def rhythm_is_changed_for_a_while(self, pick):
        """Everything is planned anew under another calendar, lived under for some days, and planned anew again."""
        office, usual, days = self.stage.office, self.stage.office.policy, 1 + pick
        today = self.stage.now.date()
        if pick % 2:
            span = DaySpan(first=today, last=today + timedelta(days=days))
            changed = {"blackout": (*usual.calendar.blackout, Blackout(dates=(span,), why="a fair"))}
        else:
            changed = {"windows": (Window(start="14:00", end="16:00"),)}
        office.policy = usual.model_copy(update={"calendar": usual.calendar.model_copy(update=changed)})
        assert keep_to_rhythm(office).is_done
        for _ in range(3):
            if (moment := self.stage.next_moment()) and moment < self.stage.now + timedelta(days=days):
                self.stage.clock.jump(moment)
            jobs.plan(office)
            jobs.deliver(office)
        office.policy = usual
        assert keep_to_rhythm(office).is_done
        self.stage.look()

    # ── one of all these ────────────────────────────────────────────────────────────────────────────────────────

    @rule(pick=PICK, what=st.sampled_from(["buyer_is_absent", "letter_comes_back", "met_at_a_show", "colleague_answers", "talk"]))
    def something_comes(self, pick, what):
        getattr(self, what)(pick)

    @rule(
        pick=PICK,
        what=st.sampled_from(
            ["manager_works_on_a_draft", "pause", "go_on", "place_is_said", "lead_changes_hands", "task_is_done", "doubt_is_settled"]
            + ["stop"]
        ),
    )
    def our_people_act(self, pick, what):
        getattr(self, what)(pick)

    @rule(
        pick=PICK,
        what=st.sampled_from(["housekeeping", "server_is_in_another_mood", "process_dies", "rhythm_is_changed_for_a_while"]),
    )
    def the_house_changes(self, pick, what):
        getattr(self, what)(pick)

    # ── what must be true ───────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def nothing_left_that_should_not(self):
        assert not self.wrong

    @invariant()
    def nobody_is_forgotten(self):
        for lead in self.leads("rest_reason = '' AND stage <> 'closed'"):
            if lead.hold_reason:
                continue
            letters = [one for one in self.stage.ask(outbox.of_lead, lead.id) if one.basis != "notice"]
            under_way = [one for one in letters if one.state in LIVE and one.state != "sent" and one.round >= 0]
            tasks = [task for task in self.stage.tasks() if task["lead_id"] == lead.id]
            said = (lead.id, lead.email, lead.cadence, lead.step, lead.due_reason, lead.show_class, [one.state for one in letters])
            if lead.next_due_at is None:
                assert lead.due_reason, said
                assert under_way or tasks, said
            else:
                assert lead.due_reason, said
        for row in self.stage.rows("SELECT id, hold_reason, held_until FROM leads WHERE hold_reason <> ''"):
            assert row["held_until"] or row["hold_reason"], row

    @invariant()
    def no_step_has_two_letters(self):
        marks = ", ".join(f"'{state}'" for state in LIVE)
        assert not self.stage.rows(
            f"SELECT lead_id, round, step FROM outbox WHERE basis <> 'notice' AND state IN ({marks}) GROUP BY 1, 2, 3 HAVING COUNT(*) > 1"
        )
        waiting = "SELECT lead_id FROM outbox WHERE basis = 'follow_up' AND round >= 0 AND state IN ('drafted', 'approved')"
        assert not self.stage.rows(f"{waiting} GROUP BY 1 HAVING COUNT(*) > 1")

    @invariant()
    def what_rests_has_no_follow_up_that_waits(self):
        waiting = "SELECT o.id, l.rest_reason FROM outbox o JOIN leads l ON l.id = o.lead_id WHERE o.basis = 'follow_up' AND o.round >= 0"
        assert not self.stage.rows(f"{waiting} AND o.state IN ('drafted', 'approved') AND (l.rest_reason <> '' OR l.stage = 'closed')")


Rhythm.TestCase.settings = settings(
    max_examples=6, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
TestRhythm = Rhythm.TestCase
