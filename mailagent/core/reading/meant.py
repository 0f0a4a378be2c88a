"""What phrases mean in their sentence: denied, bargained about, or put off.

A phrase found is not yet meant. "No need to send samples" holds the words of a request and is none; "your price is too high" holds
the noun of one; "not interested at the moment, maybe next year" is a date and not a refusal. These rules are the same in all
languages; the words that deny stand in each language's file.
"""

from __future__ import annotations

import re

from mailagent.core.reading.phrase_parts import FIRST_SINGLE
from mailagent.core.reading.phrases import Match
from mailagent.core.reading.text import Text

# Before the name of a fact: a phrase that contains its words and means something else.
NOT = "not "
DENIES_WHAT_FOLLOWS, DENIES_WHAT_PRECEDES = "denies what follows", "denies what precedes"
DENIALS = (DENIES_WHAT_FOLLOWS, DENIES_WHAT_PRECEDES)
# What a word of denial beside it turns into its opposite, and how near it must stand.
REQUESTS = frozenset({
    "asks_price", "asks_sample", "asks_catalog", "delivery_question", "tech_question", "asks_terms", "asks_packing", "asks_transport",
    "asks_certificate", "asks_call", "visit_factory", "places_order", "agency_or_oem", "payment_or_lc",
})  # fmt: skip
WORDS_DENIED, CHARACTERS_DENIED = 6, 10
CLAUSE_END = re.compile(r"[,;:，；：但]|\b(?:but|aber|pero|mais|mas|ma|но)\b")
# Nouns that ask when nothing else is said of them ("price 6204?") do not where the sentence refuses or bargains.
NOUNS_OF_REQUESTS = frozenset({"asks_price", "asks_sample", "asks_catalog", "delivery_question"})
# What is agreed, or already in his hands, is not asked for.
HAS_SAMPLES = frozenset({"confirms_sample_order", "samples_in_test"})
# A sentence that begins so promises an order at most, and places none.
CONDITION = re.compile(
    r"\W{0,5}(?:(?:if|provided|wenn|falls|sofern|sobald|si|se|caso|если|als|jeśli|jeżeli|jika|kalau|nếu|اذا|إذا|لو)\b|如果|要是|只要|若|もし)",
    re.IGNORECASE,
)
# "We want to buy 800 pcs" orders, unless he asks something that comes before an order.
WISH, ORDER = "wants_to_buy", "places_order"
BEFORE_AN_ORDER = frozenset({
    "asks_price", "asks_sample", "asks_catalog", "asks_terms", "tech_question", "delivery_question", "price_objection", "market_research",
    "not_now_later", "not_interested", "agency_or_oem", "confirms_sample_order", "general_cooperation", "tender",
    "visit_factory", "invitation_letter",
})  # fmt: skip
GOODS = frozenset({"names_product", "industry_only"})
# What shows that the goods complained of were ours.
WAS_SUPPLIED = frozenset({"delivered_goods", "customer_words", "deposit_paid", "lc_opened", "complains_of_mails", "places_order"})
ASKS_FIRST = frozenset({"asks_price", "asks_sample", "asks_catalog"})
REFUSALS = frozenset({"not_interested", "refuses_for_good"})
COOLS = frozenset({"price_objection", "existing_supplier", "not_interested", "refuses_for_good", "not_now_later", "complains_of_mails"})


def meant(text: Text, found: list[Match]) -> list[Match]:
    """Of the phrases found those that are meant.

    Args:
        text: the mail they were found in.
        found: in reading order, with the denials (``DENIALS``) and the phrases that only look like a fact (``NOT`` and its name).
    """
    return _weighed(text, _not_denied(text, found))


def _not_denied(text: Text, found: list[Match]) -> list[Match]:
    """Without the phrases that stand inside one that says the opposite, and without requests that a word beside them denies."""
    covered: dict[str, set[int]] = {}
    denials: list[Match] = []
    for match in found:
        if match.name.startswith(NOT):
            covered.setdefault(match.name.removeprefix(NOT), set()).update(range(match.first, match.last))
        elif match.name in DENIALS:
            denials.append(match)
    if not covered and not denials:
        return found
    said = []
    for match in found:
        if match.name.startswith(NOT) or match.name in DENIALS:
            continue
        if match.name in covered and not covered[match.name].isdisjoint(range(match.first, match.last)):
            continue
        if match.name in REQUESTS and any(_denies(text, denial, match) for denial in denials):
            continue
        said.append(match)
    return said


