"""The manager's week: real numbers, exactly once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from stage import DETAILED, SHANGHAI, SHORT

from mailagent.core.model import events as e
from mailagent.core.scoring import score as scorer
from mailagent.ledger import folders, journal

BOSS = "boss@acme.example"
PETER, ANNA, JOHN = "p.klein@klein-antriebe.example", "anna@other.example", "john@third.example"
MONDAY = datetime(2026, 3, 16, 8, 30, tzinfo=SHANGHAI).astimezone(UTC)


def digests(stage):
    return [letter for letter in stage.letters_at(BOSS) if "2026-W" in letter["Subject"] or "2026-W" in letter.get_content()]


def a_week(stage):
    """Three inquiries, two answers, one reply, one wish to stop, one bounce."""
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.buyer_writes(ANNA, SHORT, name="Anna Roth")
    stage.buyer_writes("buyer@gone.example", SHORT)
    stage.look()
    stage.approve_everything()
    stage.look()
    stage.wait(hours=5)
    (anna,) = [letter for letter in stage.letters_to(ANNA) if letter.state == "sent"]
    stage.buyer_replies(anna, "Please unsubscribe me")
    (peter,) = [letter for letter in stage.letters_to(PETER) if letter.state == "sent"]
    stage.buyer_replies(peter, "Which grease?")
    stage.look()


def number(stage, query):
    return stage.rows(f"SELECT COUNT(*) AS n FROM {query}")[0]["n"]


def test_the_digest_comes_on_monday_once_with_the_weeks_numbers(stage):
    a_week(stage)
    stage.clock.jump(MONDAY - timedelta(minutes=1))
    stage.look()
    assert digests(stage) == []
    stage.clock.jump(MONDAY)
    stage.look()
    stage.restart()
    for hours in (0, 1, 30, 90):
        stage.wait(hours=hours)
    (digest,) = digests(stage)
    text = digest.get_content()
    leads = number(stage, "leads")
    sent = number(stage, "outbox WHERE basis <> 'notice' AND state IN ('sent', 'bounced') AND sent_at < '2026-03-15T16'")
    assert (leads, sent) == (3, 2)
    tiers = {tier: number(stage, f"leads WHERE tier = {tier}") for tier in (2, 3)}
    for line in (
        "Week 2026-W11 (2026-03-09 to 2026-03-15)",
        f"New leads: {leads}",
        f"tier 2: {tiers[2]}",
        f"tier 3: {tiers[3]}",
        f"Letters sent: {sent} (0 of them follow-ups); letters that got an answer: 1",
        "Stopped on request: 1; addresses that do not exist: 1",
        # Peter's and Anna's inquiries; the refused one and Peter's second mail still wait.
        "Buyers' mails answered: 2 in time, 1 late or not yet",
        "buyer@gone.example does not exist",
        f"Li Wei: {leads} leads, {sent} letters sent, 1 draft waiting, 2 tasks open",
    ):
        assert line in text, line


def test_what_is_to_be_looked_at_names_the_buyer_and_who_looks_after_him(stage):
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.look()
    lead = stage.lead_of(PETER)
    with stage.office.ledger.transaction() as db:
        title = "Verify before anything else: signs of fraud"
        journal.record(db, [e.TaskOpened(900, lead.id, "fraud", lead.owner, stage.now, title)], now=stage.now)
    stage.clock.jump(MONDAY)
    stage.look()
    (digest,) = digests(stage)
    assert f"- Peter Klein: Verify before anything else: signs of fraud ({lead.owner})" in digest.get_content()
    assert "The desk: http://127.0.0.1:" in digest.get_content()


def test_a_notice_names_in_its_subject_whose_matter_it_is_and_how_many_there_are(stage):
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.look()
    stage.approve_everything()
    stage.look()
    lead = stage.lead_of(PETER)
    stage.wait(hours=1)
    with stage.office.ledger.transaction() as db:
        journal.record(db, [e.TaskOpened(901, lead.id, "fraud", lead.owner, stage.now, "Verify before anything else")], now=stage.now)
        journal.record(db, [e.TaskOpened(902, lead.id, "call", lead.owner, stage.now, "Call him")], now=stage.now)
    stage.look()
    subjects = [str(letter["Subject"]) for letter in stage.letters_at(stage.office.policy.person(lead.owner).email)]
    assert any(one.startswith("Please look: Peter Klein: ") and one.endswith("(and 1 more)") for one in subjects), subjects


def test_a_daemon_that_was_down_on_monday_reports_late_and_once(stage):
    a_week(stage)
    stage.clock.jump(MONDAY + timedelta(days=2, hours=3))
    stage.restart()
    stage.look()
    stage.wait(hours=1)
    assert len(digests(stage)) == 1


def test_every_week_has_its_own_and_a_week_before_our_time_has_none(stage):
    stage.clock.jump(datetime(2026, 3, 10, 1, 0, tzinfo=UTC))
    stage.buyer_writes(JOHN, SHORT)
    stage.look()
    assert digests(stage) == []
    for week in range(3):
        stage.clock.jump(MONDAY + timedelta(days=7 * week, minutes=3))
        stage.look()
        stage.look()
    assert [one for one in ("2026-W11", "2026-W12", "2026-W13") if any(one in str(d) for d in digests(stage))] == [
        "2026-W11",
        "2026-W12",
        "2026-W13",
    ]
    assert len(digests(stage)) == 3


def test_mails_that_nobody_could_read_are_listed_with_their_reason(stage, monkeypatch):
    """One breaks us three times, one lies on the server and is not handed out: where they are, why, and what to do."""

    def breaks(*_):
        raise ValueError("a date without a year")

    stage.buyer_writes(PETER, DETAILED)
    stage.look()
    monkeypatch.setattr(scorer, "score", breaks)
    stage.buyer_writes(ANNA, SHORT)
    for _ in range(4):
        stage.wait(minutes=5)
    (cursor,) = [one for one in stage.ask(folders.cursors) if one.role == "inbox"]
    with stage.office.ledger.transaction() as db:
        folders.note_try(db, "sales", "INBOX", cursor.uidvalidity, 99, "the server answers NO", MONDAY - timedelta(hours=1))
    stage.clock.jump(MONDAY)
    stage.daemon.work()
    (digest,) = digests(stage)
    text = digest.get_content()
    for line in (
        "Mails that could not be read: 1 in quarantine, 1 that the server does not hand out",
        "- sales/INBOX uid 102, since 2026-03-10: ValueError: a date without a year",
        "- sales/INBOX uid 99, since 2026-03-15: the server answers NO",
        "mailagent quarantine retry",
    ):
        assert line in text, text
