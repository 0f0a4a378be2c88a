"""Which folders are read, and how they are asked for news: on a server of our own that can rename, renumber and hide them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from reading import letter
from scripted import Folder

from mailagent import jobs
from mailagent.core.model.policy import FolderRule, Mailbox
from mailagent.errors import FolderMissing, MailboxError


def test_the_list_of_folders_is_asked_for_once(play):
    reading = play()
    reading.server.folders["Sent"] = Folder(marks="\\Sent")
    connection = reading.connect()
    for _ in range(3):
        assert connection.folders((FolderRule(role="inbox"), FolderRule(role="sent"))) == [("inbox", "INBOX"), ("sent", "Sent")]
    assert len(reading.server.commands(b" LIST ")) == 1
    # A folder that is not there may have been made meanwhile.
    with pytest.raises(FolderMissing, match="Anfragen"):
        connection.folders((FolderRule(role="other", name="Anfragen"),))
    reading.server.folders["Anfragen"] = Folder()
    assert connection.folders((FolderRule(role="other", name="Anfragen"),)) == [("other", "Anfragen")]
    connection.close()


def test_a_folder_that_is_renamed_while_it_is_read_is_asked_for_again(play):
    reading = play(mailbox={"folders": (FolderRule(role="inbox", name="INBOX"), FolderRule(role="sent"))})
    folders = reading.server.folders
    folders["Sent"] = Folder(marks="\\Sent")
    connection = reading.connect()
    jobs.receive(reading.office, reading.mailbox, connection)
    folders["Gesendet"] = folders.pop("Sent")
    folders["Gesendet"].add(letter(20))
    for _ in range(2):
        # The first look meets the old name; the next one finds the new one by its mark.
        with suppress(FolderMissing):
            jobs.receive(reading.office, reading.mailbox, connection)
    assert letter(20) in reading.kept()
    connection.close()


@pytest.mark.parametrize("status", [True, False])
def test_a_small_folder_is_asked_about_from_outside_while_the_large_one_stays_open(play, status):
    reading = play(mailbox={"folders": (FolderRule(role="inbox", name="INBOX"), FolderRule(role="sent"))}, status=status)
    sent = reading.server.folders["Sent"] = Folder(marks="\\Sent")
    sent.add(letter(20))
    connection = reading.connect()
    for _ in range(3):
        jobs.receive(reading.office, reading.mailbox, connection)
    assert len(reading.server.commands(b'EXAMINE "SENT"')) == (1 if status else 3)
    # Whatever happens in it is seen at the next look: mail, other numbers, a mail that came while another one went.
    sent.add(letter(21))
    jobs.receive(reading.office, reading.mailbox, connection)
    assert reading.inbound() == 11
    sent.add(letter(22))
    sent.mails.pop(0)
    jobs.receive(reading.office, reading.mailbox, connection)
    assert reading.inbound() == 12
    sent.renumber(8)
    sent.add(letter(23))
    for _ in range(2):
        jobs.receive(reading.office, reading.mailbox, connection)
    assert reading.inbound() == 13 and sorted(reading.kept()) == sorted(letter(n) for n in (*range(1, 10), 20, 21, 22, 23))
    connection.close()


def test_an_open_folder_is_asked_for_news_and_opened_again_when_there_are_some(play, monkeypatch):
    reading = play()
    connection = reading.connect()
    for _ in range(3):
        jobs.receive(reading.office, reading.mailbox, connection)
    assert len(reading.server.commands(b" EXAMINE ")) == 1
    reading.server.inbox.add(letter(10))
    jobs.receive(reading.office, reading.mailbox, connection)
    assert reading.inbound() == 10 and len(reading.server.commands(b" EXAMINE ")) == 2
    # New numbers of which an open folder says nothing are seen when it is opened again, a minute later.
    reading.server.inbox.mails = reading.server.inbox.mails[7:]
    reading.server.inbox.add(letter(11))
    reading.server.inbox.renumber(8)
    monkeypatch.setattr("mailagent.mailbox.imap.SEEN_SECONDS", 0)
    jobs.receive(reading.office, reading.mailbox, connection)
    assert reading.inbound() == 11 and reading.kept()[-1] == letter(11)
    connection.close()


def test_new_numbers_that_are_told_in_idle_are_heeded(play, monkeypatch):
    reading = play()
    connection = reading.connect()
    assert connection.open("INBOX").uidvalidity == 7

    def told(session) -> None:
        session.folder.renumber(8)
        session.say(b"* OK [UIDVALIDITY 8] all is new")
        monkeypatch.undo()

    monkeypatch.setattr("scripted.Session.tell", told)
    connection.idle(0.2, lambda: False)
    assert connection.open("INBOX").uidvalidity == 8
    connection.close()


def test_a_folder_that_was_only_asked_about_can_be_read_and_waited_in(play):
    reading = play()
    sent = reading.server.folders["Sent"] = Folder(marks="\\Sent")
    sent.add(letter(20))
    connection = reading.connect()
    for folder in ("Sent", "INBOX", "Sent"):
        state = connection.open(folder)
    assert (state.name, connection._selected) == ("Sent", "INBOX")
    assert connection.new_uids(1) == [] and connection._selected == "INBOX"
    assert [mail.raw for mail in connection.fetch([1])] == [letter(20)]
    connection.open("INBOX")
    connection.open("Sent")
    # What came between the question and the wait is told at once.
    sent.add(letter(21))
    assert connection.idle(5, lambda: False)
    assert connection.new_uids(1) == [2]
    connection.close()


@pytest.mark.parametrize(("delimiter", "name"), [(".", "INBOX.Sent"), ("/", "INBOX/Gesendet"), ("\\", "Sent")])
def test_namespaces_and_delimiters(play, delimiter, name):
    reading = play()
    reading.server.delimiter = delimiter.replace("\\", "\\\\")
    reading.server.folders[name] = Folder()
    connection = reading.connect()
    assert connection.folders((FolderRule(role="sent"),)) == [("sent", name)]
    assert connection.open(name).role == "sent"
    connection.close()


@pytest.mark.parametrize(
    ("listed", "name"),
    [
        ("Mail\\\\Sent", "Mail\\Sent"),
        ('Cust \\"A\\" x', 'Cust "A" x'),
        # Modified UTF-7 that is none; what has no name that can be read must not hide the others.
        ("R&D", "R&D"),
        ("&XfJT0", "&XfJT0"),
        # Not encoded at all.
        ("已发送", "已发送"),
    ],
)
def test_a_folder_is_asked_for_by_the_name_under_which_it_is_listed(play, listed, name):
    reading = play()
    reading.server.folders[listed] = Folder()
    reading.server.folders[listed].add(letter(20))
    connection = reading.connect()
    assert connection.folders((FolderRule(role="other", name=name),)) == [("other", name)]
    assert connection.open(name).exists == 1
    connection.close()


def test_a_list_that_is_refused_is_no_empty_list(play, monkeypatch):
    reading = play(mailbox={"folders": (FolderRule(role="sent"),)})
    monkeypatch.setattr("scripted.Session.do_list", lambda session, rest: b"NO [UNAVAILABLE] come back later")
    with pytest.raises(MailboxError, match="does not tell its folders: .*come back later") as caught:
        reading.look()
    assert not isinstance(caught.value, FolderMissing) and reading.alarms() == []


def test_all_mail_and_drafts_are_never_read_by_default(play):
    reading = play(mailbox={"folders": Mailbox.model_fields["folders"].default})
    for name, mark in (("[Gmail]/All Mail", "\\All"), ("[Gmail]/Drafts", "\\Drafts"), ("[Gmail]/Sent Mail", "\\Sent")):
        reading.server.folders[name] = Folder(marks=mark)
        reading.server.folders[name].add(letter(len(name)))
    reading.look()
    opened = {line.strip().partition(b" EXAMINE ")[2] for line in reading.server.commands(b" EXAMINE ")}
    assert opened == {b'"INBOX"', b'"[Gmail]/Sent Mail"'}
