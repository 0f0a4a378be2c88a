"""What a mail says, as a list of facts, each with the words that say it.

Facts are found in what the writer himself wrote: his words, his own subject, his signature, the fields of a platform's
notice. Never in the quotation below, which is ours ("reply STOP", "price list"); only a *forwarded* mail is read
whole, because there the quotation is the request. Config prices the facts (``signals.toml``) and makes tiers of them
(``tiers.toml``); nothing here knows a number of points.

The phrases come from ``config/languages``: all languages at once, because buyers mix them and a wrongly guessed
language must not hide what was said.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from mailagent.core.model.address import registrable_domain
from mailagent.core.model.lead import Fact
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy
from mailagent.core.reading import (
    answers,
    codes,
    contactdata,
    dates,
    form,
    fraudsigns,
    models,
    near_names,
    particulars,
    prices,
    products,
    promises,
    quantities,
    telephone,
    terms,
    validity,
    where,
    wishes,
)
from mailagent.core.reading.meant import DENIES_WHAT_FOLLOWS, DENIES_WHAT_PRECEDES, NOT, meant
from mailagent.core.reading.phrases import Match, Phrasebook
from mailagent.core.reading.text import Text, sentences

MOST_FACTS = 200
# Facts whose phrases are only the frame of something that another file reads.
FRAMES = frozenset({"quantity", "target_price", "names_product", "industry_only", *contactdata.ROLE_FACTS})
HUGE_QUANTITY = 50_000
# Who opens a matter with goods and their number wants their price, unless he says what else they are named for.
NOT_ONLY_A_PRICE = frozenset({
    "asks_price", "places_order", "asks_sample", "confirms_sample_order", "complaint", "sells_to_us", "customer_words", "delivered_goods",
    "market_research", "not_interested", "changes_order", "price_objection",
})  # fmt: skip
# Facts of somebody's account with a bank.
OF_AN_ACCOUNT = frozenset({"account_pretext", "old_account", "bank_coordinates"})
# Somebody doubts that a letter is ours, or waits with paying; a fact together with an account only.
DOUBTS_SENDER = "doubts_sender"
# The sender may be somebody else than he says.
FORGED = frozenset({"reply_to_switched", "auth_failed", "lookalike_domain", "lookalike_in_thread"})
# So many letters of a mail's words tell where these begin.
FEW = 60
FORWARD = re.compile(r"^\s{0,5}(?:fwd?|wg|tr|rv|enc|i|转发|轉發|vs|doorst|ilt|pd|vb)\s{0,2}[:：]", re.IGNORECASE)
ANSWER = re.compile(
    r"^\s{0,5}(?:re|aw|sv|ynt|res|rif|r|odp|antw|vs|atb|ha|回复|回覆|答复|答覆|返信|회신|отв|رد)\s{0,2}(?:\[\d{1,3}\])?\s{0,2}[:：]",
    re.IGNORECASE,
)

# What a mail wants, in the words of the journal: the facts that are intents.
INTENTS = (
    "asks_price", "asks_sample", "confirms_sample_order", "asks_catalog", "price_objection", "existing_supplier", "market_research",
    "places_order", "payment_or_lc", "delivery_question", "not_now_later", "not_interested", "visit_factory", "complaint",
    "tech_question", "asks_terms", "agency_or_oem", "wrong_person", "address_update", "invitation_letter", "bank_change",
    "sells_to_us", "changes_order", "asks_call", "general_cooperation", "general_inquiry",
)  # fmt: skip
RECEIPT = "acknowledges"
# Several facts may say one intent.
ALSO_SAYS = {
    "has_visited": "visit_factory", "deposit_paid": "payment_or_lc", "lc_opened": "payment_or_lc", "complains_of_mails": "complaint",
    "asks_cost_secrets": "market_research", "pays_by_card": "payment_or_lc", "asks_about_account": "bank_change",
}  # fmt: skip


@dataclass(frozen=True)
class Words:
    """The phrases and codes of one policy, prepared once."""

    phrases: Phrasebook
    goods: Phrasebook
    wishes: wishes.Hearing
    titles: contactdata.Titles
    codes: codes.Codes
    names: near_names.Names
    particulars: particulars.Prepared
    promises: promises.Prepared


_prepared: dict[int, tuple[Policy, Words]] = {}


def prepare(policy: Policy) -> Words:
    """The phrasebooks of a policy; built at the first mail and kept, because a policy never changes."""
    kept = _prepared.get(id(policy))
    if kept and kept[0] is policy:
        return kept[1]
    languages = policy.languages.values()
    said = [entry for language in languages for entry in _entries(language.facts)]
    denied = [(NOT + name, "", phrase) for language in languages for name, _, phrase in _entries(language.not_facts)]
    for language in languages:
        denied += [(DENIES_WHAT_FOLLOWS, "", phrase) for phrase in language.denies_what_follows]
        denied += [(DENIES_WHAT_PRECEDES, "", phrase) for phrase in language.denies_what_precedes]
    goods = list(products.names(policy.catalogue))
    prepared = particulars.prepare(policy)
    words = Words(
        phrases=Phrasebook(
            [*(entry for entry in said if entry[0] not in contactdata.ROLE_FACTS), *goods, *denied, *particulars.entries(policy)]
        ),
        goods=Phrasebook(goods),
        wishes=wishes.Hearing(policy.wishes),
        titles=contactdata.prepare(entry for entry in said if entry[0] in contactdata.ROLE_FACTS),
        codes=codes.prepare(policy.catalogue),
        names=near_names.prepare((phrase, code) for name, code, phrase in products.names(policy.catalogue) if name == "names_product"),
        particulars=prepared,
        promises=promises.Prepared(policy, prepared.around),
    )
    if len(_prepared) >= 8:
        _prepared.clear()
    _prepared[id(policy)] = (policy, words)
    return words


def _entries(facts: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str, str]]:
    return ((name, "", phrase) for name, phrases in facts.items() for phrase in phrases)


def find(message: InboundMessage, policy: Policy) -> tuple[Fact, ...]:
    """Everything of interest that the writer says, each fact with the words that say it.

    Args:
        message: a read mail; only his own words, subject, signature and notice fields are looked at.
        policy: its languages give the phrases, its catalogue the products.

    Returns:
        Facts in a fixed order; the same fact may come with several values (two products, three quantities).
    """
    words = prepare(policy)
    text = Text(own_text(message))
    named = words.phrases.find(text)
    found = meant(text, named)
    # What a phrase says is no wish ("resend the PI") is hardly heard in the same sentence either.
    no_wish = [(match.name.removeprefix(NOT), match.first) for match in named if match.name.startswith(NOT)]
    heard = words.wishes.hear(text, message.language)
    heard = heard.but({name for name, place in no_wish if heard.is_denied(name, text.sentence_of(place))})
    found = [match for match in found if not heard.is_unheard(match.name, text.sentence_of(match.first))]
    end = contactdata.closing_of(message, words.titles)
    has_phone = text.digits >= telephone.FEWEST_DIGITS and telephone.may_hold(text.text)
    apart = contactdata.places(text.text, end, has_phone)
    coded = codes.coded(text, words.codes)
    amounts, counted = quantities.quantities(text, found, words.codes.look_up, apart, coded, words.particulars.numbers)
    facts = [
        *_goods(text, words, found, coded, counted, apart),
        *amounts,
        *prices.target_price(text, found, quantities.number),
        *terms.huge_sum(text),
        *terms.trade_terms(text, found, apart),
        *_spoken(message, text, found, heard),
        *particulars.find(text, found, words.particulars, dates.day_of(message)),
        *contactdata.find(message, policy, words.titles, end, has_phone or message.words not in text.text),
    ]
    company = next((fact.value for fact in facts if fact.name == "gives_company"), "")
    facts += fraudsigns.find(message, policy, company)
    facts = _warned(facts)
    facts += promises.in_quotation(message, policy, words.promises)
    facts += where.hints(message, text, found, facts, policy)
    facts += particulars.decision_power(facts, words.particulars)
    if message.in_reply_to or message.references or ANSWER.match(message.subject):
        facts += answers.goods_of_thread(message, facts, lambda written: _first_of_our_goods(written, words))
        of_subject = _names_in(Text(message.subject), words) if message.subject else {}
        facts += answers.order_of_thread(facts, of_subject)
        facts += answers.show_of_thread(facts, of_subject)
        facts += answers.receipt(facts, text, not intents(tuple(facts)))
    facts += _together(message, facts)
    return tuple(facts[:MOST_FACTS])


def promised(message: InboundMessage, policy: Policy) -> tuple[Fact, ...]:
    """What a letter of our own promises the buyer it went to, and until when its quotation holds."""
    prepared = prepare(policy).promises
    ends = validity.in_letter(message.words, lambda: dates.day_of(message), prepared)
    return (*promises.in_letter(message.words, lambda: dates.day_of(message), prepared), *ends)


def own_text(message: InboundMessage) -> str:
    """What the buyer himself says: the words, before them his own subject, behind them what a notice adds."""
    subject = message.subject.strip()
    body = message.words
    # A mark before the subject ends with a colon.
    marked = ":" in subject or "：" in subject
    forwarded = marked and FORWARD.match(subject)
    if forwarded or not body.strip():
        # In a forwarded mail the quoted part is the request; a mail that is nothing but quotation was answered inside it.
        body = message.text or body
    if marked:
        subject = "" if ANSWER.match(subject) else FORWARD.sub("", subject)
    noted = message.relay_fields and [message.relay_fields.get(field, "") for field in ("product", "quantity", "message", "subject")]
    if noted and noted[1].replace(",", "").isdecimal():
        # In a field of that name a bare number is one of pieces.
        noted[1] += " pcs"
    added = [value for value in noted if value and value not in body]
    return "\n\n".join(part for part in (subject, body, *added) if part)


def intents(facts: tuple[Fact, ...]) -> tuple[str, ...]:
    """What the mail wants, in a fixed order: the facts that call for an answer of their own.

    A word of receipt ("thank you for the price list") is an intent only where the mail says nothing else.
    """
    said = {fact.name for fact in facts}
    said |= {ALSO_SAYS[name] for name in said & ALSO_SAYS.keys()}
    wanted = tuple(name for name in INTENTS if name in said)
    return wanted or tuple(name for name in (RECEIPT,) if name in said)


def _spoken(message: InboundMessage, text: Text, found: list[Match], heard: wishes.Heard) -> list[Fact]:
    facts: dict[str, Fact] = {}
    first_own = max(0, text.text.find(message.words[:FEW]))
    for match in found:
        if match.name not in FRAMES and match.name[0] != particulars.FRAME and match.name not in facts:
            facts[match.name] = Fact(match.name, match.value, text.said(match.first, match.last))
    hinted = _hinted(heard, text, message, facts.keys())
    himself = _names_himself(heard.wishes.get("unsubscribe"), text, message)
    for wish in (*wishes.beyond(heard.wishes, facts.keys(), hinted), *wishes.of_whole(heard, text, first_own, himself)):
        facts[wish.name] = Fact(wish.name, "", text.said(text.firsts[wish.sentence], text.firsts[wish.sentence] + 1))
    return list(facts.values())


def _warned(facts: list[Fact]) -> list[Fact]:
    """The same facts, those of a swindler's letter told as what they are where it is a warned customer who tells of it.

    "Your account is said to be under audit and we shall pay to Riga. Is that you? I have not paid": who doubts that we wrote repeats the
    swindler's words, and is the one to be warned (DOMAIN §6). Nobody is believed whose mail has a sign of a forged sender.
    """
    doubt = next((fact for fact in facts if fact.name == DOUBTS_SENDER), None)
    facts = [fact for fact in facts if fact.name != DOUBTS_SENDER]
    names = {fact.name for fact in facts}
    if doubt and "asks_about_account" not in names and FORGED.isdisjoint(names) and names & {"bank_change", *OF_AN_ACCOUNT}:
        facts.append(Fact("asks_about_account", "", doubt.evidence))
        names.add("asks_about_account")
    is_believed = "asks_about_account" in names and FORGED.isdisjoint(names)
    return [fact for fact in facts if fact.name != "bank_change"] if is_believed else facts


def _hinted(heard: wishes.Heard, text: Text, message: InboundMessage, said: Collection[str]) -> list[str]:
    """The wishes for which there is another sign, so that a hint of them in words will do."""
    hinted = []
    # "Gemma runs purchasing: gemma@…": who writes down a colleague's address need not say much more.
    if _names_colleague(heard.wishes.get("wrong_person"), text, message):
        hinted.append("wrong_person")
    # "From the 1st write me at monica@…": nor who writes down another one of his own.
    if _names_new_address(heard.wishes.get("address_update"), text, message):
        hinted.append("address_update")
    # Accounts under audit, coordinates, an account that is old: somebody is to be paid elsewhere.
    if DOUBTS_SENDER in said or not OF_AN_ACCOUNT.isdisjoint(said):
        hinted.append("bank_change")
    return hinted


def _names_new_address(wish: wishes.Wish | None, text: Text, message: InboundMessage) -> bool:
    """Whether the sentence of a wish holds another address that bears the sender's name."""
    written = text.sentences[wish.sentence].text if wish else ""
    if "@" not in written:
        return False
    own = message.sender.email.casefold()
    names = {part for part in re.split(r"[^a-z]+", f"{own.partition('@')[0]} {message.sender.name.casefold()}") if len(part) > 2}
    others = (found[0].rstrip(".").casefold() for found in form.EMAIL.finditer(written))
    return any(other != own and not names.isdisjoint(re.split(r"[^a-z]+", other.partition("@")[0])) for other in others)


