"""What the tables refuse by themselves, whatever code stands before them."""

from __future__ import annotations

import sqlite3
from dataclasses import fields, replace

import pytest
from shelf import NOW, SECRET, drafted, lead, letter, move
from sqlite_utils import Database

from mailagent.core.model import events as e
from mailagent.core.model.lead import Score, Signal
from mailagent.core.model.outbox import MOVES, STATES, legal_moves
from mailagent.errors import IllegalMove, LedgerError
from mailagent.ledger import journal, outbox
from mailagent.ledger.db import Ledger, from_text, next_id, to_text
from mailagent.ledger.migrations import migrations

#: The way from a draft to each state.
WAYS = {
    "drafted": (),
    "approved": ("approve",),
    "claimed": ("approve", "claim"),
    "transmitting": ("approve", "claim", "transmit"),
    "sent": ("approve", "claim", "transmit", "accept"),
    "in_doubt": ("approve", "claim", "transmit", "lose"),
    "failed": ("approve", "claim", "refuse"),
    "rejected": ("reject",),
    "cancelled": ("cancel",),
    "bounced": ("approve", "claim", "transmit", "accept", "bounce"),
}


def bring(db, state: str):
    made = drafted(db)
    for verb in WAYS[state]:
        more = {"content_hash": made.content_hash} if verb == "approve" else {"raw": b"bytes"} if verb == "claim" else {}
        token = {} if verb in ("approve", "reject", "cancel", "bounce") else {"attempt_id": made.id}
        move(db, made.id, verb, **more, **token)
    assert outbox.get(db, made.id).state == state
    return made


def refused(ledger, query: str, *arguments) -> str:
    """The words with which the tables refuse a statement."""
    with pytest.raises(sqlite3.IntegrityError) as error, ledger.transaction() as db:
        db.execute(query, arguments)
    return str(error.value)


@pytest.mark.parametrize("start", STATES)
def test_every_move_that_is_not_in_the_table_is_refused(ledger, start):
    with ledger.transaction() as db:
        made = bring(db, start)
    for end in STATES:
        if end == start or (start, end) in legal_moves():
            continue
        assert "does not exist" in refused(ledger, "UPDATE outbox SET state = ? WHERE id = ?", end, made.id), f"{start} → {end}"


@pytest.mark.parametrize("verb", MOVES)
def test_a_verb_moves_from_its_own_states_only(ledger, verb):
    starts, end = MOVES[verb]
    for start in STATES:
        with ledger.transaction() as db:
            made = bring(db, start)
            token = outbox.get(db, made.id).attempt_id
        more = {"content_hash": made.content_hash} if verb == "approve" else {"attempt_id": 1000 + made.id} if verb == "claim" else {}
        event = e.LetterMoved(made.id, verb, **({"attempt_id": token} | more))
        if start in starts:
            with ledger.transaction() as db:
                journal.record(db, [event], now=NOW, actor="Li Wei")
                assert outbox.get(db, made.id).state == end
        else:
            with pytest.raises(IllegalMove), ledger.transaction() as db:
                journal.record(db, [event], now=NOW, actor="Li Wei")
            with ledger.reading() as db:
                assert outbox.get(db, made.id).state == start


def test_the_journal_is_append_only(ledger):
    with ledger.transaction() as db:
        drafted(db)
    assert "append-only" in refused(ledger, "UPDATE events SET actor = 'somebody else'")
    assert "append-only" in refused(ledger, "DELETE FROM events")


def test_letters_begin_as_drafts_and_are_kept(ledger):
    with ledger.transaction() as db:
        made = drafted(db)
        own = ("id", "ulid", "message_id", "state")
        columns = ", ".join(row[1] for row in db.execute("PRAGMA table_info(outbox)") if row[1] not in own)
    born = f"INSERT INTO outbox (id, ulid, message_id, state, {columns}) SELECT 9, 'u', 'm', 'approved', {columns} FROM outbox"
    assert "begins as a draft" in refused(ledger, born)
    assert "kept" in refused(ledger, "DELETE FROM outbox WHERE id = ?", made.id)


@pytest.mark.parametrize("column", ["recipient", "cc", "subject", "body", "footer", "content_hash"])
@pytest.mark.parametrize("state", ["approved", "claimed", "transmitting", "sent", "in_doubt"])
def test_a_text_is_fixed_once_it_is_approved(ledger, state, column):
    with ledger.transaction() as db:
        made = bring(db, state)
    assert "only a draft" in refused(ledger, f"UPDATE outbox SET {column} = 'other' WHERE id = ?", made.id)


def test_nobody_approves_without_a_name_or_another_text(ledger):
    with ledger.transaction() as db:
        made = drafted(db)
    for approver, text in (("", made.content_hash), ("Li Wei", "another hash"), ("Li Wei", "")):
        query = "UPDATE outbox SET state = 'approved', approved_by = ?, approved_hash = ? WHERE id = ?"
        assert "nobody approved" in refused(ledger, query, approver, text, made.id)


def test_bytes_are_built_once(ledger):
    with ledger.transaction() as db:
        made = bring(db, "claimed")
    assert "built once" in refused(ledger, "UPDATE letter_bytes SET raw = ? WHERE letter_id = ?", b"other bytes", made.id)
    assert "built once" in refused(ledger, "DELETE FROM letter_bytes WHERE letter_id = ?", made.id)
    assert "built once" in refused(ledger, "INSERT OR REPLACE INTO letter_bytes VALUES (?, ?)", made.id, b"other bytes")
    with ledger.transaction() as db:
        move(db, made.id, "defer", attempt_id=made.id, retry_at=NOW)
        move(db, made.id, "revise")
        assert outbox.get(db, made.id).raw is None


