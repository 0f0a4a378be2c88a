"""The small words around a noun of time: which part of it ("end of"), on which side of it ("after"), how many ("in two months").

They mean nothing by themselves, so they are looked for only beside a noun that was found (``dates``): a few words before it, and
behind it in languages that put them there ("三周后", "Ekim sonunda"). The words stand in ``config/trade.toml`` ``[dates.around]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mailagent.core.model.trade import TimeWords
from mailagent.core.reading.anchors import Anchors
from mailagent.core.reading.phrase_parts import pieces
from mailagent.core.reading.text import Text

NUMBER_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "six": 6}
# How many words before and behind a noun may belong to it.
WORDS_BEFORE, WORDS_BEHIND = 6, 4


@dataclass(frozen=True)
class Around:
    """The small words, prepared once: those that stand before a noun, those behind it, and those of the whole sentence."""

    before: Anchors
    behind: Anchors
    sentence: Anchors
    numbers: frozenset[str]


BEFORE = ("after", "from", "before", "by", "within", "in")
BEHIND = ("after_behind", "from_behind", "before_behind", "by_behind", "within_behind")
PARTS = ("end", "middle", "start", "next", *NUMBER_WORDS)
CUES = ("again", "decide", "tender", "answer_due", "goods_due", "not_ours")


def prepare(words: TimeWords) -> Around:
    """The small words of all languages, ready to be looked for."""
    around = words.around
    numbers = frozenset(joined(phrase).split()[-1] for name in NUMBER_WORDS for phrase in around.get(name, ()) if joined(phrase).strip())
    before, behind = _anchors(around, (*BEFORE, *PARTS)), _anchors(around, (*BEHIND, "end", "middle", "start"))
    return Around(before, behind, _anchors(around, CUES), numbers)


def _anchors(words: Mapping[str, tuple[str, ...]], names: Iterable[str]) -> Anchors:
    return Anchors({name: {joined(phrase) for phrase in words.get(name, ())} - {""} for name in names})


def joined(phrase: str) -> str:
    """A phrase as it stands in a text's joined words."""
    cut = pieces(phrase)
    return "".join(f" {word}" for _, word in cut) + ("" if cut and cut[-1][0] == "begins" else " ") if cut else ""


@dataclass(frozen=True)
class Near:
    """What stands beside a noun."""

    relation: str
    part: str
    number: int
    is_next: bool
    is_beside: bool


def words_near(text: Text, first: int, last: int, around: Around) -> Near:
    """The small words beside the noun that stands at the words from ``first`` to ``last``."""
    sentence = text.sentence_of(first)
    begin = max(text.firsts[sentence], first - WORDS_BEFORE)
    end = max(last, min(text.firsts[sentence] + len(text.sentences[sentence].words), last + WORDS_BEHIND))
    # Behind a comma something new begins: "after the holidays, in September".
    comma = max(text.text.rfind(mark, text.start(begin), text.start(first)) for mark in (", ", "，", "、", "; ")) if begin < first else -1
    while begin < first and text.start(begin) < comma:
        begin += 1
    before = f" {' '.join(text.words[begin:first])} "
    behind = f" {' '.join(text.words[last:end])} "
    relation, part, at, number, is_next, is_beside = "", "", -1, 0, False, False
    for start, stop, name in _ordered(around.before, before):
        beside = stop >= len(before)
        if name in BEFORE:
            # The nearest counts; "in" only where nothing else is said ("after the fair in October").
            if name != "in" or not relation or beside and relation in ("by", "within"):
                relation = name
            is_beside = is_beside or beside
        elif name in NUMBER_WORDS:
            number = NUMBER_WORDS[name] if beside else number
        elif name == "next":
            is_next = is_next or beside
        elif before.count(" ", start) <= 4:
            part, at, is_beside = name, start, is_beside or beside
    for start, _, name in _ordered(around.behind, behind):
        if start > 8:
            continue
        if name in BEHIND:
            relation, is_beside = name.removesuffix("_behind"), True
        elif start == 0 and at < 0:
            part, is_beside = name, True
    return Near(relation, part, number, is_next, is_beside)


def _ordered(anchors: Anchors, window: str) -> list[tuple[int, int, str]]:
    """(from, to, name) of the small words in a window, the longer of two that begin together last."""
    return sorted((start, stop, name) for start, stop, owners in anchors.spans(window) for name in owners)