def _names_colleague(wish: wishes.Wish | None, text: Text, message: InboundMessage) -> bool:
    """Whether the sentence of a wish holds another address of the sender's company."""
    written = text.sentences[wish.sentence].text if wish else ""
    if "@" not in written or not message.sender.domain:
        return False
    own, company = message.sender.email.casefold(), registrable_domain(message.sender.domain)
    others = (found[0].rstrip(".").casefold() for found in form.EMAIL.finditer(written))
    return any(other != own and registrable_domain(other.rpartition("@")[2]) == company for other in others)


def _names_himself(wish: wishes.Wish | None, text: Text, message: InboundMessage) -> bool:
    """Whether the sentence of a wish holds the sender's own address, or an address or domain of his company."""
    domain = message.sender.domain.casefold()
    return wish is not None and bool(domain) and domain in text.sentences[wish.sentence].text.casefold()


def _names_in(text: Text, words: Words) -> dict[str, str]:
    """What a short text says, each fact with the words that say it."""
    return {match.name: text.said(match.first, match.last) for match in meant(text, words.phrases.find(text))}


def _our_goods(text: Text, words: Words) -> list[Fact]:
    """Our products in a text that was not searched for anything else."""
    return products.named(text, words.codes, words.goods.find(text), codes.coded(text, words.codes), frozenset())


