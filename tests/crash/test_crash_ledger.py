"""Trouble with the ledger's own disk while mail comes in: nothing is lost, it is said in one line, and it goes on when it is over."""

from __future__ import annotations

import os
import resource
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime

import pytest
from company import wait_until
from inspection import inspect, on_server, waiting
from patience import PATIENCE
from post import arrive, inquiry, large_inquiry

from mailagent.errors import LedgerError
from mailagent.ledger import sources
from mailagent.ledger.db import Ledger

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite")
    yield ledger
    ledger.close()


def keep_large(ledger: Ledger, raw: bytes) -> sources.Packed:
    with ledger.transaction() as db:
        number = sources.add(db, *sources.digest(raw), raw, ledger.large_sources, 10, NOW)
        return sources.packed(db, number, ledger.large_sources)


def test_what_a_killed_process_left_of_a_large_mail_is_thrown_away(ledger):
    ledger.large_sources.mkdir()
    (ledger.large_sources / sources.PARTIAL).write_bytes(b"half of another mail" * 1000)
    kept = keep_large(ledger, b"a whole mail " * 100)
    assert kept.open() == b"a whole mail " * 100
    assert os.listdir(ledger.large_sources) == [kept.path.name]
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600


def test_no_room_for_a_large_mail_is_said_in_words(ledger):
    ledger.large_sources.mkdir()
    # Something stands in the way, as a full disk or a folder without rights would.
    (ledger.large_sources / sources.PARTIAL).mkdir()
    with pytest.raises(LedgerError, match="A large mail cannot be kept in .*sources .*Free some space there"):
        keep_large(ledger, b"a whole mail " * 100)
    (ledger.large_sources / sources.PARTIAL).rmdir()
    assert keep_large(ledger, b"a whole mail " * 100).open() == b"a whole mail " * 100


# ── the daemon at work ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def company(user, make_company):
    return make_company(user, poll_seconds=2)


@pytest.fixture
def births(company, nursery):
    return nursery(company.home)


def begin(births, company, **how):
    """The daemon, as soon as it has read what is there."""
    life = births.begin(company.home, "run", "--no-desk", busy_seconds=0.3, **how)
    wait_until(lambda: company.ask("SELECT COUNT(*) FROM cursors") == [(2,)], "both folders are read")
    return life


def log_of(company) -> str:
    return (company.home / "log" / "mailagent.log").read_text("utf-8")


def everything_is_there(company, dovecot, life) -> None:
    """The daemon catches up by itself, and nothing is lost, doubled or touched."""
    there = on_server(dovecot, company.address)
    wait_until(lambda: company.ask("SELECT COUNT(*) FROM locations") == [(len(there),)] and not waiting(company), "it goes on")
    assert life.end() == 0
    inspect(company.home, there)
    assert {flags for _, flags in there.values()} == {""}
    assert "Traceback" not in log_of(company) + (company.home / "terminal.txt").read_text()


def test_a_ledger_that_somebody_else_holds(company, births, dovecot):
    life = begin(births, company)
    with closing(sqlite3.connect(company.ledger, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        arrive(dovecot, company.address, *(inquiry(f"buyer{n}@held{n}.example", company.address) for n in range(5)))
        wait_until(lambda: "is held by another process" in log_of(company), "it is said")
        assert waiting(company) == 0
        other.execute("ROLLBACK")
    everything_is_there(company, dovecot, life)


def test_a_file_that_may_not_grow(company, births, dovecot):
    """What a full disk or a quota does: every write that needs room fails, until there is some."""
    life = begin(births, company)
    wal = company.home / "ledger.sqlite-wal"
    usual = resource.prlimit(life.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(life.pid, resource.RLIMIT_FSIZE, (max(wal.stat().st_size, 100_000), usual[1]))
    arrive(dovecot, company.address, *(inquiry(f"buyer{n}@full{n}.example", company.address) for n in range(60)))
    arrive(dovecot, company.address, large_inquiry("lara@big.example", company.address))
    wait_until(lambda: "full or failing" in log_of(company), "it is said")
    resource.prlimit(life.pid, resource.RLIMIT_FSIZE, usual)
    everything_is_there(company, dovecot, life)


def test_a_ledger_that_has_no_page_left(company, births, dovecot, monkeypatch):
    """SQLite's own word for a full disk, in the middle of a batch that is read and in one that is thought about."""
    from mailagent import jobs
    from mailagent.office import open_office

    arrive(dovecot, company.address, *(inquiry(f"buyer{n}@page{n}.example", company.address) for n in range(40)))
    office = open_office(company.home)
    [mailbox] = office.policy.mailboxes
    with office.ledger.transaction() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]

    def allow(more: int) -> None:
        with office.ledger.reading() as db:
            db.execute(f"PRAGMA max_page_count = {pages + more}")

    failures, more = [], 1
    for job in (lambda: receive_once(office, mailbox), lambda: jobs.handle(office)):
        while True:
            allow(more)
            try:
                job()
                break
            except LedgerError as error:
                failures.append(str(error))
            more += 6
    assert len(failures) > 4 and all("full" in text for text in failures)
    office.ledger.close()
    inspect(company.home, on_server(dovecot, company.address))


def receive_once(office, mailbox) -> None:
    from mailagent import jobs

    connection = office.open_mailbox(mailbox)
    try:
        jobs.receive(office, mailbox, connection)
    finally:
        connection.close()


def test_a_home_that_cannot_be_written(company, births, dovecot):
    arrive(dovecot, company.address, inquiry("anna@kowalski.example", company.address))
    everything_is_there(company, dovecot, begin(births, company))
    arrive(dovecot, company.address, inquiry("jim@other.example", company.address))
    closed = [company.home, *company.home.glob("ledger.sqlite*"), company.home / "mailagent.lock", *(company.home / "log").iterdir()]
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in closed}
    for path in closed:
        path.chmod(modes[path] & ~0o222)
    before = len((company.home / "terminal.txt").read_text())
    life = births.begin(company.home, "run", "--no-desk", mortal=True)
    assert life.wait(PATIENCE) == 1
    said = (company.home / "terminal.txt").read_text()[before:]
    assert "Traceback" not in said and ("read-only" in said or "cannot be written" in said or "may this user write" in said), said
    for path in closed:
        path.chmod(modes[path])
    life = births.begin(company.home, "run", "--no-desk", mortal=True)
    everything_is_there(company, dovecot, life)


def test_a_folder_of_large_mails_that_cannot_be_written(company, births, dovecot):
    """The large one waits, the others go on; when the folder is mended the large one comes by itself."""
    (company.home / "sources").mkdir(mode=0o500)
    life = begin(births, company, mortal=True)
    arrive(dovecot, company.address, large_inquiry("lara@big.example", company.address))
    wait_until(lambda: "a large mail cannot be put down" in log_of(company), "it is said")
    arrive(dovecot, company.address, *(inquiry(f"buyer{n}@small{n}.example", company.address) for n in range(3)))
    wait_until(lambda: company.ask("SELECT COUNT(*) FROM inbound WHERE state = 'handled'") == [(3,)], "the small ones are read")
    assert life.end() == 0
    (company.home / "sources").chmod(0o700)
    # It is asked for again within a day.
    everything_is_there(company, dovecot, births.begin(company.home, "run", "--no-desk", minutes=25 * 60))
