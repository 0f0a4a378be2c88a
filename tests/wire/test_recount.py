"""Server against ledger on a real Dovecot: everything is accounted for, what is missing is fetched, and filing only moves."""

from __future__ import annotations

import imaplib
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from company import Company, letter

from mailagent import jobs
from mailagent.jobs.recount import recount, recount_now_and_then
from mailagent.ledger import folders, inbox, tasks
from mailagent.ledger.db import to_text
from mailagent.office import open_office

pytestmark = pytest.mark.wire
NOW = datetime.now(UTC)
NEWSLETTER = {"List_Id": "<news.fair.example>", "List_Unsubscribe": "<mailto:off@fair.example>", "Precedence": "bulk"}


@pytest.fixture
def company(tmp_path, dovecot, postfix, user):
    return Company(tmp_path / "home", user, dovecot, postfix)


@pytest.fixture
def office(company):
    office = open_office(company.home)
    yield office
    office.ledger.close()


@pytest.fixture
def look(office):
    """One look at the only mailbox, with a connection that lives for it."""

    def look(verb):
        mailbox = office.policy.mailboxes[0]
        connection = office.open_mailbox(mailbox)
        try:
            return verb(office, mailbox, connection)
        finally:
            connection.close()

    return look


def deliver(dovecot, user, number: int, days: int = 0, **headers) -> None:
    sender = f"buyer{number}@cust{number}.example"
    dovecot.deliver(user, letter(sender, user, subject=f"Inquiry {number}", **headers), when=NOW - timedelta(days=days))


def forget(office, *uids: int) -> None:
    """As a fault of ours might: the cursor has passed these mails, and nothing of them is here."""
    with office.ledger.transaction() as db:
        for uid in uids:
            source = db.execute("SELECT source_id FROM locations WHERE folder = 'INBOX' AND uid = ?", [uid]).fetchone()[0]
            db.execute("DELETE FROM locations WHERE source_id = ?", [source])
            db.execute("DELETE FROM inbound WHERE source_id = ?", [source])
            db.execute("DELETE FROM sources WHERE id = ?", [source])


def inbox_of(counts):
    return next(count for count in counts if count.folder == "INBOX")


def test_everything_is_accounted_for_and_what_is_missing_is_fetched(dovecot, user, office, look):
    for number in range(6):
        deliver(dovecot, user, number)
    assert look(jobs.receive) == 6
    count = inbox_of(look(recount))
    assert (count.on_server, count.accounted_for, count.missing, count.older) == (6, 6, (), 0)
    forget(office, 2, 5)
    count = inbox_of(look(recount))
    assert (count.on_server, count.missing, count.fetched, count.still_missing) == (6, (2, 5), 2, 0)
    count = inbox_of(look(recount))
    assert (count.accounted_for, count.missing) == (6, ())
    assert jobs.handle(office) == 6
    with office.ledger.reading() as db:
        assert folders.not_fetched(db) == []
        assert db.execute("SELECT COUNT(*) FROM sources").fetchone()[0] == 6


def test_mail_from_before_the_first_day_is_older_and_not_missing(dovecot, user, office, look):
    for number, days in enumerate((90, 60, 3, 0)):
        deliver(dovecot, user, number, days=days)
    assert look(jobs.receive) == 2
    count = inbox_of(look(recount))
    assert (count.on_server, count.in_ledger, count.older, count.missing) == (4, 2, 2, ())
    # One that is moved into the inbox later is new, however old.
    deliver(dovecot, user, 9, days=90)
    assert look(jobs.receive) == 1
    count = inbox_of(look(recount))
    assert (count.on_server, count.in_ledger, count.older, count.missing) == (5, 3, 2, ())


def test_new_numbers_of_the_server_are_not_a_loss(dovecot, user, office, look):
    for number in range(3):
        deliver(dovecot, user, number)
    look(jobs.receive)
    dovecot.forget_numbers(user)
    assert inbox_of(look(recount)).unread
    assert look(jobs.receive) == 0
    count = inbox_of(look(recount))
    assert (count.on_server, count.in_ledger, count.missing) == (3, 3, ())


def test_the_running_daemon_compares_by_itself(dovecot, user, office, look):
    for number in range(3):
        deliver(dovecot, user, number)
    look(jobs.receive)
    forget(office, 1)
    look(recount_now_and_then)
    with office.ledger.reading() as db:
        assert not folders.located(db, "sales", "INBOX", folders.cursor(db, "sales", "INBOX").uidvalidity, [1])
    with office.ledger.transaction() as db:
        db.execute("UPDATE cursors SET started_at = ?, reconciled_at = NULL", [to_text(NOW - timedelta(hours=7))])
    look(jobs.reconcile_server)
    with office.ledger.reading() as db:
        cursor = folders.cursor(db, "sales", "INBOX")
        assert folders.located(db, "sales", "INBOX", cursor.uidvalidity, [1]) == {1} and cursor.reconciled_at


