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
