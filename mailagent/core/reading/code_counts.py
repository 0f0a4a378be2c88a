"""Quantities that stand beside a code and have no unit: "32009 - 20", "6203 300 6204 400", "20 paliers UCP 212", "SNL 513 x 4".

A number behind a code may as well be another model ("6204, 05 and 06"), a shaft ("UC 207-20"), a price or a year; so what stands
between the two, and what follows, must be as in a list of goods.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from mailagent.core.model.lead import Fact
from mailagent.core.reading.counts import YEAR
from mailagent.core.reading.text import Text

MOST_BESIDE = 40
AMOUNT = r"(?P<amount>\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3}){1,2}|\d{1,7})"
# Between a code and the number of pieces; the words say that an amount is set.
MAKES = (
    r"(?:[^\S\n]{1,2}(?:you |we |i |please |pls )?(?:make(?: it)?|put|qty|quantity|nos|off|back to|down to|up to|to|menge|anzahl|"
    r"cant|cantidad|qté|кол-во|数量|數量|"
    r"['’]?(?:dan|den|tan|ten)))\W{0,2}[^\S\n]{1,2}"
)
BEHIND = re.compile(
    rf"(?P<joint>(?:[^\S\n]?\((?=[^)\n]*[A-Za-z])[A-Za-z0-9/ -]{{1,12}}\))?(?:[^\S\n]{{1,12}}[-–—=:|]{{1,2}}[^\S\n]{{1,12}}|"
    rf":[^\S\n]{{1,12}}|=|[^\S\n]?\.{{3,40}}[^\S\n]?|[^\S\n]{{1,12}}|,[^\S\n]{{1,2}}|[^\S\n]?\([^\S\n]?|"
    rf"[^\S\n]{{1,2}}[x×*][^\S\n]?|['’](?:dan|den|tan|ten)[^\S\n]|{MAKES}))"
    rf"{AMOUNT}(?![\w]|[.,:/–-]\d|[^\S\n]?[%°€$£¥x×*])"
)
# Behind such a number a list goes on, or the amount of a time is told.
ENDS = re.compile(
    r"[^\S\n]{0,3}(?:$|\n|[)）,;，；。、|]|\.(?:\s|$)|/\s?(?:yr|year|a\b|an\b|mo|month|jahr|anno|año|ano|mes|год|мес|yıl|ay)|"
    r"(?:and|y|et|e|und|en|i|и|ve)\b|(?:this|for|in|per|pro|par|por|each|instead|a year|a month|tane|off)\b|[A-Z]{0,5}[ -]?\d{3,6})",
    re.IGNORECASE,
)
# Before a code: "300 UCP 204", "400 of 6206", "20 paliers UCP 212".
BEFORE = re.compile(
    rf"(?<![\w.,:/#№$€£¥+-])(?<![#№$€£¥] ){AMOUNT}[^\S\n]{{1,2}}"
    r"(?P<word>(?:of|x|off|de|von|di|of the|of your|de los|de las|des|do|da)[^\S\n]|[^\W\d_]{4,16}\.?[^\S\n](?:(?:of|de|von|"
    r"di)[^\S\n])?)?\Z"
)
NO_GOODS = re.compile(
    r"(?:days?|weeks?|months?|years?|hours?|with|from|over|than|types?|items?|sizes?|euros?|dollars?|pesos?|kilos?|grad|degrees?|"
    r"tage|tagen|wochen|jahre|monate|"
    r"jours|semaines|mois|d[ií]as|semanas|meses|años|anos|giorni|settimane|mesi|anni|also|need|dated?|your|models?|marks?|and|und|"
    r"oder|para|statt|instead)\W",
    re.IGNORECASE,
)
# Before the number: "No. 20", "PO 300", "page 2".
NUMBERED = re.compile(r"(?:\b(?:no|nr|po|pi|page|item|pos|line|order|invoice|lot|room|booth|art|ref|№)\W{0,3})\Z", re.IGNORECASE)
LONGEST_BEFORE = 44
MODEL = re.compile(r"[a-z]{0,5}(\d{2,7})")
# "500 and 1,000 pieces", "100 / 500 / 1000 pcs": one unit for all. Behind a sign of comparison stands a limit: "UGR<19, 1.200 Stück".
SAME_UNIT = re.compile(
    rf"(?<![\w.,:/#№$€£¥+<>≤≥-])(?<![#№$€£¥<>≤≥] ){AMOUNT}[^\S\n]?(?:/|,|;|\b(?:and|or|und|oder|et|ou|y|o|e|и|или|ve|veya|of|en|i|lub)\b|"
    rf"[和或及、])[^\S\n]{{0,2}}\Z"
)
MOST_IN_LIST = 30


def more(
    text: Text,
    coded: Sequence[tuple[int, int, str]],
    facts: dict[int, Fact],
    is_code: Callable[[str], object],
    number: Callable[[str], float | None],
    apart: Sequence[tuple[int, int]],
) -> None:
    """Add the numbers of pieces that stand beside codes of ours.

    Args:
        coded: where codes stand: the first word, the last (exclusive), and the code.
        facts: those that are known: where a number begins → the fact; more are added.
        is_code: says whether a number is a product's code; number: reads one as people of all countries write it.
        apart: places (from, to) that hold contact data.
    """
    written = text.text
    spans = [(text.start(first), text.stop(last - 1)) for first, last, _ in coded]
    for start, stop in spans:
        if len(facts) >= MOST_BESIDE:
            return
        # Words of a unit between belong to the code's ending ("22213 EK x 4", "SNL 513 housing x 4").
        match = BEHIND.match(written, stop) or BEHIND.match(written, _behind_word(written, stop))
        if match and _counts(match, text, written[start:stop], is_code):
            _keep(text, match, facts, number, spans, apart)
        match = BEFORE.search(written, max(0, start - LONGEST_BEFORE), start)
        if match and _may_precede(match, text, is_code):
            _keep(text, match, facts, number, spans, apart)
    waiting = list(facts.items())
    for begin, fact in waiting:
        match = (
            SAME_UNIT.search(written, max(0, begin - 20), begin) if " " in fact.value and not written[begin - 1 : begin].isalnum() else None
        )
        if (
            match
            and not (match["amount"].isdigit() and (is_code(match["amount"]) or YEAR.fullmatch(match["amount"])))
            and match["amount"] != "1"
        ):
            _keep(text, match, facts, number, spans, apart)
            waiting += [(match.start("amount"), fact)] if len(waiting) < MOST_BESIDE else []


# One word of the goods between their code and the sign of times.
WORD_BEHIND = re.compile(r"[^\S\n][A-Za-zÀ-ÿ]{2,12}(?=[^\S\n]{1,2}[x×*=:–-]{1,2}[^\S\n]?\d)")


def _behind_word(written: str, stop: int) -> int:
    match = WORD_BEHIND.match(written, stop)
    return match.end() if match else stop


def _counts(match: re.Match, text: Text, code: str, is_code: Callable[[str], object]) -> bool:
    amount, joint = match["amount"], match["joint"]
    plain = joint.strip() in ("", ",")
    if amount[0] == "0" or len(amount) == 1 and plain or not ENDS.match(text.text, match.end()):
        return False
    if not amount.isdigit():
        return True
    if is_code(amount) or plain and YEAR.fullmatch(amount):
        return False
    if plain:
        # "UC 207, 208" and "22216, 218": the next model in short; and a small number behind a comma is any.
        model = MODEL.match(re.sub(r"\W", "", code).lower())
        is_round = int(amount) % 50 == 0
        if model and not is_round and len(amount) <= len(model[1]) and is_code(model[0][: -len(amount)] + amount):
            return False
    return not (joint.strip() == "," and len(amount) < 3)


def _may_precede(match: re.Match, text: Text, is_code: Callable[[str], object]) -> bool:
    amount, word = match["amount"], match["word"] or ""
    if amount[0] == "0" or amount == "1" or NO_GOODS.match(word):
        return False
    if NUMBERED.search(text.text, max(0, match.start() - 12), match.start()):
        return False
    if amount.isdigit() and (YEAR.fullmatch(amount) or is_code(amount) and not word):
        return False
    # The number of a line of a list: "2 6204-2RS 500 pcs".
    line = text.text.rfind("\n", 0, match.start()) + 1
    return bool(word) or float(re.sub(r"\D", "", amount)) > MOST_IN_LIST or bool(text.text[line : match.start()].strip())


def _keep(
    text: Text,
    match: re.Match,
    facts: dict[int, Fact],
    number: Callable[[str], float | None],
    spans: Sequence[tuple[int, int]],
    apart: Sequence[tuple[int, int]],
) -> None:
    begin, end = match.span("amount")
    amount = number(match["amount"].replace("\u00a0", " ").replace("\u202f", " "))
    if not amount or any(low <= begin < high for low, high in (*spans, *apart)):
        return
    if not any(begin <= known < end for known in facts) and not any(known <= begin < known + 3 for known in facts):
        facts[begin] = Fact("quantity", f"{amount:.10g}", text.evidence(begin, end))
