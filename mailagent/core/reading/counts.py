"""Quantities that are not a number with a unit behind it: containers, goods counted by their name, columns of a table."""

from __future__ import annotations

import re
from collections.abc import Callable

from mailagent.core.model.lead import Fact
from mailagent.core.reading.phrases import Match
from mailagent.core.reading.text import Text

MOST_COUNTED = 40
YEAR = re.compile(r"19[5-9]\d|20(?!00)[0-3]\d")
BEFORE_YEAR = frozenset({"the", "of", "our", "your", "fy", "die", "der", "das", "den", "el", "la", "le", "il", "o", "a", "year", "season"})
# "2x40'HQ", "1 x 20ft", "3*40HC".
CONTAINER = re.compile(
    r"(?<![\w.,])(\d{1,3}|one|two)\s?[x×*]\s?(20|40|45)\s?(?:['’′\"]{0,2}\s?(hq|hc|gp|dc|dv|rf|fcl)|['’′]|ft\b|feet|foot)", re.IGNORECASE
)
# "How many go into a 1x40'?" wants no container.
INTO = re.compile(r"\b(?:into|per|in) (?:an? |one )?\Z", re.IGNORECASE)
LOAD = re.compile(
    r"how many|per container|wie viele|combien de|cuánt[ao]s|quant[ao]s|quanti |сколько штук|kaç adet|装多|能装|可装|何個|몇 개",
    re.IGNORECASE,
)
# "1000 x 6206-2RS": the goods are counted by their code.
TIMES = re.compile(r"(?<![\w.,/-])(\d{1,3}(?:[.,' ]\d{3}){1,2}|\d{1,7})\s?[x×]\s{0,2}(?=([A-Za-z]{0,4}\s?\d{3,6})(?!\d))")
# "UCF 208 x 50", "30212 × 600": the same the other way round; a third number behind it makes a size of it.
TIMES_AFTER = re.compile(
    r"(?<![\w.,/-])([A-Za-z]{0,4}\s?\d{3,6}[A-Za-z0-9/-]{0,8}(?:\s[Cc]\d)?)\s{1,2}[x×]\s?"
    r"(\d{1,3}(?:[.,]\d{3}){1,2}|\d{1,6})(?![\w.,]?[\dx×*]|\s?[x×*]|\s?mm)"
)
# "一万套", "五百个": a Chinese number of at least a hundred and its measure word.
HAN_COUNT = re.compile(
    r"([一二两兩三四五六七八九十百千万萬]{1,6})[多来來几幾余餘]?([套个個只隻件台箱吨噸条條对對片支盒颗顆粒付副组組盘盤托樣样枚])?(?![个個批]?(?:批次|月|星期|礼拜|小时|小時|问题|問題|工作|地方|方面|季度|国家|客户|公司))"
)
# A few are goods only behind a word that takes or sends them: "先拿五套", "各要一箱", "樣品兩套".
HAN_TAKES = re.compile(r"(?:[要拿弄来來先寄发發订訂买買给給做送各]|样品|樣品|样机|数量|數量|每[样樣种種款])[了个個点點我们們共约約]{0,2}\Z")
# "60 万套", "20 多万": the sign belongs to the number in digits before it; in "6204 一万套" that number is a code.
HAN_MULTIPLIED = re.compile(r"\d[\s\u3000]{0,2}[多来來几幾余餘]?\Z")
HAN_ANY = re.compile("[一二两兩三四五六七八九十百千万萬]")
HAN_LOADS = frozenset("箱托对對")
JAPANESE_FEW = re.compile(r"([一二三四五六七八九十]{1,3})(個|本|セット|台|枚)(?:ほど|くらい|ぐらい|ずつ|だけ|を|の?サンプル)")
HAN_OUTPUT = re.compile("年产|年產|月产|月產|年销|年銷")
HAN_TIMES = frozenset("天日周週年月元块塊")
HAN_DIGITS = {"一": 1, "二": 2, "两": 2, "兩": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
HAN_UNITS = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "萬": 10_000}
SAID = {"one": 1.0, "two": 2.0}
WORDS = {"half": "0.5 container", "one_container": "1 container", "one_pallet": "1 pallet", "one_sample": "1 sample"}
CELLS = re.compile(r"\s?(?:\||\t)\s?|\s{3,}")
QUANTITY_HEAD = re.compile(
    r"qty|quantity|\beau\b|annual usage|q'ty|pcs|menge|anzahl|stückzahl|cantidad|quantité|quantidade|quantità|кол|adet|miktar|"
    r"الكمية|数量|數量|수량|aantal|ilość|antal",
    re.IGNORECASE,
)
PRICE_HEAD = re.compile(r"target|ziel|objetivo|cible|alvo|obiettivo|целев|hedef|目标|目標|목표|المستهدف", re.IGNORECASE)
CELL_NUMBER = re.compile(r"\s{0,3}(\d{1,9}(?:[.,' ]\d{3}){0,3})\s{0,3}([^\W\d_]{1,12})?\.?\s{0,3}")
LONGEST_LINE, MOST_ROWS = 300, 60


