"""Which of very many words occur in a text, answered in one pass.

Theory. A regular expression that looks for one phrase walks the whole text, and we look for thousands. Nearly all of them
are not there. So each pattern names literal *anchors*, strings without one of which it cannot match; one automaton
(Aho-Corasick, a few hundred megabytes a second whatever the number of words) says which anchors occur, and only the
patterns that own one of those are tried. The patterns stay the judges: anchors never decide, they only spare work.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping

from ahocorasick_rs import AhoCorasick, Implementation

# Characters of all anchors together; a table takes about half a kilobyte for each.
MOST_FOR_TABLE = 2_000


class Anchors:
    """An automaton over the anchors of many owners.

    Args:
        owned: owner → the strings one of which must occur in a text for the owner to have a chance; folded the way the texts
            will be. An owner with an empty string among them always has a chance.
    """

    def __init__(self, owned: Mapping[Hashable, Iterable[str]]) -> None:
        owners: dict[str, frozenset[Hashable]] = {}
        # Thousands of words have the same owner: one set stands for all of them.
        shared: dict[frozenset[Hashable], frozenset[Hashable]] = {}
        for owner, words in owned.items():
            alone = frozenset((owner,))
            for word in words:
                together = owners[word] | alone if word in owners else alone
                owners[word] = shared.setdefault(together, together)
        self._always = owners.pop("", frozenset())
        self._owners = list(owners.values())
        # So few words have room for the fastest form, which is a table of everything.
        kind = Implementation.DFA if sum(map(len, owners)) <= MOST_FOR_TABLE else None
        self._automaton = AhoCorasick(list(owners), implementation=kind, store_patterns=False) if owners else None

    def present(self, text: str) -> frozenset:
        """The owners that have an anchor in the text."""
        if self._automaton is None:
            return self._always
        return self._always.union(*(self._owners[number] for number in {number for number, _, _ in self._hits(text)}))

    @property
    def always(self) -> frozenset:
        """The owners that have a chance in every text."""
        return self._always

    def places(self, text: str) -> Iterator[tuple[int, frozenset]]:
        """Where each anchor stands in the text, and whose it is; without the owners that always have a chance."""
        for number, start, _ in self._hits(text) if self._automaton else ():
            yield start, self._owners[number]

    def spans(self, text: str) -> Iterator[tuple[int, int, frozenset]]:
        """The same with where each anchor ends."""
        for number, start, stop in self._hits(text) if self._automaton else ():
            yield start, stop, self._owners[number]

    def _hits(self, text: str) -> list[tuple[int, int, int]]:
        # Overlapping: "price" must not hide "price list", nor the other way round.
        try:
            return self._automaton.find_matches_as_indexes(text, overlapping=True)
        except UnicodeEncodeError:
            # Half a surrogate pair is no character; for one such a question mark stands as well.
            return self._automaton.find_matches_as_indexes(text.encode("utf-8", "replace").decode(), overlapping=True)


def matches_at(pattern: re.Pattern, text: str, places: Iterable[int]) -> Iterator[re.Match]:
    """What ``finditer`` would find, if matches can begin nowhere but at these places."""
    done = 0
    for place in sorted(places):
        match = pattern.match(text, place) if place >= done else None
        if match:
            done = match.end()
            yield match
