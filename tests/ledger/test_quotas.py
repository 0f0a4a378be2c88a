"""What was sent lately is counted out of the ledger itself, and a rest is remembered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mailagent.core.deciding.limits import DAY, HOUR, Limit
from mailagent.ledger import outbox, quotas
from mailagent.ledger.db import Ledger, to_text
from mailagent.ledger.quotas import Window

NOW = datetime(2026, 3, 11, 9, 0, tzinfo=UTC)
SALES = Window("account", "sales")


@pytest.fixture
def ledger(tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite")
    yield ledger
    ledger.close()


def put(ledger, number, sent_at, account="sales", recipient="b@buyer.example", state="sent", basis="answer"):
    """A letter as it stands in the outbox in the end."""
    with ledger.transaction() as db:
        db.execute(
            "INSERT INTO outbox (id, ulid, account, recipient, basis, subject, body, message_id, state, content_hash, planned_at,"
            " created_at, changed_at) VALUES (?, ?, ?, ?, ?, 's', 'b', ?, 'drafted', 'h', ?, ?, ?)",
            [number, f"u{number}", account, recipient, basis, f"m{number}", to_text(NOW), to_text(NOW), to_text(NOW)],
        )
        path = {"sent": ("approved", "claimed", "transmitting", "sent"), "approved": ("approved",)}[state]
        for step in path:
            db.execute("UPDATE outbox SET approved_by = 'x', approved_hash = 'h', state = ? WHERE id = ?", [step, number])
        at = {"sent": "sent_at", "approved": "next_attempt_at"}[state]
        db.execute(f"UPDATE outbox SET {at} = ? WHERE id = ?", [to_text(sent_at), number])


def test_a_window_frees_when_its_oldest_place_has_passed(ledger):
    for number in range(5):
        put(ledger, number, NOW - timedelta(minutes=10 * number))
    put(ledger, 9, NOW, account="other")
    with ledger.reading() as db:
        three = quotas.count(db, Limit("hourly_quota", HOUR, 3), SALES, NOW)
        assert three.frees_at(NOW) == NOW + timedelta(minutes=40)
        assert three.frees_at(NOW + timedelta(minutes=40)) is None
        assert quotas.count(db, Limit("hourly_quota", HOUR, 6), SALES, NOW).frees_at(NOW) is None
        assert quotas.count(db, Limit("hourly_quota", HOUR, 1), Window("account", "other"), NOW).frees_at(NOW) == NOW + HOUR
        assert quotas.last_sent(db, "sales", NOW) == NOW


def test_a_domain_is_counted_over_all_accounts_and_in_any_case(ledger):
    for number, recipient in enumerate(("a@Buyer.example", "b@buyer.example", "c@sub.buyer.example", "d@other.example")):
        put(ledger, number, NOW - timedelta(minutes=number), account=f"account{number}", recipient=recipient)
    buyer = Window("domain", quotas.domain_of("x@BUYER.example"))
    with ledger.reading() as db:
        assert quotas.count(db, Limit("d", HOUR, 2), buyer, NOW).frees_at(NOW) == NOW + timedelta(minutes=59)
        assert quotas.count(db, Limit("d", HOUR, 3), buyer, NOW).frees_at(NOW) is None


def test_a_letter_that_is_under_way_counts_as_sent(ledger):
    for number in range(3):
        put(ledger, number, NOW - timedelta(minutes=10 * number))
    coming = Window("account", "sales", coming=1)
    limits = [Limit("hourly_quota", HOUR, at_most) for at_most in (1, 2, 3, 4, 5)]
    with ledger.reading() as db:
        as_they_stand = quotas.counts(db, [(limit, SALES) for limit in limits], NOW)
        with_one_more = quotas.counts(db, [(limit, coming) for limit in limits], NOW)
    put(ledger, 9, NOW)
    with ledger.reading() as db:
        assert quotas.counts(db, [(limit, SALES) for limit in limits], NOW) == with_one_more != as_they_stand
    frees = [one.frees_at(NOW) for one in with_one_more]
    assert frees == [NOW + HOUR, NOW + HOUR, NOW + timedelta(minutes=50), NOW + timedelta(minutes=40), None]


def test_days_of_use_are_days_on_which_something_left_and_today_is_none(ledger):
    days = [9, 9, 9, 7, 3, 3, 1, 0]
    for number, ago in enumerate(days):
        put(ledger, number, NOW - DAY * ago + timedelta(minutes=number))
    with ledger.reading() as db:
        assert quotas.days_of_use(db, "sales", NOW, 50) == 4
        assert quotas.days_of_use(db, "sales", NOW, 2) == 2
        assert quotas.days_of_use(db, "sales", NOW, 0) == 0
        assert quotas.days_of_use(db, "nobody", NOW, 50) == 0


def test_a_rest_holds_the_accounts_letters_but_no_notice_and_ends_by_itself(ledger):
    put(ledger, 1, NOW, state="approved")
    put(ledger, 2, NOW, state="approved", basis="notice")
    put(ledger, 3, NOW, state="approved", account="other")
    with ledger.transaction() as db:
        quotas.rest(db, "sales", NOW + HOUR, "hourly_quota", NOW)
        quotas.rest(db, "sales", NOW + timedelta(minutes=5), "pace", NOW)
        assert quotas.resting(db, NOW) == {"sales": (NOW + HOUR, "hourly_quota")}
        assert {letter.id for letter in outbox.ready(db, NOW)} == {2, 3}
        assert outbox.accounts_ready(db, NOW) == {"other"}
        assert {letter.id for letter in outbox.ready(db, NOW + HOUR)} == {1, 2, 3}
        assert quotas.resting(db, NOW + HOUR) == {}


def test_the_next_letter_leaves_when_its_account_has_rested(ledger):
    put(ledger, 1, NOW, state="approved")
    with ledger.transaction() as db:
        assert outbox.next_ready(db) == NOW
        quotas.rest(db, "sales", NOW + HOUR, "hourly_quota", NOW)
        assert outbox.next_ready(db) == NOW + HOUR
        db.execute("INSERT INTO switches (name, value, at, actor) VALUES ('paused:sales', 'on', '', 'x')")
        assert outbox.next_ready(db) is None
        assert outbox.ready(db, NOW + DAY) == []
