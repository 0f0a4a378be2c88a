"""The leads that a mail may concern."""

from __future__ import annotations

from datetime import timedelta

from shelf import NOW, lead

from mailagent.core.model import events as e
from mailagent.ledger import journal, leads


def test_a_domain_with_very_many_matters_is_looked_at_for_its_newest_only(ledger):
    with ledger.transaction() as db:
        first = lead(db)
        for number in range(leads.MOST_OF_A_COMPANY + 20):
            at = NOW + timedelta(minutes=number)
            journal.record(db, [e.LeadOpened(1000 + number, first, first, 1, "mail", "en", "DE", "Li Wei", "in_turn", at, "x")], now=NOW)
        found = leads.around(db, lead_id=first, contact_ids=[], company_id=first)
        assert len(found) == leads.MOST_OF_A_COMPANY + 1 and found[0].id == first and found[-1].id == 1119


def test_a_domain_can_be_imitated_from_the_day_its_company_buys(ledger):
    with ledger.transaction() as db:
        _, second = lead(db), lead(db)
        assert db.execute("SELECT COUNT(*) FROM domain_shapes").fetchone()[0] == 0
        journal.record(db, [e.StageChanged(second, "customer")], now=NOW)
        assert {row[0] for row in db.execute("SELECT company_id FROM domain_shapes")} == {second}
        journal.record(db, [e.CompanyMet(9, is_customer=True, name="Old", domain="old-customer.example")], now=NOW)
        assert {row[0] for row in db.execute("SELECT company_id FROM domain_shapes")} == {second, 9}


def due_at(db, at, cadence: str = "key", step: str = "call") -> int:
    number = lead(db)
    journal.record(db, [e.RoundBegun(number, cadence, 1, step, at, "at once")], now=NOW)
    return number


def test_what_is_due_is_found_in_its_index_and_nowhere_else(ledger):
    asked: list[str] = []
    with ledger.transaction() as db:
        late, letter_soon = due_at(db, NOW - timedelta(days=1)), due_at(db, NOW + timedelta(hours=3), step="answer")
        due_at(db, NOW + timedelta(hours=3))
        due_at(db, NOW + timedelta(hours=17), step="answer")
        held, rested = due_at(db, NOW - timedelta(days=2)), due_at(db, NOW)
        journal.record(db, [e.LeadHeld(held, "paused", None), e.CadenceEnded(rested, "rested")], now=NOW)
        now = due_at(db, NOW)
        db.conn.set_trace_callback(asked.append)
        assert leads.due(db, NOW, timedelta(hours=16), [("key", "answer")]) == [late, now, letter_soon]
        assert leads.due(db, NOW, timedelta(hours=16), [("key", "answer")], limit=1) == [late]
        db.conn.set_trace_callback(None)
        plan = " | ".join(row["detail"] for row in db.execute(f"EXPLAIN QUERY PLAN {asked[0]}"))
    assert "SEARCH leads USING COVERING INDEX leads_due" in plan and "TEMP B-TREE FOR ORDER" not in plan and "SCAN leads" not in plan


def test_a_named_day_holds_nothing_and_is_no_hold_that_is_over(ledger):
    with ledger.transaction() as db:
        named, away = due_at(db, NOW), due_at(db, NOW)
        journal.record(db, [e.DateNamed(named, NOW, "in March"), e.LeadHeld(away, "out_of_office", NOW)], now=NOW)
        assert [one.id for one in leads.hold_over(db, NOW)] == [away]
