"""What a mail lets one expect, in the words of the trade: how soon an answer is due, what kind of buyer he is, and which class
of trade-show visitor (DOMAIN §1, §2). Said beside the tier; nothing is sent or stopped because of it.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import date

from mailagent.core.model.lead import Fact, Score
from mailagent.core.model.message import Verdict

#: high: the same working day · normal: within 24 hours · low: when there is time · none: no answer.
URGENCIES = ("high", "normal", "low", "none")
BUYER_TYPES = ("seeking_seller", "entering_market", "idle", "collecting_info", "sample_asking", "stealing_intelligence")
SHOW_CLASSES = ("signed", "intends_order", "disputes_terms", "asks_materials", "just_looking")

#: What a person must see the same day, whatever the tier.
ALARMS = frozenset({"complaint", "bank_change"})
#: A day that he named is pressing if it is at most so many days away.
PRESSING_DAYS = 3
#: Who says so can wait.
COOL = frozenset({"not_now_later", "not_interested", "acknowledges"})
#: He says that we met at a fair.
MET = frozenset({"met_at_fair"})


def urgency(verdict: Verdict, score: Score | None, facts: tuple[Fact, ...], today: date) -> str:
    """How soon an answer is due.

    Args:
        today: the day of the mail.
    """
    said = {fact.name for fact in facts}
    if verdict.kind == "unsubscribe":
        return "low"
    if verdict.kind == "internal":
        return "normal"
    if verdict.kind not in ("inquiry", "reply") or score is None:
        return "none"
    if said & {"bank_change", "asks_about_account"}:
        return "high"
    if score.fraud == "likely":
        return "none"
    hurries = "urgent" in said or any(is_pressing(fact, today) for fact in facts if fact.name == "deadline")
    if said & ALARMS or (hurries and score.tier in (1, 2, 3)) or (score.tier in (1, 2) and not said & {"not_now_later", "not_interested"}):
        return "high"
    if said & {"not_now_later", "not_interested"}:
        return "low"
    if score.tier == 3 or (verdict.kind == "reply" and not said & COOL):
        return "normal"
    return "low"


def is_pressing(deadline: Fact, today: date) -> bool:
    """Whether the day of a deadline ("2026-03-31 sure") is near; one that cannot be read is."""
    try:
        left = (date.fromisoformat(deadline.value[:10]) - today).days
    except ValueError:
        return True
    return 0 <= left <= PRESSING_DAYS


def buyer_type(verdict: Verdict, score: Score | None, facts: tuple[Fact, ...]) -> str | None:
    """Which of the six types of first contacts he is; None where he is none of them or already talks with us."""
    if verdict.kind != "inquiry" or score is None or score.fraud == "likely":
        return None
    said = {fact.name for fact in facts}
    if "asks_cost_secrets" in said:
        return "stealing_intelligence"
    if "samples_of_everything" in said or ("asks_sample" in said and not said & {"asks_price", "quantity", "names_product"}):
        return "sample_asking"
    # Who says what and how much is looking for a supplier, whatever else he proposes.
    if said & {"names_product", "concrete_requirement"} and said & {"quantity", "target_price"}:
        return "seeking_seller"
    if "agency_or_oem" in said:
        return "entering_market"
    if "market_research" in said:
        return "collecting_info"
    if score.tier in (1, 2, 3):
        return "seeking_seller"
    return "collecting_info" if said & {"asks_catalog", "asks_terms", "tech_question"} else "idle"


def show_class(verdict: Verdict, facts: tuple[Fact, ...]) -> str | None:
    """The class of somebody who met us at a trade show; None for everybody else."""
    return show_class_of({fact.name for fact in facts}) if verdict.kind in ("inquiry", "reply") else None


def show_class_of(said: Set[str]) -> str | None:
    """The class by the names of everything that he has said."""
    if not said & MET:
        return None
    if said & {"places_order", "deposit_paid", "lc_opened", "confirms_sample_order"}:
        return "signed"
    if said & {"price_objection", "payment_or_lc", "asks_terms"} and not said & {"asks_price"}:
        return "disputes_terms"
    if said & {"quantity", "target_price", "incoterm", "visit_factory"}:
        return "intends_order"
    if said & {"asks_price", "asks_catalog", "asks_sample", "tech_question", "asks_certificate"}:
        return "asks_materials"
    return "just_looking"
