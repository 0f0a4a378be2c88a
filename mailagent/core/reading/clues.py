"""Which patterns have a chance in a mail, found in one pass over its subject and one over its words.

Most questions about a mail's kind are answered "no", and each would walk the text once to say so. A ``Gate`` knows the
literal strings without which each of its patterns cannot match (``literals``) and finds all of them at once (``anchors``).
What it lets through is tried as ever: a gate spares work, it decides nothing. Texts are folded first (``lexicon.fold``).
"""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from mailagent.core.reading.anchors import Anchors
from mailagent.core.reading.literals import Rows


class _Everything:
    """A set that holds every name: no gate at all."""

    def __contains__(self, name: object) -> bool:
        return True


EVERYTHING = _Everything()


@dataclass(frozen=True)
class Clues:
    """Names of the patterns that may match a mail.

    Attributes:
        subject: for patterns that are asked of the subject.
        text: for those that are asked of the subject, the words, or both together.
    """

    subject: Container[str] = EVERYTHING
    text: Container[str] = EVERYTHING

    def any_of(self, names: frozenset[str]) -> bool:
        """Whether one of these patterns may match the text."""
        return self.text is EVERYTHING or not names.isdisjoint(self.text)


#: Every pattern is tried: for a caller who did not look before, and for the test that a gate hides nothing.
ALL = Clues()


class _Row(NamedTuple):
    """One of two rows of strings that a pattern needs: whose, the number of the pattern, and which of the two."""

    name: str
    number: int
    place: int


class Gate:
    """The anchors of named patterns.

    Args:
        anchors: name → what a text needs for the pattern to have a chance: one of these strings, or of rows of strings one
            string each (``literals.needs_of``).
    """

    def __init__(self, anchors: Mapping[str, Iterable[str | Rows]]) -> None:
        owned: dict[Hashable, set[str]] = {}
        for name, needed in anchors.items():
            for number, each in enumerate(needed):
                if isinstance(each, str) or len(each) == 1:
                    owned.setdefault(name, set()).update((each,) if isinstance(each, str) else each[0])
                else:
                    for place, row in enumerate(each):
                        owned[_Row(name, number, place)] = set(row)
        self._anchors = Anchors(owned)

    def open(self, folded: str) -> frozenset[str]:
        """Names of the patterns that may match a folded text."""
        present = self._anchors.present(folded)
        rows = [each for each in present if each.__class__ is _Row]
        if not rows:
            return present
        # There are two rows of each pattern that has any: where both are present the pattern has a chance.
        both = (row.name for row in rows if row.place and _Row(row.name, row.number, 0) in present)
        return present.difference(rows).union(both)


class WholeWords:
    """Words that count only where no letter of an alphabet stands beside them.

    Chinese, Japanese and Korean letters are not of an alphabet: there words stand beside each other without blanks.
    """

    def __init__(self, words: Iterable[str]) -> None:
        words = [word for word in words if word]
        self._automaton = AhoCorasick(words) if words else None

    def occur(self, text: str) -> bool:
        """Whether one of the words occurs in the text by itself."""
        if self._automaton is None:
            return False
        if not text.isascii():
            # Half a surrogate pair is no character; a question mark stands for it.
            text = text.encode("utf-8", "replace").decode("utf-8")
        return any(
            not (start and _is_alphabetic(text[start - 1])) and not (end < len(text) and _is_alphabetic(text[end]))
            for _, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True)
        )


def _is_alphabetic(character: str) -> bool:
    return character.isalpha() and character < "\u3040"
