"""By which words a phrase is woken: words without one of which it stands in no text, found without taking the phrase apart.

Theory. Of fifteen thousand phrases in thirty languages a mailbox sees a few thousand. To take all of them apart costs the first
mail half a second; to name one word of each, the one that is rarest among all phrases, costs a third of that. Which words are to
be trusted in a phrase with choices is told more strictly here than ``findable`` cuts it: where letters touch a parenthesis they
may be a part of a word, and a phrase of which nothing is certain is woken at once.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from mailagent.core.reading.kept import Remembered
from mailagent.core.reading.phrase_parts import CHOICE
from mailagent.core.reading.text import SINGLE, token

_WORD = re.compile(rf"[{SINGLE}]|[^\W\d_{SINGLE}]{{1,60}}\*?")
#: What stands for a choice while its surroundings are looked at.
_HOLE = "\x00"
# No part of a word, and nothing that a choice may complete.
_WHOLE_WORD = re.compile(rf"[{SINGLE}]|(?<![\x00])(?<![^\W\d_])[^\W\d_{SINGLE}]{{1,60}}+\*?+(?![\x00])")
_ONE_CHARACTER = re.compile(rf"[{SINGLE}]")
# Short words are in nearly every mail: they count as if they were in so many phrases more.
_OFTEN = {1: 400, 2: 200, 3: 50}
_SHORT = 3


class PhraseKeys:
    """The words that wake phrases.

    Args:
        phrases: as the configuration has them.

    Attributes:
        by_word: a whole word → the numbers of the phrases that it wakes.
        by_beginning: the same for the beginnings of words.
        seconds: of some phrases another word without which they are in no text, by their numbers.
        awake: the numbers of the phrases that nothing can wake, because no word of them is certain.
    """

    def __init__(self, phrases: Sequence[str]) -> None:
        # What is rare in phrases is rare in mails: they are made of the same words.
        count = Counter(_WORD.findall("\n".join(phrases).lower()))
        self._chances: Remembered[str, float] = Remembered(lambda word: _chance(word, count), len(count) * 2)
        self.by_word: dict[str, list[int]] = {}
        self.by_beginning: dict[str, list[int]] = {}
        self.seconds: dict[int, str] = {}
        self.awake: list[int] = []
        for number, phrase in enumerate(phrases):
            keys, second = self._of_family(phrase) if "(" in phrase or "|" in phrase else self._of_words(_WORD.findall(phrase))
            if second:
                self.seconds[number] = _same(second)
            if not keys:
                self.awake.append(number)
            for key in keys:
                key = _same(key)
                if key[-1] == "*":
                    self.by_beginning.setdefault(key[:-1], []).append(number)
                else:
                    self.by_word.setdefault(key, []).append(number)
        del self._chances

    def _of_words(self, words: list[str]) -> tuple[list[str], str]:
        """The word of a phrase that is hardest to find by chance, and the next whole one; nothing where there is none."""
        if len(words) < 2:
            return words, ""
        chance = self._chances.__getitem__
        key = min(words, key=chance)
        others = [word for word in words if word != key and word[-1] != "*"]
        return [key], min(others, key=chance) if others else ""

    def _of_family(self, phrase: str) -> tuple[list[str], str]:
        """The words of which one is in every member of a family of phrases; nothing where no words are certain."""
        around = CHOICE.sub(_HOLE, phrase)
        if "(" in around or "|" in around or ")" in around:
            return [], ""
        words = _WHOLE_WORD.findall(around)
        keys, second = self._of_words(words)
        chance_of = self._chances.__getitem__
        chance = chance_of(keys[0]) if keys else math.inf
        for choice in CHOICE.finditer(phrase):
            beside = phrase[choice.start() - 1 : choice.start()] if choice.start() else "", phrase[choice.end() : choice.end() + 1]
            # Between other letters or choices only characters that are words by themselves are certain.
            pattern = _WORD if all(not each or each.isspace() for each in beside) else _ONE_CHARACTER
            members: dict[str, None] = {}
            for option in choice[1].split("|"):
                found = pattern.findall(option)
                if not found:
                    break
                members[min(found, key=chance_of) if len(found) > 1 else found[0]] = None
            else:
                together = sum(map(chance_of, members))
                if together < chance:
                    keys, chance = list(members), together
                    second = min((word for word in words if word[-1] != "*"), key=chance_of, default="")
        return keys, second


def _chance(word: str, count: Counter[str]) -> float:
    short = 0 if len(word) > _SHORT or not word.isascii() else _OFTEN[len(word)]
    return count[word.lower()] + short


def _same(word: str) -> str:
    """The form in which words are compared; the star of a beginning stays."""
    if word.isascii():
        return word.lower()
    return f"{token(word[:-1])}*" if word[-1] == "*" else token(word)
