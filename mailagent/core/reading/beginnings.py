"""Which of many beginnings the words of a text have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

Owner = TypeVar("Owner")
#: So many characters of a word tell whether it is worth to look closer; more than these would miss short beginnings.
_FIRST = 3


class Beginnings(Generic[Owner]):
    """Beginnings of words, each with what it stands for.

    Args:
        owned: beginning → what it stands for.
    """

    def __init__(self, owned: Mapping[str, list[Owner]]) -> None:
        self.owned: dict[str, list[Owner]] = {}
        # Their first characters; those of the shorter ones.
        self._begun: set[str] = set()
        self._short: set[str] = set()
        self._longest = 0
        for beginning, owners in owned.items():
            for owner in owners:
                self.add(beginning, owner)

    def add(self, beginning: str, owner: Owner) -> bool:
        """One more that a beginning stands for; whether it is a new one."""
        if beginning in self.owned:
            self.owned[beginning].append(owner)
            return False
        self.owned[beginning] = [owner]
        (self._begun if len(beginning) >= _FIRST else self._short).add(beginning[:_FIRST])
        self._longest = max(self._longest, len(beginning))
        return True

    def of_words(self, words: Iterable[str]) -> dict[str, list[list[Owner]]]:
        """Of these words those that begin so, each with what its beginnings stand for."""
        begun, short, owned = self._begun, self._short, self.owned
        found = {}
        for word in [word for word in words if word[:_FIRST] in begun] if begun else ():
            lists = [owned.get(word[:length]) for length in range(_FIRST, min(len(word), self._longest) + 1)]
            lists = [each for each in lists if each]
            if lists:
                found[word] = lists
        for word in [word for word in words if word[:2] in short or word[0] in short] if short else ():
            found[word] = [*found.get(word, ()), *(owned[each] for each in {word[0], word[:2]} if each in owned)]
        return found
