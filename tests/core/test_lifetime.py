"""A lead's life between its mails: what is remembered, how interest fades, and how customers are told apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from messages import NOON, lamp_policy, mail
from test_scoring import LEAD

from mailagent.core.model.known import Known
from mailagent.core.model.lead import Company, Fact, Score
from mailagent.core.model.lifetime import Lifetime, Rfm
from mailagent.core.scoring import lifetime
from mailagent.core.scoring.lifetime import Business, read, remember
from mailagent.core.scoring.score import score

POLICY = lamp_policy()
CONTACT = ("gives_company", "gives_person", "gives_phone", "gives_address")


def said(*names: str) -> tuple[Fact, ...]:
    return tuple(Fact(name, "", f"words of {name}") for name in names)


def later(days: float) -> datetime:
    return NOON + timedelta(days=days)


def graded(*names: str, memory: str = "", days: float = 0, **lead) -> Score:
    """The score of a mail so many days after noon, in a matter with this memory."""
    known = Known(thread_lead=replace(LEAD, **{"tier": None, **lead, "memory": memory}))
    return score(said(*names), mail().but(received_at=later(days)), known, POLICY)


def points(result: Score, name: str) -> float:
    return next((signal.points for signal in result.signals if signal.name == name), 0.0)


def test_who_he_is_stays_though_he_answers_from_his_phone():
    first = graded("own_domain", *CONTACT, "decision_role")
    short = graded("own_domain", "acknowledges", memory=first.memory, days=300)
    assert first.fit == short.fit == points(short, "known_already") + 15
    evidence = next(signal.evidence for signal in short.signals if signal.name == "known_already")
    assert f"{NOON.date()}: words of gives_company" in evidence


def test_interest_fades_by_half_in_each_half_life():
    first = graded("names_product", "asks_price", "quantity")
    assert first.engagement == 38
    for days, worth in ((0, 38), (45, 19), (90, 9.5)):
        assert graded("acknowledges", memory=first.memory, days=days).engagement == pytest.approx(worth + 3, abs=0.2)
    # Older than what is remembered: no interest at all.
    assert points(graded("acknowledges", memory=first.memory, days=121), "earlier_interest") == 0


def test_what_is_said_again_counts_once_and_is_fresh_again():
    first = graded("names_product", "asks_price")
    again = graded("names_product", "asks_price", memory=first.memory, days=40)
    assert again.engagement == first.engagement
    assert points(graded("acknowledges", memory=again.memory, days=40), "earlier_interest") == first.engagement


def test_earlier_mails_count_under_the_same_caps():
    questions = ("tech_question", "asks_packing", "asks_transport", "asks_certificate", "asks_terms")
    first = graded(*questions)
    assert first.engagement == 30
    assert graded("delivery_question", memory=first.memory).engagement == 30


def test_two_signs_in_two_mails_make_tier_2_with_the_day_in_their_words():
    first = graded(*CONTACT, "names_product")
    assert first.tier == 3
    second = graded("names_product", "tech_question", "asks_packing", memory=first.memory, days=3, tier=3)
    assert second.tier == 2
    assert f"{NOON.date()}: words of gives_phone" in {reason.evidence for reason in second.tier_reasons}


def test_an_old_question_is_no_evidence_any_more():
    first = graded("names_product", "tech_question", "asks_packing")
    assert graded(*CONTACT, "acknowledges", memory=first.memory, days=100).tier == 2
    assert graded(*CONTACT, "acknowledges", memory=first.memory, days=130).tier == 4


def test_an_order_is_not_remembered_so_that_a_pin_set_after_it_holds():
    first = graded("places_order", "names_product")
    assert first.tier == 1
    assert graded("acknowledges", memory=first.memory, pinned_tier=3).tier == 3


def test_doubts_and_coolness_are_not_carried_on():
    first = graded("asks_cost_secrets", "not_interested", "names_product")
    assert first.fraud == "suspicious"
    assert graded("acknowledges", memory=first.memory).fraud == "none"
    assert "not_interested" not in {one.name for one in lifetime.recall(read(first.memory), NOON, POLICY, ())}


def test_an_old_mail_that_is_handled_late_is_no_news():
    memory = remember(read(remember({}, said("asks_price"), later(10))), said("asks_price", "quantity"), NOON)
    days = {one.name: one.day for one in lifetime.recall(read(memory), later(10), POLICY, ())}
    assert days == {"asks_price": f"{later(10).date()}", "quantity": f"{NOON.date()}"}


def test_a_memory_stays_small_and_keeps_the_newest():
    memory = ""
    for day in range(100):
        memory = remember(read(memory), (Fact(f"fact{day}", "", "x" * 5_000),), later(day))
    assert len(memory) < 12_000
    assert lifetime.names(memory) == {f"fact{day}" for day in range(40, 100)}


def test_rules_without_these_signals_or_groups_still_grade():
    policy = POLICY.model_copy(update={"signals": {}, "groups": {}})
    known = Known(thread_lead=replace(LEAD, memory=remember({}, said("names_product"), NOON)))
    assert score(said("asks_price"), mail(), known, policy).tier == 3


def test_a_colleague_of_any_customer_of_the_company_is_a_customer():
    company = Company(1, "Field Works", "fieldworks.example", "FI", False, "Lily")
    matters = (replace(LEAD, id=2, contact_id=2), replace(LEAD, id=3, contact_id=3, stage="customer"))
    known = Known(company=company, company_lead=matters[0], related_leads=matters)
    assert score(said("asks_price"), mail(), known, POLICY).tier == 1
    assert score(said("asks_price"), mail(), replace(known, related_leads=matters[:1]), POLICY).tier == 4


# ── customers ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("orders", "payments", "days", "grade"),
    [(9, 8, 10, "555"), (1, 0, 10, "521"), (2, 1, 100, "432"), (4, 2, 300, "243"), (1, 1, 900, "122")],
)
def test_recency_frequency_money(orders, payments, days, grade):
    assert str(lifetime.rfm(Business(orders, payments, NOON), later(days), POLICY)) == grade


def test_who_never_ordered_has_no_customers_grade():
    assert lifetime.rfm(Business(0, 0, None), NOON, POLICY) is None


def test_thresholds_in_the_wrong_order_are_refused():
    with pytest.raises(ValueError, match="recency_days must grow"):
        Rfm(recency_days=(400, 200, 100, 50))
    with pytest.raises(ValueError, match="orders must fall"):
        Rfm(orders=(1, 2, 4, 8))
    with pytest.raises(ValueError):
        Lifetime(half_life_days=0)
    # Below tier 4 there is nothing, and who is in tier 1 has ordered.
    for tier in (1, 4):
        with pytest.raises(ValueError):
            Lifetime(cools=(tier,))
