"""The price a buyer wants to pay, as an amount and a currency (ISO 4217), whichever way he writes them.

Theory. A sum of money beside words of aiming ("target", "can you do", "目标价") is his price; so is a price *per piece* in a sentence
that speaks of nobody else's price. A sum in any other sentence may be our offer, a competitor's or his budget, and is no fact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from mailagent.core.model.lead import Fact
from mailagent.core.reading.phrases import Match
from mailagent.core.reading.text import Text

MOST_SUMS, MOST_NUMBERS = 20, 60
AMOUNT = r"\d{1,9}(?:[.,'٫]\d{1,6}){0,3}"
SIGNS: tuple[tuple[str, str], ...] = (
    ("AUD", r"aud|au?\$"), ("SGD", r"sgd|s\$"), ("HKD", r"hkd|hk\$"), ("CAD", r"cad|ca?\$"), ("BRL", r"brl|r\$|reais|reales"),
    ("USD", r"us\s?\$|u\$s|usd|us dollars?|dollars?|d[oó]lar(?:es)?|dollari|долл\w{0,8}|美元|美金|ドル|달러|دولار|\$"),
    ("EUR", r"eur|euros?|€|евро|євро|欧元|ユーロ|유로|يورو"), ("GBP", r"gbp|£|pounds?"), ("JPY", r"jpy|円|yen"),
    ("CNY", r"rmb|cny|yuan|юан\w{0,3}|人民币|元|块|yuanes"), ("INR", r"inr|₹|rupees?"), ("CHF", r"chf|sfr"),
    ("TRY", r"try|tl|₺"), ("ZAR", r"zar"), ("AED", r"aed|dirhams?|درهم"), ("PLN", r"pln|zł"), ("RUB", r"rub|руб\w{0,4}|₽"),
    ("KRW", r"krw|₩|원"), ("SEK", r"sek"), ("NOK", r"nok"), ("DKK", r"dkk"), ("¥", r"[¥￥]"), ("cent", r"us ?cents?|cents?|¢"),
)  # fmt: skip
CURRENCY = "|".join(f"(?:{pattern})" for _, pattern in SIGNS)
BEFORE = re.compile(rf"(?<![^\W\d])(?P<currency>{CURRENCY}|(?<!\w)rs\.?)\s?(?P<amount>{AMOUNT})(?![\w]|[.,]\d)", re.IGNORECASE)
BEHIND = re.compile(rf"(?<![A-Za-z0-9.,$€£¥/-])(?P<amount>{AMOUNT})\s?(?P<currency>{CURRENCY})(?![a-z])", re.IGNORECASE)
SIGN_BEFORE = re.compile(rf"(?<![^\W\d])(?:{CURRENCY}|(?<!\w)rs\.?)\s?\Z", re.IGNORECASE)
SIGN = re.compile(CURRENCY, re.IGNORECASE)
CELL = re.compile(AMOUNT)
LONGEST_LINE, LONGEST_TABLE = 120, 2_000
BARE = re.compile(r"(?<![\w.,/-])(?P<amount>\d{1,4}[.,]\d{1,4})(?![\w%]|[.,]\d)")
EACH = re.compile(
    r"\s{0,2}(?:usd|eur|rmb)?\s{0,2}(?:(?:/|per|a|pro|por|par|al|je|za|за|の|每|la|le|el)\s{0,2}(?:1\s?)?[^\W\d]{1,10}|each|apiece|ea\b|cad\.|c/u|"
    r"stück|шт|adet|pcs?\b|個|个|只|套|/)",
    re.IGNORECASE,
)
# Whose price it is, if not his: ours, or a competitor's.
OTHERS = re.compile(
    r"\b(?:your|you offered|you quoted|supplier|competitor|others?|gives? (?:me|us)|offers? (?:me|us)|"
    r"offered|quoted|we got|market price|ihr|ihre[nrs]?|lieferant\w{0,2}|"
    r"votre|vos|fournisseur|su precio|proveedor|seu preço|fornecedor|vostr[oa]|fornitore|ваша|вашу|поставщик\w{0,2}|fiyatınız|tedarikçi)\b|"
    r"你们|您的|贵司|别家|其他|供应商|御社|他社|귀사|أسعاركم|سعركم",
    re.IGNORECASE,
)
CURRENCY_OF = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in SIGNS)
WINDOW_BEHIND, WINDOW_BEFORE = 120, 60


def target_price(text: Text, found: list[Match], number: Callable[[str], float | None]) -> list[Fact]:
    """The price the buyer wants; value: "0.45 USD".

    Args:
        found: what the phrasebook found; the words for "our target" among it.
        number: reads a number as people of all countries write it.
    """
    frames = [match for match in found if match.name == "target_price"]
    written = text.text
    for match in frames[:4]:
        start, stop = text.start(match.first), text.stop(match.last - 1)
        if "|" in written[stop : stop + LONGEST_LINE] or "|" in written[max(0, start - LONGEST_LINE) : start]:
            said = _column(written, start)
            value = number(said) if said else None
            if value:
                line = written[start : stop + WINDOW_BEFORE].split("|")[0].split("\n")[0]
                sign = SIGN.search(line)
                return [Fact("target_price", _value(value, sign[0] if sign else _only(written), written), text.evidence(start, stop))]
        high = text.ends[text.sentence(stop - 1)]
        sums = _sums(written, start, min(stop + WINDOW_BEHIND, max(high, stop + 20)), bare=True)
        sums = sums or _sums(written, max(0, start - WINDOW_BEFORE, _begin(text, start)), start, bare=False)
        for amount, currency, begin, end in sums:
            value = number(amount)
            if value:
                return [
                    Fact(
                        "target_price", _value(value, currency or _only(written), written), text.evidence(min(start, begin), max(stop, end))
                    )
                ]
    if text.numbers and _may_say_each(text.small):
        for amount, currency, begin, end in _beside_numbers(text):
            value = number(amount)
            if value and EACH.match(written, end) and not OTHERS.search(text.evidence(begin, end)):
                return [Fact("target_price", _value(value, currency, written), text.evidence(begin, end))]
    # "We pay" alone is no price; "our target" is one, even where the number is missing.
    return [Fact("target_price", "", text.said(match.first, match.last)) for match in frames if not match.value][:1]


def _column(written: str, start: int) -> str:
    """The first amount below the head of a table's column; "" if the place is in no table's head."""
    begin = written.rfind("\n", 0, start) + 1
    lines = written[begin : begin + LONGEST_TABLE].split("\n")
    column = lines[0][: start - begin].count("|")
    for line in lines[1:]:
        cells = line.split("|")
        if len(cells) != lines[0].count("|") + 1 or len(cells) < 2:
            continue
        amount = CELL.search(cells[column])
        if amount:
            return amount[0]
    return ""


SIGNS_OF_MONEY = (
    "usd",
    "$",
    "eur",
    "€",
    "rmb",
    "cny",
    "rs",
    "£",
    "¥",
    "￥",
    "元",
    "円",
    "руб",
    "долл",
    "dollar",
    "dolar",
    "dólar",
    "cent",
    "inr",
    "دولار",
    "달러",
)


def _may_say_each(small: str) -> bool:
    return any(sign in small for sign in SIGNS_OF_MONEY)


def _begin(text: Text, start: int) -> int:
    number = text.sentence(start)
    return text.ends[number - 1] if number else 0


def _sums(written: str, start: int, stop: int, bare: bool) -> list[tuple[str, str, int, int]]:
    """Sums of money between two places: (amount, currency, from, to) in reading order."""
    found: dict[int, tuple[str, str, int, int]] = {}
    for pattern in (BEFORE, BEHIND):
        for count, match in enumerate(pattern.finditer(written, start, stop)):
            if count >= MOST_SUMS:
                break
            found.setdefault(match.start("amount"), (match["amount"], match["currency"], *match.span()))
    if not found and bare:
        match = BARE.search(written, start, stop)
        if match:
            found[match.start()] = (match["amount"], "", *match.span())
    return [found[place] for place in sorted(found)]


def _beside_numbers(text: Text) -> Iterator[tuple[str, str, int, int]]:
    """The same for a whole text, looked for only where its numbers are."""
    written = text.text
    for place in text.numbers[:MOST_NUMBERS]:
        start = text.start(place)
        match = BEHIND.match(written, start)
        if match is None:
            sign = SIGN_BEFORE.search(written, max(0, start - 8), start)
            match = BEFORE.match(written, sign.start()) if sign else None
        if match:
            yield match["amount"], match["currency"], *match.span()


def _value(amount: float, currency: str, written: str) -> str:
    name = _name(currency, written)
    if name == "cent":
        return f"{amount / 100:g} {_only(written) or 'USD'}"
    return f"{amount:.10g} {name}".strip()


def _name(currency: str, written: str) -> str:
    """The currency that a sign or word stands for (ISO 4217), "cent", or ""."""
    name = next((name for name, pattern in CURRENCY_OF if pattern.fullmatch(currency)), "") if currency else ""
    if name == "¥":
        return "JPY" if any("\u3040" <= character <= "\u30ff" for character in written) else "CNY"
    return "INR" if currency.lower().startswith("rs") else name


def _only(written: str) -> str:
    """The one currency of which a text speaks; "" if there is none or more than one."""
    named = {_name(match["currency"], written) for match in (*_some(BEFORE, written), *_some(BEHIND, written))} - {"", "cent"}
    return named.pop() if len(named) == 1 else ""


def _some(pattern: re.Pattern, written: str) -> list[re.Match]:
    return [match for _, match in zip(range(MOST_SUMS), pattern.finditer(written), strict=False)]
