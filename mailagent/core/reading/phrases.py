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
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from mailagent.core.reading.text import NUMBER, SINGLE, Text, token

MOST_MATCHES = 5_000
WORDS_SKIPPED = 5
CHARACTERS_SKIPPED = 10

PIECE = re.compile(rf"…|\.\.\.|#|[{SINGLE}]|{NUMBER}|[^\W\d_{SINGLE}]{{1,60}}\*?")


class Match(NamedTuple):
    """A phrase that was found: what it means, and from which word to which (exclusive)."""

    name: str
    value: str
    first: int
    last: int


# One element of a phrase: a word, the beginning of a word, any number, or a gap.
Piece = tuple[str, str]


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
    """

    order: int
    before: int
    length: int
    rest: tuple[Piece, ...]
    behind_gap: tuple[Piece, ...]
    later: str
    is_word: bool


def pieces(phrase: str) -> tuple[Piece, ...]:
    """A phrase of the configuration as elements to compare; empty when nothing in it can be compared."""
    found: list[Piece] = []
    for text in PIECE.findall(phrase):
        if text in ("…", "..."):
            found.append(("gap", ""))
        elif text == "#":
            found.append(("number", ""))
        elif text.endswith("*"):
            found.append(("begins", token(text[:-1])))
        else:
            found.append(("word", token(text)))
    # A gap at either end would mean nothing.
    while found and found[0][0] == "gap":
        found.pop(0)
    while found and found[-1][0] == "gap":
        found.pop()
    return tuple(found)


class Phrasebook:
    """Phrases that are looked for together.

    Args:
        entries: (name, value, phrase): what a phrase means, a value for it (may be empty), and the phrase.
    """

    def __init__(self, entries: Iterable[tuple[str, str, str]]):
        cut = [(pieces(phrase), name, value) for name, value, phrase in entries]
        # Sorting is stable: phrases of one rank stay in the order of the configuration.
        ranked = sorted((each for each in cut if each[0]), key=lambda each: _rank(each[0]))
        self._meanings = [(name, value) for _, name, value in ranked]
        # Phrases that begin with a number and have no word behind it.
        self._numbers: list[Entry] = []
        strings: dict[str, list[Entry]] = {}
        for order, (phrase, _, _) in enumerate(ranked):
            before = 1 if phrase[0][0] == "number" else 0
            length, string = _plain(phrase[before:])
            rest = phrase[before + length :]
            behind, longer = _plain(rest[1:]) if rest and rest[0][0] == "gap" and not before else (0, "")
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
                entries = possible[number] = [each for each in self._entries[number] if not each.later or text.holds(each.later)]
            if not entries:
                continue
            # There is one blank before each word: their number says which word it is.
            place += joined.count(" ", at, start) if start >= at else -joined.count(" ", start, at)
            at = start
            for entry in entries:
                if entry.is_word:
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


def _rank(phrase: tuple[Piece, ...]) -> tuple[int, int]:
    """Among phrases that begin at one place: words first, then two words and more, numbers, and beginnings by their length."""
    kind, word = phrase[0]
    pair = len(phrase) > 1 and phrase[1][0] == "word"
    if kind == "word":
        return (1 if pair else 0), 0
    if kind == "number":
        return (2 if pair else 3), 0
    return 4, len(word)


def _plain(phrase: tuple[Piece, ...]) -> tuple[int, str]:
    """How many plain words a phrase begins with, and how these stand in a joined text; the last may be a beginning."""
    string, length = "", 0
    for kind, word in phrase:
        if kind not in ("word", "begins"):
            break
        string, length = f"{string} {word}", length + 1
        if kind == "begins":
            return length, string
    return length, f"{string} "


def _later(rest: tuple[Piece, ...]) -> str:
    return max((f" {word} " if kind == "word" else f" {word}" for kind, word in rest if word), key=len, default="")


def _verify(text: Text, first: int, entry: Entry, found: list[tuple[int, int, int]]) -> None:
    """Add the match that begins at the word ``first``, if the text goes on as the phrase does, in one sentence."""
    last = first + entry.before + entry.length
    if entry.before and (first < 0 or not text.is_number(first)):
        return
    if entry.rest or last - first > 1:
        stop = text.ends[text.sentence(text.start(first))]
        if text.start(last - 1) >= stop:
            return
        if entry.rest:
            last = _follow(text, last, stop, entry.rest)
    if last:
        found.append((first, entry.order, last))


def _verify_before(text: Text, last: int, entry: Entry, found: list[tuple[int, int, int]]) -> None:
    """Add the matches that begin at the word ``last`` or so far before it as a gap allows."""
    kind, word = entry.behind_gap[0]
    for first in range(max(0, last - CHARACTERS_SKIPPED), last + 1):
        if text.words[first].startswith(word) if kind == "begins" else text.words[first] == word:
            end = _follow(text, first, text.ends[text.sentence(text.start(first))], entry.behind_gap)
            if end:
                found.append((first, entry.order, end))


def _follow(text: Text, at: int, stop: int, rest: tuple[Piece, ...]) -> int:
    """Where a phrase ends that goes on with ``rest`` at the word ``at``, before ``stop``; 0 when the text goes on differently."""
    words, skip = text.words, 0
    for piece in rest:
        if piece[0] == "gap":
            skip = CHARACTERS_SKIPPED if at < len(words) and "\u3040" <= words[at][0] <= "\ud7af" else WORDS_SKIPPED
            continue
        # The nearest place where the next word stands, no farther than the gap allows.
        here = next((i for i in range(at, min(at + skip + 1, len(words))) if _fits(words[i], piece)), None)
        if here is None or text.start(here) >= stop:
            return 0
        at, skip = here + 1, 0
    return at


def _fits(written: str, piece: Piece) -> bool:
    kind, word = piece
    if kind == "number":
        return written[0].isdigit()
    return written.startswith(word) if kind == "begins" else written == word