def _denies(text: Text, denial: Match, match: Match) -> bool:
    """Whether "no need" stands before the request, or 不要です behind it, in one clause and near."""
    earlier, later = (denial, match) if denial.name == DENIES_WHAT_FOLLOWS else (match, denial)
    if earlier.first > later.first:
        return False
    between = later.first - earlier.last
    if between > (CHARACTERS_DENIED if text.words[denial.first][0] >= FIRST_SINGLE else WORDS_DENIED):
        return False
    # "No need to quote" may itself be one phrase with the request.
    if between <= 0:
        return True
    start, stop = text.stop(earlier.last - 1), text.start(later.first)
    return text.sentence(text.start(earlier.first)) == text.sentence(stop) and not CLAUSE_END.search(text.text, start, stop)


def _weighed(text: Text, found: list[Match]) -> list[Match]:
    """Without bare nouns ("price", "Angebot") in a sentence that bargains or refuses; a later date outweighs a polite no."""
    names = {match.name for match in found}
    if WISH in names:
        found = _wished(found, _is_counted(text, found) and not names & BEFORE_AN_ORDER)
    if "complaint" in names:
        found = _complained(text, found, names)
    if "asks_sample" in names and names & HAS_SAMPLES:
        found = _without_samples_at_hand(text, found)
    if "places_order" in names:
        found = [match for match in found if match.name != "places_order" or not _on_condition(text, match)]
    if not names & COOLS:
        return found
    if names & NOUNS_OF_REQUESTS:
        # "Wir haben uns für ein anderes Angebot entschieden": the noun is a part of the refusal.
        refused = {place for match in found if match.name in REFUSALS for place in range(match.first, match.last)}
        found = [match for match in found if match.name not in NOUNS_OF_REQUESTS or refused.isdisjoint(range(match.first, match.last))]
        cool = {text.sentence(text.start(match.first)) for match in found if match.name in COOLS}
        found = [
            match
            for match in found
            if match.name not in NOUNS_OF_REQUESTS or not _is_bare(text, match) or text.sentence(text.start(match.first)) not in cool
        ]
    if "refuses_for_good" in names:
        found = [match for match in found if match.name != "not_now_later"]
        # Who refuses for good refuses.
        refusals = [match for match in found if match.name == "refuses_for_good"]
        return found if "not_interested" in names else [*found, *(match._replace(name="not_interested") for match in refusals)]
    if "not_now_later" in names and "not_interested" in names:
        return [match for match in found if match.name != "not_interested"]
    return found


def _wished(found: list[Match], orders: bool) -> list[Match]:
    """A wish to buy taken for an order, or for nothing."""
    if orders:
        return [match._replace(name=ORDER) if match.name == WISH else match for match in found]
    return [match for match in found if match.name != WISH]


def _is_counted(text: Text, found: list[Match]) -> bool:
    """Whether a number of pieces is named: by a unit, before the goods ("300 bearings"), or where he wishes to buy ("buy 300")."""
    return any(
        match.name == "quantity"
        or match.name in GOODS and match.first > 0 and text.is_number(match.first - 1)
        or match.name == WISH and any(map(text.is_number, range(match.last - 1, min(match.last + 2, len(text.words)))))
        for match in found
    )


def _complained(text: Text, found: list[Match], names: set[str]) -> list[Match]:
    """Without one complaint beside a first inquiry ("quote 6204, our last ones cracked": another maker's), and without the technical
    nouns of a complaint ("the last batch makes noise" asks nothing)."""
    told = {text.sentence(text.start(match.first)) for match in found if match.name == "complaint"}
    if len(told) == 1 and names & ASKS_FIRST and not names & WAS_SUPPLIED:
        return [match for match in found if match.name != "complaint"]
    if "tech_question" not in names:
        return found
    return [
        match
        for match in found
        if match.name != "tech_question" or not _is_bare(text, match) or text.sentence(text.start(match.first)) not in told
    ]


def _on_condition(text: Text, order: Match) -> bool:
    """Whether an order stands in a sentence that begins with a condition: "if you do 0.40, we order today"."""
    sentence = text.sentence(text.start(order.first))
    return CONDITION.match(text.text, text.ends[sentence - 1] if sentence else 0) is not None


def _without_samples_at_hand(text: Text, found: list[Match]) -> list[Match]:
    """Without requests for samples that are agreed; of those that came, bare nouns and what is said in the same sentence."""
    if any(match.name == "confirms_sample_order" for match in found):
        return [match for match in found if match.name != "asks_sample"]
    told = {text.sentence(text.start(match.first)) for match in found if match.name == "samples_in_test"}
    return [
        match
        for match in found
        if match.name != "asks_sample" or not (_is_bare(text, match) or text.sentence(text.start(match.first)) in told)
    ]


def _is_bare(text: Text, match: Match) -> bool:
    return match.last - match.first <= (2 if text.words[match.first][0] >= FIRST_SINGLE else 1)
