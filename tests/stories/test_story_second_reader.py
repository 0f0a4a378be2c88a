"""Many mails are read by a second process; what kills or hangs it is set aside, and the others go on."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest
from stage import DETAILED, SHORT

from mailagent import reader
from mailagent.core.reading.read import slim
from mailagent.ledger import inbox, sources
from mailagent.reader import ReaderLost, SecondReader, Task, read_one

#: ``mailagent.jobs`` has a function of the same name in front of it.
handling = sys.modules["mailagent.jobs.handle"]
BUYERS = [f"buyer{number}@company{number}.example" for number in range(12)]
#: What stands in for a mail that breaks the interpreter itself, as a fault in a C library would.
TRAP = """
import os, time
from mailagent.core.reading import relay
real = relay.unwrap
def unwrap(message, *rest):
    if "dies of this" in message.subject:
        os.kill(os.getpid(), 9)
    if "never ends" in message.subject:
        time.sleep(600)
    return real(message, *rest)
relay.unwrap = unwrap
"""


class Bytes:
    """A mail that is packed nowhere."""

    def __init__(self, raw: bytes):
        self.raw = raw

    def open(self, limit=None) -> bytes:
        return self.raw[:limit]


@pytest.fixture
def trap(tmp_path, monkeypatch):
    """Every new process of ours falls into it."""
    (tmp_path / "sitecustomize.py").write_text(TRAP)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


@pytest.fixture
def ahead(monkeypatch):
    monkeypatch.setattr(handling, "MANY", 3)
    monkeypatch.setattr(handling, "BATCH", 5)


def write_all(stage) -> None:
    for number, buyer in enumerate(BUYERS):
        stage.buyer_writes(buyer, DETAILED if number % 2 else SHORT, at=stage.now + timedelta(seconds=number))


def what_was_made_of_them(stage) -> list[dict]:
    return stage.rows("SELECT id, kind, kind_reason, language, words, facts, outcome, lead_id FROM inbound ORDER BY id")


def test_it_makes_no_difference_who_reads(stage, ahead, monkeypatch):
    write_all(stage)
    started = []
    real = subprocess.Popen.__init__
    monkeypatch.setattr(subprocess.Popen, "__init__", lambda self, *a, **k: (started.append(a[0]), real(self, *a, **k))[1])
    stage.look()
    assert [command[-1] for command in started] == ["mailagent.reader"]
    there = what_was_made_of_them(stage)
    assert len(there) == len(BUYERS) and all(stage.draft_for(buyer) for buyer in BUYERS)
    policy = stage.office.policy
    with stage.office.ledger.reading() as db:
        kept = db.execute("SELECT s.id, i.received_at FROM sources s JOIN inbound i ON i.source_id = s.id ORDER BY s.id").fetchall()
        packed = [sources.packed(db, row[0], stage.office.settings.sources_folder) for row in kept]
    second = SecondReader(policy)
    try:
        tasks = [Task(one, stage.now, "inbox") for one in packed]
        second.send(tasks[:7])
        second.send(tasks[7:])
        assert second.receive(7) + second.receive(5) == [slim(read_one(task, policy)) for task in tasks]
    finally:
        second.close()


@pytest.mark.parametrize(("subject", "reason"), [("dies of this", "SIGKILL"), ("never ends", "too long")])
def test_a_mail_that_kills_or_hangs_the_reader_is_quarantined_and_nobody_else(stage, ahead, trap, monkeypatch, subject, reason):
    if reason == "too long":
        monkeypatch.setattr(reader, "MAIL_SECONDS", 3.0)
        monkeypatch.setattr(reader, "BATCH_SECONDS", 5.0)
    write_all(stage)
    stage.buyer_writes("bad@guy.example", SHORT, subject=subject, at=stage.now + timedelta(seconds=4))
    # The daemon does a part of a long backlog at a time.
    for _ in range(20):
        stage.look()
        if stage.waiting_mails() == 1:
            break
    assert all(stage.draft_for(buyer) for buyer in BUYERS)
    assert stage.waiting_mails() == 1 and stage.ask(inbox.quarantined) == []
    for _ in range(3):
        stage.wait(minutes=10)
    (bad,) = stage.ask(inbox.quarantined)
    assert reason in bad["error"] and bad["tries"] == inbox.MAX_TRIES
    assert len(stage.drafts()) == len(BUYERS) and stage.waiting_mails() == 0


def test_what_reads_is_loaded_with_the_first_mail():
    """Most commands read no mail, and its patterns take longer to build than everything else they load."""
    asks = "import sys, mailagent.jobs; print([name for name in sys.modules if name == 'mailagent.core.reading.read'])"
    assert subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_no_process_is_left_behind(stage, ahead, monkeypatch):
    started = []
    real = SecondReader.__init__
    monkeypatch.setattr(SecondReader, "__init__", lambda self, policy: (real(self, policy), started.append(self))[0])
    write_all(stage)
    stage.look()
    assert len(started) == 1 and not started[0].is_alive


def test_a_reader_that_is_gone_says_so_and_stays_gone(stage):
    second = SecondReader(stage.office.policy)
    second._process.kill()
    second._process.wait()
    with pytest.raises(ReaderLost, match="SIGKILL"):
        second.send([Task(Bytes(b"Subject: x\r\n\r\n"), stage.now, "inbox")])
        second.receive(1)
    with pytest.raises(ReaderLost):
        second.receive(1)


def test_a_reader_that_never_starts_holds_up_no_mail(stage, ahead, monkeypatch):
    write_all(stage)
    monkeypatch.setattr(reader.sys, "executable", "/bin/false")
    stage.look()
    assert all(stage.draft_for(buyer) for buyer in BUYERS) and stage.waiting_mails() == 0


def test_a_reader_that_died_before_it_saw_the_mails_is_no_fault_of_theirs(stage, ahead, monkeypatch):
    write_all(stage)
    real, killed = SecondReader.send, []

    def send(self, tasks):
        if len(killed) < 2:
            killed.append(len(tasks))
            self._process.kill()
            self._process.wait()
        return real(self, tasks)

    monkeypatch.setattr(SecondReader, "send", send)
    for _ in range(4):
        stage.look()
    assert killed and all(stage.draft_for(buyer) for buyer in BUYERS)
    assert stage.rows("SELECT MAX(tries) AS most FROM inbound") == [{"most": 1}]
