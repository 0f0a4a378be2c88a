"""What goes wrong at a customer's: each ends in one clear line that says what to do, never in a traceback, and loses nothing."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from company import letter
from door import own_port
from dovecot import PASSWORD
from patience import PATIENCE

pytestmark = pytest.mark.wire


def fails(result, *words: str, lines: int = 1) -> None:
    """The command failed with so many lines, which hold these words, and without a traceback."""
    said = result.stderr.strip()
    assert result.returncode == 1, (result.stdout, said)
    assert len(said.splitlines()) == lines, said
    assert "Traceback" not in said + result.stdout
    assert PASSWORD not in said + result.stdout
    for word in words:
        assert word in said, f"“{word}” is not in: {said}"


# ── what a person wrote wrongly ─────────────────────────────────────────────────────────────────────────────────


def test_the_home_folder(tmp_path, company):
    empty = tmp_path / "empty"
    empty.mkdir()
    fails(company.run("--home", str(empty), "status"), "holds no configuration", "mailagent init")
    fails(company.run("explain", "999"), "There is no lead 999", "mailagent leads")
    fails(company.run("review", "--as", "nobody", said=""), "is nobody of mailagent.toml", "Boss, Li Wei")
    fails(company.run("tasks", "--done", "999", "--as", "Boss"), "There is no task 999")
    fails(company.run("pause", "999", "--as", "Boss"), "There is no lead 999")
    fails(company.run("pause", "--as", "Boss"), "Name a lead, or say --all")
    fails(company.run("suppress", "not an address", "--as", "Boss"), "is not a mail address")
    fails(company.run("suppress", "--as", "Boss"), "Name an address or a @domain, or say --list.")
    fails(company.run("suppress", "@gmail.com", "--as", "Boss"), "a provider of free mail")
    fails(company.run("suppress", "a@b.example", "--lift", "--as", "Boss"), "is not suppressed")
    fails(company.run("init", "--answers", str(company.answers)), "config/mailagent.toml", "--force")
    fails(company.run("init", "--answers", "/no/such/file.toml"), "there is no such file")

    (company.home / ".env").chmod(0o644)
    fails(company.run("status"), "other users of this computer can read it", "chmod 600")
    (company.home / ".env").chmod(0o600)
    company.toml.write_bytes(b"[company\nlegal_name = 1\n")
    fails(company.run("run"), "mailagent.toml", "line 1")
    company.toml.write_bytes(b"\xff\xfe[company]\n")
    fails(company.run("run"), "mailagent.toml", "UTF-8")
    company.toml.write_text('[company]\nlegal_nam = "Acme"\n[reading]\nfirst_run_days = "many"\n')
    result = company.run("check")
    assert result.returncode == 1
    assert "mailagent.toml: company.legal_nam" in result.stdout
    assert "mailagent.toml: reading.first_run_days" in result.stdout
    assert "Traceback" not in result.stdout + result.stderr


def test_a_template_of_ones_own_with_a_variable_that_does_not_exist(company):
    own = company.home / "templates" / "en" / "answer_standard.txt"
    own.parent.mkdir(parents=True)
    own.write_text("Subject: hello\n\nDear {{ buyers_nmae }},\n", "utf-8")
    result = company.run("check")
    assert result.returncode == 1
    assert "answer_standard" in result.stdout
    assert "buyers_nmae" in result.stdout
    own.write_text("Subject: hello\n\nDear {{ name \n", "utf-8")
    result = company.run("check")
    assert result.returncode == 1
    assert "answer_standard" in result.stdout
    assert "Traceback" not in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("mailbox", "says"),
    [
        ({"imap_host": "imap.nowhere.invalid", "imap_security": "tls"}, "there is no server of this name; check imap_host"),
        ({"imap_port": "closed"}, "nothing listens there; check imap_host and imap_port"),
        ({"smtp_port": "closed"}, "nothing listens there"),
        ({"folders": [{"role": "inbox", "name": "Orders 2019"}]}, 'no folder "Orders 2019"'),
        ({"imap_host": "imap.acme.example", "imap_security": "none"}, "in clear"),
        ({"password": "wrong"}, "MAILAGENT_SALES_PASSWORD"),
    ],
)
def test_doctor_says_what_is_wrong_with_a_mailbox(company, mailbox, says):
    if "password" in mailbox:
        env = {"env": {"MAILAGENT_SALES_PASSWORD": "wrong but still secret"}}
    else:
        company.change(mailbox={key: own_port() if value == "closed" else value for key, value in mailbox.items()})
        env = {}
    result = company.run("doctor", **env)
    assert result.returncode == 1
    assert says in result.stdout
    assert "✗" in result.stdout
    assert "Traceback" not in result.stdout + result.stderr
    assert "wrong but still secret" not in result.stdout + result.stderr


def test_dry_run_with_a_wrong_password_is_one_line(company):
    fails(company.run("run", "--dry", env={"MAILAGENT_SALES_PASSWORD": "wrong but still secret"}), "MAILAGENT_SALES_PASSWORD")


def test_a_list_that_cannot_be_read_is_named_and_left_alone(company):
    folder = company.home / "import"
    folder.mkdir()
    broken = folder / "customers.csv"
    broken.write_text("company,domain or email\nKowalski,not an address at all\n", "utf-8")
    (folder / "opt_outs.csv").write_text("email\ngone@cust.example\n", "utf-8")
    with company.daemon() as running:
        running.wait_for_words("mailagent runs on")
        assert "customers.csv" in running.said and "line 2" in running.said
        assert running.stop() == 0
    assert broken.exists()
    assert not (folder / "opt_outs.csv").exists()
    assert company.ask("SELECT email FROM suppressions") == [("gone@cust.example",)]


# ── what the machine does ───────────────────────────────────────────────────────────────────────────────────────


def test_a_ledger_that_is_none(company):
    company.ledger.write_bytes(b"this was a shopping list, once\n" * 300)
    fails(company.run("status"), "is not a mailagent ledger", "backup")
    company.ledger.unlink()
    company.ledger.mkdir()
    fails(company.run("status"), "cannot be opened")


def test_a_locked_ledger_only_delays(company, buyer):
    """Another process holds the write lock: the daemon says so, and goes on when it is free."""
    assert company.run("status").returncode == 0
    holder = sqlite3.connect(company.ledger)
    with company.daemon() as running:
        company.wait_for("SELECT COUNT(*) FROM cursors")
        holder.execute("BEGIN IMMEDIATE")
        company.arrives(letter(buyer, company.address), buyer)
        result = company.run("pause", "--all", "--as", "Boss")
        fails(result, "is held by another process", "Stop the other mailagent")
        holder.execute("ROLLBACK")
        company.wait_for("SELECT id FROM outbox WHERE state = 'drafted'")
        assert running.stop() == 0
    holder.close()


#: What root does proves nothing about permissions: so he does it without the right to pass over them.
RIGHTS = "-dac_override,-dac_read_search"
POWERLESS = ("setpriv", f"--bounding-set={RIGHTS}", f"--inh-caps={RIGHTS}") if os.geteuid() == 0 else ()


def test_a_ledger_without_permission(company):
    assert company.run("status", before=POWERLESS).returncode == 0
    company.ledger.chmod(0o400)
    fails(company.run("pause", "--all", "--as", "Boss", before=POWERLESS), "is read-only", "write permission")
    company.ledger.chmod(0o000)
    fails(company.run("status", before=POWERLESS), "cannot be opened", "may this user")
    company.ledger.chmod(0o600)
    company.home.chmod(0o500)
    fails(company.run("run", "--no-desk", before=POWERLESS), "the folder's permissions")
    company.home.chmod(0o700)


def no_more_room(size: int):
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


def test_a_full_disk(company, buyer):
    """No file may grow: it is said, nothing is half-written, and with room again all of it is there."""
    assert company.run("status").returncode == 0
    size = company.ledger.stat().st_size
    attachment = os.urandom(400_000).hex()
    company.dovecot.deliver(company.address, letter(buyer, company.address, text=f"{attachment}\r\n".replace("0", "0\r\n")))
    with company.daemon(preexec_fn=no_more_room(size + 60_000)) as running:
        running.wait_for_words("full or failing")
        assert "Traceback" not in running.said
        assert running.stop() == 0
    assert company.ask("PRAGMA integrity_check") == [("ok",)]
    assert company.ask("SELECT COUNT(*) FROM sources") == [(0,)]
    fails(company.run("backup", preexec_fn=no_more_room(20_000)), "full or failing", "Free some space")
    assert list((company.home / "backup").glob("*")) == []
    with company.daemon() as running:
        company.wait_for("SELECT id FROM inbound WHERE state = 'handled'")
        assert running.stop() == 0


# ── hostile mail ────────────────────────────────────────────────────────────────────────────────────────────────


def nested(depth: int) -> bytes:
    """A mail within a mail within a mail …"""
    head = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(depth))
    tail = b"".join(b"--b%d--\r\n" % n for n in reversed(range(depth)))
    top = b"From: deep@cust.example\r\nTo: sales@acme.example\r\nSubject: deep\r\nMessage-ID: <deep@cust.example>\r\nMIME-Version: 1.0\r\n"
    return top + head + b"Content-Type: text/plain\r\n\r\nWe need 500 garden shears.\r\n" + tail


SURROGATES = (
    b"From: \"\xed\xa0\x80 Anna\" <anna@cust.example>\r\nTo: sales@acme.example\r\n"
    b"Subject: =?utf-8?b?7aCA?= \xed\xb0\x80 shears\x00 now\r\n"
    b"Message-ID: <lone\xed\xa0\x80@cust.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    b"We need 500 garden shears \xed\xa0\x80\x00\xff now. Please quote.\r\n"
)


def test_hostile_mails_and_a_huge_one_pass_and_the_next_one_is_read(company, dovecot, buyer):
    """60 MB, a thousand nested parts, lone surrogates, NULs: all kept to the byte, all read, little memory."""
    line = b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\r\n"
    huge = (
        b"From: " + buyer.encode() + b"\r\nTo: sales@acme.example\r\nSubject: Drawings of garden shears\r\n"
        b"Message-ID: <huge@cust.example>\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n'
        b"Please quote 500 garden shears as drawn.\r\n--b\r\nContent-Type: application/octet-stream; name=drawing.bin\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + line * (60_000_000 // len(line)) + b"--b--\r\n"
    )
    maildir = dovecot.folder / "mail" / company.address / "Maildir" / "new"
    dovecot.client(company.address).logout()
    # NULs do not come through IMAP APPEND; a server that takes them by SMTP has them in its files.
    for number, raw in enumerate((huge, nested(1000), SURROGATES, letter(buyer, company.address))):
        path = maildir / f"170000000{number}.M{number}P1.test"
        path.write_bytes(raw)
        if os.geteuid() == 0:
            os.chown(path, maildir.stat().st_uid, maildir.stat().st_gid)
    with company.daemon() as running:
        company.wait_for("SELECT COUNT(*) = 4 FROM inbound WHERE state = 'handled'")
        peak = next(row for row in Path(f"/proc/{running.process.pid}/status").read_text().splitlines() if row.startswith("VmHWM"))
        assert int(peak.split()[1]) < 400_000, peak
        assert running.stop() == 0
        assert "Traceback" not in running.said
    sizes = company.ask("SELECT size FROM sources ORDER BY size DESC")
    assert sizes[0][0] >= len(huge)
    [kept] = (company.home / "sources").iterdir()
    assert kept.stat().st_size < 5_000_000
    assert company.ask("SELECT COUNT(*) FROM inbound WHERE state = 'quarantined'") == [(0,)]
    [(words,)] = company.ask("SELECT words FROM inbound WHERE message_id LIKE '%huge@cust.example%'")
    assert "500 garden shears" in words
    for command in (["leads"], ["status"], ["explain", "1"], ["explain", "2"], ["quarantine"], ["tasks"]):
        result = company.run(*command)
        assert result.returncode == 0, (command, result.stderr)
        assert "\x00" not in result.stdout


def test_a_pipe_that_closes_is_no_error(company):
    """``mailagent leads | head -1``"""
    command = f"{sys.executable} -m mailagent leads | head -1"
    result = subprocess.run(["bash", "-c", command], env=company.environment(), capture_output=True, text=True, timeout=PATIENCE)
    assert "Traceback" not in result.stderr
    assert "unexpected" not in result.stderr


def test_the_process_that_waits_says_nothing_twice(company):
    """A closed port: the daemon says it once for each try, and stops in the middle of the long wait for the next one when told."""
    company.change(mailbox={"imap_port": own_port(), "back_off_seconds": [200]})
    with company.daemon() as running:
        running.wait_for_words("nothing listens there")
        assert running.stop() == 0
        assert running.said.count("nothing listens there") == 1, running.said
