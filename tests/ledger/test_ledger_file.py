"""The file itself: locks, threads, broken and read-only files, backups, and forgetting."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import zlib
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from shelf import NOW, drafted

from mailagent.errors import LedgerBusy, LedgerError
from mailagent.ledger import inbox, outbox, sources
from mailagent.ledger.db import Ledger, WorkBroke, next_id, sight, to_text


def test_four_threads_get_every_number_once(ledger):
    taken: list[int] = []

    def take():
        for _ in range(25):
            with ledger.transaction() as db:
                taken.append(next_id(db, "leads"))
        ledger.close()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 101))


def test_read_then_write_under_contention_loses_no_update(ledger):
    def count_up():
        for _ in range(20):
            with ledger.transaction() as db:
                row = db.execute("SELECT value FROM switches WHERE name = 'n'").fetchone()
                value = int(row[0]) + 1 if row else 1
                db.execute("INSERT OR REPLACE INTO switches (name, value, at, actor) VALUES ('n', ?, '', '')", [str(value)])
        ledger.close()

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with ledger.reading() as db:
        assert db.execute("SELECT value FROM switches WHERE name = 'n'").fetchone()[0] == "80"


def test_a_number_is_given_back_with_its_transaction(ledger):
    with pytest.raises(RuntimeError), ledger.transaction() as db:
        assert next_id(db, "leads") == 1
        raise RuntimeError
    with ledger.transaction() as db:
        assert next_id(db, "leads") == 1


def test_a_locked_ledger_is_busy_and_says_so(tmp_path):
    first, second = Ledger(tmp_path / "l.sqlite"), Ledger(tmp_path / "l.sqlite", busy_seconds=0.1)
    with first.transaction(), pytest.raises(LedgerBusy, match="held by another process"), second.transaction():
        pass
    with first.transaction(), second.reading() as db:
        assert db.execute("SELECT COUNT(*) FROM leads").fetchone()[0] == 0


def test_a_second_transaction_in_one_thread_is_a_mistake(ledger):
    with ledger.transaction(), pytest.raises(LedgerError, match="already open"), ledger.transaction():
        pass


def test_broken_work_is_told_from_a_broken_ledger(ledger):
    with pytest.raises(WorkBroke) as work, ledger.all_or_nothing() as db:
        next_id(db, "leads")
        db.execute("INSERT INTO counters (name, value) VALUES (?, ?)", ["leads", object()])
    assert isinstance(work.value.__cause__, sqlite3.Error)
    with pytest.raises(LedgerError, match="no such table"), ledger.all_or_nothing() as db:
        db.execute("INSERT INTO nowhere VALUES (1)")
    with pytest.raises(LedgerBusy), ledger.all_or_nothing():
        raise LedgerBusy("held")
    with ledger.all_or_nothing() as db:
        assert next_id(db, "leads") == 1


def test_reading_refuses_to_write_and_leaves_the_connection_able_to(ledger):
    with pytest.raises(LedgerError), ledger.reading() as db:
        db.execute("INSERT INTO counters VALUES ('x', 1)")
    with ledger.transaction() as db:
        assert next_id(db, "x") == 1


def test_reading_sees_one_moment(ledger, tmp_path):
    other = Ledger(tmp_path / "ledger.sqlite")
    with ledger.reading() as db:
        before = db.execute("SELECT COUNT(*) FROM counters").fetchone()[0]
        with other.transaction() as db2:
            next_id(db2, "fresh")
        assert db.execute("SELECT COUNT(*) FROM counters").fetchone()[0] == before


def test_a_sight_lasts_until_anybody_writes(ledger, tmp_path):
    def seen():
        with ledger.transaction() as db:
            return sight(db)

    other, before = Ledger(tmp_path / "ledger.sqlite"), seen()
    assert seen() == before
    with other.transaction():
        pass
    with ledger.reading() as db:
        assert sight(db) == before
    with other.transaction() as db:
        next_id(db, "theirs")
    with ledger.reading() as db:
        after_theirs = sight(db)
        with other.transaction() as db2:
            next_id(db2, "theirs")
        # Within one view it stays; the next view is another.
        assert sight(db) == after_theirs != before
    assert seen() != after_theirs
    with ledger.transaction() as db:
        next_id(db, "ours")
        after_ours = sight(db)
    assert seen() == after_ours != after_theirs
    ledger.close()
    assert seen() != after_ours
    other.close()


def test_the_hour_that_comes_twice_in_autumn_is_kept_as_two():
    first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    assert first == first.replace(fold=1)
    assert [to_text(one) for one in (first, first.replace(fold=1))] == ["2026-10-25T00:30:00.000000Z", "2026-10-25T01:30:00.000000Z"]


def test_a_file_that_is_no_ledger_is_named(tmp_path):
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"this is a letter to my grandmother" * 100)
    with pytest.raises(LedgerError, match="not a mailagent ledger"):
        Ledger(path)
    assert path.read_bytes().startswith(b"this is a letter")


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(LedgerError, match="cannot be opened"):
        Ledger(tmp_path / "nowhere" / "ledger.sqlite")


READ_ONLY = """
import os, sys
from pathlib import Path
from mailagent.errors import LedgerError
from mailagent.ledger.db import Ledger
import sqlite_utils.db, zoneinfo, encodings.idna
if os.geteuid() == 0:
    os.setuid(65534)  # nobody: permissions bind everybody but root