def _first_of_our_goods(written: str, words: Words) -> list[Fact]:
    """The first of the same; without a code in it the text is read only as far as the sentence that names it."""
    if words.codes.may_stand_in(written):
        return _our_goods(Text(written), words)
    for sentence in sentences(written):
        text = Text(sentence)
        for match in words.goods.find(text):
            if match.name == "names_product":
                return [Fact(match.name, match.value, text.said(match.first, match.last))]
    return []


def _goods(
    text: Text, words: Words, found: list[Match], coded: list[codes.Coded], counted: frozenset[int], apart: list[tuple[int, int]]
) -> list[Fact]:
    """Products of ours, the trade at most, or something concrete that the catalogue does not know."""
    ours = products.named(text, words.codes, found, coded, counted, apart)
    trade = next((m for m in found if m.name == "industry_only"), None)
    # A bare number is a model only where goods are spoken of; letters with digits are one anywhere in an inquiry.
    wanted = bool(ours or trade or counted or any(m.name in ("asks_price", "tech_question", "asks_sample") for m in found))
    if wanted:
        ours += near_names.find(text, words.names, {fact.value for fact in ours})
    facts = list(ours)
    if wanted:
        unknown = models.unknown_models(text, words.codes, counted, apart)
        facts += [Fact("concrete_requirement", fact.value, fact.evidence) for fact in unknown]
    if trade:
        facts += [Fact("concrete_requirement", fact.value, fact.evidence) for fact in models.sizes(text)[:1]]
    if trade and not facts:
        facts.append(Fact("industry_only", trade.value, text.said(trade.first, trade.last)))
    return facts


