"""``mailagent run`` as a process: it starts, works, ends when it is told to, and survives what happens to it."""

from __future__ import annotations

import inspect
import random
import stat
import time

import pytest
from company import Company, letter, wait_until
from dovecot import PASSWORD, Dovecot
from proxy import Fault, Proxy

from mailagent.daemon import Daemon
from mailagent.office import open_office

pytestmark = pytest.mark.wire

DRAFT = "SELECT id FROM outbox WHERE state = 'drafted' AND basis = 'answer'"


def approve(company: Company, letter_id: int) -> None:
    """A person approves, beside the daemon, through the same door as the terminal and the desk."""
    office = open_office(company.home)
    [(seen,)] = company.ask("SELECT content_hash FROM outbox WHERE id = ?", letter_id)
    office.reviewer(office.policy.person("Boss")).approve(letter_id, seen)
    office.ledger.close()


def wake(company: Company) -> None:
    """News in the mailbox makes the daemon look at once, instead of at the next tick."""
    company.dovecot.deliver(company.address, letter("hall@fair.example", company.address, "Hall plan", "See you in hall 3.\r\n", "Fair"))


def state_of(company: Company, letter_id: int) -> str:
    return company.ask("SELECT state FROM outbox WHERE id = ?", letter_id)[0][0]


