"""What only the whole of an answer says: which goods and order it goes on about, and that it is a mere receipt."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from mailagent.core.model.lead import Fact
from mailagent.core.model.message import InboundMessage
from mailagent.core.reading.text import Text

# Who says one of these goes on with the matter of the thread; then its goods are his, if he names none himself.
GOES_ON = frozenset({
    "asks_price", "price_objection", "asks_sample", "tech_question", "delivery_question", "asks_terms", "asks_packing", "asks_transport",
    "asks_certificate", "payment_or_lc", "visit_factory", "existing_supplier", "asks_call", "agency_or_oem", "quantity", "target_price",
})  # fmt: skip
ASKS = frozenset({"asks_price", "price_objection", "asks_sample", "tech_question", "delivery_question", "quantity"})
# Who only sends us on (to his portal, to a colleague), or refuses, no longer speaks of them.
SENDS_ON = frozenset({"buyer_portal", "wrong_person"})
ORDERS = frozenset({"customer_words", "places_order", "deposit_paid", "lc_opened", "delivered_goods"})
ENDS = frozenset({"not_interested", "refuses_for_good"})
KNOWS_GOODS = frozenset({"names_product", "concrete_requirement"})
MET = "met_at_fair"
LONGEST_QUOTED = 3_000
# A mail of so many words that says thanks and nothing else is a receipt.
LONGEST_RECEIPT = 45
QUESTION = re.compile(r"[?？؟]")


def goods_of_thread(message: InboundMessage, facts: list[Fact], goods_in: Callable[[str], list[Fact]]) -> list[Fact]:
    """The goods of a running matter, for an answer that does not name them again.

    What the subject names is what the answer is about, also where it says thanks or puts the matter off; what the letters below
    name only where it asks or bargains. Who refuses, or has no need because he buys elsewhere, does not speak of our goods.

    Args:
        message: an answer.
        facts: what it says itself.
        goods_in: finds our products in a text; asked for the subject and, if that names none, for the quoted letters.
    """
    names = {fact.name for fact in facts}
    if names & KNOWS_GOODS or names & ENDS or (names & SENDS_ON and not names & ASKS):
        return []
    later = "not_now_later" in names
    if later and "existing_supplier" in names and not names & ASKS or not later and not names & (GOES_ON | {"thanks"}):
        return []
    goes_on = names & GOES_ON and not later
    for written in (message.subject, message.quoted[:LONGEST_QUOTED] if goes_on else ""):
        named = next((fact for fact in goods_in(written) if fact.name == "names_product"), None) if written else None
        if named:
            return [Fact("thread_names_product", named.value, named.evidence)]
    return []


def order_of_thread(facts: list[Fact], said: Mapping[str, str]) -> list[Fact]:
    """That the subject of a running matter is an order ("Re: PO 7719"), for an answer that does not say so itself.

    Args:
        said: what the subject says, each fact with its words.
    """
    if "customer_words" not in said or any(fact.name in ORDERS for fact in facts) or not any(fact.name in GOES_ON for fact in facts):
        return []
    return [Fact("thread_names_order", "", said["customer_words"])]


def show_of_thread(facts: list[Fact], said: Mapping[str, str]) -> list[Fact]:
    """That the thread began at a trade show ("Re: Nice to meet you at the fair"), for an answer that does not say so itself.

    Args:
        said: what the subject says, each fact with its words.
    """
    return [Fact(MET, "", said[MET])] if MET in said and not any(fact.name == MET for fact in facts) else []


def receipt(facts: list[Fact], text: Text, wants_nothing: bool) -> list[Fact]:
    """Thanks and nothing else are a receipt.

    Args:
        text: the answer's own words.
        wants_nothing: no intent was found in it.
    """
    first = {fact.name: fact.evidence for fact in reversed(facts)}
    if wants_nothing and "thanks" in first and len(text.words) <= LONGEST_RECEIPT and not QUESTION.search(text.text):
        return [Fact("acknowledges", "", first["thanks"])]
    return []
