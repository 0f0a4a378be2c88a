"""A person asks what we have of him, and to be forgotten: nothing of his words is left anywhere, and nothing brings him back."""

from __future__ import annotations

import json
import os
import zipfile
from datetime import timedelta

import pytest
from stage import DETAILED, SHORT

from mailagent import lists
from mailagent.core.model import events as e
from mailagent.errors import LedgerError, MailagentError
from mailagent.exchange.bundle import write_bundle
from mailagent.jobs import forget as job
from mailagent.jobs.recount import recount
from mailagent.jobs.tidy import tidy
from mailagent.ledger import erasure, journal, known
from mailagent.ledger.db import next_id

PETER, OTTO = "p.klein@klein-antriebe.example", "otto@kurz.example"
#: What only he said: none of it may be found in any byte of the home folder.
WORDS = ("p.klein@", "Klein", "Hafenstrasse", "radial clearance", "zirconium", "5550 1234", "quixotic")


@pytest.fixture
def lived(stage):
    """Peter has asked, was answered, has asked again with a very large file, and a letter to him lies in the spool."""
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.buyer_writes(OTTO, SHORT, name="Otto Kurz", headers={"Cc": PETER}, subject="Bearings for Otto")
    stage.look()
    stage.first = stage.send(stage.draft_for(PETER))
    large = "We also need zirconium bearings, quixotic as it is.\n\nPeter Klein\n\n" + os.urandom(900_000).hex()
    stage.buyer_replies(stage.first, large, name="Peter Klein")
    stage.look()
    stage.set(sending={"letters": "off"})
    stage.approve(stage.draft_for(PETER))
    stage.look()
    assert list((stage.home / "sources").iterdir()) and list((stage.home / "spool").iterdir())
    return stage


def found_in_home(stage, words=WORDS) -> list[tuple[str, str]]:
    """Every file of the home folder in whose bytes, or in whose readable values, a word stands."""
    stage.office.ledger.close()
    found = []
    for path in stage.home.rglob("*"):
        if path.is_file():
            raw = path.read_bytes().lower()
            found += [(path.name, word) for word in words if word.lower().encode() in raw]
    dump = stage.ask(lambda db: "\n".join(db.conn.iterdump())).lower()
    return found + [("dump", line[:300]) for line in dump.splitlines() if any(word.lower() in line for word in words)]


def test_nothing_of_him_is_left_in_any_byte(lived):
    stage = lived
    assert {"p.klein@", "Klein", "zirconium"} <= {word for _, word in found_in_home(stage)}, "the search finds what is there"
    counted = job.kept_of(stage.office, PETER)
    assert len(counted.mails) >= 3 and len(counted.letters) == 2 and len(counted.mentions) == 1 and len(counted.files) == 1
    job.forget(stage.office, PETER.upper(), "Boss Zhang")
    assert found_in_home(stage) == []
    assert list((stage.home / "sources").iterdir()) == list((stage.home / "spool").iterdir()) == []
    assert stage.suppressed(PETER) == "erased" and stage.lead_of(PETER) is None
    assert stage.lead_of(OTTO).subject == "Bearings for Otto", "nobody else is touched"
    assert stage.rows("SELECT COUNT(*) AS n FROM events WHERE type = 'PersonErased'") == [{"n": 1}]
    assert stage.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]


def test_neither_his_quotation_nor_his_place_nor_a_servers_words_are_left(lived):
    stage = lived
    (letter,) = [one for one in stage.letters_to(PETER) if one.state == "sent"]
    lead, otto = stage.lead_of(PETER), stage.lead_of(OTTO)
    with stage.office.ledger.transaction() as db:
        db.execute("UPDATE outbox SET quoted = '[\"quixotic\"]', because = 'zirconium is quoted' WHERE id = ?", [letter.id])
        db.execute("UPDATE contacts SET zone = 'Europe/Berlin', region = 'DE-HH' WHERE id = ?", [lead.contact_id])
        db.execute("UPDATE leads SET show = 'Fair of Peter Klein' WHERE id = ?", [lead.id])
        words = f"550 5.7.1 <{PETER}> spam"
        journal.record(db, [e.SendingRested("sales", stage.now + timedelta(hours=1), "spam", False, words)], now=stage.now)
        note = f"he and {PETER} want samples"
        others = e.LetterWanted(next_id(db, "letters_wanted"), otto.id, "recap", "Li Wei", note)
        journal.record(db, [others, e.LetterSetBack(letter.id, "policy", "spam", words)], now=stage.now)
    record, _ = job.record_of(stage.office, PETER)
    assert record["setbacks"][0]["evidence"] == words and record["letters"][0]["quoted"] == ["quixotic"]
    job.forget(stage.office, PETER, "Boss Zhang")
    assert found_in_home(stage) == []
    assert stage.rows("SELECT zone, region FROM contacts WHERE status = 'erased'") == [{"zone": "", "region": ""}]
    assert [row["note"] for row in stage.rows("SELECT note FROM letters_wanted")] == ["he and [erased] want samples"]


def test_a_second_time_is_harmless_and_so_is_somebody_whom_nobody_knows(lived):
    stage = lived
    job.forget(stage.office, PETER, "Boss Zhang")
    before = stage.rows("SELECT * FROM inbound") + stage.rows("SELECT * FROM outbox") + stage.rows("SELECT * FROM suppressions")
    assert job.forget(stage.office, PETER, "Boss Zhang").is_nothing
    assert before == stage.rows("SELECT * FROM inbound") + stage.rows("SELECT * FROM outbox") + stage.rows("SELECT * FROM suppressions")
    assert job.forget(stage.office, "nobody@unknown.example", "Boss Zhang").is_nothing
    assert stage.suppressed("nobody@unknown.example") == "erased"
    with pytest.raises(MailagentError):
        job.kept_of(stage.office, "not an address")


