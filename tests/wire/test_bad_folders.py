"""One folder that cannot be read takes neither the others nor the connection with it, and a bad line costs no more than it must."""

from __future__ import annotations

import threading
import unicodedata
from dataclasses import replace
from datetime import timedelta

import pytest
import scripted
from imap_tools.utils import encode_folder
from reading import letter
from scripted import Folder, HungUp, Session

from mailagent import jobs, watch
from mailagent.core.model.policy import FolderRule
from mailagent.doctor import examine_imap
from mailagent.errors import FolderRefused, MailboxError
from mailagent.ledger import health
from mailagent.watch import Watch

THREE = (FolderRule(role="inbox", name="INBOX"), FolderRule(role="other", name="Leads"), FolderRule(role="sent"))


class Strict(Session):
    """A server that does not open some folders, and hangs up after some mails on each connection."""

    refused: set[str] = set()
    mails_per_line = 0
    calls_for_nothing = False

    def do_examine(self, rest: bytes) -> bytes:
        if rest.decode().strip('"') in self.refused:
            self.folder = None
            return b"NO [SERVERBUG] Internal error occurred. Refer to server log for more information."
        return super().do_examine(rest)

    do_select = do_examine

    def give(self, number, mail) -> None:
        if self.mails_per_line:
            self.given = getattr(self, "given", 0) + 1
            if self.given > self.mails_per_line:
                raise HungUp
        super().give(number, mail)

    def do_idle(self, rest: bytes) -> bytes:
        if self.calls_for_nothing:
            self.told = -1
        return super().do_idle(rest)


@pytest.fixture
def strict(monkeypatch):
    """The way in which the next server is strict; attributes may be set while it runs."""

    class Ours(Strict):
        refused: set[str] = set()

    monkeypatch.setattr(scripted, "Session", Ours)
    return Ours


@pytest.fixture
def three(play, strict):
    """A mailbox with an inbox, a folder for leads, and Sent, read once."""
    reading = play(mailbox={"folders": THREE})
    reading.server.folders |= {"Leads": Folder(), "Sent": Folder(marks="\\Sent")}
    reading.look()
    return reading


def look(reading, connection) -> None:
    """A whole look of the daemon, as ``Watch`` makes it."""
    jobs.receive(reading.office, reading.mailbox, connection)
    jobs.reconcile_server(reading.office, reading.mailbox, connection)


def watch_of(reading, **parts) -> Watch:
    """What the daemon's thread for this mailbox runs."""
    reading.office.settings = replace(reading.office.settings, passwords={reading.mailbox.password_variable: reading.password})
    return Watch(reading.office, reading.mailbox, **({"stopping": threading.Event(), "has_looked": lambda: None} | parts))


def alarms(reading) -> list[tuple[str, str]]:
    with reading.office.ledger.reading() as db:
        return [(alarm.trouble, alarm.about) for alarm in health.open_alarms(db)]


def test_a_folder_that_is_not_there_ends_no_connection(three):
    leads = three.server.folders.pop("Leads")
    connection = three.connect()
    for number in range(20, 23):
        three.server.inbox.add(letter(number))
        look(three, connection)
        assert letter(number) in three.kept()
        assert alarms(three) == [("folder", "Leads")]
    leads.add(letter(30))
    three.server.folders["Leads"] = leads
    look(three, connection)
    assert letter(30) in three.kept() and alarms(three) == []
    connection.close()


@pytest.mark.parametrize("folder", ["Leads", "Sent"])
def test_a_folder_that_the_server_refuses_keeps_no_other_waiting_and_is_told_when_it_lasts(three, strict, folder):
    strict.refused.add(folder)
    connection = three.connect()
    three.server.folders[folder].add(letter(20))
    three.server.folders["Sent" if folder == "Leads" else "Leads"].add(letter(21))
    three.server.inbox.add(letter(22))
    look(three, connection)
    assert letter(20) not in three.kept() and {letter(21), letter(22)} <= set(three.kept())
    assert alarms(three) == [], "servers refuse a folder for a moment now and then"
    three.now += timedelta(minutes=11)
    look(three, connection)
    assert alarms(three) == [("folder", folder if folder == "Leads" else "sent")]
    strict.refused.clear()
    look(three, connection)
    assert letter(20) in three.kept() and alarms(three) == []
    connection.close()


