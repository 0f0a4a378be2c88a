"""The particulars of a mail as people read them: what each fact is called, and its value in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable

from mailagent.core.model.lead import Fact
from mailagent.i18n import _

#: In the order in which a salesperson asks for them.
SHOWN = (
    "designation", "quantity", "target_price", "incoterm", "port", "delivery_wanted", "deadline", "resume_after", "payment_terms",
    "certificate", "asks_packing", "asks_sample", "trade_role", "decision_power", "country", "country_source", "open_question", "promised",
    "quotation_ends",
)  # fmt: skip


def shown(facts: Iterable[Fact]) -> list[tuple[str, str, str]]:
    """The particulars among the facts of a mail: (what it is, its value, the words), the order of ``SHOWN``."""
    chosen = sorted((fact for fact in facts if fact.name in SHOWN), key=lambda fact: SHOWN.index(fact.name))
    return [(called(fact.name), value(fact), fact.evidence) for fact in chosen]


def called(name: str) -> str:
    """What a fact is called; "" for one that ``signals.toml`` names."""
    return {
        "designation": _("product"),
        "quantity": _("quantity"),
        "target_price": _("target price"),
        "incoterm": _("trade term"),
        "port": _("port"),
        "delivery_wanted": _("needs the goods by"),
        "deadline": _("wants an answer by"),
        "resume_after": _("wants to hear from us again from"),
        "payment_terms": _("payment"),
        "certificate": _("certificate"),
        "asks_packing": _("packing"),
        "asks_sample": _("samples"),
        "trade_role": _("role in the trade"),
        "decision_power": _("power to decide"),
        "country": _("country"),
        "country_source": _("country known by"),
        "phone_country": _("country of the telephone"),
        "open_question": _("open question"),
        "promised": _("we promised"),
        "quotation_ends": _("our quotation holds until"),
        "named_day": _("day named"),
    }.get(name, "")


def value(fact: Fact) -> str:
    """The value of a fact, with the codes in it said in words."""
    if fact.name not in CODED:
        return fact.value
    said = " ".join(_codes().get(part, part) for part in fact.value.replace("at sight", "at_sight").split(" "))
    # Chinese brackets bring their own room.
    return said.replace(" （", "（")


CODED = frozenset({"trade_role", "decision_power", "country_source", "delivery_wanted", "deadline", "resume_after", "payment_terms"})


def _codes() -> dict[str, str]:
    return {
        "advance": _("in advance"),
        "payment": _("payment"),
        "cash": _("cash"),
        "days": _("days"),
        "at_sight": _("at sight"),
        "importer": _("importer"),
        "wholesaler": _("wholesaler"),
        "retailer": _("retailer"),
        "oem": _("manufacturer (OEM)"),
        "agent": _("agent"),
        "end_user": _("end user"),
        "decides": _("decides"),
        "collects": _("collects offers"),
        "asks_details": _("asks for details"),
        "looks": _("only looks"),
        "sure": _("(sure)"),
        "likely": _("(likely)"),
        "guess": _("(a guess)"),
        "notice": _("the platform's notice"),
        "phone": _("telephone"),
        "address": _("address"),
        "domain": _("mail domain"),
        "words": _("his words"),
        "town": _("town"),
        "destination": _("destination"),
        "clock": _("language and clock"),
    }
