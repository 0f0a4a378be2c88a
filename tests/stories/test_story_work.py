"""Our own people's work: talks that are logged, calls that are made, leads that change hands, and what becomes of the letters."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from stage import PETER, SHORT, opened, worker

from mailagent.errors import MailagentError
from mailagent.jobs.deliver import Turn, begin_transmission, make_claim
from mailagent.ledger import journal, outbox, owed, stops, tasks, work

PAUL = "paul@klein-antriebe.example"
ANNA = "anna.roth@roth.example"


# ── talks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_talk_on_whatsapp_is_an_answer_and_becomes_tasks(asked):
    lead = asked.lead_of(PETER)
    found = worker(asked).log_talk(lead.id, "whatsapp", "he confirms the order: 5000 pcs, deposit Friday")
    assert ("quantity", "5000 pcs") in [(fact.name, fact.value) for fact in found]
    assert asked.ask(owed.of_lead, lead.id) is None
    titles = sorted(task["title"] for task in opened(asked, "said"))
    assert titles == [
        "He named a date on the whatsapp: 2026-03-13",
        "He said something on the whatsapp that may be an order: check it, and write him what you have noted",
    ]
    # Never silently an order.
    assert asked.lead_of(PETER).stage == "talking"
    assert asked.lead_of(PETER).last_outbound_at == asked.now
    (talk,) = asked.ask(work.talks_of, lead.id)
    assert talk["channel"] == "whatsapp" and talk["actor"] == "Li Wei" and "deposit Friday" in talk["text"]
    # The journal does not know what was said.
    assert not asked.rows("SELECT 1 FROM events WHERE body LIKE '%deposit%'")


def test_a_talk_cancels_what_follows_up_and_begins_the_wait_anew(asked):
    (answer,) = asked.drafts()
    asked.send(answer)
    asked.clock_to_next()
    (follow_up,) = asked.drafts()
    assert follow_up.basis == "follow_up"
    asked.approve(follow_up)
    lead = asked.lead_of(PETER)
    worker(asked).log_talk(lead.id, "phone", "talked about the grease, he thinks about it")
    assert asked.letter(follow_up.id).state == "cancelled"
    after = asked.lead_of(PETER)
    assert after.next_due_at > asked.now + timedelta(hours=20) and not after.rest_reason


def test_a_talk_that_is_logged_while_a_follow_up_is_handed_over_stops_it(asked):
    asked.send(asked.drafts()[0])
    asked.clock_to_next()
    letter = asked.approve(asked.drafts()[0])
    asked.clock.jump(letter.next_attempt_at)
    claim = make_claim(Turn(asked.office), letter, asked.office.policy.mailboxes[0])
    assert claim and letter.basis == "follow_up"
    worker(asked).log_talk(letter.lead_id, "phone", "talked about the grease")
    assert not begin_transmission(Turn(asked.office), claim)
    after = asked.letter(letter.id)
    assert (after.state, after.state_reason) == ("cancelled", "talk") and asked.lead_of(PETER).next_due_at


def test_i_answered_elsewhere_makes_the_answer_needless_and_a_call_does_not(asked):
    (answer,) = asked.drafts()
    lead = asked.lead_of(PETER)
    worker(asked).log_talk(lead.id, "phone", "called: the quotation comes in the afternoon")
    assert asked.letter(answer.id).state == "drafted"
    worker(asked).log_talk(lead.id, "mail", "I answered from my own account")
    assert asked.letter(answer.id).state == "cancelled"


def test_later_is_kept_as_the_day_he_named(asked):
    asked.send(asked.drafts()[0])
    lead = asked.lead_of(PETER)
    worker(asked).log_talk(lead.id, "phone", "not now, call him again after Easter")
    assert asked.lead_of(PETER).next_due_at.date() >= date(2026, 4, 6)


@pytest.mark.parametrize(
    ("lead", "channel", "text", "says"),
    [
        (999, "phone", "x", "There is no lead 999."),
        (1, "pigeon", "x", "is no channel"),
        (1, "phone", " \n ", "Type what was said."),
        (1, "phone", "x" * 100_000, "That is longer than 5000 letters"),
        (1, "phone", "a\x1b[2Jb", "control character"),
        (1, "phone", "a\x00b", "control character"),
    ],
)
def test_what_cannot_be_logged_says_why(asked, lead, channel, text, says):
    with pytest.raises(MailagentError, match=says.replace(".", r"\.")):
        worker(asked).log_talk(lead, channel, text)
    assert asked.rows("SELECT 1 FROM talks") == []


def test_a_talk_lies_in_the_past(asked):
    with pytest.raises(MailagentError, match="future"):
        worker(asked).log_talk(1, "phone", "x", asked.now + timedelta(hours=1))
    with pytest.raises(MailagentError, match=r"at most a year before the first mail of its lead \(2026-03-10\)"):
        worker(asked).log_talk(1, "phone", "x", asked.now.replace(year=1990))
    # One from before his mail answers nothing of it.
    worker(asked).log_talk(1, "phone", "met him at the fair", asked.now - timedelta(days=3))
    assert asked.ask(owed.of_lead, 1) is not None
    # Nor is the answer to it needless, however it was talked.
    (answer,) = asked.drafts()
    worker(asked).log_talk(1, "mail", "we wrote him then", asked.now - timedelta(days=3))
    assert asked.letter(answer.id).state == "drafted"


# ── a colleague's own letters ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("to", "subject"),
    [
        (PETER, "Re: Inquiry 6204-2RS"),
        (PETER, "Something quite new"),
        (PAUL, "Our talk"),  # another person of the company
        (f"stranger@elsewhere.example, {PETER}", "To both"),
    ],
)
def test_a_letter_with_the_agent_in_bcc_is_the_colleagues_own_answer(asked, to, subject):
    (answer,) = asked.drafts()
    raw = (
        "Received: from mail.acme.example by mx.acme.example; Tue, 10 Mar 2026 10:00:00 +0800\r\n"
        f"From: Li Wei <li.wei@acme.example>\r\nTo: {to}\r\nSubject: {subject}\r\nDate: Tue, 10 Mar 2026 10:00:00 +0800\r\n"
        "Message-ID: <own-1@acme.example>\r\n\r\nDear Peter, the price is as we said. We will send the drawing by 20 March 2026.\r\n"
    )
    asked.wait(hours=2)
    asked.mail.deliver("sales@acme.example", raw.encode(), when=asked.now)
    asked.look()
    assert asked.letter(answer.id).state == "cancelled"
    assert asked.ask(owed.of_lead, asked.lead_of(PETER).id) is None
    assert [task["kind"] for task in opened(asked, "promise")] == ["promise"]


# ── calls ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def call_task(stage, lead_id: int) -> int:
    from mailagent.core.model import events as e
    from mailagent.ledger.db import next_id

    with stage.office.ledger.transaction() as db:
        number = next_id(db, "tasks")
        journal.record(db, [e.TaskOpened(number, lead_id, "call", "Li Wei", stage.now, "Call him")], now=stage.now)
    return number


def test_a_call_with_a_note_is_recapped_at_once(asked):
    asked.send(asked.drafts()[0])
    lead = asked.lead_of(PETER)
    task = call_task(asked, lead.id)
    worker(asked).done(task, "5000 pcs for the start\nL/C at sight\nsample first")
    asked.look()
    (recap,) = [one for one in asked.drafts() if one.step == "recap"]
    assert "- 5000 pcs for the start" in recap.body and "- L/C at sight" in recap.body and recap.author == "Li Wei"
    (talk,) = asked.ask(work.talks_of, lead.id)
    assert talk["channel"] == "phone"
    asked.send(recap)
    assert asked.letter(recap.id).state == "sent"
    assert asked.lead_of(PETER).next_due_at is not None
    with pytest.raises(MailagentError, match="done already"):
        worker(asked).done(task, "again")


def test_a_recap_answers_nothing_that_he_asked_after_the_call(asked):
    answer = asked.send(asked.drafts()[0])
    worker(asked).done(call_task(asked, asked.lead_of(PETER).id), "5000 pcs for the start")
    asked.clock.jump(asked.now + timedelta(minutes=1))
    asked.buyer_replies(answer, "One more question: which grease do you use?", name="Peter Klein")
    asked.look()
    (recap,) = [one for one in asked.drafts() if one.step == "recap"]
    assert asked.send(recap).state == "sent"
    assert asked.ask(owed.of_lead, asked.lead_of(PETER).id) is not None


def test_whoever_stopped_this_matter_gets_no_letter_beside_the_cadence(asked):
    asked.send(asked.drafts()[0])
    lead = asked.lead_of(PETER)
    with asked.office.ledger.transaction() as db:
        journal.record(db, stops.stop_by_link(db, lead.contact_id, lead.id, "click", asked.office.hash_address, asked.now), now=asked.now)
    worker(asked).done(call_task(asked, lead.id), "5000 pcs for the start")
    asked.look()
    assert asked.drafts() == [] and len(asked.ask(work.talks_of, lead.id)) == 1


def test_a_task_is_put_off_and_given_away(asked):
    task = call_task(asked, asked.lead_of(PETER).id)
    until = asked.now + timedelta(days=2)
    worker(asked).snooze(task, until)
    worker(asked).give_task(task, "ana.sun@acme.example")
    row = asked.ask(tasks.get, task)
    assert tasks.due_at(row) == until and row["owner"] == "Ana Sun"
    for wrong in (
        lambda: worker(asked).snooze(task, asked.now),
        lambda: worker(asked).give_task(task, "Nobody"),
        lambda: worker(asked).done(77),
    ):
        with pytest.raises(MailagentError):
            wrong()


def test_an_overdue_task_is_told_to_the_manager_once(asked):
    task = call_task(asked, asked.lead_of(PETER).id)
    for hours in (1, 20, 24, 24):
        asked.wait(hours=hours)
    (told,) = opened(asked, "overdue")
    assert told["owner"] == "Boss Zhang" and told["evidence"] == f"task:{task}" and "overdue since" in told["title"]


# ── hands ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_company_is_given_away_as_a_whole_and_drafts_are_signed_anew(asked):
    asked.buyer_writes(PAUL, SHORT, name="Paul Braun")
    asked.look()
    first = asked.lead_of(PETER)
    assert asked.lead_of(PAUL).owner == first.owner == "Li Wei"
    draft = next(one for one in asked.drafts() if one.recipient == PETER)
    asked.approve(draft)
    assert sorted(worker(asked, "Boss Zhang").assign(first.id, "Ana Sun")) == sorted([first.id, asked.lead_of(PAUL).id])
    after = asked.letter(draft.id)
    assert after.state == "drafted" and after.author == "Ana Sun" and not after.approved_by
    assert "Ana Sun" in after.body and "ana.sun@acme.example" in after.body and "Li Wei" not in after.body and "0101" not in after.body
    assert asked.lead_of(PETER).owner == "Ana Sun"
    with pytest.raises(MailagentError, match="Ana Sun's already"):
        worker(asked).assign(first.id, "Ana Sun")
    asked.send(after)
    assert asked.letter(draft.id).state == "sent"


def test_two_of_us_never_write_to_one_company(asked):
    asked.buyer_writes(PAUL, SHORT, name="Paul Braun")
    asked.look()
    (draft,) = [one for one in asked.drafts() if one.recipient == PETER]
    asked.approve(draft)
    paul = asked.lead_of(PAUL).id
    with asked.office.ledger.transaction() as db:  # a slip that no door allows
        db.execute("UPDATE leads SET owner = 'Ana Sun' WHERE id = ?", [paul])
    asked.look()
    assert asked.letter(draft.id).state == "drafted" and asked.letter(draft.id).state_reason == "two_of_us"
    with pytest.raises(MailagentError, match="Two of us would write to one company: Ana Sun, Li Wei"):
        asked.approve(asked.letter(draft.id))
    worker(asked, "Boss Zhang").assign(asked.lead_of(PAUL).id, "Li Wei")
    asked.send(asked.letter(draft.id))
    assert asked.letter(draft.id).state == "sent"


def test_a_leaver_hands_over_everything_in_one_go(asked):
    asked.send(asked.drafts()[0])
    asked.buyer_writes(ANNA, SHORT + "\nwe order 6205-2RS too\n", name="Anna Roth")
    asked.look()
    (draft,) = asked.drafts()
    asked.approve(draft)
    call_task(asked, asked.lead_of(PETER).id)
    boss = worker(asked, "Boss Zhang")
    for wrong in (("Nobody", "Ana Sun"), ("Li Wei", "Nobody"), ("Li Wei", "Li Wei"), ("Ana Sun", "Li Wei")):
        with pytest.raises(MailagentError):
            boss.hand_over(*wrong)
    with pytest.raises(MailagentError, match="Only the manager"):
        worker(asked).hand_over("Li Wei", "Ana Sun")
    before = asked.rows("SELECT COUNT(*) AS n FROM events")
    plan = boss.hand_over("Li Wei", "Ana Sun", dry=True)
    assert (len(plan.leads), len(plan.approved), len(plan.tasks), len(plan.introduced)) == (2, 1, 1, 1)
    assert asked.rows("SELECT COUNT(*) AS n FROM events") == before
    boss.hand_over("Li Wei", "Ana Sun")
    assert {asked.lead_of(PETER).owner, asked.lead_of(ANNA).owner} == {"Ana Sun"}
    assert asked.letter(draft.id).state == "drafted" and "Ana Sun" in asked.letter(draft.id).body
    assert {task["owner"] for task in asked.ask(tasks.open_tasks)} == {"Ana Sun"}
    asked.look()
    (introduction,) = [one for one in asked.drafts() if one.step == "introduction"]
    assert introduction.recipient == PETER and introduction.author == "Ana Sun"
    assert "Li Wei" in introduction.body and "Ana Sun" in introduction.body
    # Nobody of his is left behind, and a second time there is nothing to do.
    with pytest.raises(MailagentError, match="nothing to hand over"):
        boss.hand_over("Li Wei", "Ana Sun")
    assert len([one for one in asked.ask(outbox.drafts) if one.step == "introduction"]) == 1


# ── texts that may go without being read ────────────────────────────────────────────────────────────────────────────


def test_an_acknowledgement_whose_text_was_approved_beforehand_leaves_by_itself(asked):
    from mailagent.jobs.preapprove import end, texts

    asked.set(deadlines={"acknowledge": "send"})
    boss = worker(asked, "Boss Zhang")
    found = {key: fingerprint for key, _, fingerprint in texts(asked.office)}
    assert {"en/acknowledgement", "zh/acknowledgement"} <= set(found)
    for key, fingerprint in found.items():
        boss.preapprove(key, fingerprint)
    vouched = {"Authentication-Results": "mx.acme.example; dmarc=pass header.from=klein-antriebe.example"}
    asked.buyer_writes(PETER, "And what about 6205-ZZ, 3,000 pcs?", name="Peter Klein", headers=vouched)
    asked.look()
    asked.clock.jump(asked.ask(owed.of_lead, asked.lead_of(PETER).id).due_at - timedelta(minutes=20))
    asked.look()
    (sent,) = [letter for letter in asked.letters_to(PETER) if letter.basis == "acknowledgement"]
    assert sent.state == "sent" and sent.approved_by == "Boss Zhang"
    # Another text needs another approval, and so does the next buyer once it was taken back.
    with asked.office.ledger.transaction() as db:
        db.execute("UPDATE preapprovals SET text_hash = 'another text'")
    asked.buyer_writes(ANNA, SHORT)
    asked.look()
    asked.clock.jump(asked.ask(owed.of_lead, asked.lead_of(ANNA).id).due_at)
    asked.look()
    (waits,) = [letter for letter in asked.letters_to(ANNA) if letter.basis == "acknowledgement"]
    assert waits.state == "drafted"
    end(asked.office, boss)
    assert asked.ask(work.preapprovals) == []


def test_a_text_with_money_in_it_is_never_approved_beforehand(asked):
    from mailagent.core.writing.templates import TemplateSet
    from mailagent.jobs.preapprove import texts

    own = {key: text for key, text in asked.office.templates._texts.items()}
    own["en/acknowledgement"] += "\nOur price is USD 3.\n"
    asked.office.templates = TemplateSet(own)
    with pytest.raises(MailagentError, match="no money and no promise"):
        list(texts(asked.office))


# ── platforms, and a person who asks to be forgotten ────────────────────────────────────────────────────────────────


def test_what_was_said_leaves_with_the_person(asked):
    from mailagent.jobs.forget import forget, record_of

    lead = asked.lead_of(PETER)
    worker(asked).log_talk(lead.id, "phone", "Peter's daughter marries in May, 5000 pcs")
    worker(asked).set_order(lead.id, {"production": date(2026, 4, 10)}, ("deposit",))
    record, _ = record_of(asked.office, PETER)
    assert record["talks"][0]["text"].startswith("Peter's daughter") and record["order_dates"][0]["day"] == "2026-04-10"
    forget(asked.office, PETER, "Boss Zhang")
    for table in ("talks", "order_dates", "letters_wanted", "answers_owed", "tasks"):
        assert asked.rows(f"SELECT * FROM {table} WHERE lead_id = ?", lead.id) == [], table
    asked.office.ledger.close()
    assert b"daughter" not in (asked.home / "ledger.sqlite").read_bytes()
