"""A mailbox that falls ill while the daemon runs: within one poll it is on the desk, in the ledger and in somebody's mail.

Two mailboxes on real servers; the line to one of them goes through a proxy that breaks it. Every wait is a setting. The regular looks
and the time-outs are longer than a test has patience: a test that passes proves that nobody waited for them.
"""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default

import pytest
from company import Company, letter, wait_until
from dovecot import PASSWORD, Dovecot
from proxy import Fault, Proxy
from switch import Switch

pytestmark = pytest.mark.wire

BOSS = "boss@acme.example"
#: The regular look comes later than any of these tests ends, and no server is given up by itself: trouble is noticed as it happens.
QUICK = {"poll_seconds": 200, "idle_seconds": 200, "timeout_seconds": 95, "back_off_seconds": [0.2, 0.5], "login_pause_seconds": 1}
#: For a line that dies in silence, which only such a wait finds out.
WATCHFUL = QUICK | {"poll_seconds": 2, "idle_seconds": 2, "timeout_seconds": 2}
AT_ONCE = {"tick_seconds": 0.5, "unreachable_minutes": 0}
ALARM = "SELECT title FROM alarms WHERE over_at IS NULL AND account = ? AND trouble = ?"


@pytest.fixture
def own_server(tmp_path):
    """A server of its own, whose passwords a test may change; the manager's mail lies elsewhere."""
    server = Dovecot(["second@acme.example"])
    server.start()
    yield server
    server.stop()


def two_mailboxes(tmp_path, user: str, dovecot, postfix, second: dict, **tables) -> Company:
    company = Company(tmp_path / "draft", user, dovecot, postfix)
    table = company.account("second", "second@acme.example") | QUICK | second
    tables.setdefault("reading", AT_ONCE)
    return Company(tmp_path / "home", user, dovecot, postfix, QUICK, more=(table,), **tables)


class Inbox:
    """The alarms in the manager's mailbox, from now on; at some hours of the day he gets other news as well."""

    def __init__(self, dovecot: Dovecot, address: str = BOSS):
        self.dovecot, self.address = dovecot, address
        self._before = len(dovecot.mails(address))

    def mails(self) -> list:
        mails = [message_from_bytes(raw, policy=default) for raw in self.dovecot.mails(self.address)[self._before :]]
        return [mail for mail in mails if str(mail["Subject"]).startswith(("Alarm", "Over"))]

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails()]

    def texts(self) -> list[str]:
        return [mail.get_content() for mail in self.mails()]

    def wait_for(self, beginning: str) -> list[str]:
        found = lambda: [one for one in self.subjects() if one.startswith(beginning)]  # noqa: E731
        return wait_until(found, lambda: f"“{beginning}” in: {self.subjects()}")


def healthy(company: Company, account: str = "second") -> bool:
    return bool(company.ask("SELECT 1 FROM mailbox_health WHERE account = ? AND failing_since IS NULL AND looked_at IS NOT NULL", account))


def test_a_line_that_is_cut_is_told_once_and_told_again_when_it_is_back(tmp_path, dovecot, postfix, user):
    with Switch(dovecot.imap) as line:
        second = {"imap_port": line.port, "address": "other@cust.example"}
        company = two_mailboxes(tmp_path, user, dovecot, postfix, second)
        manager = Inbox(dovecot)
        with company.daemon() as running:
            wait_until(lambda: healthy(company), "both are read")
            line.cut()
            company.wait_for(ALARM, "second", "unread")
            (subject,) = manager.wait_for("Alarm")
            assert "The mailbox second cannot be read" in subject
            assert company.ask("SELECT failure FROM mailbox_health WHERE account = 'second'") == [("unreachable",)]
            assert company.ask("SELECT account FROM outbox WHERE dedupe_key LIKE 'alarm:%'") == [("sales",)], "from the one that works"
            assert "The mailbox second cannot be read" in company.run("tasks").stdout
            line.mend()
            (over,) = manager.wait_for("Over")
            assert "The mailbox second cannot be read" in over
            wait_until(lambda: healthy(company), "it is well again")
            assert company.ask(ALARM, "second", "unread") == []
            assert company.ask("SELECT COUNT(*) FROM tasks WHERE kind = 'mailbox' AND done_at IS NULL") == [(0,)]
            assert running.stop() == 0
            assert len(manager.subjects()) == 2, "once each, however often it was tried"
            assert "Traceback" not in running.said


