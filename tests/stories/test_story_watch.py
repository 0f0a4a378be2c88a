"""The dead-man alarm: a mailbox to which no mail comes any more, and who is told of it."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from stage import PASSWORD, SALES, SHANGHAI, SHORT

from mailagent.ledger import folders, health
from mailagent.ledger.db import Ledger

BOSS = "boss@acme.example"


def notices(stage, address=BOSS):
    """The subjects of the alarms that a person was sent."""
    return [letter["Subject"] for letter in stage.letters_at(address) if letter["Subject"].startswith(("Alarm", "Over"))]


def open_alarms(stage):
    return [alarm.trouble for alarm in stage.ask(health.open_alarms)]


def go_to(stage, weekday: int, hour: float):
    """The daemon looks every half hour until it is so late on the next such weekday (Monday is 0) at the company's place."""
    local = stage.now.astimezone(SHANGHAI)
    day = local.date() + timedelta(days=(weekday - local.weekday()) % 7)
    target = local.replace(year=day.year, month=day.month, day=day.day, hour=0, minute=0) + timedelta(hours=hour)
    while stage.now < target:
        stage.clock.jump(min(stage.now + timedelta(minutes=30), target))
        stage.look()


@pytest.fixture
def usual(stage):
    """Six weeks in which newsletters came at 9, 11, 13, 15 and 17 o'clock of each working day; it is Thursday evening."""
    begin = stage.now.astimezone(SHANGHAI).replace(hour=0, minute=0)
    for day in range(45):
        for hour in (9, 11, 13, 15, 17):
            at = begin + timedelta(days=day - 42, hours=hour)
            if at.weekday() < 5:
                a_newsletter(stage, at)
    stage.office.policy = stage.office.policy.model_copy(
        update={"reading": stage.office.policy.reading.model_copy(update={"first_run_days": 60})}
    )
    stage.clock.jump(begin + timedelta(days=2, hours=18))
    stage.look()
    assert (stage.now.astimezone(SHANGHAI).weekday(), open_alarms(stage)) == (3, [])
    return stage


def a_newsletter(stage, at=None):
    stage.buyer_writes(
        "news@fairs.example", "Halls and dates.\n", subject="Trade fairs", headers={"List-Unsubscribe": "<https://fairs.example/u>"}, at=at
    )


def test_a_quiet_weekend_is_no_alarm_and_a_quiet_tuesday_is_one(usual):
    for hour in (9, 11, 13, 15, 17):
        go_to(usual, 4, hour)
        a_newsletter(usual)
    go_to(usual, 0, 9)
    assert open_alarms(usual) == []
    a_newsletter(usual)
    go_to(usual, 1, 8.5)
    # From Monday at 9 till its end nobody wrote: that was the whole day.
    assert open_alarms(usual) == ["silent"]
    go_to(usual, 1, 10)
    assert len(notices(usual)) == 2, "one when it was found, one on the next working day"

    a_newsletter(usual)
    usual.wait(minutes=1)
    assert open_alarms(usual) == []
    assert [subject.split(":")[0] for subject in notices(usual)] == ["Alarm", "Alarm", "Over"]
    assert usual.tasks("mailbox") == []


def test_it_is_said_once_with_its_reason_and_shown_as_a_task(usual):
    go_to(usual, 4, 14)
    (letter,) = [letter for letter in usual.letters_at(BOSS) if "Alarm" in letter["Subject"]]
    text = letter.get_content()
    assert "No mail has come to the mailbox sales since Thu 2026-03-12 17:00 Asia/Shanghai" in text
    assert "are usual at most" in text and "Send a mail to sales@" in text and "from outside" in text
    (task,) = usual.tasks("mailbox")
    assert task["title"].startswith("No mail has come to the mailbox sales") and task["owner"] == ""
    # He is told by the alarm's own notice, not a second time among the tasks.
    assert not [letter for letter in usual.letters_at(BOSS) if "Please look" in letter["Subject"]]