def names_year(text: Text, place: int) -> bool:
    """Whether the number at a place is the year of what follows: "for the 2027 bearing tender"."""
    return place > 0 and YEAR.fullmatch(text.words[place]) is not None and text.words[place - 1] in BEFORE_YEAR


def more(
    text: Text, found: list[Match], facts: dict[int, Fact], is_code: Callable[[str], object], number: Callable[[str], float | None]
) -> None:
    """Add the quantities of a text that no unit tells, at the place where each begins.

    Args:
        facts: those that are known: where a number begins → the fact; more are added.
        is_code: says whether a number is a product's code.
        number: reads a number as people of all countries write it.
    """
    written = text.text
    if text.numbers and ("20" in written or "40" in written or "45" in written):
        for match in CONTAINER.finditer(written):
            if INTO.search(written, max(0, match.start() - 12), match.start()):
                continue
            amount = SAID.get(match[1].lower()) or float(match[1])
            kind = f"{match[2]}'{(match[3] or '').upper()}"
            facts[match.start()] = Fact("quantity", f"{amount:g} {kind}", text.evidence(*match.span()))
            if len(facts) >= MOST_COUNTED:
                return
    for match in found:
        if match.name == "@counted":
            begin, said = text.start(match.first), text.said(match.first, match.last)
            if not LOAD.search(said):
                facts.setdefault(begin, Fact("quantity", WORDS[match.value], said))
        elif match.name in ("names_product", "industry_only") and match.first and text.is_number(match.first - 1):
            _by_name(text, match, facts, is_code, number)
    if "|" in written or "\t" in written:
        _columns(text, facts, number)
    if text.numbers and _may_multiply(written):
        _times(text, facts, is_code, number)
    if not written.isascii() and HAN_ANY.search(written):
        _in_han(text, facts)


def _times(
    text: Text, facts: dict[int, Fact], is_code: Callable[[str], object], number: Callable[[str], float | None]
) -> None:
    for match in TIMES.finditer(text.text):
        amount = number(match[1])
        if not amount or match.start() in facts or not is_code("".join(match[2].split()).lower()):
            continue
        if len(facts) >= MOST_COUNTED:
            return
        facts[match.start()] = Fact("quantity", f"{amount:.10g}", text.evidence(*match.span(2)))
    for match in TIMES_AFTER.finditer(text.text):
        amount = number(match[2])
        if not amount or match.start(2) in facts or len(facts) >= MOST_COUNTED:
            continue
        # The letters before the digits may be a word of their own: "and 30205 x 60".
        code = squashed(match[1])
        if not is_code(code) and not is_code(code.lstrip("abcdefghijklmnopqrstuvwxyz")):
            continue
        facts[match.start(2)] = Fact("quantity", f"{amount:.10g}", text.evidence(*match.span(1)))


def _may_multiply(written: str) -> bool:
    """Whether an x or × stands behind a digit or before one, with a blank between them or none."""
    for sign in "x×":
        place = written.find(sign)
        while place >= 0:
            if written[max(0, place - 2) : place].rstrip()[-1:].isdecimal():
                return True
            if written[max(0, place - 1) : place].isspace() and written[place + 1 : place + 3].lstrip()[:1].isdecimal():
                return True
            place = written.find(sign, place + 1)
    return False


def squashed(code: str) -> str:
    """A code as codes are looked up: small, and of letters and digits only."""
    return "".join(character for character in code.lower() if character.isalnum())