def _together(message: InboundMessage, facts: list[Fact]) -> list[Fact]:
    """Facts that only several others make: read from what was already found."""
    first = {fact.name: fact for fact in reversed(facts)}
    more: list[Fact] = []
    knows_goods = "names_product" in first or "concrete_requirement" in first
    # "Photo attached, I need four of them": the goods are in the file.
    wants = first.keys() & {"asks_price", "quantity", "tech_question", "tender"}
    if not knows_goods and wants and "refers_to_file" in first and message.attachments:
        more.append(Fact("concrete_requirement", message.attachments[0].name, first["refers_to_file"].evidence))
        knows_goods = True
    # An industry and a number of pieces is a requirement, if a vague one; who buys by weight has none.
    if not knows_goods and "industry_only" in first and "quantity" in first and "odd_unit_price" not in first:
        more.append(Fact("concrete_requirement", first["industry_only"].value, first["quantity"].evidence))
    stranger = not message.in_reply_to and not message.references
    if stranger and knows_goods and "quantity" in first and not first.keys() & NOT_ONLY_A_PRICE:
        # "6204 - 1,500 pcs, for the end of May": whoever says nothing else of his goods wants their price.
        more.append(Fact("asks_price", "", first["quantity"].evidence))
    huge = _largest(facts) >= HUGE_QUANTITY
    asks_nothing = not first.keys() & {"tech_question", "asks_packing", "asks_certificate", "asks_terms", "asks_sample", "visit_factory"}
    orders = "places_order" in first
    if stranger and asks_nothing and (huge and (orders or "offers_contract" in first) or orders and not knows_goods):
        name = "huge_order_unknown_product" if huge else "order_without_product"
        more.append(Fact(name, "", first["places_order" if orders else "offers_contract"].evidence))
    if not knows_goods and first.keys() & {"asks_catalog", "asks_price"} and "quantity" not in first:
        more.append(Fact("general_inquiry", "", (first.get("asks_catalog") or first["asks_price"]).evidence))
    return more


def _largest(facts: list[Fact]) -> float:
    numbers = (fact.value.split(" ")[0] for fact in facts if fact.name == "quantity" and fact.value)
    return max((float(number) for number in numbers), default=0.0)
