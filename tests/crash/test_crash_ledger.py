"""Trouble with the ledger's own disk while mail comes in: nothing is lost, it is said in one line, and it goes on when it is over."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime

import pytest

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