try:
    with Ledger(Path(sys.argv[1])).transaction() as db:
        db.execute("INSERT INTO counters VALUES ('x', 1)")
except LedgerError as error:
    print(error)
"""


def test_a_read_only_ledger_says_whose_permission_is_missing(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    ledger = Ledger(folder / "ledger.sqlite")
    with ledger.transaction() as db:
        db.execute("INSERT INTO counters VALUES ('y', 1)")
    ledger.close()
    (folder / "ledger.sqlite").chmod(0o444)
    folder.chmod(0o555)
    for parent in (tmp_path, *tmp_path.parents):
        if os.stat(parent).st_uid == os.geteuid() and parent.is_relative_to("/tmp") and str(parent) != "/tmp":
            parent.chmod(parent.stat().st_mode | 0o055)
    done = subprocess.run([sys.executable, "-c", READ_ONLY, str(folder / "ledger.sqlite")], capture_output=True, text=True)
    assert "read-only" in done.stdout or "cannot be opened" in done.stdout, done.stdout + done.stderr
    assert "permission" in done.stdout or "may this user write" in done.stdout


def test_a_backup_is_for_its_owner_alone_and_survives_a_broken_try(ledger, tmp_path):
    (tmp_path / "copy.part").write_bytes(b"half a backup of yesterday")
    (tmp_path / "copy.part").chmod(0o644)
    copy = ledger.backup(tmp_path / "copy.sqlite")
    assert copy.stat().st_mode & 0o777 == 0o600 and list(tmp_path.glob("*.part")) == []
    with Ledger(copy).reading() as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_backup_is_whole_while_others_write(ledger, tmp_path):
    stop, errors = threading.Event(), []

    def write():
        try:
            while not stop.is_set():
                with ledger.transaction() as db:
                    drafted(db)
        except Exception as error:
            errors.append(error)
        ledger.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        copy = ledger.backup(tmp_path / "copy.sqlite")
    finally:
        stop.set()
        writer.join()
    assert not errors and not list(tmp_path.glob("*.part"))
    found = sqlite3.connect(copy)
    assert found.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    letters = found.execute("SELECT COUNT(*) FROM outbox").fetchone()[0]
    assert letters == found.execute("SELECT COUNT(*) FROM events").fetchone()[0]
    counter = found.execute("SELECT value FROM counters WHERE name = 'outbox'").fetchone()
    assert letters == (counter[0] if counter else 0)
    found.close()
    again = Ledger(copy)
    with again.transaction() as db:
        drafted(db)


def test_a_ledger_is_opened_again_with_everything_in_it(tmp_path):
    first = Ledger(tmp_path / "l.sqlite")
    with first.transaction() as db:
        made = drafted(db)
    first.close()
    with Ledger(tmp_path / "l.sqlite").reading() as db:
        assert outbox.get(db, made.id) == made


# ── sources ─────────────────────────────────────────────────────────────────────────────────────────────────────


def keep(ledger, uid: int, raw, when=NOW, **more):
    usual = {"account": "sales", "folder": "INBOX", "role": "inbox", "uidvalidity": 1, "flags": (), "inline_bytes": 1000}
    with ledger.transaction() as db:
        return inbox.keep(db, uid=uid, raw=raw, received_at=when, now=when, large_sources=ledger.large_sources, **usual | more)


@pytest.mark.parametrize("size", [0, 1, 999, 1000, 1001, 200_000])
@pytest.mark.parametrize("as_file", [False, True])
def test_bytes_come_back_as_they_were_kept(ledger, tmp_path, size, as_file):
    raw = os.urandom(size)
    given = tmp_path / "fetched"
    given.write_bytes(raw)
    number = keep(ledger, 1, given if as_file else raw)
    assert number == 1 and keep(ledger, 2, raw) is None
    with ledger.reading() as db:
        assert sources.raw(db, 1, ledger.large_sources) == raw
        assert sources.raw(db, 1, ledger.large_sources, limit=10) == raw[:10]
        assert db.execute("SELECT COUNT(*) FROM locations").fetchone()[0] == 2
    assert len(list(ledger.large_sources.glob("*.eml.zst")) if ledger.large_sources.exists() else []) == (size > 1000)


def test_a_zip_bomb_in_the_ledger_is_read_to_its_limit_only(ledger):
    keep(ledger, 1, b"a" * 20_000_000)
    with ledger.reading() as db:
        assert sources.raw(db, 1, ledger.large_sources, limit=1000) == b"a" * 1000
    (file,) = ledger.large_sources.glob("*.eml.zst")
    assert file.stat().st_size < 20_000


def test_retention_forgets_the_bytes_of_handled_mail_only(ledger):
    for uid, (size, days) in enumerate([(10, 800), (5000, 800), (11, 5), (12, 800)], 1):
        keep(ledger, uid, os.urandom(size), when=NOW - timedelta(days=days))
    with ledger.transaction() as db:
        db.execute("UPDATE inbound SET state = 'handled' WHERE id <= 3")
        count, files = sources.purge(db, NOW - timedelta(days=730), ledger.large_sources)
        assert count == 2 and files == list(ledger.large_sources.iterdir())
        kept = [row[0] for row in db.execute("SELECT id FROM sources WHERE purged_at IS NULL ORDER BY id")]
        assert sources.purge(db, NOW - timedelta(days=730), ledger.large_sources) == (0, [])
    assert kept == [3, 4]


def take(db, ledger, now=NOW, limit=10):
    return [item.inbound_id for item in inbox.take(db, inbox.next_waiting(db, now, limit, ledger.large_sources), now)]


def test_what_breaks_us_three_times_is_set_aside_and_comes_back_when_asked(ledger):
    keep(ledger, 1, b"one")
    keep(ledger, 2, b"two", when=NOW + timedelta(seconds=1))
    with ledger.transaction() as db:
        assert take(db, ledger) == [1, 2]
        assert not inbox.note_failure(db, 1, "first", NOW)
        inbox.give_back(db, [2])
        assert take(db, ledger) == [2]
        inbox.give_back(db, [2])
        # One that was tried before comes alone.
        assert take(db, ledger, NOW + timedelta(minutes=1)) == [1]
        assert not inbox.note_failure(db, 1, "second", NOW)
        assert take(db, ledger, NOW + timedelta(minutes=5), 1) == [1]
        assert inbox.note_failure(db, 1, "third", NOW)
        assert [row["error"] for row in inbox.quarantined(db)] == ["third"]
        assert inbox.retry_quarantined(db) == 1 and take(db, ledger) == [1, 2]


def test_a_mail_that_ends_the_process_each_time_is_set_aside_as_well(ledger):
    keep(ledger, 1, b"poison")
    keep(ledger, 2, b"good", when=NOW + timedelta(seconds=1))
    now = NOW
    for expected in ([1, 2], [1], [2], [1]):
        # Nothing is said after the mails were taken: the process was gone.
        with ledger.transaction() as db:
            assert take(db, ledger, now) == expected
        now += timedelta(minutes=2) if expected == [2] else timedelta(0)
    with ledger.transaction() as db:
        assert take(db, ledger, now + timedelta(hours=1)) == []
        assert take(db, ledger, now + timedelta(hours=1)) == [2]
        assert [(row["id"], row["error"]) for row in inbox.quarantined(db)] == [(1, inbox.ENDED_THE_PROCESS)]


def test_mails_that_are_still_being_read_are_not_taken_twice(ledger):
    for uid in range(1, 6):
        keep(ledger, uid, b"%d" % uid, when=NOW + timedelta(seconds=uid))
    with ledger.transaction() as db:
        first = inbox.take(db, inbox.next_waiting(db, NOW, 2, ledger.large_sources), NOW)
        taken = {item.inbound_id for item in first}
        second = inbox.take(db, inbox.next_waiting(db, NOW, 2, ledger.large_sources, taken), NOW)
    assert [item.inbound_id for item in (*first, *second)] == [1, 2, 3, 4]
    assert [item.packed.open() for item in first] == [b"1", b"2"]


def test_what_older_releases_packed_with_zlib_is_still_read(ledger):
    keep(ledger, 1, b"old mail" * 50)
    with ledger.transaction() as db:
        db.execute("UPDATE sources SET raw = ?", [zlib.compress(b"old mail" * 50)])
        assert sources.raw(db, 1, ledger.large_sources, limit=8) == b"old mail"
        db.execute("UPDATE sources SET raw = NULL, path = 'old.eml.z'")
        ledger.large_sources.mkdir(exist_ok=True)
        (ledger.large_sources / "old.eml.z").write_bytes(zlib.compress(b"old mail" * 50))
        assert sources.raw(db, 1, ledger.large_sources, limit=8) == b"old mail"
        (ledger.large_sources / "old.eml.z").write_bytes(b"damaged")
        with pytest.raises(LedgerError, match="cannot be read"):
            sources.raw(db, 1, ledger.large_sources)


def test_who_asks_for_a_purged_source_is_told_why_it_is_gone(ledger):
    keep(ledger, 1, b"secret")
    with ledger.transaction() as db:
        db.execute("UPDATE inbound SET state = 'handled'")
        sources.purge(db, NOW + timedelta(days=1), ledger.large_sources)
    with pytest.raises(LedgerError, match="retention"), ledger.reading() as db:
        sources.raw(db, 1, ledger.large_sources)