def test_a_refused_login_is_told_at_once_and_the_status_says_why(tmp_path, own_server, dovecot, postfix, user):
    """The password is changed at the server; the connection that is open dies, and no other is let in."""
    users = own_server.folder / "users"
    good = users.read_text()
    with Switch(own_server.imap) as line:
        second = {"imap_port": line.port}
        company = two_mailboxes(tmp_path, user, dovecot, postfix, second, reading={"tick_seconds": 0.5})
        manager = Inbox(dovecot)
        with company.daemon() as running:
            wait_until(lambda: healthy(company), "both are read")
            users.write_text(good.replace(PASSWORD, "changed"))
            own_server.halt()
            line.cut()
            own_server.resume()
            line.mend()
            title = company.wait_for(ALARM, "second", "unread")
            assert "refused the login" in title and "MAILAGENT_SECOND_PASSWORD" in title
            assert "The mailbox second cannot be read" in manager.wait_for("Alarm")[0]
            assert "refused the login" in manager.texts()[0]
            told = company.run("status").stdout
            assert "cannot be read since" in told and "refused the login" in told
            doctor = company.run("doctor").stdout
            assert "an alarm of the daemon" in doctor
            users.write_text(good)
            own_server.halt()
            own_server.resume()
            manager.wait_for("Over")
            assert running.stop() == 0
            assert PASSWORD not in running.said


def test_a_link_that_dies_in_silence_is_found_out_and_a_short_break_is_no_alarm(tmp_path, dovecot, postfix, user, buyer):
    """The line stays open and carries nothing any more, in the middle of IDLE: nothing tells us but our own waits."""
    with Switch(dovecot.imap) as line:
        company = Company(tmp_path / "home", user, dovecot, postfix, WATCHFUL | {"imap_port": line.port}, sending={"notices": "off"})
        company.change(reading={"tick_seconds": 0.5})
        with company.daemon() as running:
            wait_until(lambda: healthy(company, "sales"), "it is read")
            line.go_deaf()
            dovecot.deliver(user, letter(buyer, user))
            company.wait_for("SELECT id FROM outbox WHERE state = 'drafted' AND basis = 'answer'")
            assert line.lines >= 2
            assert company.ask("SELECT COUNT(*) FROM alarms") == [(0,)]
            assert running.stop() == 0
            assert "Traceback" not in running.said


def test_the_only_mailbox_sends_the_news_of_its_own_trouble(tmp_path, dovecot, postfix, user):
    """Reading is broken and sending works: the one mailbox there is says so itself."""
    with Switch(dovecot.imap) as line:
        company = Company(tmp_path / "home", user, dovecot, postfix, QUICK | {"imap_port": line.port}, reading=AT_ONCE)
        manager = Inbox(dovecot)
        line.cut()
        with company.daemon() as running:
            manager.wait_for("Alarm")
            line.mend()
            manager.wait_for("Over")
            assert running.stop() == 0


