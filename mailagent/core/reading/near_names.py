"""Names of our goods with a slip of the pen: "prunning sheers" for pruning shears.

A word is compared with those words of the catalogue that begin with
the same two letters, and must agree in all but one letter (two in a long word; a pair of neighbours may be swapped). A name of one
word must be long; of a name of several words each must be there, in order.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance.OSA import distance as _slips

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
        if len(words[0]) < 2 or len(words) == 1 and len(words[0]) < SHORTEST_ALONE or all(len(word) < SHORTEST_WORD + 1 for word in words):
            continue
        by_head.setdefault(words[0][:2], []).append((words, code))
    return Names({head: tuple(dict.fromkeys(each)) for head, each in by_head.items()})


def find(text: Text, names: Names, known: Container[str]) -> list[Fact]:
    """The products that a text names with a slip, each once; without those that are known already."""
    words, by_head = text.words, names.by_head
    facts: dict[str, Fact] = {}
    if not by_head or len(words) > MOST_WORDS:
        return []
    for place, word in [(place, word) for place, word in enumerate(words) if word[:2] in by_head]:
        for spelt, code in by_head[word[:2]]:
            if not alike(word, spelt[0]) or code in facts or code in known:
                continue
            last = place + len(spelt)
            if last > len(words) or not all(map(alike, words[place + 1 : last], spelt[1:])):
                continue
            facts[code] = Fact("names_product", code, text.said(place, last))
            if len(facts) >= MOST_FOUND:
                return list(facts.values())
    return list(facts.values())


# The same words come in every mail.
@lru_cache(maxsize=4_000)
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
    return any(_slips(written, stem, score_cutoff=most) <= most for stem in stems)
