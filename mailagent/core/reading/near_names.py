"""Names of our goods with a slip of the pen: "prunning sheers" for pruning shears.

A word is compared with those words of the catalogue that begin with
the same two letters, and must agree in all but one letter (two in a long word; a pair of neighbours may be swapped). A name of one
word must be long; of a name of several words each must be there, in order.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass

from mailagent.core.model.lead import Fact
from mailagent.core.reading.text import Text, token

SHORTEST_WORD, SHORTEST_ALONE, LONG_WORD = 4, 7, 8
LONGEST_WORD = 24
# A mail of so many words names its goods rightly somewhere.
MOST_WORDS = 400
MOST_FOUND = 5


@dataclass(frozen=True)
class Names:
    """Names of goods in words, prepared once.

    Attributes:
        by_head: the first two letters of a name's first word → (its words, whose name it is).
    """

    by_head: dict[str, tuple[tuple[tuple[str, ...], str], ...]]


def prepare(names: Iterable[tuple[str, str]]) -> Names:
    """(name, product) of everything that has a name in letters; "*" and codes are left out."""
    by_head: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for name, code in names:
        words = tuple(token(word.strip("*")) for word in name.replace("-", " ").split())
        if not words or not all(word.isalpha() and "\u0041" <= word[0] < "\u3040" for word in words):
            continue
        if len(words) == 1 and len(words[0]) < SHORTEST_ALONE or all(len(word) < SHORTEST_WORD + 1 for word in words):
            continue
        by_head.setdefault(words[0][:2], []).append((words, code))
    return Names({head: tuple(dict.fromkeys(each)) for head, each in by_head.items()})


def find(text: Text, names: Names, known: Container[str]) -> list[Fact]:
    """The products that a text names with a slip, each once; without those that are known already."""
    words = text.words
    facts: dict[str, Fact] = {}
    if not names.by_head or len(words) > MOST_WORDS:
        return []
    for place, word in enumerate(words):
        for spelt, code in names.by_head.get(word[:2], ()) if len(word) >= 2 else ():
            last = place + len(spelt)
            if code in facts or code in known or last > len(words) or not all(map(alike, words[place:last], spelt)):
                continue
            facts[code] = Fact("names_product", code, text.said(place, last))
            if len(facts) >= MOST_FOUND:
                return list(facts.values())
    return list(facts.values())


def alike(written: str, word: str) -> bool:
    """Whether a written word is this one, in the singular or plural, with at most one slip (two in a long word)."""
    for end in ("", "s", "es", "n", "en"):
        ending = word + end
        if written == ending or (end and written == word):
            return True
    if len(word) < SHORTEST_WORD + 1 or len(written) > LONGEST_WORD or abs(len(written) - len(word)) > 2:
        return False
    most = 2 if len(word) >= LONG_WORD else 1
    stems = {word, word[:-1] if word.endswith("s") else word + "s"}
    return any(distance(written, stem, most) <= most for stem in stems)


def distance(one: str, other: str, most: int) -> int:
    """How many letters must be changed, put in, left out or swapped with their neighbour (Damerau); more than ``most`` is all the same."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]
