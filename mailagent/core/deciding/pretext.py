"""Which ground to write is true now: the conditions of ``pretexts.toml``, and the choice among those that hold (DOMAIN §4).

Theory. A condition looks at what the ledger knows (what was quoted, what he asked, what he was told), at the goods, at the news and at
the calendar, and gives the grounds on which it holds: nothing, one, or several (each piece of news is one). A ground carries what it
rests on, so that it is never used twice with the same buyer; and a kind of ground is never used in two letters in a row. What is left
is a matter of points.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mailagent.core.deciding import feasts
from mailagent.core.model.lead import Fact, Lead
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Policy, Product
from mailagent.core.model.pretext import News, Pretext, PretextRule, Quoted, money

#: A container that is filled less than this by what he needs is not offered, and one that is full needs no word.
LEAST_SHARE = 0.25
#: So much of what a letter rests on is remembered, characters.
LONGEST_GROUND = 120
_COUNT = re.compile(r"\d{1,3}(?:[ .,']\d{3})+(?!\d)|\d{1,9}")


@dataclass(frozen=True)
class Known:
    """What the conditions look at.

    Attributes:
        day: on which the letter would leave, by our calendar.
        language: of the letter.
        asked: our products that he asked for.
        facts: of his mails, the newest first.
        quoted: what our letters named, the newest line of each product.
        told: marks of the letters that he has had, oldest first (``Pretext.mark``).
    """

    lead: Lead
    day: date
    language: str
    asked: tuple[Product, ...] = ()
    facts: tuple[Fact, ...] = ()
    quoted: tuple[Quoted, ...] = ()
    told: tuple[str, ...] = ()
    is_customer: bool = False
    may_quote: bool = True

    @property
    def families(self) -> frozenset[str]:
        return frozenset(product.family for product in self.asked if product.family)

    @property
    def last_name(self) -> str:
        """The kind of ground of his last letter."""
        return self.told[-1].partition(":")[0] if self.told else ""


#: What a condition gives: what it rests on, why it is true now, and the values for the template.
Found = Iterator[tuple[str, str, dict[str, object]]]


def true_now(known: Known, policy: Policy) -> list[Pretext]:
    """Every ground that is true on that day, the best first, whether he was told it or not."""
    found = [
        Pretext(
            name,
            rule.template,
            ground,
            because,
            rule.points,
            rule.needs_manager or values.get("kind") == "offer",
            values,
            until=_last_day(rule.when, values),
            is_urgent=rule.when == "validity_ends",
        )
        for name, rule in policy.pretexts.pretexts.items()
        if not rule.tiers or known.lead.tier in rule.tiers
        for ground, because, values in HOLDS[rule.when](rule, known, policy)
    ]
    return sorted(found, key=lambda one: (-one.points, one.name, one.ground))


def choices(known: Known, policy: Policy) -> list[Pretext]:
    """The grounds that may be used now, the best first: never the same twice, never the same kind in two letters in a row."""
    return [one for one in true_now(known, policy) if one.mark not in known.told and one.name != known.last_name]


def fallbacks(own: str, known: Known, policy: Policy) -> list[Pretext]:
    """Letters of substance about what he asked, where nothing is new: that of the step first, then those of ``pretexts.toml``."""
    because = "nothing new is true now: something of substance about what he asked"
    names = [name for name in dict.fromkeys((own, *policy.pretexts.fallback)) if name and name != known.last_name]
    # One that he had before says nothing new, unless it comes with other words; the least used comes first.
    names.sort(key=lambda name: sum(mark.partition(":")[0] == name for mark in known.told))
    return [Pretext(name, name, str(known.lead.round), because) for name in names]


# ── asked again before the letter leaves ────────────────────────────────────────────────────────────────────────


def is_true_still(letter: Letter, day: date, policy: Policy) -> bool:
    """Whether the ground of a letter is true on the day on which it would leave: nothing has ended, and nobody has taken it back.

    Args:
        day: by our calendar.
    """
    if letter.true_until and day.isoformat() > letter.true_until:
        return False
    name, _, ground = letter.pretext.partition(":")
    rule = policy.pretexts.pretexts.get(name)
    match rule.when if rule else "":
        case "news":
            return any(one.id == ground and one.is_valid(day) for one in policy.news)
        case "product_new" | "sells_well":
            return _of_code(ground, policy) is not None
        case "certificate":
            return ground in policy.company.certificates
        case "offer_changed":
            products = (_of_code(part.partition(" ")[0], policy) for part in ground.split(";"))
            return ";".join(_today(one) for one in products if one)[:LONGEST_GROUND] == ground
        case "we_close" | "we_close_soon":
            return any(closure.first.isoformat() == ground for closure in feasts.our_closures(day, policy))
    return True


def _last_day(when: str, values: Mapping[str, object]) -> date | None:
    """The last day on which a letter may say so; None for what stays true."""
    match when:
        case "validity_ends" | "he_celebrates" | "news":
            return values["day"]
        case "date_wanted":
            return values["start"]
        case "we_close" | "we_close_soon":
            return values["cutoff"] or values["first"] - timedelta(days=1)
    return None


# ── the conditions ──────────────────────────────────────────────────────────────────────────────────────────────


def _validity_ends(rule: PretextRule, known: Known, policy: Policy) -> Found:
    for lines in _quotations(known):
        until = lines[0].valid_until
        if until and known.day <= until <= known.day + timedelta(days=rule.days):
            because = f"the quotation of {lines[0].on} is valid until {until}"
            yield until.isoformat(), because, {"goods": lines, "on": lines[0].on, "day": until, "ended": False}


def _validity_ended(rule: PretextRule, known: Known, policy: Policy) -> Found:
    for lines in _quotations(known):
        until = lines[0].valid_until
        if until and until < known.day <= until + timedelta(days=rule.days):
            because = f"the quotation of {lines[0].on} ended on {until}"
            yield until.isoformat(), because, {"goods": lines, "on": lines[0].on, "day": until, "ended": True}


def _we_close(rule: PretextRule, known: Known, policy: Policy) -> Found:
    for closure in feasts.our_closures(known.day, policy):
        ahead = (closure.first - known.day).days
        if not max(rule.days_to, 1) <= ahead <= rule.days:
            continue
        lead_time = max((product.lead_time_days or 0 for product in known.asked[:1]), default=0)
        cutoff = closure.first - timedelta(days=lead_time + 1)
        because = f"we are closed from {closure.first} to {closure.last}"
        values = {"first": closure.first, "last": closure.last, "reopens": closure.reopens, "feast": closure.feast}
        # A day that is nearly over helps nobody.
        is_ahead = lead_time and cutoff > known.day + timedelta(days=2)
        yield closure.first.isoformat(), because, values | {"cutoff": cutoff if is_ahead else ""}


def _we_reopened(rule: PretextRule, known: Known, policy: Policy) -> Found:
    for closure in feasts.our_closures(known.day, policy):
        if closure.reopens <= known.day <= closure.reopens + timedelta(days=rule.days):
            because = f"we are back since {closure.reopens}"
            yield closure.first.isoformat(), because, {"reopens": closure.reopens, "feast": closure.feast}


def _he_celebrates(rule: PretextRule, known: Known, policy: Policy) -> Found:
    coming = feasts.coming_feast(known.lead.country.upper(), known.day, rule.days, policy)
    if coming and known.language in policy.pretexts.feasts[coming[0]].greet:
        name, when = coming
        said = policy.pretexts.feasts[name].say.get("en", name)
        yield when.isoformat(), f"{said} at his place on {when}", {"feast": name, "day": when}


def _date_wanted(rule: PretextRule, known: Known, policy: Policy) -> Found:
    product = next((one for one in known.asked if one.lead_time_days), None)
    said = next((fact.value.partition(" ")[0] for fact in known.facts if fact.name == "delivery_wanted" and fact.value), "")
    if not product or not re.fullmatch(r"\d{4}-\d\d-\d\d", said):
        return
    wanted = date.fromisoformat(said)
    start = wanted - timedelta(days=product.lead_time_days)
    if start >= known.day:
        because = f"he wants the goods by {wanted}: production must begin by {start}"
        yield said, because, {"day": wanted, "start": start, "lead": product.lead_time_days}


def _offer_changed(rule: PretextRule, known: Known, policy: Policy) -> Found:
    changed = [line for line in known.quoted if known.may_quote and (product := _of_code(line.code, policy)) and _differs(line, product)]
    if changed:
        on = max(line.on for line in changed if line.on)
        codes = ", ".join(line.code for line in changed[:3])
        # The change itself is the ground: what it is today, it was told once.
        ground = ";".join(_today(_of_code(line.code, policy)) for line in changed)
        yield ground[:LONGEST_GROUND], f"changed since the quotation of {on}: {codes}", {"goods": tuple(changed), "on": on}


def _container(rule: PretextRule, known: Known, policy: Policy) -> Found:
    product = next((one for one in known.asked if one.per_20ft or one.per_40ft), None)
    said = next((fact.value or fact.evidence for fact in known.facts if fact.name == "quantity"), "")
    number = _COUNT.search(said)
    if not product or not number:
        return
    wanted = int(re.sub(r"\D", "", number[0]))
    for full, size in ((product.per_20ft, "20'"), (product.per_40ft, "40'")):
        if full and LEAST_SHARE * full <= wanted < full:
            values = {"goods": (product,), "full": full, "size": size, "quantity": said}
            yield f"{product.code} {size}", f"his {said} of {product.code} against {full} in a {size} container", values
            return


def _is_customer(rule: PretextRule, known: Known, policy: Policy) -> Found:
    if known.is_customer:
        quarter = f"{known.day.year}-{(known.day.month + 2) // 3}"
        yield quarter, "he has bought before: what will he need next?", {}


def _product_new(rule: PretextRule, known: Known, policy: Policy) -> Found:
    for product in policy.catalogue.product:
        if product.since and product.since <= known.day <= product.since + timedelta(days=rule.days) and _fits(product, known):
            because = f"{product.code} is new since {product.since}, of a family he asked for"
            yield product.code, because, {"goods": (product,), "day": product.since, "is_new": True}


def _sells_well(rule: PretextRule, known: Known, policy: Policy) -> Found:
    country = known.lead.country.upper()
    best = [product for product in policy.catalogue.product if country and country in product.sells_in and product not in known.asked]
    # Of his own family first; somebody who named no product may be shown anything.
    best.sort(key=lambda product: product.family not in known.families)
    for product in best[:1]:
        yield product.code, f"{product.code} sells well in {country}", {"goods": (product,), "is_new": False}


def _certificate(rule: PretextRule, known: Known, policy: Policy) -> Found:
    for name in policy.company.certificates:
        yield name, f"a certificate he was not told of: {name}", {"certificate": name}


def _news(rule: PretextRule, known: Known, policy: Policy) -> Found:
    for one in policy.news:
        if one.kind in rule.news and one.is_valid(known.day) and one.text.get(known.language, "").strip() and _concerns(one, known):
            values = {"text": dict(one.text), "kind": one.kind, "day": one.valid_until}
            yield one.id, f"news: {one.id}, valid until {one.valid_until}", values


HOLDS: dict[str, Callable[[PretextRule, Known, Policy], Found]] = {
    "validity_ends": _validity_ends,
    "validity_ended": _validity_ended,
    "we_close": _we_close,
    "we_close_soon": _we_close,
    "we_reopened": _we_reopened,
    "he_celebrates": _he_celebrates,
    "date_wanted": _date_wanted,
    "offer_changed": _offer_changed,
    "container": _container,
    "is_customer": _is_customer,
    "product_new": _product_new,
    "sells_well": _sells_well,
    "certificate": _certificate,
    "news": _news,
}


# ── small things ────────────────────────────────────────────────────────────────────────────────────────────────


def newest_lines(lines: Sequence[Quoted]) -> tuple[Quoted, ...]:
    """Of what was quoted, the newest line of each product.

    Args:
        lines: oldest first.
    """
    found: dict[str, Quoted] = {}
    for line in lines:
        # Naming an article without its price takes no quotation back.
        if line.price or not found.get(line.code, line).price:
            found[line.code] = line
    return tuple(found.values())


def _quotations(known: Known) -> list[tuple[Quoted, ...]]:
    """The newest quotation with a price, as its lines; older ones are no promise any more."""
    priced = [line for line in known.quoted if line.price and line.valid_until and line.on]
    newest = max((line.on for line in priced), default=None)
    lines = tuple(line for line in priced if line.on == newest)
    return [lines] if lines and known.may_quote else []


def _of_code(code: str, policy: Policy) -> Product | None:
    return next((product for product in policy.catalogue.product if product.code == code), None)


def _differs(line: Quoted, product: Product) -> bool:
    return (
        bool(line.price and product.price is not None and line.price != money(product.currency, product.price))
        or bool(line.moq and product.moq and line.moq != product.moq)
        or bool(line.lead_time_days and product.lead_time_days and line.lead_time_days != product.lead_time_days)
    )


def _today(product: Product) -> str:
    return f"{product.code} {product.price} {product.moq} {product.lead_time_days}"


def _fits(product: Product, known: Known) -> bool:
    if product in known.asked:
        return False
    return product.family in known.families if known.families else not known.asked


def _concerns(news: News, known: Known) -> bool:
    codes = {product.code for product in known.asked}
    goods = not news.products and not news.families or codes.intersection(news.products) or known.families.intersection(news.families)
    here = not news.countries or known.lead.country.upper() in news.countries
    return bool(goods) and here and (not news.tiers or known.lead.tier in news.tiers)
