"""A folder whose numbers mean other mails than before: whatever was not read yet is read under the new ones."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import pytest
from reading import Reading, letter
from scripted import Scripted

from mailagent.errors import MailboxError
from mailagent.jobs.recount import recount

#: ``mailagent.jobs`` has a function of the same name in front of it.
receiving = sys.modules["mailagent.jobs.receive"]
NOW = datetime.now(UTC)


@pytest.fixture
def server():
    with Scripted() as server:
        yield server


def test_a_first_run_that_is_numbered_anew_in_its_middle_goes_on_where_it_was(server, tmp_path, monkeypatch):
    monkeypatch.setattr(receiving, "BATCH_MAILS", 3)
    for number in range(1, 11):
        server.inbox.add(letter(number), NOW - timedelta(days=30 - number))
    server.behave(cut=5, times=1)
    reading = Reading(server, tmp_path)
    with pytest.raises(MailboxError):
        reading.look()
    assert 0 < reading.inbound() < 10
    server.inbox.renumber(8)
    reading.look_again_and_again(3)
    assert sorted(reading.kept()) == sorted(letter(number) for number in range(1, 11)) and reading.inbound() == 10


def test_a_mail_that_was_kept_back_is_fetched_under_its_new_number_and_its_alarm_ends(server, tmp_path):
    for number in range(1, 6):
        server.inbox.add(letter(number), NOW - timedelta(days=20))
    server.behave(keeps=(2,))
    reading = Reading(server, tmp_path)
    reading.look_again_and_again(5)
    assert reading.inbound() == 4 and "mail 2 of INBOX" in reading.alarms()[0]
    reading.now += timedelta(days=6)
    server.behave()
    server.inbox.renumber(8, first=100)
    reading.look()
    assert reading.inbound() == 5 and letter(2) in reading.kept()
    assert reading.alarms() == [] and reading.rows("SELECT * FROM not_fetched") == []


def test_numbers_that_begin_low_again_although_the_server_says_that_they_are_the_same(server, tmp_path):
    for number in range(1, 6):
        server.inbox.add(letter(number), NOW - timedelta(days=2))
    reading = Reading(server, tmp_path)
    reading.look()
    server.inbox.mails, server.inbox.uidnext = [], 1
    for number in range(11, 14):
        server.inbox.add(letter(number))
    reading.look()
    assert sorted(reading.kept()) == sorted(letter(number) for number in (*range(1, 6), *range(11, 14)))
    # The numbers mean the new mails now, and nothing is fetched a second time.
    connection = reading.connect()
    (count,) = recount(reading.office, reading.mailbox, connection)
    connection.close()
    assert (count.on_server, count.in_ledger, count.missing) == (3, 3, ())
    fetched = len(server.commands(b"BODY.PEEK"))
    server.inbox.add(letter(14))
    reading.look()
    assert reading.inbound() == 9 and len(server.commands(b"BODY.PEEK")) == fetched + 1


def test_the_last_mail_that_is_deleted_is_no_new_beginning(server, tmp_path):
    """A server that does not tell the next number, or counts it from what is there."""
    for number in range(1, 6):
        server.inbox.add(letter(number), NOW - timedelta(days=2))
    reading = Reading(server, tmp_path)
    reading.look()
    del server.inbox.mails[-1]
    server.inbox.uidnext = 5
    reading.look_again_and_again(2)
    fetched = len(server.commands(b"BODY.PEEK"))
    reading.look_again_and_again(2)
    assert reading.inbound() == 5 and len(server.commands(b"BODY.PEEK")) == fetched


def test_numbers_that_were_given_out_twice_while_nobody_looked_are_found_by_the_recount(server, tmp_path):
    """A mailbox is put back from a backup, and more mails come than it lost before we look again: no number tells."""
    for number in range(1, 10):
        server.inbox.add(letter(number), NOW - timedelta(days=2, minutes=number))
    reading = Reading(server, tmp_path)
    reading.look()
    server.inbox.mails, server.inbox.uidnext = server.inbox.mails[:5], 6
    for number in range(10, 17):
        server.inbox.add(letter(number), NOW - timedelta(minutes=number))
    reading.look()
    assert [letter(number) in reading.kept() for number in range(10, 17)] == [False] * 4 + [True] * 3
    connection = reading.connect()
    (count,) = recount(reading.office, reading.mailbox, connection)
    assert (count.on_server, count.in_ledger, count.missing, count.fetched) == (12, 8, (6, 7, 8, 9), 4)
    assert sorted(reading.kept()) == sorted(letter(number) for number in range(1, 17))
    (count,) = recount(reading.office, reading.mailbox, connection)
    assert (count.on_server, count.in_ledger, count.missing) == (12, 12, ())
    connection.close()


def test_a_server_that_tells_another_date_of_the_same_mail_is_believed_once(server, tmp_path):
    """What was moved to other machines keeps its numbers and not always its dates: the same bytes are no other mail."""
    for number in range(1, 4):
        server.inbox.add(letter(number), NOW - timedelta(days=2))
    reading = Reading(server, tmp_path)
    reading.look()
    for mail in server.inbox.mails:
        mail.when = NOW - timedelta(days=1)
    connection = reading.connect()
    for fetched in (6, 6):
        (count,) = recount(reading.office, reading.mailbox, connection)
        assert (count.in_ledger, count.missing, reading.inbound()) == (3, (), 3)
        assert sum(len(line.split(b"FETCH ")[1].split(b" ")[0].split(b",")) for line in server.commands(b"BODY.PEEK")) <= fetched
    connection.close()
