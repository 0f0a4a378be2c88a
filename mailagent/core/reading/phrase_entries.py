"""A phrase as the phrasebook keeps it: the words that lead to it, what it needs beside them, and how it goes on.

Nearly all phrases to which the words of a sentence lead are not there. What a phrase needs in any case is put down here, so that a look
at the set of the sentence's words tells it; only what passes is compared word by word (``phrases``).
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from mailagent.core.reading.phrase_parts import Choice, Piece, leading, plain


@dataclass(slots=True, eq=False)
class Entry:
    """A phrase, seen from the plain words by which it is found.

    Attributes:
        order: its place among all phrases; what begins at one place is told in this order.
        before: how many numbers stand before the plain words (none or one).
        length: how many plain words there are.
        rest: what follows them.
        behind_gap: the whole phrase, if a gap stands before the plain words; else empty.
        is_word: it is one word and nothing else.
        whole, back: a phrase with a choice, and how many words before the ones found it may begin; else nothing.
        first, beginning: of a phrase with a choice the words with which it may begin, and the beginnings of such words; None where
            that is not so simple.
        needs: words that it has in any case.
        begun: beginnings of words that it has in any case, each with a blank before it.
        choices: those of which it has one member in any case, which begins with a word or the beginning of one.
    """

    order: int
    before: int
    length: int
    rest: tuple[Piece, ...]
    behind_gap: tuple[Piece, ...]
    is_word: bool
    whole: tuple[Piece, ...] = ()
    back: int = 0
    first: Container[str] | None = None
    beginning: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    begun: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()


def entry_of(order: int, phrase: tuple[Piece, ...]) -> tuple[Entry, list[str]]:
    """The entry of a phrase, and the strings that lead to it; none for one that begins with a number and has no word behind it."""
    if any(kind == "choice" for kind, _ in phrase):
        return _family(order, phrase)
    before = 1 if phrase[0][0] == "number" else 0
    length, string = plain(phrase[before:])
    rest = phrase[before + length :]
    behind, longer = plain(rest[1:]) if rest and rest[0][0] == "gap" and not before else (0, "")
    if len(longer) > len(string):
        # "a … letter of credit" is looked for by its rare words.
        return _needing(Entry(order, length, behind, (), phrase, False), phrase[:length]), [longer]
    if length:
        return _needing(Entry(order, before, length, rest, (), before + length == 1 and not rest), rest), [string]
    return _needing(Entry(order, before, 0, rest, (), False), rest), []


def _family(order: int, phrase: tuple[Piece, ...]) -> tuple[Entry, list[str]]:
    """The entry of a phrase with choices, and the strings that lead to it."""
    strings, back = leading(phrase)
    first, beginning = _first(phrase[0])
    return _needing(Entry(order, 0, 0, (), (), False, phrase, back, first, beginning), phrase), strings


def _needing(entry: Entry, parts: tuple[Piece, ...]) -> Entry:
    """The same entry, which knows what it needs beside the words that lead to it.

    Args:
        parts: the elements of its phrase that are still to be found.
    """
    entry.needs = tuple({word for kind, word in parts if kind == "word"})
    entry.begun = tuple(f" {word}" for kind, word in parts if kind == "begins")
    choices = [part for _, part in parts if isinstance(part, Choice) and not part.is_optional and not part.number]
    # The choice with the fewest members is the likeliest to have none of them here.
    entry.choices = tuple(sorted(choices, key=lambda part: len(part.options)))
    return entry


def _first(piece: Piece) -> tuple[Container[str] | None, tuple[str, ...]]:
    """The words with which what begins with this element may begin, and the beginnings of such words."""
    kind, part = piece
    if isinstance(part, Choice):
        return (None if part.is_optional or part.number else part.by_word), part.beginnings
    return {"word": ((part,), ()), "begins": ((), (part,)), "number": (None, ())}[kind]


def rank(phrase: tuple[Piece, ...]) -> tuple[int, int]:
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