def test_the_command_says_it_in_one_line_a_folder(dovecot, user, office, look, company):
    for number in range(4):
        deliver(dovecot, user, number, days=50 if number == 0 else 0)
    said = company.run("reconcile")
    assert said.returncode == 0, said.stdout + said.stderr
    assert "sales/INBOX: 4 on the server, 4 accounted for, 0 missing (1 older" in said.stdout
    forget(office, 3)
    said = company.run("reconcile", "sales")
    assert "4 on the server, 4 accounted for, 0 missing (1 were missing and are fetched now)" in said.stdout
    assert company.run("--lang", "en", "reconcile", "nobody").stderr.startswith("There is no mailbox “nobody”")
    # A folder that was not looked at is not passed over in silence.
    folders_ = [{"role": "inbox", "name": "INBOX"}, {"role": "other", "name": "Leads"}]
    company.change(mailbox={"folders": folders_})
    said = company.run("--lang", "en", "reconcile")
    assert said.returncode == 1 and "✓ sales/INBOX: 4 on the server" in said.stdout
    assert "✗ sales/Leads: mailbox sales" in said.stdout and 'The server has no folder "Leads". It has: ' in said.stdout
    assert jobs.handle(office) == 3
    found = company.run("search", "garden", "shears")
    assert "buyer2@cust2.example" in found.stdout and "Mails found: 3" in found.stdout
    assert "Mails found: 0" in company.run("search", "gardenia").stdout


def test_a_server_that_cannot_be_reached_is_one_line_and_never_an_empty_mailbox(company):
    company.change(mailbox={"imap_port": 1})
    said = company.run("reconcile")
    assert said.returncode == 1 and "nothing listens there" in said.stderr and "missing" not in said.stdout


def state_of(client) -> dict[int, set[bytes]]:
    """UID → flags, of every mail in the open folder; what only says who looked first is left out."""
    lines = client.uid("FETCH", "1:*", "(FLAGS)")[1]
    found = [re.search(rb"UID (\d+) FLAGS \(([^)]*)\)", line) for line in lines if line]
    return {int(one[1]): set(one[2].split()) - {b"\\Recent"} for one in found}


def test_filing_moves_what_was_asked_for_and_touches_nothing_else(tmp_path, dovecot, postfix, user):
    client = dovecot.client(user)
    client.create("News")
    deliver(dovecot, user, 1)
    deliver(dovecot, user, 2, **NEWSLETTER)
    deliver(dovecot, user, 3)
    client.select("INBOX")
    client.uid("STORE", "3", "+FLAGS.SILENT", "(\\Deleted)")
    client.uid("STORE", "2", "+FLAGS.SILENT", "(\\Flagged)")
    before = state_of(client)
    company = Company(tmp_path / "filing", user, dovecot, postfix, mailbox={"filing": {"newsletter": "News"}})
    office = open_office(company.home)
    mailbox = office.policy.mailboxes[0]
    connection = office.open_mailbox(mailbox)
    jobs.receive(office, mailbox, connection)
    jobs.handle(office)
    assert jobs.reconcile_server(office, mailbox, connection) == 1
    assert jobs.reconcile_server(office, mailbox, connection) == 0
    client.select("INBOX")
    after = state_of(client)
    assert after == {1: before[1], 3: before[3]} == {1: set(), 3: {b"\\Deleted"}}
    client.select("News")
    assert list(state_of(client).values()) == [{b"\\Flagged"}]
    # A folder that is not there is told once, and the mails stay.
    client.delete("News")
    deliver(dovecot, user, 4, **NEWSLETTER)
    jobs.receive(office, mailbox, connection)
    jobs.handle(office)
    assert [jobs.reconcile_server(office, mailbox, connection) for _ in range(2)] == [0, 0]
    with office.ledger.reading() as db:
        titles = [row[0] for row in db.execute("SELECT title FROM tasks WHERE done_at IS NULL")]
        assert len([title for title in titles if "cannot be filed" in title and "News" in title]) == 1
        assert inbox.count_waiting(db) == 0
    # When it is there, the mails are moved, and nobody has to do anything any more.
    with suppress(imaplib.IMAP4.abort):
        client.logout()  # what was open is gone
    client = dovecot.client(user)
    client.create("News")
    assert jobs.reconcile_server(office, mailbox, connection) == 1
    with office.ledger.reading() as db:
        assert not tasks.open_with_title(db, "folder", "Mail of sales cannot be filed")
    connection.close()
    client.logout()
    office.ledger.close()
