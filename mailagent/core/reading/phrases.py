"""Finds thousands of plain phrases of many languages in one pass over a mail's words.

**The idea.** A regular expression made of a few thousand phrases tries them all at every letter, and a hostile text
can make it slow. Here the text is cut into *tokens* once (a word, a number, or one Chinese, Japanese or Korean
character), and the tokens are joined again with one blank between them: then "price list" is a plain string of that
line, and one automaton (Aho-Corasick) finds all the strings of all phrases in one pass, however many there are. What is left to
look at is what the pass has found: whether the words stand in one sentence, and what a phrase says behind a gap.
Where a word stands in the mail, and where sentences end (``text.py``), is asked only for what was found.

**What a phrase may hold** (``config/languages/*.toml``, product names in ``catalogue.toml``): plain words, and
three marks. ``bestell*`` is any word that begins so; ``#`` is any number; ``…`` skips up to five words (ten
characters of Chinese) of the same sentence: ``send … price list``.

**Families.** What people say in many ways is written once: ``(send|give us) … (the |)sample*`` stands for a phrase with any of the
words between the bars; nothing before or behind a bar means that the words may be missing. ``{sample}`` is the choice among the words
of that list in the language's ``[words]``. A family is one entry: its rarest choice leads to it, and the rest is compared then.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from mailagent.core.reading.phrase_parts import CHARACTERS_SKIPPED, Choice, Piece, findable, fits, leading, plain
from mailagent.core.reading.text import Text

MOST_MATCHES = 5_000
WORDS_SKIPPED = 5


class Match(NamedTuple):
    """A phrase that was found: what it means, and from which word to which (exclusive)."""

    name: str
    value: str
    first: int
    last: int


class Entry(NamedTuple):
    """A phrase, seen from the plain words by which it is found.

    Attributes:
        order: its place among all phrases; what begins at one place is told in this order.
        before: how many numbers stand before the plain words (none or one).
        length: how many plain words there are.
        rest: what follows them.
        behind_gap: the whole phrase, if a gap stands before the plain words; else empty.
        later: a word of the rest as it stands in a joined text.
        is_word: it is one word and nothing else.
        whole, back: a phrase with a choice, and how many words before the ones found it may begin; else nothing.
        others, begun: the first words of another choice of it, and the beginnings of words: one of all these must be in the text.
    """

    order: int
    before: int
    length: int
    rest: tuple[Piece, ...]
    behind_gap: tuple[Piece, ...]
    later: str
    is_word: bool
    whole: tuple[Piece, ...] = ()
    back: int = 0
    others: frozenset[str] = frozenset()
    begun: tuple[str, ...] = ()


class Phrasebook:
    """Phrases that are looked for together.

    Args:
        entries: (name, value, phrase): what a phrase means, a value for it (may be empty), and the phrase.
    """

    def __init__(self, entries: Iterable[tuple[str, str, str]]):
        cut = [(one, name, value) for name, value, phrase in entries for one in findable(phrase)]
        # Sorting is stable: phrases of one rank stay in the order of the configuration.
        ranked = sorted((each for each in cut if each[0]), key=lambda each: _rank(each[0]))
        self._meanings = [(name, value) for _, name, value in ranked]
        # Phrases that begin with a number and have no word behind it.
        self._numbers: list[Entry] = []
        strings: dict[str, list[Entry]] = {}
        for order, (phrase, _, _) in enumerate(ranked):
            if any(kind == "choice" for kind, _ in phrase):
                entry, led_by = _family(order, phrase)
                for string in led_by:
                    strings.setdefault(string, []).append(entry)
                continue
            before = 1 if phrase[0][0] == "number" else 0
            length, string = plain(phrase[before:])
            rest = phrase[before + length :]
            behind, longer = plain(rest[1:]) if rest and rest[0][0] == "gap" and not before else (0, "")
            if len(longer) > len(string):
                # "a … letter of credit" is looked for by its rare words.
                strings.setdefault(longer, []).append(Entry(order, length, behind, (), phrase, "", False))
            elif length:
                is_word = before + length == 1 and not rest
                strings.setdefault(string, []).append(Entry(order, before, length, rest, (), _later(rest), is_word))
            else:
                self._numbers.append(Entry(order, before, 0, rest, (), _later(rest), False))
        self._entries = list(strings.values())
        self._automaton = AhoCorasick(list(strings), store_patterns=False) if strings else None

    def find(self, text: Text) -> list[Match]:
        """Every phrase of the book that stands in the text, in reading order; the same words may mean several things."""
        found = sorted(set(self._found(text)))
        if len(found) > MOST_MATCHES:
            # What begins at one place is kept or dropped together.
            last = found[MOST_MATCHES - 1][0]
            found = [each for each in found if each[0] <= last]
        return [Match(*self._meanings[order], first, last) for first, order, last in found]

    def _found(self, text: Text) -> list[tuple[int, int, int]]:
        """(first word, order of the phrase, last word) of every match."""
        found: list[tuple[int, int, int]] = []
        joined, at, place = text.joined, 0, 0
        hits = self._automaton.find_matches_as_indexes(joined, overlapping=True) if self._automaton else ()
        # Of the phrases that begin alike, those whose other words are in the text, too.
        possible: dict[int, list[Entry]] = {}
        for number, start, _ in hits:
            entries = possible.get(number)
            if entries is None:
                entries = possible[number] = [each for each in self._entries[number] if _has_chance(each, text)]
            if not entries:
                continue
            # There is one blank before each word: their number says which word it is.
            place += joined.count(" ", at, start) if start >= at else -joined.count(" ", start, at)
            at = start
            for entry in entries:
                if entry.whole:
                    _verify_whole(text, place, entry, found)
                elif entry.is_word:
                    found.append((place, entry.order, place + 1))
                elif entry.behind_gap:
                    _verify_before(text, place - entry.before, entry, found)
                else:
                    _verify(text, place - entry.before, entry, found)
        if text.numbers:
            led = [each for each in self._numbers if not each.later or text.holds(each.later)]
            for place in text.numbers if led else ():
                for entry in led:
                    _verify(text, place, entry, found)
        return found


def _family(order: int, phrase: tuple[Piece, ...]) -> tuple[Entry, list[str]]:
    """The entry of a phrase with choices, and the strings that lead to it."""
    strings, back = leading(phrase)
    words = [word for kind, word in phrase if kind in ("word", "begins")]
    later = max((f" {word}" for word in words if f" {word}" not in strings and f" {word} " not in strings), key=len, default="")
    # The strings that lead here begin with those of their own choice.
    choices = [part for _, part in phrase if isinstance(part, Choice) and not part.is_optional and not part.number]
    choices = [part for part in choices if not any(string.startswith(plain(part.options[0])[1]) for string in strings)]
    other = min(choices, key=lambda part: len(part.options), default=None)
    others, begun = (frozenset(other.by_word), tuple(f" {word}" for word in other.beginnings)) if other else (frozenset(), ())
    return Entry(order, 0, 0, (), (), later, False, phrase, back, others, begun), strings


def _has_chance(entry: Entry, text: Text) -> bool:
    """Whether the other words of a phrase are anywhere in the text."""
    if entry.later and not text.holds(entry.later):
        return False
    if not entry.others and not entry.begun:
        return True
    return not entry.others.isdisjoint(text.vocabulary) or any(map(text.holds, entry.begun))


def _rank(phrase: tuple[Piece, ...]) -> tuple[int, int]:
    """Among phrases that begin at one place: words first, then two words and more, numbers, and beginnings by their length."""
    kind, word = phrase[0]
    if kind == "choice":
        return 1, 0
    pair = len(phrase) > 1 and phrase[1][0] == "word"
    if kind == "word":
        return (1 if pair else 0), 0
    if kind == "number":
        return (2 if pair else 3), 0
    return 4, len(word)


def _later(rest: tuple[Piece, ...]) -> str:
    return max((f" {word} " if kind == "word" else f" {word}" for kind, word in rest if word), key=len, default="")


def _verify(text: Text, first: int, entry: Entry, found: list[tuple[int, int, int]]) -> None:
    """Add the match that begins at the word ``first``, if the text goes on as the phrase does, in one sentence."""
    last = first + entry.before + entry.length
    if entry.before and (first < 0 or not text.is_number(first)):
        return
    at, last = _follow(text, last, entry.rest) if entry.rest else (last - 1, last)
    if last and (at == first or _in_one_sentence(text, first, at)):
        found.append((first, entry.order, last))


def _verify_before(text: Text, last: int, entry: Entry, found: list[tuple[int, int, int]]) -> None:
    """Add the matches that begin at the word ``last`` or so far before it as a gap allows."""
    kind, word = entry.behind_gap[0]
    for first in range(max(0, last - CHARACTERS_SKIPPED), last + 1):
        if text.words[first].startswith(word) if kind == "begins" else text.words[first] == word:
            at, end = _follow(text, first, entry.behind_gap)
            if end and _in_one_sentence(text, first, at):
                found.append((first, entry.order, end))


def _verify_whole(text: Text, last: int, entry: Entry, found: list[tuple[int, int, int]]) -> None:
    """Add the matches of a phrase with choices of which the word ``last`` is a part."""
    for first in range(max(0, last - entry.back), last + 1):
        if _begins(text, first, entry.whole):
            at, end = _follow(text, first, entry.whole)
            if end > last and _in_one_sentence(text, first, at):
                found.append((first, entry.order, end))


def _in_one_sentence(text: Text, first: int, last: int) -> bool:
    """Asked only of words that fit: where words stand and sentences end takes longer than to compare them."""
    return text.start(last) < text.ends[text.sentence(text.start(first))]


def _begins(text: Text, first: int, phrase: tuple[Piece, ...]) -> bool:
    """Whether a phrase may begin at this word; cheaper than to look how it goes on."""
    part = phrase[0][1]
    return part.is_optional or part.taken(text.words, first) > 0 if isinstance(part, Choice) else fits(text.words[first], phrase[0])


def _follow(text: Text, at: int, rest: tuple[Piece, ...]) -> tuple[int, int]:
    """From which word to which the last element stands of a phrase that goes on with ``rest`` at the word ``at``; 0, 0 if none does."""
    words, skip, last = text.words, 0, at - 1
    for number, piece in enumerate(rest):
        if piece[0] == "gap":
            skip = CHARACTERS_SKIPPED if at < len(words) and "\u3040" <= words[at][0] <= "\ud7af" else WORDS_SKIPPED
            continue
        if isinstance(piece[1], Choice):
            taken, here = -1, at
            for here in range(at, min(at + skip + 1, len(words))):
                taken = piece[1].taken(words, here)
                if taken >= 0:
                    break
            if taken < 0 and not piece[1].is_optional:
                return 0, 0
            if taken > 0:
                # What may be missing may also be the beginning of what follows: 银行 of 换(银行|)(账户|银行).
                following = rest[number + 1 :]
                if piece[1].is_optional and following:
                    found = _follow(text, here + taken, following)
                    return found if found[1] else _follow(text, at, following)
                last, at, skip = here, here + taken, 0
            continue
        # The nearest place where the next word stands, no farther than the gap allows.
        here = next((i for i in range(at, min(at + skip + 1, len(words))) if fits(words[i], piece)), None)
        if here is None:
            return 0, 0
        last, at, skip = here, here + 1, 0
    return last, at
