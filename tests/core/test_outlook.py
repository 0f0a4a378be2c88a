"""How soon an answer is due, what kind of buyer he is, and which class of trade-show visitor."""

from __future__ import annotations

from datetime import date

import pytest

from mailagent.core.deciding import outlook
from mailagent.core.model.lead import Fact, Score
from mailagent.core.model.message import Verdict

TODAY = date(2026, 3, 3)


def said(*names: str) -> tuple[Fact, ...]:
    return tuple(Fact(*name.partition("=")[::2]) for name in names)


def score(tier: int | None, fraud: str = "none") -> Score:
    return Score(0, 0, tier, (), (), fraud=fraud)


@pytest.mark.parametrize(
    ("kind", "tier", "fraud", "facts", "answer"),
    [
        ("inquiry", 1, "none", "", "high"),
        ("reply", 2, "none", "asks_price", "high"),
        ("reply", 2, "none", "not_now_later", "low"),
        ("inquiry", 3, "none", "names_product", "normal"),
        ("inquiry", 3, "none", "urgent", "high"),
        ("inquiry", 3, "none", "deadline=2026-03-05 sure", "high"),
        ("inquiry", 3, "none", "deadline=2026-05-30 sure", "normal"),
        ("inquiry", 3, "none", "deadline=2025-03-05 sure", "normal"),
        ("inquiry", 3, "none", "deadline=soon", "high"),
        ("inquiry", 4, "none", "urgent", "low"),
        ("inquiry", 4, "none", "", "low"),
        ("reply", 4, "none", "", "normal"),
        ("reply", 4, "none", "complaint", "high"),
        ("reply", None, "likely", "bank_change", "high"),
        ("inquiry", None, "likely", "places_order", "none"),
        ("unsubscribe", None, "none", "", "low"),
        ("internal", None, "none", "", "normal"),
        ("newsletter", None, "none", "urgent", "none"),
    ],
)
def test_how_soon_an_answer_is_due(kind, tier, fraud, facts, answer):
    assert outlook.urgency(Verdict(kind, ""), score(tier, fraud), said(*facts.split(",") if facts else ()), TODAY) == answer


@pytest.mark.parametrize(
    ("kind", "tier", "facts", "answer"),
    [
        ("inquiry", 3, "names_product,asks_price,quantity", "seeking_seller"),
        ("inquiry", 3, "names_product,quantity,agency_or_oem", "seeking_seller"),
        ("inquiry", 4, "agency_or_oem", "entering_market"),
        ("inquiry", 4, "market_research", "collecting_info"),
        ("inquiry", 4, "asks_catalog", "collecting_info"),
        ("inquiry", 4, "industry_only", "idle"),
        ("inquiry", 4, "asks_sample", "sample_asking"),
        ("inquiry", 3, "asks_sample,names_product", "seeking_seller"),
        ("inquiry", 3, "names_product,quantity,asks_cost_secrets", "stealing_intelligence"),
        ("reply", 3, "names_product", None),
    ],
)
def test_the_types_of_first_contacts(kind, tier, facts, answer):
    assert outlook.buyer_type(Verdict(kind, ""), score(tier), said(*facts.split(","))) == answer


@pytest.mark.parametrize(
    ("facts", "answer"),
    [
        ("names_product,quantity", None),
        ("met_at_fair", "just_looking"),
        ("met_at_fair,asks_catalog", "asks_materials"),
        ("met_at_fair,asks_price,quantity", "intends_order"),
        ("met_at_fair,price_objection,quantity", "disputes_terms"),
        ("met_at_fair,deposit_paid,price_objection", "signed"),
    ],
)
def test_the_classes_of_trade_show_visitors(facts, answer):
    assert outlook.show_class(Verdict("inquiry", ""), said(*facts.split(","))) == answer
    assert outlook.show_class(Verdict("newsletter", ""), said(*facts.split(","))) is None
