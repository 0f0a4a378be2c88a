"""What a phrase of the configuration is made of: words, beginnings of words, numbers, gaps, and choices among phrases.

How they are found in a text is told in ``phrases``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailagent.core.reading.text import LONGEST_HEAD, NUMBER, SINGLE, token

CHARACTERS_SKIPPED = 10
# Here the languages without blanks begin, in which every character is a word.
FIRST_SINGLE = "\u3040"
# A string of the joined text with the blanks around it; a shorter one is in nearly every mail.
SHORTEST_ANCHOR = 3
# So many strings may lead to one phrase when neighbouring elements are put together: "am in", "is in" … are rarer than "in".
MOST_LEADING = 24

CHOICE = re.compile(r"\(([^()]{0,2000}\|[^()]{0,2000})\)")
PIECE = re.compile(rf"…|\.\.\.|#|[{SINGLE}]|{NUMBER}|[^\W\d_{SINGLE}]{{1,60}}\*?")

# One element of a phrase: a word, the beginning of a word, any number, a gap, or a choice among several phrases.
Piece = tuple[str, "str | Choice"]


class Choice:
    """The phrases of which any may stand in one place of a longer one.

    Attributes:
        by_word: those that begin with a whole word, by it, without it.
        beginnings: the beginnings of words with which the others begin; spaced: each with a blank before it; heads: as much of each
            as ``Sentence.heads`` holds; begun: these, each with what follows it.
        number: what follows where one begins with any number; None if none does.
        is_optional: all of them may be missing.
    """

    __slots__ = ("begun", "beginnings", "by_word", "heads", "is_optional", "number", "options", "spaced")

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
        self.beginnings = tuple([word for word, _ in self.begun])
        self.spaced = tuple([f" {word}" for word in self.beginnings])
        self.heads = frozenset([word[:LONGEST_HEAD] for word in self.beginnings])

    def strings(self) -> list[str]:
        """What to look for in a joined text so as to find each of them; empty if one of them cannot be looked for."""
        each = [plain(option)[1] for option in self.options]
        return [] if self.is_optional or any(len(string) < SHORTEST_ANCHOR for string in each) else each

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
            if behind - at > longest and behind <= len(words) and (not rest or all(map(fits, words[at + 1 : behind], rest))):
                longest = behind - at
        return longest or (0 if self.is_optional else -1)


def findable(phrase: str) -> list[tuple[Piece, ...]]:
    """The phrase as elements; or several in its place, where it could not be looked for as one.

    A choice within a word ("liefer(zeit|termin)") makes words, and a gap may stand in none. One of which a member begins with a number
    leads nowhere by itself.
    """
    for choice in CHOICE.finditer(phrase):
        before, behind, options = phrase[: choice.start()], phrase[choice.end() :], choice[1].split("|")
        if "…" in choice[1] or _is_glued(before[-1:], behind[:1], options):
            return [one for option in options for one in findable(f"{before}{option}{behind}")]
    whole = pieces(phrase)
    choice = CHOICE.search(phrase)
    if choice is None or leading(whole)[0]:
        return [whole]
    return [one for option in choice[1].split("|") for one in findable(f"{phrase[: choice.start()]} {option} {phrase[choice.end() :]}")]


def _is_glued(before: str, behind: str, options: list[str]) -> bool:
    """Whether the members of a choice are parts of words: letters or another choice stand right beside them."""
    if any(option[:1] == " " or option[-1:] == " " or option[-1:] >= FIRST_SINGLE for option in options):
        return False
    return behind == "(" or any(beside.isalpha() and beside < FIRST_SINGLE for beside in (before, behind))


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


def plain(phrase: tuple[Piece, ...]) -> tuple[int, str]:
    """How many plain words a phrase begins with, and how these stand in a joined text; the last may be a beginning."""
    string, length = "", 0
    for kind, word in phrase:
        if kind not in ("word", "begins"):
            break
        string, length = f"{string} {word}", length + 1
        if kind == "begins":
            return length, string
    return length, f"{string} "


def leading(phrase: tuple[Piece, ...]) -> tuple[list[str], int]:
    """The strings that lead to a phrase with choices, and how many words before them it may begin.

    Of all its parts those that are hardest to find by chance; none if no part can be looked for.
    """
    best: tuple[int, list[str], int] = (0, [], 0)
    back = at = 0
    while at < len(phrase):
        kind, part = phrase[at]
        if isinstance(part, Choice):
            strings, length, span = part.strings(), 1, part.longest()
        elif kind in ("gap", "number"):
            strings, length, span = [], 1, CHARACTERS_SKIPPED if kind == "gap" else 1
        else:
            length, string = plain(phrase[at:])
            strings, span = [string], length
        strings = _with_what_follows(strings, phrase[at + length :])
        shortest = min(map(len, strings), default=0)
        if shortest > best[0]:
            best = shortest, strings, back
        back, at = back + span, at + length
    return best[1], best[2]


def _with_what_follows(strings: list[str], rest: tuple[Piece, ...]) -> list[str]:
    """The strings of one element, each with every string of the elements that stand directly behind it, as long as these are few."""
    while strings and rest and all(string.endswith(" ") for string in strings):
        kind, part = rest[0]
        if isinstance(part, Choice):
            length, following = 1, part.strings()
        elif kind in ("gap", "number"):
            break
        else:
            length, string = plain(rest)
            following = [string]
        if not following or len(strings) * len(following) > MOST_LEADING:
            break
        strings, rest = [f"{string[:-1]}{each}" for string in strings for each in following], rest[length:]
    return strings


def fits(written: str, piece: Piece) -> bool:
    kind, word = piece
    if kind == "number":
        return written[0].isdigit()
    return written.startswith(word) if kind == "begins" else written == word
