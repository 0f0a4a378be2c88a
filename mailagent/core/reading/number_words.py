"""Quantities whose number is said in words: "two dozen", "deux cents pièces", "полторы тысячи штук", "half a dozen of the 6204".

The words stand in ``trade.toml``; this file puts them together ("drei" and "tausend") and asks that goods are counted: a unit, the
goods or their code must follow, or a word that takes something must stand before. "Two weeks" and "one of our clients" count nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mailagent.core.model.lead import Fact
from mailagent.core.model.trade import Trade
from mailagent.core.reading.counts import YEAR
from mailagent.core.reading.kept import Remembered
from mailagent.core.reading.phrases import Match
from mailagent.core.reading.text import Sentence, Text, token

MOST_SAID = 40
# From here on a word multiplies what stands before it: "two hundred", "ثلاثة آلاف", "two dozen".
MULTIPLIERS = frozenset({12.0, 100.0, 1_000.0, 1_000_000.0})
# In Korean these follow each other behind digits: "2 백만".
KOREAN_UNITS = frozenset("십백천만")
DOZENS = frozenset({6.0, 12.0, 24.0})
# In German and its neighbours a number is one word: "zweihundert", "duemila".
SHORTEST_PART, SHORTEST_END, SHORTEST_MADE = 2, 4, 7
WORDS_REMEMBERED = 20_000
# What may stand between a number and its goods.
LINKS = frozenset({"of", "de", "do", "da", "du", "des", "di", "dei", "delle", "von", "der", "die", "den", "van", "the", "your", "las",
    "los", "la", "le", "off", "x", "na", "от", "من", "av"})  # fmt: skip
ANDS = frozenset({"and", "y", "e", "et", "und", "en", "i", "и"})
# Behind a dozen, or what is taken, goods need not be named again: "half a dozen to try", "let me have ten."
GOES_ON = frozenset(
    {
        "every",
        "if",
        "at",
        "when",
        "from",
        "and",
        "now",
        "this",
        "each",
        "pour",
        "si",
        "se",
        "wenn",
        "als",
        "to",
        "for",
        "as",
        "first",
        "para",
        "pra",
        "zum",
        "zur",
        "für",
        "fur",
        "per",
        "om",
        "для",
        "на",
        "من",
    }
)
ENDINGS = frozenset(".,;!?)、。，；？…\n")
PER_TIME = re.compile(r"\s?/\s?(?:yr|year|month|mo\b|an\b|año|ano\b|anno|jahr|год|мес|yıl|ay\b)", re.IGNORECASE)
LOADS = frozenset({"pallet", "palette", "palet", "pair", "paar", "container", "sample", "dozen"})


@dataclass(frozen=True)
class NumberWords:
    """How numbers are said, prepared once.

    Attributes:
        by_first: first word → (the words, the number), the longest first.
        units: first word of a unit → the units that begin so, each as its words.
        takes: words before a number that is taken ("have ten").
        ends: words that multiply and may be the end of a longer one ("hundert"), each with what it multiplies by; endings: the words.
        begins: a word → whether a number may begin with it.
    """

    by_first: dict[str, tuple[tuple[tuple[str, ...], float], ...]]
    units: dict[str, tuple[tuple[str, ...], ...]]
    takes: frozenset[str]
    ends: tuple[tuple[str, float], ...]
    endings: tuple[str, ...]
    begins: Remembered[str, bool]


def prepare(trade: Trade, counted: Iterable[str]) -> NumberWords:
    """The words of ``trade.toml``, with the units of all languages.

    Args:
        counted: the phrases that count goods; of those that begin with a number ("# pcs") the rest is a unit.
    """
    said: dict[str, list[tuple[tuple[str, ...], float]]] = {}
    for value, phrases in trade.number_words.items():
        for phrase in phrases:
            words = tuple(Sentence(phrase).words)
            if words:
                said.setdefault(words[0], []).append((words, float(value)))
    units: dict[str, set[tuple[str, ...]]] = {}
    for phrase in counted:
        if not phrase.startswith("# ") or set("#*…(") & set(phrase[2:]):
            continue
        words = tuple(Sentence(phrase[2:]).words)
        # A single letter is a unit behind digits only.
        if words and (len(words[0]) > 1 or len(words) > 1 or words[0] >= "\u3040") and words[0] not in said:
            units.setdefault(words[0], set()).add(words)
    alone = [(words[0], number) for each in said.values() for words, number in each if len(words) == 1 and number in MULTIPLIERS]
    ends = [(word, number) for word, number in alone if len(word) >= SHORTEST_END]
    endings = tuple(word for word, _ in ends)

    def begins(word: str) -> bool:
        return word in said or len(word) >= SHORTEST_MADE and word.endswith(endings)

    return NumberWords(
        {first: tuple(sorted(each, key=lambda one: -len(one[0]))) for first, each in said.items()},
        {first: tuple(sorted(each, key=len, reverse=True)) for first, each in units.items()},
        frozenset(token(word) for word in trade.counted.get("take", ())),
        tuple(ends),
        endings,
        Remembered(begins, WORDS_REMEMBERED),
    )


def more(
    text: Text,
    found: Iterable[Match],
    coded: Sequence[tuple[int, int, str]],
    facts: dict[int, Fact],
    said: NumberWords,
    number: Callable[[str], float | None],
    is_code: Callable[[str], object],
) -> None:
    """Add the quantities whose number is said in words, each at the place where it begins.

    Args:
        found: what the phrasebook found; goods that are named in words may be counted.
        coded: where codes of ours stand: the first word, the last (exclusive), and the code.
        facts: those that are known: where a number begins → the fact; more are added.
        number: reads a number in digits as people of all countries write it; is_code: says whether one is a product's code.
    """
    goods: set[int] | None = None
    words = text.words
    _taken_in_digits(text, facts, said, coded, number, is_code)
    done = 0
    begins = said.begins
    places = [place for place, word in enumerate(words) if begins[word]]
    for place in places:
        if len(facts) >= MOST_SAID:
            return
        amount, behind = _number(words, place, said)
        multiplies = amount in MULTIPLIERS or words[place] in KOREAN_UNITS
        if not amount or place < done or place and multiplies and _belongs_to_number(text, place):
            continue
        done = behind
        if goods is None:
            goods = {match.first for match in found if match.name in ("names_product", "industry_only")} | {first for first, _, _ in coded}
        unit = _unit(words, behind, said)
        linked = _behind_links(words, behind)
        if place and words[place - 1] == "in" or behind < len(words) and text.sentence_of(behind) != text.sentence_of(place):
            # "One in five of the 6204"; what the next sentence names is not counted by this one.
            unit, linked, behind = 0, -1, -1
        if unit:
            if amount == 1 and words[behind].rstrip("s") not in LOADS:
                continue
            value = f"{amount:.10g} {'' if words[behind] in LINKS else text.written(behind, behind + unit)}".strip()
        elif amount > 1 and (linked in goods or behind in goods) or behind > 0 and _is_taken(text, place, behind, amount, said):
            value = f"{amount:.10g}"
        else:
            continue
        facts.setdefault(text.start(place), Fact("quantity", value, text.said(place, behind)))


# What may stand between a word that takes and the number: "if I take like 200".
ABOUT = frozenset(
    {"like", "about", "only", "around", "some", "maybe", "approx", "ca", "environ", "unas", "unos", "cerca", "circa", "около", "etwa"}
)
FEWEST_TAKEN, FEWEST_NAMED = 5, 20
NAME = re.compile(r" [A-ZÀ-Þ][a-zß-ÿ]{3,}")


def _taken_in_digits(
    text: Text,
    facts: dict[int, Fact],
    said: NumberWords,
    coded: Sequence[tuple[int, int, str]],
    number: Callable[[str], float | None],
    is_code: Callable[[str], object],
) -> None:
    """Numbers that are taken and have no unit ("at that price I take 1,500.")."""
    words, in_codes = text.words, {place for first, last, _ in coded for place in range(first, last)}
    for place in text.numbers:
        if not place or place in in_codes:
            continue
        before = words[place - 1]
        if before in ABOUT and place > 1:
            before = words[place - 2]
        if before not in said.takes or len(facts) >= MOST_SAID:
            continue
        begin, amount = text.start(place), number(words[place])
        if begin in facts or not amount or amount < FEWEST_TAKEN or amount % 1 or words[place][0] == "0":
            continue
        if YEAR.fullmatch(words[place]) or is_code(words[place]) or not text.text[text.stop(place - 1) : begin].isspace():
            continue
        # "I take like 200 Hiace front": what he names so is his goods.
        named = NAME.match(text.text, text.stop(place)) and amount >= FEWEST_NAMED and before != "have"
        if named or _is_taken(text, place, place + 1, amount, said, before):
            facts[begin] = Fact("quantity", f"{amount:.10g}", text.said(place, place + 1))


def _put_together(word: str, said: NumberWords) -> float:
    """The number of a word that is made of two ("zweihundert", "duemila"); 0 if it is none."""
    for end, many in said.ends:
        head = word.removesuffix(end)
        if len(head) >= SHORTEST_PART and head != word:
            return next((few * many for words, few in said.by_first.get(head, ()) if len(words) == 1 and few < many), 0)
    return 0


def _number(words: Sequence[str], place: int, said: NumberWords) -> tuple[float, int]:
    """The number that is said from ``place`` on, and the word behind it; 0 if none is."""
    whole, part, at, any_word = 0.0, 0.0, place, False
    while at < len(words):
        step = 0
        if any_word and words[at] in ANDS and at + 1 < len(words) and (words[at + 1] in said.by_first):
            at += 1
        for spelt, number in said.by_first.get(words[at], ()):
            if tuple(words[at : at + len(spelt)]) == spelt:
                step = len(spelt)
                if number in MULTIPLIERS and number >= 1_000:
                    whole, part = whole + (part or 1) * number, 0
                elif number in MULTIPLIERS and part:
                    part *= number
                elif _may_follow(part, number):
                    part += number
                else:
                    step = 0
                break
        else:
            made = _put_together(words[at], said) if words[at].endswith(said.endings) else 0
            step, part = (1, part + made) if made and not part else (0, part)
        if not step:
            break
        at, any_word = at + step, True
    return whole + part, at


def _may_follow(part: float, number: float) -> bool:
    """Whether a number goes on with another one ("twenty five", "two hundred fifty"); Turkish "-ten beş" is not ten and five."""
    return not part or part >= 100 and number < 100 or 20 <= part < 100 and number < 10


def _belongs_to_number(text: Text, place: int) -> bool:
    """Whether a number in digits stands right before: "5 thousand", "2 백만"."""
    before = place - 1
    while before and text.words[before] in KOREAN_UNITS:
        before -= 1
    return text.is_number(before) and not text.text[text.stop(before) : text.start(before + 1)].strip()


def _unit(words: Sequence[str], at: int, said: NumberWords) -> int:
    """How many words the unit takes that stands here; 0 if none does."""
    for unit in said.units.get(words[at], ()) if at < len(words) else ():
        if tuple(words[at : at + len(unit)]) == unit:
            return len(unit)
    return 0


def _behind_links(words: Sequence[str], at: int) -> int:
    """The first word that is none of those between a number and its goods ("of the", "do")."""
    stop = at + 2
    while at < min(stop, len(words)) and words[at] in LINKS:
        at += 1
    return at


def _is_taken(text: Text, place: int, behind: int, number: float, said: NumberWords, before: str = "") -> bool:
    """Whether goods are meant though none are named behind the number: a dozen of them, or some that he takes."""
    if number < 2:
        return False
    mark = text.text[text.stop(behind - 1) : text.stop(behind - 1) + 2].strip()[:1]
    if number not in DOZENS and (not place or (before or text.words[place - 1]) not in said.takes):
        return False
    ends = not mark or mark in ENDINGS or behind >= len(text.words)
    if ends or text.words[behind] in GOES_ON or text.words[behind] in LINKS:
        return True
    return PER_TIME.match(text.text, text.stop(behind - 1)) is not None