def test_bytes_of_an_older_ledger_move_beside_their_letters(tmp_path):
    db = Database(tmp_path / "old.db")
    migrations.apply(db, stop_before="m014_bytes_of_letters")
    columns = "ulid, account, recipient, basis, subject, body, message_id, state, content_hash, planned_at, created_at, changed_at, raw"
    for number, raw in ((1, b"To: a"), (2, None)):
        values = [f"u{number}", "sales", "a@b.example", "answer", "", "", f"m{number}", "drafted", "", "", "", "", raw]
        db.execute(f"INSERT INTO outbox ({columns}) VALUES ({', '.join('?' * 13)})", values)
    db.execute("INSERT INTO companies (id, domain, is_customer, met_at) VALUES (1, 'buys.example', 1, ''), (2, 'asks.example', 0, '')")
    db.execute("INSERT INTO domain_shapes VALUES ('buys', 1), ('asks', 2)")
    db.conn.commit()
    db.close()
    with Ledger(tmp_path / "old.db").reading() as db:
        assert [tuple(row) for row in db.execute("SELECT * FROM letter_bytes")] == [(1, b"To: a")]
        assert [outbox.get(db, number).raw for number in (1, 2)] == [b"To: a", None]
        assert [row[0] for row in db.execute("SELECT shape FROM domain_shapes")] == ["buys"]


def test_one_live_letter_per_step_and_one_waiting_draft_per_lead(ledger):
    with ledger.transaction() as db:
        number = lead(db)
        first = drafted(db, lead_id=number)
    with pytest.raises(sqlite3.IntegrityError), ledger.transaction() as db:
        drafted(db, lead_id=number)
    with pytest.raises(sqlite3.IntegrityError), ledger.transaction() as db:
        drafted(db, lead_id=number, step="follow_up_1")
    with ledger.transaction() as db:
        move(db, first.id, "cancel")
        # The same step again, after the first letter came to nothing: a colleague had answered in between.
        again = drafted(db, lead_id=number, dedupe_key="the same as before")
        move(db, again.id, "reject")
        drafted(db, lead_id=number, dedupe_key="the same as before")


def test_a_notice_with_the_same_key_is_written_once(ledger):
    with ledger.transaction() as db:
        drafted(db, basis="notice", dedupe_key="digest:2026-W11:boss")
        assert outbox.exists(db, "digest:2026-W11:boss") and not outbox.exists(db, "")
    with pytest.raises(sqlite3.IntegrityError), ledger.transaction() as db:
        drafted(db, basis="notice", dedupe_key="digest:2026-W11:boss")


# ── the journal holds nothing that must be forgotten ────────────────────────────────────────────────────────────


def test_the_journal_holds_no_name_address_or_text(ledger):
    score = Score(1, 2, 3, (Signal("asks_price", "x", 5, "what is your secret price"),), ())
    with ledger.transaction() as db:
        number = lead(db)
        made = drafted(db, lead_id=number)
        journal.record(
            db,
            [
                e.LeadScored(number, None, 3, 1.0, 2.0, "none", "A", score),
                e.AddressSuppressed(1, "unsubscribe", "global", None, number, "p@klein1.example", "keyed", "remove me, says Klein"),
                e.TaskOpened(1, number, "call", "Li Wei", NOW, f"Call {SECRET}", "evidence of Klein"),
                e.DraftEdited(made.id, "hash2", "subject for Klein", "Dear Klein"),
                e.ContactLeft(number, "new@klein1.example"),
            ],
            now=NOW,
        )
        text = "\n".join(row[0] for row in db.execute("SELECT body FROM events"))
        types = {row[0] for row in db.execute("SELECT DISTINCT type FROM events")}
    assert len(types) == 9
    for word in ("Klein", "klein", "@", "+49", "secret", "Dear", "keyed"):
        assert word not in text, word


def test_every_private_field_stays_out_of_every_event():
    for event in e.EVENTS:
        private = {f.name for f in fields(event) if f.metadata.get("private")}
        assert private.isdisjoint(e.Event.public_fields.__get__(sample(event))()), event.__name__
        risky = {"email", "name", "subject", "body", "evidence", "phone", "title", "raw", "key_hash", "letter", "score", "smtp_text"}
        assert {f.name for f in fields(event)} & risky <= private, event.__name__


def sample(event):
    return event(**{f.name: None for f in fields(event)})


def test_an_event_outside_a_transaction_is_refused(ledger):
    with pytest.raises(LedgerError, match="inside a transaction"), ledger.reading() as db:
        db.conn.rollback()
        journal.record(db, [e.SendingPaused("all", "x")], now=NOW)


def test_an_event_with_something_strange_in_it_writes_nothing(ledger):
    with pytest.raises(TypeError), ledger.transaction() as db:
        journal.record(db, [e.SendingPaused("all", "x"), e.SendingPaused("all", object())], now=NOW)
    with ledger.reading() as db:
        assert db.execute("SELECT COUNT(*) FROM events").fetchone()[0] == 0


def test_times_sort_as_text_and_come_back_as_they_went(ledger):
    assert from_text(to_text(NOW)) == NOW and to_text(None) is None and from_text("") is None
    assert to_text(NOW) < to_text(NOW.replace(microsecond=1)) < to_text(NOW.replace(hour=2))
    with pytest.raises(ValueError, match="zone"):
        to_text(NOW.replace(tzinfo=None))


def test_a_letter_comes_back_as_it_went(ledger):
    with ledger.transaction() as db:
        made = drafted(db, cc=("a@c.example", "b@c.example"), references=("1@x", "2@x"), warnings=("look",), needs_manager=True)
        assert outbox.get(db, made.id) == made
        assert outbox.get(db, 999) is None
        assert next_id(db, "outbox") == made.id + 1
    assert replace(letter(made.id), id=made.id) != made