def test_it_is_told_each_working_day_while_it_lasts_and_never_at_night(usual):
    go_to(usual, 4, 23)
    assert len(notices(usual)) == 1
    go_to(usual, 0, 8)
    assert len(notices(usual)) == 1, "a weekend is quiet, and the office is still closed"
    go_to(usual, 0, 9)
    assert len(notices(usual)) == 2
    go_to(usual, 2, 20)
    assert len(notices(usual)) == 4
    usual.restart()
    usual.look()
    assert len(notices(usual)) == 4, "a restart tells nothing twice"


def test_the_owner_of_the_mailbox_is_told_in_his_language(usual):
    policy = usual.office.policy
    li = policy.person("Li Wei").model_copy(update={"language": "zh"})
    people = tuple(li if person.name == "Li Wei" else person for person in policy.people)
    (mailbox,) = policy.mailboxes
    usual.office.policy = policy.model_copy(update={"people": people, "mailboxes": (mailbox.model_copy(update={"owner": "li wei"}),)})
    go_to(usual, 4, 14)
    assert notices(usual) == []
    (letter,) = [letter for letter in usual.letters_at("li.wei@acme.example") if "警报" in letter["Subject"]]
    assert "sales" in letter.get_content()
    assert usual.tasks("mailbox")[0]["owner"] == "Li Wei"


def test_our_own_notice_is_no_sign_of_life(usual):
    """In a small company the manager reads the sales mailbox itself: the alarm comes into it, and proves nothing."""
    policy = usual.office.policy
    people = tuple(p.model_copy(update={"email": SALES}) if p.role == "manager" else p for p in policy.people)
    usual.office.policy = policy.model_copy(update={"people": people})
    go_to(usual, 4, 17)
    assert notices(usual, SALES) and usual.rows("SELECT kind FROM inbound WHERE subject LIKE 'Alarm%'") == [{"kind": "own"}]
    assert open_alarms(usual) == ["silent"]


def test_what_was_wrong_with_a_mailbox_that_was_taken_away_is_over(usual):
    go_to(usual, 4, 14)
    (mailbox,) = usual.office.policy.mailboxes
    renamed = mailbox.model_copy(update={"name": "export"})
    usual.office.policy = usual.office.policy.model_copy(update={"mailboxes": (renamed,)})
    usual.office.settings = replace(usual.office.settings, passwords={"MAILAGENT_EXPORT_PASSWORD": PASSWORD})
    usual.daemon.work()
    assert open_alarms(usual) == []


def test_a_mailbox_that_is_new_is_not_judged(stage):
    stage.buyer_writes("anna@other.example", SHORT)
    stage.look()
    for _ in range(20):
        stage.wait(days=1)
    assert open_alarms(stage) == [] and notices(stage) == []


def test_a_mailbox_that_cannot_be_read_is_not_called_silent(usual):
    """Nothing is known of it: what is wrong with it is an alarm of its own."""
    from mailagent.errors import MailboxUnreachable
    from mailagent.jobs import watch_over

    (mailbox,) = usual.office.policy.mailboxes
    usual.clock.jump(usual.now + timedelta(days=1))
    watch_over.note_failure(usual.office, mailbox, MailboxUnreachable("mailbox sales: nothing listens there"))
    usual.daemon.work()
    assert open_alarms(usual) == []
    usual.clock.jump(usual.now + timedelta(minutes=11))
    usual.daemon.work()
    assert open_alarms(usual) == ["unread"]
    assert "The mailbox sales cannot be read" in notices(usual)[0], "it cannot be read, but it can still send"
    usual.look()
    assert open_alarms(usual) == ["silent"]


def test_a_disk_that_is_nearly_full(stage):
    stage.look()
    stage.set(reading={"free_megabytes": 10**9})
    stage.look()
    assert open_alarms(stage) == ["disk"]
    stage.wait(minutes=5)
    assert len(notices(stage)) == 1 and "The disk is nearly full" in notices(stage)[0]
    stage.set(reading={"free_megabytes": 1})
    stage.look()
    assert open_alarms(stage) == [] and notices(stage)[1].startswith("Over")


