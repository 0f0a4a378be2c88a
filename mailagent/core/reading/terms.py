"""Quantities, prices, trade terms and ports: the hard numbers of an inquiry.

The words for units and for "our target" stand in ``config/languages`` as the phrases of ``quantity`` ("# pcs") and
``target_price``; this file reads the number, whether it is written 8,000, 8.000, 8 000, 10k or 5万. Trade terms are the
same in all languages (Incoterms 2020, and the older ones that buyers still write).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from mailagent.core.model.lead import Fact
from mailagent.core.reading import counts
from mailagent.core.reading.anchors import Anchors
from mailagent.core.reading.phrases import Match
from mailagent.core.reading.text import Text

MOST_QUANTITIES = 40
# From so many on a number before "K" is a colour temperature ("4000 K"): nobody writes thousands of thousands so.
FEWEST_KELVIN = 1_000
MULTIPLES = {
    "k": 1_000, "thousand": 1_000, "mil": 1_000, "bin": 1_000, "千": 1_000, "тыс": 1_000, "الف": 1_000,
    "tys": 1_000, "tis": 1_000, "ribu": 1_000, "lakh": 100_000, "lakhs": 100_000, "lac": 100_000, "crore": 10_000_000,
    "万": 10_000, "만": 10_000, "million": 1_000_000, "millions": 1_000_000, "millones": 1_000_000, "mio": 1_000_000,
}  # fmt: skip

# Short terms are common words in some languages ("dat", "fas"); those count in capitals only.
INCOTERM = re.compile(
    r"(?<![A-Za-z0-9À-ÿ&])(?:(?P<any>(?i:exw|fob|cif|cfr|cnf|c\s?&\s?f|ddp|ex[- ]works|"
    r"c\.i\.f\.?|f\.o\.b\.?|c\.f\.r\.?|c\.&f\.?|d\.d\.p\.?))|"
    r"(?P<capital>FCA|FAS|CPT|CIP|DAP|DPU|DAT|DDU))(?![A-Za-z0-9À-ÿ&])"
    r"[ \t]{0,3}(?:(?i:port(?: of)?|to|puerto(?: de)?|port de|porto(?: di| de)?|порт)[ \t]{1,3})?"
    r"(?P<port>(?:[A-ZÀ-ÞА-ЯİŞĞÇ][\w'’-]{1,20}(?:[ \t]{1,2}(?=[A-ZÀ-Þ]))?){1,3}|"
    r"(?!美金|美元|人民|含税|不含|单价|到岸|离岸|运费)[\u4e00-\u9fff]{2,3}?(?=[港价格的,，。()（\s\u3040-\u30ff]|$))?"
)
PORT = re.compile(
    r"(?i:port of|port:|destination port|puerto de|port de|porto di|porto de|порт|目的港)[ \t:：]{0,3}"
    r"(?P<port>[A-ZÀ-ÞА-Я][\w'’-]{1,20}|[\u4e00-\u9fff]{2,3})|"
    # "freight to Haifa", "delivered Groningen", "livré port de Conakry".
    r"(?i:freight|ship|shipped|shipping|send|delivery|deliver|dhl|lcl|fcl|courier|air|sea) (?:it )?to (?P<to>[A-ZÀ-Þ][\w'’-]{2,20})|"
    r"(?i:delivered|livré|geliefert|entregado) (?:to |in |en |à |nach )?(?P<delivered>[A-ZÀ-Þ][\w'’-]{2,20})|"
    r"(?P<named>[A-Z][a-zé]{2,20}) port\b|(?P<zh>[\u4e00-\u9fff]{2})港"
)
# Where a trade term or a port may begin: at the sign itself, or so many characters before it.
SIGNS = Anchors({
    ("term", 0): ("exw", "fob", "cif", "cfr", "cnf", "ddp", "c.i.f", "f.o.b", "c.f.r", "c.&f", "d.d.p",
        "ex works", "ex-works", "fca", "fas", "cpt", "cip", "dap", "dpu", "dat", "ddu"),
    ("term", 1): ("&",),
    ("term", 2): ("&",),
    ("port", 0): (
        "port of", "port:", "destination port", "puerto de", "port de", "porto di", "porto de", "порт", "目的港",
        *(f"{sent} {to}" for to in ("to ", "it to ") for sent in ("freight", "ship", "shipped", "shipping", "send", "delivery", "deliver",
            "dhl", "lcl", "fcl", "courier", "air", "sea")),
        "delivered", "livré", "geliefert", "entregado",
    ),
    ("port", 2): ("港",),
    ("name", 0): (" port",),
})  # fmt: skip
NAME_BEFORE = re.compile(r"[A-Z][a-zé]{2,20}\Z")
LONGEST_NAME = 21
# A hyphen or cross between letters and digits: what follows belongs to a code or a size ("T8-18 tubes", "60x60 panels").
# Money before it ("RMB 22 each"), a price for one or a share behind it ("0.45/pc", "30% T/T"), what goes into a carton.
# A bare number with this behind it goes on ("about 608-2RS").
PART_BEHIND = re.compile(r"[-/]\d?[A-Za-z]|/\d")
GERMAN = (" der ", " die ", " das ", " wir ", " sie ", " bitte ", " ist ")
WEIGHTS = frozenset({"kg", "kgs", "кг", "kilo", "公斤", "كغ", "كيلو"})
WEIGHT = re.compile(
    r"weigh|gross|net\b|pallet|carton|box|max|limit|up to|load|each|gewicht|palett|karton|peso|poids|вес|брутто|重|箱|ağırlık|الوزن",
    re.IGNORECASE,
)
DAY_SIGNS = ("日", "号", "號", "일")
CURRENCY = r"(?:USD|US\$|EUR|GBP|RMB|CNY|[$€£¥])"
CURRENCY_WORD = r"(?:USD|US ?dollars?|dollars?|d[oó]lares|dollari|EUR|euros?|GBP|pounds|долл\w{0,8}|美元|美金|欧元|ドル|달러)"
MILLIONS = r"(?:millions?|mio|mln|millones|milh(?:ões|ão)|milion[ei]|млн|миллион\w{0,3}|milyon|M(?!\w))"
PRICE_BEFORE = re.compile(r"(?<!\w)(?:usd|eur|rmb|cny|sgd|aud|inr|rs\.?|[$€£¥₹])\s?$", re.IGNORECASE)
SHARE_BEHIND = re.compile(
    r"\s?(?:[%％]|个(?:百分)?点|/\s?(?:pc|pcs|piece|set|unit|each|ea|kg|st|stk|шт|adet|只|个|套|個)\b)",
    re.IGNORECASE,
)
MONEY_BEHIND = re.compile(rf"\s?(?:{MILLIONS}|[万萬])?\s?(?:元|(?:{CURRENCY}|{CURRENCY_WORD})(?![^\W\d_]))", re.IGNORECASE)
PER_PACK = re.compile(
    r"\s?[^\W\d_]{1,10}\.?\s?(?:/|per\b|in (?:a|each|one)\b|in eine[rm]?\b|im\b|par\b|por\b|pro\b|c/u|w\b|в\b|each (?:carton|box)|每|一)\s?"
    r"(?:carton|ctn|box|bag|pack|pallet|case|polybag|master|inner|karton|palette|polybeutel|beutel|caja|bolsa|boîte|sac|caixa|scatola|tub|paczc|короб|упаков|箱|盒|管|托|c/u)",
    re.IGNORECASE,
)
# How far from a trade term the name of its port may stand; and what stands before a port without a term.
PORT_BEHIND, PORT_BEFORE = 40, 24
DELIVERED_TO = re.compile(
    r"(?:franco|franko|frei|puesto en|posto|rendu|delivered|доставка до|teslim|до порта|reso|"
    r"destination:?|لميناء|ميناء|تحویل|بندر|cảng|ke|ท่าเรือ|παράδοση|(?:price|freight|delivery|shipment|ship|dhl|courier|barco|flete|frete|avião|"
    r"avión|air|sea|today|fracht|доставк[аи]|transport|livraison)\s(?:to|a|para|até|hasta|do|в|до|à|nach|bis|за)|"
    r"\bhasta|\bbis|\baté|\bдо)\s?$",
    re.IGNORECASE,
)
PART_OF_CODE = re.compile(r"(?:[^\W\d_]\d{0,6}-|\d[x×*])$", re.IGNORECASE)
# A million and more in a currency of trade: "US$18,500,000.00", "2.4 million dollars", "USD 3.5M", "500万美元".
HUGE_SUM = re.compile(
    rf"{CURRENCY}\s?\d{{1,3}}(?:[.,' ]\d{{3}}){{2,4}}(?!\d)|\d{{1,3}}(?:[.,' ]\d{{3}}){{2,4}}(?:[.,]\d\d)?\s?{CURRENCY_WORD}|"
    rf"{CURRENCY}\s?\d{{1,4}}(?:[.,]\d{{1,2}})?\s?{MILLIONS}|"
    rf"\d{{1,4}}(?:[.,]\d{{1,2}})?\s?{MILLIONS}\s(?:of |de |di )?(?:US )?{CURRENCY_WORD}|"
    rf"\d{{3,6}}\s?[万萬]\s?{CURRENCY_WORD}",
    re.IGNORECASE,
)
# What every one of them holds: a number of seven digits, or millions.
GREAT_NUMBER = re.compile(r"\d(?:[.,' ]\d{3}[.,' ]\d{3}|\s?[mMмМ万萬])")
CURRENCY_SIGNS = (
    "usd", "us$", "eur", "gbp", "rmb", "cny", "$", "€", "£", "¥", "dollar", "dolar", "dólar", "pounds", "долл", "美元", "美金", "欧元",
    "ドル", "달러",
)  # fmt: skip
# A company that names its yearly turnover boasts at most.
TURNOVER = re.compile(
    r"turnover|revenue|annual|yearly|per year|sales of|capital|umsatz|chiffre d'affaires|facturaci[oó]n|faturamento|"
    r"fatturato|оборот|ciro|年营业|年产值|注册资",
    re.IGNORECASE,
)
# Words that follow a term in a sentence and are not a port.
NOT_A_PORT = frozenset(
    ("price", "prices", "and", "or", "basis", "terms", "term", "your", "our", "please", "shipment", "only", "quotation", "offer",
    "usd", "eur", "incoterms", "you", "us", "me", "which", "what", "china", "i", "we", "the", "if")
)  # fmt: skip


def number(text: str) -> float | None:
    """A number as people of all countries write it; None for what is none.

    A last group of exactly three digits is thousands ("8.000", "20,000"); anything else behind a mark is decimals.
    """
    groups = re.split(r"[.,'’٬٫\s]", text.strip())
    if not all(group.isdecimal() for group in groups):
        return None
    if len(groups) == 1:
        return float(groups[0])
    if all(len(group) == 3 for group in groups[1:]) and groups[0] != "0":
        return float("".join(groups))
    return float("".join(groups[:-1]) + "." + groups[-1]) if len(groups[-1]) <= 9 else None


def quantities(
    text: Text, found: list[Match], is_code: Callable[[str], object], apart: Sequence[tuple[int, int]] = ()
) -> tuple[list[Fact], frozenset[int]]:
    """How much the buyer speaks of, and where in the text those numbers begin.

    Args:
        apart: places (from, to) that hold contact data; a telephone number counts nothing.
        is_code: says whether a number is a product's code: "need 6204" without a unit names that product.
    """
    facts: dict[int, Fact] = {}
    for match in found:
        if match.name != "quantity" or len(facts) >= MOST_QUANTITIES:
            continue
        first = next((i for i in range(match.first, match.last) if text.is_number(i)), None)
        if first is None:
            continue
        start = _thousands_before(text, first, is_code)
        if text.is_number(match.last - 1):
            first = _thousands_after(text, first, is_code)
        begin, end = text.start(start), text.stop(max(match.last - 1, first))
        amount = number(text.text[begin : text.stop(first)])
        if not amount or _is_no_count(text, first, start, apart):
            continue
        unit = list(text.words[first + 1 : match.last])
        # The multiple may be part of the phrase ("5万套", "10k pcs") or follow it ("qty 10k").
        if match.last < len(text.words) and not unit and text.start(match.last) - end <= 1:
            unit = [text.words[match.last]]
            unit = unit if unit[0] in MULTIPLES else []
        if unit[:1] == ["k"] and amount >= FEWEST_KELVIN:
            continue
        for word in unit[:1]:
            amount *= MULTIPLES.get(word, 1)
        if not unit and (is_code(text.words[first]) or PART_BEHIND.match(text.text, end)):
            continue
        if unit and _is_other_unit(text, unit[-1], begin, end):
            continue
        # The unit as he writes it, "Stück" and not "stuck": it stands in our answer.
        counted = range(first + 1, match.last)
        name = "".join(text.written(i, i + 1) for i in counted if text.words[i] not in MULTIPLES and not text.is_number(i))
        value = f"{amount:.10g} {name}".strip() if amount < 1e15 else ""
        # "need 8,000 pcs" is found as "need #" and as "# pcs": the one with the unit says more.
        if value and len(value) > len(facts[begin].value if begin in facts else ""):
            facts[begin] = Fact("quantity", value, text.evidence(begin, end))
    counts.more(text, found, facts, is_code, number)
    return sorted_facts(facts), frozenset(facts)


def _thousands_after(text: Text, place: int, is_code: Callable[[str], object]) -> int:
    """The last word of a number that is written with spaces and stands behind its word: "Quantité : 3 000"."""
    start, stop = text.start, text.stop
    while place + 1 < len(text.words) and text.is_number(place + 1) and stop(place + 1) - start(place + 1) == 3:
        if stop(place) - start(place) > 3 or text.text[stop(place) : start(place + 1)] not in (" ", "\u00a0", "\u202f"):
            break
        if is_code(text.words[place + 1]):
            break
        place += 1
    return place


def sorted_facts(facts: dict[int, Fact]) -> list[Fact]:
    """Facts in the order in which the text has them."""
    return [facts[begin] for begin in sorted(facts)]


def _is_other_unit(text: Text, unit: str, begin: int, end: int) -> bool:
    """A weight of goods or cartons, and the German "und" that looks like a Spanish unit."""
    if unit == "und":
        return any(text.holds(word) for word in GERMAN)
    return unit in WEIGHTS and WEIGHT.search(text.evidence(begin, end)) is not None


def _is_no_count(text: Text, place: int, start: int, apart: Sequence[tuple[int, int]]) -> bool:
    """Part of a code ("T8-18"), the length of a container ("1x20' FCL"), or a number in contact data."""
    whole, begin, end = text.text, text.start(start), text.stop(place)
    if whole[end : end + 1] in DAY_SIGNS or PRICE_BEFORE.search(whole[max(0, begin - 6) : begin]) or MONEY_BEHIND.match(whole, end):
        return True
    if SHARE_BEHIND.match(whole, end) or PER_PACK.match(whole, end):
        return True
    if any(low <= begin < high for low, high in apart):
        return True
    if whole[end : end + 1] in ("'", "’", "′", '"', "”", "″"):
        return True
    return bool(PART_OF_CODE.search(whole[max(0, begin - 12) : begin]))


def _thousands_before(text: Text, place: int, is_code: Callable[[str], object]) -> int:
    """The first word of a number that is written with spaces: "20 000"; not "UCP 208 800 pcs"."""
    start, stop = text.start, text.stop
    while place and text.is_number(place - 1) and stop(place) - start(place) == 3:
        if is_code(text.words[place - 1]) or place > 1 and is_code(text.words[place - 2] + text.words[place - 1]):
            break
        if stop(place - 1) - start(place - 1) > 3 or text.text[stop(place - 1) : start(place)] not in (" ", "\u00a0", "\u202f"):
            break
        # "6308 C3 300 off": the digit behind a letter belongs to a code.
        if text.text[max(0, start(place - 1) - 1) : start(place - 1)].isalpha():
            break
        place -= 1
    return place


def trade_terms(text: Text, found: Sequence[Match] = ()) -> list[Fact]:
    """The trade term and the port, each with the sentence that names it.

    Args:
        found: what the phrasebook found: names of ports count beside a trade term in small letters and any script.
    """
    facts: dict[tuple[str, str], Fact] = {}

    def keep(name: str, value: str, match: re.Match) -> None:
        if value and len(facts) < 20:
            facts.setdefault((name, value.casefold()), Fact(name, value[:60], text.evidence(match.start(), match.end())))

    places = _places(text)
    for match in _matches(INCOTERM, text.text, places["term"]):
        term = re.sub(r"[\s.]", "", (match["any"] or match["capital"]).upper())
        keep("incoterm", "EXW" if term.startswith("EX") else term, match)
        port = (match["port"] or "").strip()
        if port.split(" ")[0].casefold() not in NOT_A_PORT:
            keep("port", port, match)
    for match in _matches(PORT, text.text, places["port"]):
        port = next((group for group in match.groups() if group), "")
        if port.casefold() not in NOT_A_PORT:
            keep("port", port.strip(), match)
    if not any(name == "port" for name, _ in facts):
        for match in _ports_beside(text, found, places["term"]):
            name = text.written(match.first, match.last)
            facts.setdefault(("port", name.casefold()), Fact("port", name, text.said(match.first, match.last)))
    return list(facts.values())


def _ports_beside(text: Text, found: Sequence[Match], terms: set[int]) -> list[Match]:
    """Names of ports in the neighbourhood of a trade term, behind it before those in front of it; else one that is delivered to."""
    ports = [match for match in found if match.name == "@port"]
    if not ports:
        return []
    near = []
    for match in ports:
        start, stop = text.start(match.first), text.stop(match.last - 1)
        for term in terms:
            if 0 <= start - term <= PORT_BEHIND or 0 <= term - stop <= PORT_BEFORE:
                near.append((start < term, abs(start - term), match))
        if DELIVERED_TO.search(text.text, max(0, start - 24), start):
            near.append((True, PORT_BEHIND, match))
    return [match for _, _, match in sorted(near)[:2]]


def _places(text: Text) -> dict[str, set[int]]:
    """Where trade terms and ports may begin."""
    places: dict[str, set[int]] = {"term": set(), "port": set()}
    for start, owners in SIGNS.places(text.small):
        for kind, before in owners:
            if kind == "name":
                name = NAME_BEFORE.search(text.text, max(0, start - LONGEST_NAME), start)
                places["port"].update((name.start(),) if name else ())
            elif start >= before:
                places[kind].add(start - before)
    return places


def _matches(pattern: re.Pattern, text: str, places: Iterable[int]) -> Iterator[re.Match]:
    """What ``finditer`` would find, if matches can begin nowhere but at these places."""
    done = 0
    for place in sorted(places):
        match = pattern.match(text, place) if place >= done else None
        if match:
            done = match.end()
            yield match


def huge_sum(text: Text) -> list[Fact]:
    """A sum of a million and more that is spoken of as the worth of a deal."""
    if not _has_great_number(text) or not any(sign in text.small for sign in CURRENCY_SIGNS):
        return []
    for match in HUGE_SUM.finditer(text.text):
        evidence = text.evidence(match.start(), match.end())
        if not TURNOVER.search(evidence):
            return [Fact("huge_sum", " ".join(match.group().split()), evidence)]
    return []


def _has_great_number(text: Text) -> bool:
    # Seven digits, or a word like "million" behind a number.
    if text.digits < 7 and not any(word[0] in "mм万" for place in text.numbers for word in text.words[place + 1 : place + 2]):
        return False
    return GREAT_NUMBER.search(text.text) is not None
