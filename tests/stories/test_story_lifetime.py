"""A lead over months: what it remembers, how silence cools it, and how all that is told."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from rich.console import Console
from stage import DETAILED

from mailagent.jobs.cool import cool
from mailagent.ledger import leads, pages
from mailagent.speech import grade
from mailagent.terminal import screens

PETER, SABINE = "p.klein@klein-antriebe.example", "s.vogt@klein-antriebe.example"


def told(stage, lead) -> str:
    out = Console(width=180, record=True, file=StringIO())
    assert screens.explain(out, stage.office.ledger, stage.office.policy, lead.id, stage.now)
    return out.export_text()


@pytest.fixture
def asked(stage):
    stage.buyer_writes(PETER, DETAILED, name="Peter Klein")
    stage.wait(minutes=5)
    stage.answer = stage.send(stage.draft_for(PETER))
    return stage


def test_an_answer_from_the_phone_leaves_the_lead_as_well_known_as_it_was(asked):
    first = asked.ask(leads.standing, asked.lead_of(PETER))
    asked.wait(days=3)
    asked.buyer_replies(asked.answer, "ok, price for 30,000 pcs?\n\nSent from my iPhone")
    asked.look()
    lead = asked.lead_of(PETER)
    now = asked.ask(leads.standing, lead)
    assert lead.tier == 2 and now.fit >= first.fit and now.engagement >= first.engagement - 3
    said = told(asked, lead)
    assert "is known from earlier mails" in said and "showed interest in earlier mails" in said
    assert "Fit" in said and "Grade A: asks for something specific" in said


def test_silence_cools_a_tier_slowly_and_a_mail_warms_it_at_once(asked):
    lead = asked.lead_of(PETER)
    assert lead.tier == 2
    asked.clock.jump(asked.now + timedelta(days=119))
    assert cool(asked.office) == 0
    asked.clock.jump(asked.now + timedelta(days=2))
    before = len(asked.drafts())
    assert cool(asked.office) == 1 and cool(asked.office) == 0
    assert asked.lead_of(PETER).tier == 3 and len(asked.drafts()) == before
    said = told(asked, lead)
    assert "silent for long: one tier down" in said and f"no mail since {lead.last_inbound_at:%Y-%m-%d}" in said
    # The words that made it tier 2 are still told.
    assert "radial clearance" in said and "days ago)" in said
    asked.clock.jump(asked.now + timedelta(days=121))
    assert cool(asked.office) == 1 and asked.lead_of(PETER).tier == 4
    asked.clock.jump(asked.now + timedelta(days=400))
    assert cool(asked.office) == 0
    asked.buyer_replies(asked.answer, "Please send the proforma invoice for 20,000 pcs 6204-2RS, we place the order.")
    asked.look()
    assert asked.lead_of(PETER).tier == 1


def test_a_pin_a_hold_and_a_customer_do_not_cool(asked):
    boss = asked.person("Boss Zhang")
    lead = asked.lead_of(PETER)
    boss.pin_tier(lead.id, 2)
    asked.clock.jump(asked.now + timedelta(days=300))
    assert cool(asked.office) == 0
    boss.pin_tier(lead.id, None)
    boss.pause(lead.id)
    assert cool(asked.office) == 0
    boss.resume(lead.id)
    assert cool(asked.office) == 1


def test_a_colleague_of_a_customer_inherits_tier_and_owner_and_the_customer_has_a_grade_of_its_own(asked):
    asked.buyer_replies(asked.answer, "We place the order: please send the proforma invoice. The deposit was paid today, see the swift.")
    asked.look()
    owner = asked.lead_of(PETER).owner
    asked.wait(days=2)
    asked.buyer_writes(SABINE, "Hello,\n\nwhat is the status?\n\nSabine Vogt", subject="Status", name="Sabine Vogt")
    asked.look()
    colleague = asked.lead_of(SABINE)
    assert (colleague.tier, colleague.owner) == (1, owner)
    said = told(asked, asked.lead_of(PETER))
    assert "As a customer 5" in said and "by his words 1 orders, 1 payments" in said


def test_the_class_of_a_trade_show_stands_beside_the_tier(stage):
    stage.buyer_writes(PETER, f"Dear Ms Li,\n\nit was nice to meet you at the Canton Fair last week.\n\n{DETAILED}", name="Peter Klein")
    stage.look()
    lead = stage.lead_of(PETER)
    assert lead.tier == 2
    lines = grade.lines(lead, stage.ask(leads.standing, lead), stage.now, stage.office.policy)
    assert "Met at a trade show: intends to order" in lines


def test_a_list_has_the_warm_before_those_who_were_hot_long_ago(asked):
    lead = asked.lead_of(PETER)
    asked.clock.jump(asked.now + timedelta(days=200))
    asked.buyer_writes("new@other.example", "What is your price for 6204-2RS, 500 pcs? Packing? Which grease?", subject="Price")
    asked.look()
    with asked.office.ledger.transaction() as db:
        db.execute("UPDATE leads SET tier = 2, fit = 0")
        db.execute("UPDATE leads SET engagement = 90 WHERE id = ?", [lead.id])
    fresh = asked.lead_of("new@other.example").id
    fading = {"now": asked.now, "half_life_days": asked.office.policy.lifetime.half_life_days}
    for question in (leads.listing, pages.leads):
        assert [one.id for one in asked.ask(lambda db, ask=question: ask(db))] == [lead.id, fresh]
        assert [one.id for one in asked.ask(lambda db, ask=question: ask(db, **fading))] == [fresh, lead.id]
