"""The world's servers and their bad days, played by a server of our own: nothing is lost, nothing is doubled.

Every case runs the real reading half: our connection, ``jobs.receive`` and a ledger. "Fetching failed" must never look
like "nothing is there".
"""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from scripted import Folder, Quirks, Scripted

from mailagent import jobs
from mailagent.core.model.policy import FolderRule, Mailbox, Policy
from mailagent.core.writing.templates import TemplateSet
from mailagent.errors import FolderMissing, MailboxError, MailboxUnreachable
from mailagent.ledger import sources, tasks
from mailagent.ledger.db import Ledger
from mailagent.mailbox.base import Withheld
from mailagent.mailbox.imap import connect
from mailagent.office import Office
from mailagent.settings import Settings

INBOX_ONLY = (FolderRule(role="inbox", name="INBOX"),)


def letter(number: int, size: int = 0) -> bytes:
    head = b"Message-ID: <m%d@cust.example>\r\nSubject: inquiry %d\r\n\r\n" % (number, number)
    return head + b"Some words (and more)\r\n" * (1 + size // 23)


class Reading:
    """One mailbox on a scripted server, read into a ledger as the daemon does it: after a failure, on a new connection."""

    def __init__(self, server: Scripted, home, **mailbox):
        self.server = server
        values = {"imap_host": "127.0.0.1", "imap_port": server.port, "imap_security": "none", "timeout_seconds": 1}
        self.mailbox = Mailbox(**{"name": "sales", "address": "sales@acme.example", "folders": INBOX_ONLY} | values | mailbox)
        self.now = datetime.now(UTC)
        secrets = Settings(home, b"k" * 32, b"k" * 32, b"k" * 32, {1: b"k" * 32})
        policy = Policy(mailboxes=(self.mailbox,))
        self.office = Office(secrets, policy, TemplateSet({}), Ledger(home / "ledger.sqlite"), lambda: self.now)
        self.errors: list[MailboxError] = []

    def connect(self):
        return connect(self.mailbox, "secret", {})

    def look(self) -> None:
        """One look on a connection of its own; raises what goes wrong."""
        connection = self.connect()
        try:
            jobs.receive(self.office, self.mailbox, connection)
        finally:
            connection.close()

    def look_again_and_again(self, times: int = 8) -> None:
        """What the daemon does on a bad day; time passes between the looks."""
        for _ in range(times):
            try:
                self.look()
            except MailboxError as error:
                self.errors.append(error)
            self.now += timedelta(minutes=10)

    def rows(self, query: str) -> list[dict]:
        with self.office.ledger.reading() as db:
            return [dict(row) for row in db.execute(query)]

    def kept(self) -> list[bytes]:
        """The bytes of all mails in the ledger, in the order in which they came."""
        with self.office.ledger.reading() as db:
            numbers = [row["id"] for row in db.execute("SELECT id FROM sources ORDER BY id")]
            return [sources.raw(db, number, self.office.settings.sources_folder) for number in numbers]

    def inbound(self) -> int:
        return self.rows("SELECT COUNT(*) AS number FROM inbound")[0]["number"]

    def alarms(self) -> list[str]:
        with self.office.ledger.reading() as db:
            return [task["title"] for task in tasks.open_tasks(db)]


@pytest.fixture
def play(tmp_path):
    """Begins a server with so many mails and these quirks, and somebody who reads it."""
    made = []

    def begin(mails: int = 9, mailbox: dict | None = None, **quirks) -> Reading:
        server = Scripted(Quirks(**quirks))
        server.__enter__()
        for number in range(1, mails + 1):
            server.inbox.add(letter(number))
        reading = Reading(server, tmp_path, **(mailbox or {}))
        made.append((server, reading))
        return reading

    yield begin
    for server, reading in made:
        server.__exit__()
        reading.office.ledger.close()


NEWS = (b"* 3 FETCH (FLAGS (\\Seen))", b"* 99 EXISTS", b"* 99 RECENT", b"* 99 FETCH (UID 77 FLAGS (UID 5))", b"* OK still here")

#: Days on which one look is enough.
ODD = {
    "capabilities only before the login": {"before": "IMAP4rev1 IDLE MOVE", "after": "IMAP4rev1"},
    "other capabilities after the login": {"before": "IMAP4rev1 IDLE STARTTLS", "after": "IMAP4rev1 MOVE"},
    "Unsafe Login until ID": {"unsafe_login": True},
    "news between the mails": {"unasked": NEWS},
    "a chunk that is empty": {"empty": True, "times": 1},
    "two chunks that are empty": {"empty": True, "times": 2},
    "answers without UID": {"without_uid": True},
    "the newest first": {"backwards": True},
    "a search in many lines": {"search": "lines"},
    "an extended search": {"search": "esearch"},
    "a search without a result": {"search": "none"},
    "no search": {"search": "no"},
    "small letters": {"small": True},
    "quoted bodies": {"quoted": True},
    "alerts": {"alert": True},
}
#: Days on which the line breaks, and another look is needed.
BAD = {
    "goodbye after the login": {"bye": "login", "times": 2},
    "goodbye inside the mails": {"bye": "fetch", "times": 3},
    "a literal that is cut": {"cut": 5, "times": 1},
    "a literal that is cut twice": {"cut": 5, "times": 2},
    "a size that is too large": {"size_off": (4, 3), "times": 1},
    "a size that is far too large": {"size_off": (4, 500_000), "times": 1},
    "a size that is too small": {"size_off": (4, -3), "times": 1},
    "a size that ends inside a line": {"size_off": (4, -9), "times": 1},
    "a size that is too small at the last mail": {"size_off": (9, -7), "times": 1},
    "a size that is too large at the last mail": {"size_off": (9, 2), "times": 1},
    "no answer to the mails": {"deaf_to": b"FETCH", "times": 1},
    "no answer to the search": {"deaf_to": b"SEARCH", "times": 1},
    "no answer to the opening": {"deaf_to": b"EXAMINE", "times": 1},
    "no answer to the login": {"deaf_to": b"LOGIN", "times": 1},
}


@pytest.mark.parametrize("quirks", ODD.values(), ids=ODD)
def test_an_odd_server_hands_out_everything_at_one_look(play, quirks):
    reading = play(**quirks)
    reading.look()
    assert reading.kept() == [letter(number) for number in range(1, 10)]
    before = len(reading.server.commands(b"BODY.PEEK"))
    reading.server.behave()
    reading.look()
    assert reading.inbound() == 9 and len(reading.server.commands(b"BODY.PEEK")) == before
    assert reading.alarms() == []


@pytest.mark.parametrize("quirks", BAD.values(), ids=BAD)
def test_after_a_bad_day_everything_is_there_once(play, quirks):
    reading = play(**quirks)
    with pytest.raises(MailboxError):
        reading.look()
    reading.look_again_and_again(5)
    assert sorted(reading.kept()) == sorted(letter(number) for number in range(1, 10))
    assert reading.inbound() == 9 and reading.alarms() == []


@pytest.mark.parametrize("answer", ["silence", "no", "nil", "partly"])
@pytest.mark.parametrize("keeps", [(1,), (4, 5), (9,)])
def test_what_the_server_keeps_back_is_reported_and_the_rest_is_read(play, answer, keeps):
    reading = play(keeps=keeps, answer=answer)
    reading.look_again_and_again(6)
    others = [letter(number) for number in range(1, 10) if number not in keeps]
    assert reading.kept() == others
    assert len(reading.alarms()) == len(keeps)
    assert all(f"cannot hand out mail {uid} of INBOX" in title for uid, title in zip(keeps, sorted(reading.alarms()), strict=True))
    # When the server has been mended, they come, and the alarms go.
    reading.server.behave()
    reading.now += timedelta(days=2)
    reading.look()
    assert sorted(reading.kept()) == sorted([*others, *(letter(number) for number in keeps)])
    assert reading.alarms() == []


def test_what_is_gone_is_no_loss(play):
    """The search lists mails that are expunged before they are fetched: asked again, the server no longer lists them."""
    reading = play(vanished=(2, 3, 9))
    reading.look()
    assert reading.kept() == [letter(number) for number in (1, 4, 5, 6, 7, 8)]
    assert reading.alarms() == []


def test_the_connection_says_of_each_mail_what_became_of_it(play):
    reading = play(keeps=(2,), vanished=(4,))
    connection = reading.connect()
    connection.open("INBOX")
    told = list(connection.fetch([1, 2, 3, 4, 5]))
    assert [mail.uid for mail in told] == [1, 2, 3, 5]
    assert [type(mail) for mail in told if mail.uid == 2] == [Withheld]
    # The link is as good as before.
    assert connection.new_uids(5) == [6, 7, 8, 9]
    connection.close()


def test_a_server_that_refuses_everything_is_not_taken_for_nine_hundred_bad_mails(play):
    reading = play(mails=60, keeps=tuple(range(1, 61)), answer="no")
    connection = reading.connect()
    connection.open("INBOX")
    with pytest.raises(MailboxError, match="hands out no mail at the moment.*cannot be read"):
        list(connection.fetch(range(1, 61)))
    reading.server.behave()
    assert [mail.uid for mail in connection.fetch(range(1, 61))] == list(range(1, 61))
    connection.close()


def test_a_folder_that_is_numbered_anew_between_two_looks(play):
    reading = play()
    reading.look()
    # The new numbers are low: the mail that is new lies below the old cursor.
    reading.server.inbox.mails = reading.server.inbox.mails[5:]
    reading.server.inbox.add(letter(10))
    reading.server.inbox.renumber(8)
    reading.look()
    assert reading.kept() == [letter(number) for number in range(1, 11)] and reading.inbound() == 10
    reading.server.inbox.add(letter(11))
    reading.look()
    assert reading.inbound() == 11


@pytest.mark.parametrize("when", [b"EXAMINE", b"FETCH"])
def test_a_folder_that_is_numbered_anew_while_it_is_open(play, when):
    reading = play(renumbers=when, times=1)
    reading.look_again_and_again(4)
    assert sorted(reading.kept()) == sorted(letter(number) for number in range(1, 10))
    assert reading.inbound() == 9 and reading.alarms() == []


def test_new_numbers_in_the_middle_are_an_error_and_no_mail(play):
    reading = play(renumbers=b"FETCH", times=1)
    connection = reading.connect()
    connection.open("INBOX")
    with pytest.raises(MailboxError, match="numbered the folder anew"):
        list(connection.fetch(range(1, 10)))
    assert connection.open("INBOX").uidvalidity == 8
    assert [mail.uid for mail in connection.fetch(range(2, 11))] == list(range(2, 11))
    connection.close()


def test_an_answer_that_drips_is_given_up(play):
    reading = play(mails=2, drip=0.2, mailbox={"timeout_seconds": 1})
    start = time.monotonic()
    with pytest.raises(MailboxUnreachable, match="next to nothing"):
        reading.look()
    assert time.monotonic() - start < 8
    reading.server.behave()
    reading.look_again_and_again(3)
    assert sorted(reading.kept()) == [letter(1), letter(2)]


def test_a_mail_that_drips_its_bytes_is_given_up(play, monkeypatch):
    """The line about it came at once, and the bytes do not."""
    reading = play(mails=1)
    reading.server.inbox.mails[0].raw = letter(1, size=100_000)
    monkeypatch.setattr("scripted.Session.give", drip_the_body)
    with pytest.raises(MailboxUnreachable, match="next to nothing"):
        reading.look()


def drip_the_body(session, number, mail) -> None:
    session.line.sendall(b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (number, mail.uid, len(mail.raw)))
    for at in range(len(mail.raw)):
        session.line.sendall(mail.raw[at : at + 1])
        time.sleep(0.2)


def test_idle_that_is_refused_is_replaced_by_questions(play):
    reading = play(idle="no", mailbox={"noop_seconds": 0.1})
    connection = reading.connect()
    connection.open("INBOX")
    connection.new_uids(0)
    reading.server.inbox.add(letter(10))
    assert connection.idle(5, lambda: False)
    assert connection.new_uids(9) == [10]
    connection.close()


@pytest.mark.parametrize("quirks", [{"bye": "idle"}, {"idle": "silent"}], ids=str)
def test_a_goodbye_or_silence_in_idle_ends_the_connection(play, quirks):
    reading = play(**quirks)
    connection = reading.connect()
    connection.open("INBOX")
    start = time.monotonic()
    with pytest.raises(MailboxUnreachable):
        connection.idle(1, lambda: False)
    assert time.monotonic() - start < 4
    connection.close()


def test_mail_in_idle_wakes(play):
    reading = play()
    connection = reading.connect()
    connection.open("INBOX")
    assert connection.new_uids(9) == []
    reading.server.inbox.add(letter(10))
    assert connection.idle(5, lambda: False)
    assert connection.new_uids(9) == [10]
    connection.close()


def test_a_fetch_that_is_left_in_the_middle_disturbs_nothing(play):
    reading = play(mails=40)
    connection = reading.connect()
    connection.open("INBOX")
    mails = connection.fetch(range(1, 41))
    assert next(mails).uid == 1
    mails.close()
    assert connection.new_uids(38) == [39, 40]
    left = connection.fetch(range(1, 41))
    assert next(left).uid == 1
    assert connection.open("INBOX").exists == 40
    # Who goes on with it all the same is told, and gets no mail under a wrong number.
    with pytest.raises(MailboxError, match="another question"):
        list(left)
    assert [mail.raw for mail in connection.fetch([7])] == [letter(7)]
    connection.close()


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


def test_all_mail_and_drafts_are_never_read_by_default(play):
    reading = play(mailbox={"folders": Mailbox.model_fields["folders"].default})
    for name, mark in (("[Gmail]/All Mail", "\\All"), ("[Gmail]/Drafts", "\\Drafts"), ("[Gmail]/Sent Mail", "\\Sent")):
        reading.server.folders[name] = Folder(marks=mark)
        reading.server.folders[name].add(letter(len(name)))
    reading.look()
    opened = {line.strip().partition(b" EXAMINE ")[2] for line in reading.server.commands(b" EXAMINE ")}
    assert opened == {b'"INBOX"', b'"[Gmail]/Sent Mail"'}
