"""From a lead and its buyer's last mail to the plain values that fill a template's gaps.

Every value is text, a number, a list or a dictionary, tidied and cut to a sane length here, once. A price, a
quantity or a time appears only if the catalogue or the buyer himself said it: the letters promise nothing else
(DOMAIN §5, "no promise without ground").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from mailagent.core.model.lead import Company, Contact, Fact, Lead
from mailagent.core.model.policy import Catalogue, Person, Policy, Product
from mailagent.core.model.pretext import money
from mailagent.core.writing.plain import dictionary_of_day, one_line

#: What a buyer may want, as the templates call it, and the facts that say so.
TOPICS: dict[str, tuple[str, ...]] = {
    "price": ("asks_price",),
    "sample": ("asks_sample", "confirms_sample_order"),
    "catalogue": ("asks_catalog",),
    "price_objection": ("price_objection",),
    "other_supplier": ("existing_supplier",),
    "delivery": ("delivery_question", "asks_transport"),
    "payment": ("payment_or_lc",),
    "terms": ("asks_terms", "asks_packing"),
    "technical": ("tech_question", "asks_certificate"),
    "order": ("places_order", "deposit_paid", "changes_order"),
    "visit": ("visit_factory",),
    "complaint": ("complaint",),
    "agency": ("agency_or_oem",),
    "later": ("not_now_later",),
    "call": ("asks_call",),
}
QUANTITY = ("quantity",)
TERM = ("incoterm",)
PORT = ("port",)
PRODUCT = ("names_product", "names_model")

_MAX_PRODUCTS = 8


def topics(facts: Iterable[Fact]) -> list[str]:
    """What the buyer wants, in the order in which a letter takes it up."""
    said = {fact.name for fact in facts}
    return [topic for topic, names in TOPICS.items() if said.intersection(names)]


def said(facts: Sequence[Fact], names: tuple[str, ...], limit: int = 60) -> str:
    """The buyer's own value of the first of these facts, or ""."""
    return next((one_line(fact.value, limit) for fact in facts if fact.name in names and fact.value), "")


def named_products(facts: Sequence[Fact], catalogue: Catalogue) -> tuple[list[Product], list[str]]:
    """Our products that the buyer named, and his words for those that we could not find in the catalogue."""
    ours: list[Product] = []
    foreign: list[str] = []
    general = {_bare(word) for words in catalogue.families.values() for word in words}
    general |= {_bare(family) for family in catalogue.families} | {_bare(word) for word in catalogue.industry}
    for fact in facts:
        if fact.name not in PRODUCT or not fact.value:
            continue
        wanted = _bare(fact.value)
        found = [product for product in catalogue.product if wanted in _names_of(product)]
        # "6204" means every 6204 that we make; the buyer chooses.
        found = found or [product for product in catalogue.product if wanted == _bare(re.split(r"[\s_/-]", product.code, maxsplit=1)[0])]
        ours += [product for product in found if product not in ours]
        # A family ("deep groove bearings") is no single product of ours, but nothing foreign either.
        if not found and wanted and wanted not in general and one_line(fact.value, 60) not in foreign:
            foreign.append(one_line(fact.value, 60))
    return ours[:_MAX_PRODUCTS], foreign[:_MAX_PRODUCTS]