def test_the_server_and_lists_do_not_bring_him_back(lived):
    stage = lived
    job.forget(stage.office, PETER, "Boss Zhang")
    mailbox = stage.office.policy.mailboxes[0]
    stage.look()
    counts = {count.folder: count for count in recount(stage.office, mailbox, stage.office.open_mailbox(mailbox))}
    assert counts["INBOX"].still_missing == 0 and counts["INBOX"].erased == 2 and counts["INBOX"].accounted_for == counts["INBOX"].on_server
    # The server numbers its mails anew, and one of his comes with a line more than before.
    with stage.office.ledger.transaction() as db:
        db.execute("UPDATE cursors SET uidvalidity = uidvalidity + 1000")
    folder = stage.office.settings.import_folder
    folder.mkdir()
    (folder / "customers.csv").write_text(f"company,email\nKlein Antriebe,{PETER}\n")
    list(lists.take_in(stage.office))
    (folder / "customers.taken-1.csv").unlink()
    stage.restart()
    stage.look()
    assert stage.ask(known.find_contact, PETER) is None and found_in_home(stage) == []


def test_a_changed_copy_of_an_erased_mail_is_known_by_its_message_id(stage):
    message_id = stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.look()
    job.forget(stage.office, PETER, "Boss Zhang")
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein", message_id=message_id, headers={"X-Scanned": "twice"})
    stage.look()
    assert stage.ask(known.find_contact, PETER) is None and stage.drafts() == [] and found_in_home(stage) == []
    assert [row["outcome"] for row in stage.rows("SELECT outcome FROM inbound")] == ["erased", "erased"]


def test_who_writes_anew_is_a_task_for_a_person_and_gets_no_letter(lived):
    stage = lived
    stage.set(sending={"letters": "on", "pace_seconds": 0})
    job.forget(stage.office, PETER, "Boss Zhang")
    words = "Dear Sirs,\n\nplease quote 6204-2RS, 300 pcs.\n\nP. Klein\n"
    stage.buyer_writes(PETER, words, name="P. Klein", answers=stage.first.message_id)
    stage.look()
    assert [task["kind"] for task in stage.tasks("answer_by_hand")] == ["answer_by_hand"]
    assert [one for one in stage.drafts() if one.recipient == PETER] == []
    stage.live(until=stage.now + timedelta(days=40))
    assert len(stage.letters_at(PETER)) == 1, "only the one before he asked"


def test_an_interrupted_erasure_leaves_all_or_nothing_and_housekeeping_ends_it(lived, monkeypatch):
    stage = lived
    kept = stage.rows("SELECT * FROM inbound") + stage.rows("SELECT * FROM contacts")
    monkeypatch.setattr(erasure, "_forget_contact", lambda db, what: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        job.forget(stage.office, PETER, "Boss Zhang")
    assert kept == stage.rows("SELECT * FROM inbound") + stage.rows("SELECT * FROM contacts") and stage.suppressed(PETER) == ""
    assert list((stage.home / "sources").iterdir())
    monkeypatch.undo()
    # The process dies between the commit and the files.
    monkeypatch.setattr(job, "finish_erasures", lambda office, what=None: None)
    job.forget(stage.office, PETER, "Boss Zhang")
    monkeypatch.undo()
    assert list((stage.home / "sources").iterdir())
    old = stage.now.timestamp() - 3 * 86400
    for path in (stage.home / "sources").iterdir():
        os.utime(path, (old, old))
    tidy(stage.office)
    assert list((stage.home / "sources").iterdir()) == [] and not stage.ask(erasure.has_left_overs)
    (backup,) = (stage.home / "backup").iterdir()
    assert backup in job.remains(stage.office, PETER), "a backup is named as what remains"
    backup.unlink()
    assert found_in_home(stage) == []


def test_what_is_kept_can_be_given_to_him(lived, tmp_path):
    stage = lived
    target = tmp_path / "out" / "person.zip"
    target.parent.mkdir()
    record, files = job.record_of(stage.office, PETER)
    write_bundle(target, record, files)
    assert target.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(target) as bundle:
        names = bundle.namelist()
        said = json.loads(bundle.read("person.json"))
        mails = [bundle.read(name) for name in names if name.startswith("mails/")]
    assert said["contact"][0]["email"] == PETER and said["leads"] and said["reasons"] and said["events"]
    assert any(b"Hafenstrasse" in raw for raw in mails) and any(name.startswith("letters/") for name in names)
    assert not any(OTTO.encode() in raw for raw in mails), "mails of others are not given away"
    with pytest.raises(FileExistsError):
        write_bundle(target, record, ())


def test_freed_pages_that_cannot_be_overwritten_now_are_left_to_housekeeping(lived, monkeypatch):
    stage = lived
    monkeypatch.setattr(type(stage.office.ledger), "scrub", lambda ledger: (_ for _ in ()).throw(LedgerError("the disk is full")))
    job.forget(stage.office, PETER, "Boss Zhang")
    assert stage.suppressed(PETER) == "erased" and job.is_unfinished(stage.office)
    monkeypatch.undo()
    tidy(stage.office)
    assert not job.is_unfinished(stage.office)