def test_reads_drafts_sends_and_ends_when_it_is_told(company, dovecot, buyer):
    with company.daemon() as running:
        running.wait_for_words("mailagent runs on")
        company.arrives(letter(buyer, company.address), buyer)
        draft = company.wait_for(DRAFT)
        status = company.run("status")
        assert "running" in status.stdout and "not running" not in status.stdout

        second = company.run("run", "--no-desk")
        assert second.returncode == 1
        assert f"Another mailagent (process {running.process.pid}) runs on" in second.stderr
        assert len(second.stderr.splitlines()) == 1, second.stderr

        approve(company, draft)
        wake(company)
        dovecot.wait_for_mails(buyer, 1)
        company.wait_for("SELECT filed <> '' FROM outbox WHERE id = ?", draft)
        assert running.stop() == 0
        assert running.said.splitlines()[-1] == "mailagent has ended."
    assert state_of(company, draft) == "sent"
    assert len(dovecot.mails(company.address, "Sent Items")) == 1
    assert "not running" in company.run("status").stdout

    log = company.home / "log" / "mailagent.log"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    for path in company.home.glob("ledger.sqlite*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    text = log.read_text("utf-8")
    assert "1 new mails" in text
    assert PASSWORD not in text + running.said
    secrets = [line.split("'")[1] for line in (company.home / ".env").read_text().splitlines() if "='" in line]
    assert secrets and not any(secret in text for secret in secrets)


def test_a_letter_on_the_wire_is_finished_before_the_end(company, dovecot, postfix, buyer):
    """SIGTERM while the server still thinks about the text: its answer is waited for and written down."""
    with Proxy(postfix.smtp, Fault("client", b"\r\n.\r\n", "late", seconds=1.5)) as line:
        company.change(mailbox={"smtp_port": line.port}, sending={"notices": "off"})
        company.arrives(letter(buyer, company.address), buyer)
        with company.daemon() as running:
            draft = company.wait_for(DRAFT)
            approve(company, draft)
            wake(company)
            wait_until(lambda: line.struck.is_set(), "the text is on the wire")
            assert running.stop() == 0
    assert state_of(company, draft) == "sent"
    assert len(dovecot.wait_for_mails(buyer, 1)) == 1


def test_a_server_that_never_answers_cannot_keep_the_daemon(company, dovecot, postfix, buyer):
    with Proxy(postfix.smtp, Fault("client", b"\r\n.\r\n", "stall")) as line:
        company.change(mailbox={"smtp_port": line.port}, sending={"notices": "off"})
        company.arrives(letter(buyer, company.address), buyer)
        with company.daemon() as running:
            draft = company.wait_for(DRAFT)
            approve(company, draft)
            wake(company)
            wait_until(lambda: line.struck.is_set(), "the text is on the wire")
            # The answer would be waited for ten minutes, which is far longer than the test waits for the end.
            assert running.stop() == 0
            assert "no answer for" in running.said + (company.home / "log" / "mailagent.log").read_text("utf-8")
    # It may have arrived: that is written down, and nothing sends it again.
    assert state_of(company, draft) == "transmitting"
    with company.daemon() as running:
        running.wait_for_words("mailagent runs on")
        wake(company)
        company.wait_for("SELECT COUNT(*) >= 3 FROM inbound WHERE state = 'handled'")
        assert running.stop() == 0
    # The daemon that starts anew knows that its predecessor is dead: nobody will ever say whether it arrived.
    assert state_of(company, draft) == "in_doubt"
    assert len(dovecot.mails(buyer)) <= 1


def test_the_end_comes_within_ten_seconds_whoever_keeps_it_waiting():
    """What a service manager and a person grant; the rest of the ten is for what follows."""
    assert inspect.signature(Daemon.stop).parameters["seconds"].default < 9


def test_killed_again_and_again_it_loses_and_doubles_nothing(company, dovecot):
    """kill -9 at ten moments of a busy run; afterwards everything is there once."""
    chance = random.Random(7)
    buyers = [f"buyer{number}@cust.example" for number in range(271, 301)]
    for round in range(10):
        for buyer in buyers[3 * round : 3 * round + 3]:
            dovecot.deliver(company.address, letter(buyer, company.address, f"Inquiry of {buyer}: garden shears"))
        with company.daemon() as running:
            time.sleep(chance.uniform(1.0, 2.6))
            running.kill()
        for (draft,) in company.ask(DRAFT):
            approve(company, draft)
    answers = "FROM outbox WHERE basis = 'answer' AND recipient LIKE 'buyer%'"
    with company.daemon() as running:
        company.wait_for("SELECT COUNT(*) = 30 FROM inbound WHERE role = 'inbox' AND state = 'handled'")
        company.wait_for(f"SELECT COUNT(*) = 30 {answers}")
        for (draft,) in company.ask(DRAFT):
            approve(company, draft)
        wake(company)
        company.wait_for(f"SELECT COUNT(*) = 0 {answers} AND state = 'approved'")
        assert running.stop() == 0
    assert company.ask("PRAGMA integrity_check") == [("ok",)]
    assert company.ask("SELECT COUNT(*) FROM (SELECT 1 FROM locations GROUP BY folder, uid HAVING COUNT(*) > 1)") == [(0,)]
    heard = company.ask("SELECT sender_email FROM inbound WHERE role = 'inbox' AND sender_email LIKE 'buyer%' ORDER BY sender_email")
    assert [email for (email,) in heard] == sorted(buyers)
    # What counts as sent did arrive, nothing arrived twice; what a kill left on the wire is not sent again by itself.
    states = dict(company.ask(f"SELECT recipient, state {answers}"))
    assert set(states.values()) <= {"sent", "claimed", "transmitting", "in_doubt"}
    assert list(states.values()).count("sent") >= 10
    for buyer in buyers:
        if states[buyer] == "sent":
            dovecot.wait_for_mails(buyer, 1)
        assert len(dovecot.mails(buyer)) <= 1
    copies = dovecot.mails(company.address, "Sent Items")
    ids = [next(line for line in raw.split(b"\r\n") if line.lower().startswith(b"message-id:")) for raw in copies]
    assert len(ids) == len(set(ids))


def test_a_server_that_was_away_is_found_again(tmp_path, dovecot, postfix):
    """A server of its own, so that the other tests keep theirs."""
    address = "sales@acme.example"
    own = Dovecot([address])
    own.start()
    try:
        mailbox = {"imap_port": own.imap, "back_off_seconds": [0.5]}
        company = Company(tmp_path / "home", address, dovecot, postfix, mailbox, sending={"notices": "off"})
        with company.daemon() as running:
            company.wait_for("SELECT COUNT(*) FROM cursors")
            own.halt()
            running.wait_for_words("Next try in")
            own.resume()
            own.deliver(address, letter("anna@cust.example", address))
            company.wait_for(DRAFT)
            assert running.stop() == 0
            assert "Traceback" not in running.said
            assert PASSWORD not in running.said
    finally:
        own.stop()


def test_one_bad_mailbox_does_not_stop_the_other(tmp_path, dovecot, postfix, user, buyer):
    company = Company(tmp_path / "draft", user, dovecot, postfix)
    bad = company.account("second", "li.wei@acme.example") | {"password": "wrong but still secret"}
    absent = company.account("third", "other@cust.example") | {"folders": [{"role": "inbox", "name": "Orders 2019"}, {"role": "sent"}]}
    company = Company(tmp_path / "home", user, dovecot, postfix, more=(bad, absent), sending={"notices": "off"})
    with company.daemon() as running:
        company.arrives(letter(buyer, user), buyer)
        company.wait_for(DRAFT)
        company.wait_for("SELECT COUNT(*) >= 2 FROM tasks WHERE kind IN ('mailbox', 'folder')")
        assert running.stop() == 0
        lines = running.said.splitlines()
        assert len([line for line in lines if "MAILAGENT_SECOND_PASSWORD" in line]) == 1, lines
        assert len([line for line in lines if "Orders 2019" in line]) >= 1, lines
        assert "Traceback" not in running.said
        assert "wrong but still secret" not in running.said + (company.home / "log" / "mailagent.log").read_text()
    tasks = dict(company.ask("SELECT kind, title FROM tasks WHERE kind IN ('mailbox', 'folder')"))
    assert "second" in tasks["mailbox"] and "MAILAGENT_SECOND_PASSWORD" in tasks["mailbox"]
    assert "Orders 2019" in tasks["folder"]
    # The rest of the mailbox whose one folder is missing is read.
    assert company.ask("SELECT folder FROM cursors WHERE account = 'third'") == [("Sent Items",)]
    told = company.run("tasks").stdout
    assert "Orders 2019" in told