def test_doctor_names_the_folder_that_is_refused_and_looks_at_the_others(three, strict):
    strict.refused.add("Leads")
    watch_of(three)
    findings = list(examine_imap(three.office, three.mailbox))
    assert [finding.ok for finding in findings] == [True, True, False, True]
    assert "Leads" in findings[2].what and "Internal error occurred" in findings[2].advice and "Sent" in findings[3].what


def test_a_mailbox_whose_inbox_is_refused_cannot_be_read_and_its_other_folders_are(three, strict):
    strict.refused.add("INBOX")
    three.server.folders["Sent"].add(letter(20))
    with pytest.raises(FolderRefused, match="Internal error"):
        three.look()
    assert letter(20) in three.kept()


@pytest.mark.parametrize("rule", [FolderRule(role="other", name="Envoyés 2026"), FolderRule(role="sent")])
def test_a_folder_that_a_mac_has_named_is_the_one_that_looks_the_same(play, rule):
    reading = play(mailbox={"folders": (rule,)})
    apart = unicodedata.normalize("NFD", rule.name or "Envoyés")
    reading.server.folders[encode_folder(apart).decode("ascii").strip('"')] = folder = Folder()
    folder.add(letter(20))
    reading.look()
    assert reading.kept() == [letter(20)] and alarms(reading) == []


# ── a line that breaks again and again ──────────────────────────────────────────────────────────────────────────


def test_one_break_in_a_long_import_does_not_make_it_a_command_for_each_mail(play, monkeypatch):
    reading = play(mails=200)
    reading.server.behave(cut=60, times=1)
    reading.look_again_and_again(2)
    assert reading.kept() == [letter(number) for number in range(1, 201)] and len(reading.errors) == 1
    assert len(reading.server.commands(b"BODY.PEEK")) < 12
    assert reading.rows("SELECT uid FROM not_fetched") == []


def test_a_server_that_hangs_up_after_some_mails_is_not_waited_for_longer_each_time(play, strict):
    reading = play(mails=40, mailbox={"back_off_seconds": (1, 10, 100, 1000), "poll_seconds": 1})
    strict.mails_per_line = 5
    stopping, waits = threading.Event(), []
    its_watch = watch_of(reading, stopping=stopping, has_looked=stopping.set)
    while reading.inbound() < 40:
        assert len(waits) < 12, "so many connections are enough"
        stopping.clear()
        try:
            its_watch.session()
        except MailboxError as error:
            waits.append(its_watch.note(error))
    assert reading.kept() == [letter(number) for number in range(1, 41)] and reading.inbound() == 40
    assert max(waits) < 2, "each connection brought mail"


# ── a server that calls for nothing ─────────────────────────────────────────────────────────────────────────────


class Rests(threading.Event):
    """Nobody sleeps; what would have been slept is written down."""

    def __init__(self, then) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self.then = then

    def wait(self, timeout=None) -> bool:
        self.seconds.append(timeout)
        self.then(len(self.seconds))
        return False


@pytest.mark.parametrize("idle", ["yes", "no"])
def test_a_server_that_calls_for_nothing_is_believed_less_and_less(play, strict, idle):
    reading = play(mailbox={"back_off_seconds": (10, 20, 40), "idle_seconds": 30, "poll_seconds": 30}, idle=idle)
    strict.calls_for_nothing = True
    if idle == "no":
        # It says the same to every question.
        strict.do_noop = lambda self, _: self.say(b"* %d EXISTS" % len(self.folder.mails)) or b"OK done"
    stopping = threading.Event()

    def then(rests: int) -> None:
        if rests == 3:
            reading.server.inbox.add(letter(20))
        elif rests == 4:
            stopping.set()

    rests = Rests(then)
    looks = []
    watch_of(reading, stopping=stopping, has_looked=lambda: looks.append(len(rests.seconds)), wanted=rests).session()
    first, second, third, fourth = rests.seconds
    assert 8 <= first <= 12 and 16 <= second <= 24 and third == 30, "never longer than to the regular look"
    # A mail that came makes it worth listening again.
    assert letter(20) in reading.kept() and 8 <= fourth <= 12
    assert looks.count(0) == watch.VAIN_CALLS + 2