def _in_han(text: Text, facts: dict[int, Fact]) -> None:
    for match in HAN_COUNT.finditer(text.text):
        amount = han_number(match[1])
        # "Ten boxes" is often said of anything; a digit before it was read as a number already ("5万套").
        before = text.text[max(0, match.start() - 5) : match.start()]
        multiplies = match[1][0] in HAN_UNITS and HAN_MULTIPLIED.search(before)
        if match.start() in facts or before[-1:].isdigit() or before[-1:] in ("第", "年") or multiplies:
            continue
        if text.text[match.end() : match.end() + 1] in HAN_TIMES:
            continue
        taken = HAN_TAKES.search(before) is not None
        few = amount == 1 and match[2] not in HAN_LOADS
        if not match[2] and (amount < 100 or not taken) or match[2] and amount < 100 and (not taken or few):
            continue
        if HAN_OUTPUT.search(text.text, max(0, match.start() - 16), match.start()):
            continue
        if len(facts) >= MOST_COUNTED:
            return
        facts[match.start()] = Fact("quantity", f"{amount} {match[2] or ''}".strip(), text.evidence(*match.span()))
    for match in JAPANESE_FEW.finditer(text.text):
        facts.setdefault(match.start(), Fact("quantity", f"{han_number(match[1])} {match[2]}", text.evidence(*match.span())))


def han_number(written: str) -> int:
    """A number in Chinese characters: 一万 → 10000, 两千五百 → 2500, 十五 → 15."""
    whole = part = digit = 0
    for sign in written:
        unit = HAN_UNITS.get(sign)
        if unit is None:
            digit = HAN_DIGITS[sign]
        elif unit == 10_000:
            whole, part, digit = whole + ((part + digit) or 1) * unit, 0, 0
        else:
            part, digit = part + (digit or 1) * unit, 0
    return whole + part + digit


def _by_name(
    text: Text, match: Match, facts: dict[int, Fact], is_code: Callable[[str], object], number: Callable[[str], float | None]
) -> None:
    """ "500 cuscinetti", "3 000 sécateurs": the goods themselves are the unit."""
    first = last = match.first - 1
    while (
        first
        and text.is_number(first - 1)
        and text.stop(first) - text.start(first) == 3
        and text.stop(first - 1) - text.start(first - 1) <= 3
    ):
        if text.text[text.stop(first - 1) : text.start(first)] not in (" ", "\u00a0", "\u202f"):
            break
        first -= 1
    begin, end = text.start(first), text.stop(last)
    gap = text.text[end : text.start(match.first)]
    amount = number(text.text[begin:end])
    if begin in facts or not amount or amount >= 1e9 or gap.strip() or "\n" in gap or is_code(text.words[last]):
        return
    if first and is_code(text.words[first - 1] + text.words[first]) or names_year(text, first):
        return
    if begin and (text.text[begin - 1] in "-/.x×*+#№" or text.text[begin - 1].isalnum()):
        return
    facts[begin] = Fact("quantity", f"{amount:.10g} {text.written(match.first, match.last)}", text.said(first, match.last))


def _columns(text: Text, facts: dict[int, Fact], number: Callable[[str], float | None]) -> None:
    """The column of a table whose head says that it counts."""
    at, column, width = 0, -1, 0
    for line in text.text.splitlines(keepends=True)[: 10 * MOST_ROWS]:
        start, at = at, at + len(line)
        if len(line) > LONGEST_LINE or ("|" not in line and "\t" not in line):
            column = -1 if not line.strip() else column
            continue
        cells = _cells(line)
        if column < 0:
            heads = [place for place, (_, cell) in enumerate(cells) if QUANTITY_HEAD.search(cell) and not CELL_NUMBER.fullmatch(cell)]
            column, width = (heads[0], len(cells)) if heads and len(cells) > 1 else (-1, 0)
            continue
        if len(cells) != width:
            continue
        offset, cell = cells[column]
        match = CELL_NUMBER.fullmatch(cell)
        amount = number(match[1]) if match else None
        begin = start + offset + (match.start(1) if match else 0)
        if amount and begin not in facts and len(facts) < MOST_COUNTED:
            facts[begin] = Fact("quantity", f"{amount:.10g} {match[2] or ''}".strip(), " ".join(line.split())[:200])


def _cells(line: str) -> list[tuple[int, str]]:
    """The cells of a line of a table, each with its place."""
    cells, at = [], 0
    for match in CELLS.finditer(line):
        cells.append((at, line[at : match.start()]))
        at = match.end()
    cells.append((at, line[at:]))
    return cells
