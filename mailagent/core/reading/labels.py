"""The labels of forms and the set sentences of platforms, in the buyers' languages, ready to be looked up (``relays.toml [words]``)."""

from __future__ import annotations

import re

from mailagent.core.model.policy import RelayWords
from mailagent.core.reading.text import SINGLE, fold

LONGEST_LABEL = 60
_ASIDES = re.compile(r"\s{0,4}[(（\[][^()（）\[\]]{0,40}[)）\]]")


class Vocabulary:
    """The words of the forms, folded and ready to be looked up; of one policy, made once."""

    def __init__(self, words: RelayWords) -> None:
        self.labels = {_joined(folded(label)): name for name, labels in words.labels.items() for label in labels}
        self._around = frozenset(map(folded, words.around))
        self._joined = tuple(word for word in self._around if word and not word.isascii())
        self._ends = tuple(sorted(map(folded, words.ends)))
        self._openings = tuple(sorted(map(folded, words.openings)))
        self._sentences = tuple(phrase for phrase in self._openings if " " in phrase or not phrase.isascii())
        self._introduces = tuple(map(folded, words.introduces))

    def field_of(self, label: str) -> str:
        """Which field a label names; "" if it is not among the words."""
        label = _joined(folded(_ASIDES.sub("", label[: 2 * LONGEST_LABEL])))
        if not label or len(label) > LONGEST_LABEL:
            return ""
        found = self.labels.get(label)
        if found:
            return found
        for _ in range(5):
            shorter = self._without_one_around(label)
            if shorter == label:
                return ""
            label = shorter
            found = self.labels.get(label)
            if found:
                return found
        return ""

    def _without_one_around(self, label: str) -> str:
        first, _, rest = label.partition(" ")
        if rest and first in self._around:
            return rest
        rest, _, last = label.rpartition(" ")
        if rest and last in self._around:
            return rest
        # Chinese, Japanese and Korean write no blanks between the words of a label.
        return next((label.removeprefix(word) for word in self._joined if label.startswith(word) and label != word), label)

    def asked(self, question: str) -> str:
        """Which field a question asks for: "What's the best e-mail to reach you?"; "" for any other question."""
        if len(question) > 2 * LONGEST_LABEL:
            return ""
        found = self.field_of(question)
        if found or len(question) > LONGEST_LABEL or any(map(str.isdigit, question)):
            return found
        words = folded(question).split()
        pairs = [" ".join(pair) for pair in zip(words, words[1:], strict=False)]
        named = [self.labels[word] for word in (*pairs, *words) if word in self.labels]
        # "What's the name of your company?" asks for the company.
        return min(named, key=_ASKED.index, default="") if all(name in _ASKED for name in named) else ""

    def ends(self, line: str) -> bool:
        """Whether a platform ends its notices with this sentence."""
        return folded(line).startswith(self._ends)

    def opens(self, line: str) -> bool:
        """Whether platforms say this before the buyer has his say."""
        said = folded(line)
        if not said.startswith(self._openings):
            return False
        if said.startswith(self._sentences):
            return True
        # "Hello," opens the notice; "Hello, I need 500 pieces" is the buyer.
        return len(said.split()) <= 3 or len(said.split()) <= 6 and line.rstrip().endswith((",", "!", ":", "，", "！", "："))

    def introduces(self, line: str) -> bool:
        """Whether the buyer's words follow: "Ann Lee sent you a message:"."""
        said = folded(line)
        return any(phrase in said for phrase in self._introduces)


def folded(text: str) -> str:
    """One spelling of a label: case, accents, apostrophes, hyphens and double blanks make no difference."""
    flat = fold(text[:200]).replace("ı", "i").translate(_LETTERS)
    return " ".join(flat.split())


def _joined(label: str) -> str:
    """A label in Chinese or Japanese without blanks: 国家/地区 and 国家地区 are one."""
    return _BETWEEN_SINGLE.sub("", label) if not label.isascii() else label


_BETWEEN_SINGLE = re.compile(f"(?<=[{SINGLE}]) (?=[{SINGLE}])")
#: What a question asks for if it names several; what is not among them is asked for by nobody who wants to know the buyer.
_ASKED = ("email", "phone", "company", "country", "website", "title", "city", "address", "name")
_LETTERS = str.maketrans({sign: " " for sign in "-_/‐–—.,?!*#:：+&|"} | {sign: "" for sign in "'’`´\"“”「」"})