def test_a_mailbox_that_hangs_delays_neither_reading_nor_sending_of_the_other(tmp_path, dovecot, postfix, user, buyer):
    """The second server accepts the line and says nothing more; its time-out is longer than this test."""
    with Proxy(dovecot.imap, Fault("client", b"CAPABILITY", "stall", pass_on=False)) as line:
        second = {"imap_port": line.port, "address": "other@cust.example", "timeout_seconds": 200, "idle_seconds": 5}
        company = two_mailboxes(tmp_path, user, dovecot, postfix, second, reading={"tick_seconds": 0.5}, sending={"notices": "off"})
        with company.daemon() as running:
            wait_until(line.struck.is_set, "the second mailbox hangs")
            dovecot.deliver(user, letter(buyer, user))
            company.wait_for("SELECT id FROM outbox WHERE state = 'drafted' AND basis = 'answer'")
            company.run("review", "--as", "Boss", said="a\n")
            dovecot.wait_for_mails(buyer, 1)
            # To end it would wait for the one that hangs; test_life.py looks how long.
            running.kill()


def test_a_mail_server_that_never_answers_does_not_delay_reading(tmp_path, dovecot, postfix, user, buyer):
    """The text of a letter was handed over and the server is silent: mails that come are read and drafted all the same."""
    with Proxy(postfix.smtp, Fault("client", b"\r\n.\r\n", "stall")) as line:
        company = Company(tmp_path / "home", user, dovecot, postfix, QUICK | {"smtp_port": line.port}, sending={"notices": "off"})
        company.change(reading={"tick_seconds": 0.5})
        with company.daemon() as running:
            dovecot.deliver(user, letter(buyer, user))
            company.wait_for("SELECT id FROM outbox WHERE state = 'drafted' AND basis = 'answer'")
            company.run("review", "--as", "Boss", said="a\n")
            wait_until(line.struck.is_set, "the letter is on the wire")
            dovecot.deliver(user, letter("carl@cust.example", user, name="Carl Berg"))
            company.wait_for("SELECT id FROM outbox WHERE recipient = 'carl@cust.example'")
            running.kill()


def test_a_mail_server_that_never_answers_does_not_delay_the_letters_of_another_mailbox(tmp_path, dovecot, postfix, user, buyer):
    with Proxy(postfix.smtp, Fault("client", b"\r\n.\r\n", "stall")) as line:
        second = {"smtp_port": line.port, "address": "other@cust.example"}
        company = two_mailboxes(tmp_path, user, dovecot, postfix, second, reading={"tick_seconds": 0.5}, sending={"notices": "off"})
        with company.daemon() as running:
            dovecot.deliver("other@cust.example", letter("carl@cust.example", "other@cust.example", name="Carl Berg"))
            company.wait_for("SELECT id FROM outbox WHERE state = 'drafted' AND account = 'second'")
            company.run("review", "--as", "Boss", said="a\n")
            wait_until(line.struck.is_set, "the letter of the second mailbox is on the wire")
            dovecot.deliver(user, letter(buyer, user))
            company.wait_for("SELECT id FROM outbox WHERE state = 'drafted' AND account = 'sales'")
            company.run("review", "--as", "Boss", said="a\n")
            dovecot.wait_for_mails(buyer, 1)
            running.kill()


# The deaths are meant.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_dies_is_started_again_and_reported(tmp_path, dovecot, postfix, user):
    from mailagent.daemon import Daemon
    from mailagent.office import open_office

    company = Company(tmp_path / "home", user, dovecot, postfix, QUICK, sending={"notices": "off"}, reading={"tick_seconds": 0.3})
    office = open_office(company.home)
    daemon = Daemon(office)
    watch = daemon.watch_of(office.policy.mailboxes[0])
    deaths, lives = iter([SystemExit, KeyboardInterrupt]), watch.session

    def session():
        """Twice something goes through every net; then it lives."""
        if death := next(deaths, None):
            raise death
        lives()

    watch.session = session
    daemon.start()
    try:
        company.wait_for("SELECT 1 FROM alarms WHERE title LIKE '%the thread that reads it died%'")
        wait_until(lambda: healthy(company, "sales"), "it reads again")
        company.wait_for("SELECT over_at FROM alarms")
    finally:
        daemon.stop()
        office.ledger.close()