def test_a_trouble_that_comes_and_goes_does_not_fill_the_managers_mailbox(stage):
    from mailagent.errors import LoginRefused
    from mailagent.jobs import watch_over

    (mailbox,) = stage.office.policy.mailboxes
    stage.look()
    for _ in range(6):
        watch_over.note_failure(stage.office, mailbox, LoginRefused("mailbox sales: the server refused the login"))
        stage.wait(minutes=2)
    assert len(notices(stage)) == 1, "over before any mailbox worked; then it came back too soon to be told again"
    watch_over.note_failure(stage.office, mailbox, LoginRefused("mailbox sales: the server refused the login"))
    stage.clock.jump(stage.now + timedelta(hours=1))
    stage.daemon.work()
    assert open_alarms(stage) == ["unread"]
    assert len(notices(stage)) == 1, "its login is refused: it is not tried for a notice"
    assert stage.posted_to(BOSS)[-1].sender == SALES


def test_a_ledger_that_cannot_be_written_is_told_without_it(stage):
    """Another process holds the ledger and does not let go: no notice can be written down, and one is sent all the same."""
    stage.look()
    stage.office.ledger.close()
    stage.office.ledger = Ledger(stage.office.ledger.path, busy_seconds=0.05)
    with closing(sqlite3.connect(stage.office.ledger.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        stage.buyer_writes("anna@other.example", SHORT)
        stage.daemon.work()
        assert notices(stage) == [], "one round may be a backup"
        for _ in range(4):
            stage.daemon.work()
        (subject,) = notices(stage)
        assert subject.startswith("Alarm: Nothing can be written down: The ledger")
        other.execute("ROLLBACK")
    stage.clock.jump(stage.now + timedelta(minutes=5))
    stage.look()
    assert [one.partition(":")[0] for one in notices(stage)] == ["Alarm", "Over"]
    assert stage.draft_for("anna@other.example"), "and nothing was lost"
    for _ in range(3):
        stage.wait(minutes=40)
    assert len(notices(stage)) == 2


def test_a_clock_that_was_ahead_for_a_year_leaves_no_mail_waiting_and_no_mailbox_unwatched(stage, monkeypatch):
    """What was to be tried again, and when it was looked at, bears a time that will not come for a year."""
    from mailagent.jobs import handle, watch_over

    stage.look()
    right = stage.now
    stage.clock.jump(right + timedelta(days=365))
    stage.buyer_writes("anna@other.example", SHORT, at=right)
    with monkeypatch.context() as broken:
        broken.setattr(sys.modules[handle.__module__], "think", lambda *_: 1 / 0)
        stage.look()
    (mail,) = stage.rows("SELECT state, next_try_at FROM inbound")
    assert mail["state"] == "new" and mail["next_try_at"] > "2027"
    with stage.office.ledger.transaction() as db:
        folders.note_try(db, "sales", "INBOX", 1, 99, "kept back", stage.now)
    stage.clock.moment = right
    stage.daemon.work()
    stage.daemon.work()
    assert stage.draft_for("anna@other.example")
    assert stage.ask(folders.not_fetched)[0].next_try_at <= right
    # A thread that hangs from now on is found out in the usual time.
    assert stage.ask(health.of_mailbox, "sales").looked_at <= right
    stage.clock.jump(right + timedelta(hours=1))
    watch_over.watch_over(stage.office, started_at=right)
    assert "unread" in open_alarms(stage)


def test_the_desk_shows_it_above_everything(usual):
    from mailagent.web.desk import create_desk

    go_to(usual, 4, 14)
    known = usual.ask(health.of_mailbox, "sales")
    assert known.looked_at and not known.failure
    assert known.last_mail_at.astimezone(SHANGHAI).hour == 17
    office = usual.office
    app = create_desk(
        office.ledger, office.policy, secret=b"x" * 32, now=office.now, reviewer_for=office.reviewer, passwords=None, open_as="Boss Zhang"
    )
    page = app.test_client().get("/", base_url="http://localhost").get_data(as_text=True)
    assert 'role="alert">No mail has come to the mailbox sales since' in page
    assert page.index("No mail has come") < page.index('class="status"')
