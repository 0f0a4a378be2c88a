"""Lines reduced to their letters, and the anchors that patterns of words have in them.

Theory. The patterns for streets, legal forms and titles are long lists of words, and trying one of them at every letter of every
line costs more than all the rest of reading a signature. Here a line becomes small letters without accents, and blanks
for everything else. It is made character by character, so a word that a pattern finds in the line stands in its letters
as well, folded the same way: what the letters do not hold, the pattern cannot find (see ``anchors.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import product

from mailagent.core.reading.text import LETTERS, SINGLE, fold

# Stands for what cannot be folded alone: marks on their own, parts of Korean letters, kana of half width. A line that holds one
# may hold anything.
ANYTHING = "\x00"
_PARTS = re.compile(r"[\u0300-\u036f\u0610-\u061a\u064b-\u0655\u0670\u1100-\u11ff\u3099\u309a\u3130-\u318f\uff61-\uffdc〒]")
_SINGLE = re.compile(f"[{SINGLE}]")
MOST_CHARACTERS = 20_000


class _Folded(dict):
    """Character → its folded letters, a blank, or ``ANYTHING``; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = fold(character)
        if not character.isalpha():
            # Some signs are written out as letters ("℡"), and others stand for nothing at all.
            folded = ANYTHING if _PARTS.match(character) or any(map(str.isalpha, folded)) else " "
        elif _PARTS.match(character):
            folded = ANYTHING
        elif _SINGLE.match(character):
            # Each is a word of its own, and so is what stands beside it.
            folded = f" {folded} "
        if len(self) < MOST_CHARACTERS:
            self[code] = folded
        return folded


_FOLDED = _Folded()


def letters(line: str) -> str:
    """The letters of a line, folded one by one, with a blank for every other character."""
    return line.translate(LETTERS if line.isascii() else _FOLDED)


def spellings(alternative: str) -> Iterator[str]:
    """All strings that an alternative of a pattern stands for; it may hold optional characters and nothing else: ``s\\.?r\\.?l``."""
    atoms = re.findall(r"(\\?.)(\??)", alternative)
    yield from map("".join, product(*((atom[-1], "") if optional else (atom[-1],) for atom, optional in atoms)))


def anchors(alternatives: Iterable[str], before: str = " ", after: str = " ") -> frozenset[str]:
    """The anchors of words that stand between other characters than letters; an alternative may end in ``\\w{0,9}``.

    Args:
        before, after: "" where a letter may stand there.
    """
    found = set()
    for alternative in alternatives:
        stem, _, more = alternative.partition(r"\w{")
        found |= {before + letters(spelling).strip() + ("" if more else after) for spelling in spellings(stem)}
    return frozenset(found)
