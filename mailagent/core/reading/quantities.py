"""How many goods a buyer speaks of: the hard numbers of an inquiry.

The words for units stand in ``config/languages`` as the phrases of ``quantity`` ("# pcs") and in ``trade.toml``; this file reads the
number, whether it is written 8,000, 8.000, 8 000, 10k or 5万, and tells goods from all else that is counted in a mail: days, prices,
cartons and what he himself produces in a month. Numbers without a unit are read in
``counts`` and ``code_counts``, those in words in ``number_words``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import takewhile

from mailagent.core.model.lead import Fact
from mailagent.core.reading import code_counts, counts, number_words
from mailagent.core.reading.phrases import Match
from mailagent.core.reading.terms import CURRENCY, CURRENCY_WORD, MILLIONS
from mailagent.core.reading.text import Text

MOST_QUANTITIES = 40
# From so many on a number before "K" is a colour temperature ("4000 K"): nobody writes thousands of thousands so.
FEWEST_KELVIN = 1_000
MULTIPLES = {
    "k": 1_000, "thousand": 1_000, "tausend": 1_000, "tsd": 1_000, "duizend": 1_000, "hundred": 100,
    "mil": 1_000, "bin": 1_000, "千": 1_000, "тыс": 1_000, "الف": 1_000,
    "tys": 1_000, "tis": 1_000, "ribu": 1_000, "lakh": 100_000, "lakhs": 100_000, "lac": 100_000, "crore": 10_000_000,
    "万": 10_000, "萬": 10_000, "만": 10_000, "천": 1_000, "백": 100, "십": 10, "百": 100, "十": 10,
    "million": 1_000_000, "millions": 1_000_000, "millones": 1_000_000, "mio": 1_000_000,
}  # fmt: skip

# "20 多万套", "30 余万": some more than that many.
AND_MORE = frozenset("多余餘来几幾여")
NO_UNIT_NAMES = MULTIPLES.keys() | AND_MORE

# A hyphen or cross between letters and digits: what follows belongs to a code or a size ("T8-18 tubes", "60x60 panels").
# Money before it ("RMB 22 each"), a price for one or a share behind it ("0.45/pc", "30% T/T"), what goes into a carton.
# A bare number with this behind it goes on ("about 608-2RS").
PART_BEHIND = re.compile(r"[-/]\d?[A-Za-z]|/\d")
GERMAN = (" der ", " die ", " das ", " wir ", " sie ", " bitte ", " ist ")
WEIGHTS = frozenset({"kg", "kgs", "кг", "kilo", "斤", "كغ", "كيلو"})
WEIGHT = re.compile(
    r"weigh|gross|net\b|pallet|carton|box|max|limit|up to|load|each|gewicht|pal[ae]t|karton|koli|peso|poids|вес|брутто|重|箱|ağırlık|الوزن",
    re.IGNORECASE,
)
DAY_SIGNS = ("日", "号", "號", "일")
PRICE_BEFORE = re.compile(r"(?:(?<!\w)(?:usd|eur|rmb|cny|sgd|aud|inr|rs\.?)|[$€£¥₹])\s?$", re.IGNORECASE)
SHARE_BEHIND = re.compile(
    r"\s?(?:[%％]|个(?:百分)?点|/\s?(?:pc|pcs|piece|set|unit|each|ea|kg|st|stk|шт|adet|只|个|套|個)\b)",
    re.IGNORECASE,
)
MONEY_BEHIND = re.compile(rf"\s?(?:{MILLIONS}|[万萬]|k\b)?\s?(?:元|(?:{CURRENCY}|{CURRENCY_WORD})(?![^\W\d_]))", re.IGNORECASE)
# Thousands of people, visits or records are no goods: "6百万人", "10 萬次".
PEOPLE_BEHIND = re.compile(r"\s?[多余餘]?[十百千万萬만천백]{1,2}\s?(?:人|次|家|户|戶|筆|笔|字|篇|名|位|员|員|用户|用戶|回|명|인|곳)")
PER_PACK = re.compile(
    r"\s?[^\W\d_]{1,10}\.?\s?(?:あたり|につき|당|(?:/|per\b|(?:in|to) (?:a|each|one)\b|in \w{2,8}(?= bag)|in eine[rm]?\b|im\b|"
    r"par\b|por\b|pro\b|c/u|w\b|в\b|each (?:carton|box)|每|一)\s?"
    r"(?:carton|ctn|box|bag|pack|pallet|case|polybag|master|inner|karton|palette|polybeutel|beutel|caja|bolsa|boîte|sac|caixa|"
    r"scatola|tub|paczc|короб|упаков|箱|盒|管|托|c/u|sleeve))|\s?pcs?\s(?:box|bag|tube|carton)\b",
    re.IGNORECASE,
)
# What goes into a carton, named before it: "carton of 50", "Karton zu 50", "kolide 200", "tubes of 10".
PACK_BEFORE = re.compile(
    r"(?:carton|ctn|box(?:es)?|bag|sleeve|tube|crate|karton|kiste|kutu|koli(?:de)?|cartone|scatola|caisse|boîte|caja|caixa|"
    r"kartonie|короб\w{0,3}|箱|盒|托|管)s?"
    r"\s(?:of|à|de|da|zu|mit|с|по|по|başına|per|w|inner)?\s?$|\binner\s(?:box|carton)\s(?:is\s)?$|"
    # A limit of weight or height.
    r"(?:不超过?|不超過|不大于|低于|低於|最多|höchstens|max\.?|maks\.?|not\s(?:above|over|more\sthan|exceed(?:ing)?))\s?$",
    re.IGNORECASE,
)
# Behind a bare number: time, size, a share, or what is no goods ("take 2 weeks", "about 3 types", "order 4500-221").
NO_GOODS_BEHIND = re.compile(
    r"[-–:]\d|\s?(?:°|℃|mm\b|cm\b|km\b|m\b|k?va\b|kw\b|hp\b|rpm\b|bar\b|db\b|th\b|nd\b|rd\b)|\s{0,2}(?:more |full |working )?"
    r"(?:days?|weeks?|months?|years?|hours?|hrs?|minutes?|min|types?|kinds?|sizes?|models?|items?|lines?|points?|questions?|"
    r"persons?|people|"
    r"countries|shops|machines|customers|employees|tagen?|wochen?|monaten?|jahren?|stunden|jours?|semaines?|mois|ans|heures|"
    r"d[ií]as|semanas|meses|años|anos|"
    r"horas|giorni|settimane|mesi|anni|ore|дн\w{1,2}|недел\w|месяц\w{0,2}|лет|года?|час\w{0,2}|gün|hafta|ay|yıl|saat|dagen|weken|"
    r"maanden|dni|tygodni\w?)\b|"
    r"\s?(?:天|日|周|週|个月|個月|ヶ月|か月|年|款|种|種|型)",
    re.IGNORECASE,
)
# The first of a month in English looks like a German unit ("the 21st"), the measure of noise like a Hungarian one.
ORDINAL_OR_NOISE = re.compile(r"(?:(?<=1)st\b|\s?dB(?:\b|\())")
# So much is made or sold there, and not wanted here: "we build about 70 units a month".
PER_TIME = re.compile(
    r"\s?(?:[^\W\d_]{1,12}\.?\s?)?(?:/|\bper\b|\ban?\b|\bpro\b|\bim\b|\bpar\b|\bpor\b|\bal\b|\ball['’]|\bв\b)\s?(?:yr|year|annum|"
    r"month|mo\b|quarter|week|day|jahr|monat|an\b|"
    r"mois|año|ano\b|mes\b|mês|anno|mese|год|месяц|yıl|ay\b)",
    re.IGNORECASE,
)
OUTPUT = re.compile(
    r"\b(?:we|i|our|who|that|which)\b.{0,40}\b(?:re)?(?:build|make|produce|manufacture|assemble|sell|repair|wind)|\bfabrica|"
    r"\bcapacit|\bproduz|\bproduci|\bassembl|"
    r"\b(?:fertigen|bauen|produzieren)\b|выпускаем|производим|üretiyoruz|年产|年產",
    re.IGNORECASE | re.DOTALL,
)
NEEDS = re.compile(r"need|use\b|requir|consum|bedarf|brauch|besoin|necesit|precis|serv|нуж|ihtiyaç|用量|需", re.IGNORECASE)
PART_OF_CODE = re.compile(r"(?:[^\W\d_]\d{0,6}-|\d[x×*]|(?<!\d)\d\d/(?=\d\d(?!\d)))", re.IGNORECASE)
NO_NAMES = frozenset({"of", "de", "di", "por", "per", "pro", "par", "a", "al", "ao", "im", "je", "l", "every", "à", "all", "в"})
# Behind a code these count nothing: "6305 a year", "30207 each 2000", "22311 und 2".
NO_UNITS = NO_NAMES | frozenset({"monthly", "yearly", "elk", "rocznie", "ch", "each", "und", "t", "k", "st", "双", "雙"})
PIECES = frozenset({"pcs", "pieces", "sets", "stuck", "adet", "шт", "штук", "piezas", "pezzi", "pecas", "szt"})


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
    text: Text,
    found: list[Match],
    is_code: Callable[[str], object],
    apart: Sequence[tuple[int, int]] = (),
    coded: Sequence[tuple[int, int, str]] = (),
    said: number_words.NumberWords | None = None,
) -> tuple[list[Fact], frozenset[int]]:
    """How much the buyer speaks of, and where in the text those numbers begin.

    Args:
        apart: places (from, to) that hold contact data; a telephone number counts nothing.
        is_code: says whether a number is a product's code: "need 6204" without a unit names that product.
        coded: where codes of ours stand: the first word, the last (exclusive), and the code.
        said: how numbers are said in words; None: not at all.
    """
    facts: dict[int, Fact] = {}
    spans = [(text.start(first), text.stop(last - 1)) for first, last, _ in coded]
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
        unit = list(text.words[first + 1 : match.last])
        # A measure word of Chinese, or one of pieces, tells goods from a telephone number by itself.
        if not amount or _is_no_count(text, first, start, () if unit and (unit[0] >= "\u3040" or unit[0] in PIECES) else apart):
            continue
        if any(low < begin < high or low == begin and high > end for low, high in spans):
            continue
        # The multiple may be part of the phrase ("5万套", "10k pcs") or follow it ("qty 10k").
        if match.last < len(text.words) and not unit and text.start(match.last) - end <= 1:
            unit = [text.words[match.last]]
            unit = unit if unit[0] in MULTIPLES else []
        if unit[:1] == ["k"] and amount >= FEWEST_KELVIN:
            continue
        if unit and unit[0] in MULTIPLES and is_code(text.words[first]):
            # "6205, 천 개": the thousand stands by itself.
            continue
        # In China and Korea one may follow the other: "2 百万", "2백만".
        for word in takewhile(NO_UNIT_NAMES.__contains__, unit):
            amount *= MULTIPLES.get(word, 1)
        if not unit and (is_code(text.words[first]) or PART_BEHIND.match(text.text, end) or NO_GOODS_BEHIND.match(text.text, end)):
            continue
        # "7014 pairs" beside "7014 P4": the number is a code, and not counted.
        if unit and is_code(text.words[first]) and (unit[0] in NO_UNITS or text.words.count(text.words[first]) > 1):
            continue
        if unit and begin and text.text[begin - 1] == "/" and is_code(text.words[first]):
            continue
        # Arabic has this word before the number ("عدد 400"), Persian behind it.
        if unit and unit[-1] == "عدد" and match.last < len(text.words) and text.is_number(match.last):
            continue
        if _is_output(text, first, spans):
            continue
        if unit and (_is_other_unit(text, unit[-1], begin, end) or counts.names_year(text, start)):
            continue
        # The unit as he writes it, "Stück" and not "stuck": it stands in our answer.
        counted = range(first + 1, match.last)
        words = [text.written(i, i + 1) for i in counted if text.words[i] not in NO_UNIT_NAMES and not text.is_number(i)]
        # "250 of both" names no unit.
        name = "" if words and words[0].lower() in NO_NAMES else "".join(words)
        value = f"{amount:.10g} {name}".strip() if amount < 1e15 else ""
        # "need 8,000 pcs" is found as "need #" and as "# pcs": the one with the unit says more.
        if value and len(value) > len(facts[begin].value if begin in facts else ""):
            facts[begin] = Fact("quantity", value, text.evidence(begin, end))
    counts.more(text, found, facts, is_code, number)
    code_counts.more(text, coded, facts, is_code, number, apart)
    if said:
        number_words.more(text, found, coded, facts, said, number, is_code)
    return sorted_facts(facts), frozenset(facts)


def _is_output(text: Text, place: int, spans: list[tuple[int, int]]) -> bool:
    """What he makes or sells in a year, in a sentence that names no goods of ours and no need."""
    stop = text.stop(place)
    if not PER_TIME.match(text.text, stop):
        return False
    number = text.sentence_of(place)
    low, high = (text.ends[number - 1] if number else 0), text.ends[number]
    if any(low <= start < high for start, _ in spans):
        return False
    sentence = text.text[max(low, stop - 200) : min(high, stop + 80)]
    return OUTPUT.search(sentence) is not None and not NEEDS.search(sentence)


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
    if ORDINAL_OR_NOISE.match(whole, end) or PACK_BEFORE.search(whole, max(0, begin - 24), begin):
        return True
    if whole[end : end + 1] in DAY_SIGNS or PRICE_BEFORE.search(whole[max(0, begin - 6) : begin]) or MONEY_BEHIND.match(whole, end):
        return True
    if SHARE_BEHIND.match(whole, end) or PEOPLE_BEHIND.match(whole, end) or PER_PACK.match(whole, end):
        return True
    if any(low <= begin < high for low, high in apart):
        return True
    # Feet; behind a Turkish number an ending follows ("250'şer adet").
    if whole[end : end + 1] in ("'", "’", "′", '"', "”", "″") and not whole[end + 1 : end + 2].islower():
        return True
    return any(match.end() == begin for match in PART_OF_CODE.finditer(whole, max(0, begin - 12), begin + 3))


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