def companions(named: Sequence[Product], catalogue: Catalogue, turn: int) -> list[Product]:
    """Two other products of the same family, other ones in every round."""
    families = {product.family for product in named if product.family}
    others = [product for product in catalogue.product if product not in named and product.family in families]
    start = 2 * (turn % max(1, (len(others) + 1) // 2))
    return others[start : start + 2]


def cheaper_alternative(named: Sequence[Product], catalogue: Catalogue) -> Product | None:
    """The dearest of the products of the same family that cost less than the one that is too dear for him."""
    dear = next((product for product in named if product.price is not None), None)
    if dear is None or dear.price is None or not dear.family:
        return None
    cheaper = [
        product
        for product in catalogue.product
        if product.family == dear.family and product.currency == dear.currency and product.price is not None and product.price < dear.price
    ]
    return max((product for product in cheaper if product not in named), key=lambda product: product.price or 0.0, default=None)


def letter_variables(
    lead: Lead,
    contact: Contact | None,
    company: Company | None,
    facts: Sequence[Fact],
    author: Person,
    policy: Policy,
    language: str,
    *,
    subject: str,
    wrote_on: date | None,
    today: date,
    is_first: bool,
    turn: int = 0,
    says_stop: bool = False,
    new: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """Everything that a letter's template may use.

    Args:
        facts: of the buyer's last mail and of those before it, newest first.
        subject: of his mail, without prefixes; "" if there is none.
        wrote_on, today: days on our calendar; ``today`` is the day the letter is planned to leave.
        is_first: no letter of ours has reached him yet, so we introduce ourselves, unless his company is a customer.
        turn: which of several wordings a template takes; the same number gives the same words.
        says_stop: the letter says plainly how to stop: it is the third without an answer, or the last that the law allows.
        new: what is true now (``grounds.new_things``).
    """
    profile, catalogue = policy.company, policy.catalogue
    ours, foreign = named_products(facts, catalogue)
    may_quote = lead.fraud == "none"
    buyer = one_line((company.name if company else "") or lead.company_name, 80)
    alternative = cheaper_alternative(ours, catalogue)
    introduces = is_first and not (company and company.is_customer)
    describe = [described(product, language, today, may_quote) for product in ours]
    return {
        "name": person_name((contact.name if contact else "") or lead.contact_name, buyer),
        "company": buyer,
        "is_first": is_first,
        "introduction": _in_language(profile.introduction, language, 600, or_english=False) if introduces else "",
        "us": {
            "legal_name": one_line(profile.legal_name),
            "short_name": one_line(profile.short_name or profile.legal_name),
            "website": one_line(profile.website),
        },
        "author": {
            "name": one_line(author.name, 80),
            "title": one_line(author.title, 80),
            "phone": one_line(author.phone, 40),
            "email": author.email,
        },
        "subject": one_line(subject, 80),
        "wrote_on": dictionary_of_day(wrote_on) if wrote_on else {},
        "products": describe,
        "quoted": [product for product in describe if product["price"]],
        "foreign": foreign,
        "also": [described(product, language, today, may_quote) for product in companions(ours, catalogue, lead.round)],
        "alternative": described(alternative, language, today, may_quote) if alternative else {},
        "range": _range(catalogue, language),
        "quantity": said(facts, QUANTITY),
        "term": said(facts, TERM, 20),
        "port": said(facts, PORT, 40),
        "asks": topics(facts),
        "later": said(facts, TOPICS["later"], 40),
        "valid_until": dictionary_of_day(today + timedelta(days=catalogue.validity_days)),
        "payment": _in_language(catalogue.payment, language, 200),
        "answer_by": {},
        "predecessor": "",
        "round": lead.round,
        "turn": turn,
        "says_stop": says_stop,
        "new": dict(new or {}),
    }


def person_name(name: str, company: str) -> str:
    """The person's name as he writes it, or "" when it is rather a mailbox, a department or a firm.

    A form of address is never guessed: no "Mr" or "Ms" is ever put in front (DOMAIN §5).
    """
    tidy = one_line(name, 60).strip("\"' ")
    bare = tidy.casefold()
    if not tidy or any(character in tidy for character in "@,;:/<>|{}[]()…") or any(c.isdigit() for c in tidy):
        return ""
    if bare == company.casefold() or _MAILBOXES.intersection(re.split(r"[\s.&_-]+", bare)):
        return ""
    return tidy


#: Words that make a display name a mailbox or a firm.
_MAILBOXES_TEXT = """
admin administration buyer buying compras contact einkauf export import info inquiry mail marketing office order orders
procurement purchase purchases purchasing sales service support team trade trading ventas vendas vertrieb achats
department dept corp gmbh inc ltd limited llc sarl srl company group abteilung verkauf einkaufsabteilung
achat commercial direction comercial ltda eireli ооо оао зао ао ип компания отдел
закупки закупок снабжение снабжения продажи продаж 采购 采购部 销售 销售部 公司 有限公司
"""
_MAILBOXES = frozenset(_MAILBOXES_TEXT.split())


def described(product: Product, language: str, today: date, may_quote: bool) -> dict[str, object]:
    """A product as templates know it: prices only where they may be named."""
    name = _in_language(product.name, language, 80)
    return {
        "code": product.code,
        "label": product.code if not name or product.code.casefold() in name.casefold() else f"{product.code} {name}",
        "price": money(product.currency, product.price) if product.price is not None and may_quote else "",
        "unit": _in_language(product.unit, language, 20, or_english=False),
        "basis": " ".join(filter(None, (product.term, product.port))),
        "moq": product.moq or 0,
        "lead_time_days": product.lead_time_days or 0,
        "ready": dictionary_of_day(today + timedelta(days=product.lead_time_days)) if product.lead_time_days else {},
        "packing": _in_language(product.packing, language, 120),
    }


def _range(catalogue: Catalogue, language: str) -> list[str]:
    """The names of what we make, for a buyer who did not say what he wants: at most six."""
    seen: dict[str, str] = {}
    for product in catalogue.product:
        seen.setdefault(product.family or product.code, _in_language(product.name, language, 80) or product.code)
    return list(seen.values())[:6]


def _in_language(texts: Mapping[str, str], language: str, limit: int, *, or_english: bool = True) -> str:
    """The text in the letter's language; data may stand in English, sentences may not. At most three lines."""
    text = texts.get(language) or (texts.get("en") if or_english else "") or ""
    return "\n".join(one_line(line, limit) for line in text.strip().splitlines()[:3])


def _bare(text: str) -> str:
    """A code as it is compared: "UCP 205", "ucp-205" and "UCP205" are one."""
    return re.sub(r"[\s./_-]+", "", text[:100].casefold())


def _names_of(product: Product) -> set[str]:
    return {_bare(name) for name in (product.code, *product.aliases, *product.name.values())}
