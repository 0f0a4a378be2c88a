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

import re
from collections.abc import Iterable
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from mailagent.core.reading.text import NUMBER, SINGLE, Text, token

MOST_MATCHES = 5_000
WORDS_SKIPPED = 5
CHARACTERS_SKIPPED = 10

# A string of the joined text with the blanks around it; a shorter one is in nearly every mail.
SHORTEST_ANCHOR = 3
# So many strings may lead to one phrase when neighbouring elements are put together: "am in", "is in" … are rarer than "in".
MOST_LEADING = 24

CHOICE = re.compile(r"\(([^()]{0,2000}\|[^()]{0,2000})\)")
PIECE = re.compile(rf"…|\.\.\.|#|[{SINGLE}]|{NUMBER}|[^\W\d_{SINGLE}]{{1,60}}\*?")


class Match(NamedTuple):
    """A phrase that was found: what it means, and from which word to which (exclusive)."""

    name: str
    value: str
    first: int
    last: int


# One element of a phrase: a word, the beginning of a word, any number, a gap, or a choice among several phrases.
Piece = tuple[str, "str | Choice"]


class Choice:
    """The phrases of which any may stand in one place of a longer one.

    Attributes:
        by_word: those that begin with a whole word, by it, without it.
        beginnings: the beginnings of words with which the others begin; begun: these, each with what follows it.
        number: what follows where one begins with any number; None if none does.
        is_optional: all of them may be missing.
    """

    def __init__(self, options: Iterable[tuple[Piece, ...]]):
        self.options = tuple(options)
        self.by_word: dict[str, list[tuple[Piece, ...]]] = {}
        self.begun: list[tuple[str, tuple[Piece, ...]]] = []
        self.number: list[tuple[Piece, ...]] = []
        self.is_optional = () in self.options
        for option in filter(None, self.options):
            kind, word = option[0]
            if kind == "word":
                self.by_word.setdefault(word, []).append(option[1:])
            elif kind == "begins":
                self.begun.append((word, option[1:]))
            else:
                self.number.append(option[1:])
        self.beginnings = tuple(word for word, _ in self.begun)

    def strings(self) -> list[str]:
        """What to look for in a joined text so as to find each of them; empty if one of them cannot be looked for."""
        plain = [_plain(option)[1] for option in self.options]
        return [] if self.is_optional or any(len(string) < SHORTEST_ANCHOR for string in plain) else plain

    def longest(self) -> int:
        """So many words it may take."""
        return max(map(len, self.options), default=0)

    def taken(self, words: list[str], at: int) -> int:
        """How many words the longest of them takes at this place; 0 if it may be missing and is, -1 if it should not be."""
        written, longest = words[at], 0
        rests = self.by_word.get(written, ())
        if self.beginnings and written.startswith(self.beginnings):
            rests = [*rests, *(rest for word, rest in self.begun if written.startswith(word))]
        if self.number and written[0].isdigit():
            rests = [*rests, *self.number]
        for rest in rests:
            behind = at + 1 + len(rest)
            if behind - at > longest and behind <= len(words) and all(map(_fits, words[at + 1 : behind], rest)):
                longest = behind - at
        return longest or (0 if self.is_optional else -1)


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


def pieces(phrase: str) -> tuple[Piece, ...]:
    """A phrase of the configuration as elements to compare; empty when nothing in it can be compared."""
    found: list[Piece] = []
    at = 0
    for choice in CHOICE.finditer(phrase):
        found += _simple_pieces(phrase[at : choice.start()])
        found.append(("choice", Choice(map(_simple_pieces, choice[1].split("|")))))
        at = choice.end()
    found += _simple_pieces(phrase[at:])
    # A gap at either end would mean nothing.
    while found and found[0][0] == "gap":
        found.pop(0)
    while found and found[-1][0] == "gap":
        found.pop()
    return tuple(found)


def _simple_pieces(phrase: str) -> tuple[Piece, ...]:
    """The elements of a phrase without a choice."""
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
            if any(kind == "choice" for kind, _ in phrase):
                entry, leading = _family(order, phrase)
                for string in leading:
                    strings.setdefault(string, []).append(entry)
                continue
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
    """The entry of a phrase with choices, and the strings that lead to it: of all its parts those that are hardest to find by chance."""
    best: tuple[int, list[str], int] = (0, [], 0)
    back = at = 0
    while at < len(phrase):
        kind, part = phrase[at]
        if isinstance(part, Choice):
            strings, length, span = part.strings(), 1, part.longest()
        elif kind in ("gap", "number"):
            strings, length, span = [], 1, CHARACTERS_SKIPPED if kind == "gap" else 1
        else:
            length, string = _plain(phrase[at:])
            strings, span = [string], length
        strings = _with_what_follows(strings, phrase[at + length :])
        shortest = min(map(len, strings), default=0)
        if shortest > best[0]:
            best = shortest, strings, back
        back, at = back + span, at + length
    words = [word for kind, word in phrase if kind in ("word", "begins")]
    later = max((f" {word}" for word in words if f" {word}" not in best[1] and f" {word} " not in best[1]), key=len, default="")
    return Entry(order, 0, 0, (), (), later, False, phrase, best[2]), best[1]


def _with_what_follows(strings: list[str], rest: tuple[Piece, ...]) -> list[str]:
    """The strings of one element, each with every string of the elements that stand directly behind it, as long as these are few."""
    while strings and rest and all(string.endswith(" ") for string in strings):
        kind, part = rest[0]
        if isinstance(part, Choice):
            length, following = 1, part.strings()
        elif kind in ("gap", "number"):
            break
        else:
            length, string = _plain(rest)
            following = [string]
        if not following or len(strings) * len(following) > MOST_LEADING:
            break
        strings, rest = [f"{string[:-1]}{each}" for string in strings for each in following], rest[length:]
    return strings


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
    return part.is_optional or part.taken(text.words, first) > 0 if isinstance(part, Choice) else _fits(text.words[first], phrase[0])


def _follow(text: Text, at: int, rest: tuple[Piece, ...]) -> tuple[int, int]:
    """From which word to which the last element stands of a phrase that goes on with ``rest`` at the word ``at``; 0, 0 if none does."""
    words, skip, last = text.words, 0, at - 1
    for piece in rest:
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
                last, at, skip = here, here + taken, 0
            continue
        # The nearest place where the next word stands, no farther than the gap allows.
        here = next((i for i in range(at, min(at + skip + 1, len(words))) if _fits(words[i], piece)), None)
        if here is None:
            return 0, 0
        last, at, skip = here, here + 1, 0
    return last, at


def _fits(written: str, piece: Piece) -> bool:
    kind, word = piece
    if kind == "number":
        return written[0].isdigit()
    return written.startswith(word) if kind == "begins" else written == word
