"""Trade terms, their ports, and sums of millions: what an inquiry says in the language of contracts.

Trade terms are the same in all languages (Incoterms 2020, and the older ones that buyers still write); those that are said in words
("ab Werk", 到岸价) stand in ``trade.toml``. Ports without a term are read in ``ports``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailagent.core.model.lead import Fact
from mailagent.core.reading import ports
from mailagent.core.reading.anchors import Anchors, matches_at
from mailagent.core.reading.phrases import Match
from mailagent.core.reading.text import Text

# Short terms are common words in some languages ("dat", "fas"); those count in capitals only.
INCOTERM = re.compile(
    r"(?<![A-Za-z0-9À-ÿ&])(?:(?P<any>(?i:exw|fob|cif|cfr|cnf|c\s?&\s?f|ddp|ex[- ]works(?! (?:date|delivery|time))|"
    r"c\.i\.f\.?|f\.o\.b\.?|c\.f\.r\.?|c\.&f\.?|d\.d\.p\.?))|"
    r"(?P<capital>FCA|FAS|CPT|CIP|DAP|DPU|DAT|DDU))(?![A-Za-z0-9À-ÿ&])"
    r"[ \t]{0,3}(?:(?i:port(?: of)?|to|puerto(?: de)?|port de|porto(?: di| de)?|порт)[ \t]{1,3})?"
    r"(?P<port>(?:[A-ZÀ-ÞА-ЯİŞĞÇ][\w'’-]{1,20}(?:[ \t]{1,2}(?=[A-ZÀ-Þ]))?){1,3}|"
    r"(?!美金|美元|人民|含税|不含|单价|到岸|离岸|运费)[\u4e00-\u9fff]{2,3}?(?=[港价價価格的,，、。()（\s\u3040-\u30ff]|$))?"
)
PORT = re.compile(
    r"(?<!\w)(?i:port of|port:|destination port|puerto de|port de|porto di|porto de|порт|目的港)[ \t:：]{0,3}"
    r"(?P<port>[A-ZÀ-ÞА-Я][\w'’-]{1,20}|(?![是和及与跟吗嗎为為的不请請在可就还還])[\u4e00-\u9fff]{2,3})|"
    # "freight to Haifa", "delivered Groningen", "livré port de Conakry".
    r"(?<!\w)(?i:freight|ship|shipped|shipping|send|delivery|deliver|dhl|lcl|fcl|courier|air|"
    r"sea) (?:it )?to (?P<to>[A-ZÀ-Þ][\w'’-]{2,20})(?![\w'’-]| (?!By|Port|And|For)[A-ZÀ-Þ\d])|"
    r"(?<!\w)(?i:delivered|livré|geliefert|entregado) (?:to |in |en |à |nach )?(?P<delivered>[A-ZÀ-Þ][\w'’-]{2,20})|"
    rf"(?P<named>[A-Z][a-zé]{{2,20}}) port\b|(?P<zh>(?!目的)[\u4e00-\u9fff](?![市区县省區縣])[\u4e00-\u9fff])港{ports.NO_HARBOUR}"
)
# Where a trade term, a port, or the words before any other name may begin: at the sign itself, or so many characters before it.
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
    ("sent", 0): ports.SENT,
})  # fmt: skip
NAME_BEFORE = re.compile(r"[A-Z][a-zé]{2,20}\Z")
LONGEST_NAME = 21
CURRENCY = r"(?:USD|US\$|EUR|GBP|RMB|CNY|[$€£¥])"
CURRENCY_WORD = r"(?:USD|US ?dollars?|dollars?|d[oó]lares|dollari|EUR|euros?|GBP|pounds|долл\w{0,8}|美元|美金|欧元|ドル|달러)"
MILLIONS = r"(?:millions?|mio|mln|millones|milh(?:ões|ão)|milion[ei]|млн|миллион\w{0,3}|milyon|M(?!\w))"
# How far from a trade term the name of its port may stand: behind it and before.
PORT_BEHIND, PORT_BEFORE = 40, 24
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
MONEY_OF_PORT = re.compile(r"\s(?:(?:USD|US|EUR|RMB|CNY|GBP)\b.*|[A-Z]{2}$)")
# Terms in small letters that are no word of a language: "dap venlo".
SMALL_TERM = re.compile(r"(?<![A-Za-z0-9])(?:fca|cpt|dap|dpu|ddu|c\s?[&+]\s?f)(?![A-Za-z0-9])", re.IGNORECASE)
# The number of a bearing, in whose name the same letters say how it is sealed: "6203 DDU", "608-DDU"; 500 and 5000 are amounts.
BEARING_BEFORE = re.compile(r"(?<![\w.,])(?!\d{1,3}00[ -])[A-Z]{0,4}\d{3,5}[ /-]?\Z")
LONGEST_BEARING = 12
# Words that follow a term in a sentence and are not a port.
NOT_A_PORT = frozenset(
    ("price", "prices", "and", "or", "basis", "terms", "term", "your", "our", "please", "shipment", "only", "quotation", "offer",
    "haus", "werk", "lager", "destination", "domicile", "magasin", "works", "factory", "warehouse", "door", "site",
    "usd", "eur", "incoterms", "you", "us", "me", "which", "what", "china", "i", "we", "the", "if")
)  # fmt: skip


def trade_terms(text: Text, found: Sequence[Match] = (), apart: Sequence[tuple[int, int]] = ()) -> list[Fact]:
    """The trade term and the port, each with the sentence that names it.

    Args:
        found: what the phrasebook found: names of ports count beside a trade term in small letters and any script.
        apart: places (from, to) that hold contact data.
    """
    facts: dict[tuple[str, str], Fact] = {}
    stand: list[tuple[int, int]] = []

    def keep(name: str, value: str, match: re.Match) -> None:
        if value and len(facts) < 20:
            facts.setdefault((name, value.casefold()), Fact(name, value[:60], text.evidence(match.start(), match.end())))

    places = _places(text)
    for match in matches_at(INCOTERM, text.text, places["term"]):
        if _is_suffix(text.text, match):
            continue
        stand.append(match.span())
        term = re.sub(r"[\s.]", "", (match["any"] or match["capital"]).upper())
        keep("incoterm", "EXW" if term.startswith("EX") else term, match)
        port = (match["port"] or "").strip()
        # "FOB Tianjin USD 905", "DAP Laredo TX": neither the currency nor the state is a part of the name.
        port = MONEY_OF_PORT.sub("", port)
        if port.split(" ")[0].casefold() not in NOT_A_PORT:
            keep("port", port, match)
    for match in found:
        if match.name == "@term":
            stand.append((text.start(match.first), text.stop(match.last - 1)))
            facts.setdefault(("incoterm", match.value.casefold()), Fact("incoterm", match.value, text.said(match.first, match.last)))
    for match in matches_at(PORT, text.text, places["port"]):
        if ports.is_in_address(text.text, match.start()):
            continue
        port = next((group for group in match.groups() if group), "")
        if port.casefold() not in NOT_A_PORT:
            keep("port", port.strip(), match)
    small = SMALL_TERM.finditer(text.text) if places["term"] else ()
    stand += [match.span() for match in small if not (match[0].lower() == "ddu" and BEARING_BEFORE.search(text.text, 0, match.start()))]
    listed = ports.beside(text, found, stand, apart, (PORT_BEHIND, PORT_BEFORE)) if any(match.name == "@port" for match in found) else []
    named = {key[1] for key in facts if key[0] == "port"}
    for match in listed:
        name = text.written(match.first, match.last)
        # "Jebel" of "to Jebel Ali" was the beginning of a name.
        begun = next((one for one in named if name.casefold().startswith(one) and name.casefold() != one), "")
        if begun:
            facts.pop(("port", begun))
        if begun or not named:
            facts.setdefault(("port", name.casefold()), Fact("port", name, text.said(match.first, match.last)))
    if not any(name == "port" for name, _ in facts):
        for name, start, stop in ports.named(text, apart, places["sent"]):
            if name.casefold() not in NOT_A_PORT:
                facts.setdefault(("port", name.casefold()), Fact("port", name, text.evidence(start, stop)))
    return list(facts.values())


def _is_suffix(whole: str, match: re.Match) -> bool:
    """Whether what looks like a trade term is the seal of a bearing ("6203 DDU C3"), and no port in small letters follows it."""
    if match["capital"] != "DDU" or not BEARING_BEFORE.search(whole, max(0, match.start() - LONGEST_BEARING), match.start()):
        return False
    port = match["port"] or ""
    return port.isupper() or not port or port[:7].lower() == "bearing" or not port.isalpha()


def _places(text: Text) -> dict[str, set[int]]:
    """Where trade terms and ports may begin, and what sends goods to a name."""
    places: dict[str, set[int]] = {"term": set(), "port": set(), "sent": set()}
    for start, owners in SIGNS.places(text.small):
        for kind, before in owners:
            if kind == "name":
                name = NAME_BEFORE.search(text.text, max(0, start - LONGEST_NAME), start)
                places["port"].update((name.start(),) if name else ())
            elif start >= before:
                places[kind].add(start - before)
    return places


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
