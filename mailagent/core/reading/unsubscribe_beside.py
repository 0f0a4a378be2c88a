"""What stands beside a request to stop, in all languages, as patterns: ``[unsubscribe_beside]`` of ``languages/<xx>.toml``.

A request is known by its own words (``lexicon.Request``). How sure it is depends on the words around it: politeness that changes
nothing, a condition that changes everything, the law that it names, the business that goes on. Those words belong to no one language
of a mail, because people mix them; so each list is one pattern over all languages, compiled when it is first asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from mailagent.core.model.policy import Language
from mailagent.core.reading.literals import Rows, needs_of

#: Writing in which a word has no blank at one of its sides, or carries the small words on it: there edges say nothing.
GLUED = ("ar", "fa", "ja", "ko", "th", "zh")
#: A letter of an alphabet behind a greeting shows that it was only the beginning of a word.
_LETTER = "[a-zß-öø-ÿā-ԯ]"
#: Codes as goods have them; years and articles of laws are none.
_CODE = r"\b(?!(?:19|20)\d\d\b)(?:[a-z]{1,4}-?\d{3,}[a-z\d-]{0,8}|\d{4,}[a-z\d-]{0,8})\b(?![/@.]\w)"


class Beside:
    """Patterns over folded text; see ``UnsubscribeBeside`` for what each list means.

    Attributes:
        known_everywhere: words that are a request in every language if they are all that is said.
        anchors: of ``speaks_about`` and ``twice``, as ``Lexicon.anchors``.
    """

    def __init__(self, languages: Iterable[Language]) -> None:
        self._languages = tuple(languages)
        self.known_everywhere = frozenset(self._listed("known_everywhere"))
        self.anchors: dict[str, frozenset[Rows]] = {
            name: frozenset(needs_of(pattern)[0] for pattern in self._listed(name)) for name in ("speaks_about", "twice")
        }

    @cached_property
    def greeting(self) -> re.Pattern:
        return re.compile(rf"^(?:{self._any('greetings')})(?!{_LETTER})[\s,!.，。！:：]{{0,4}}")

    @cached_property
    def polite_before(self) -> re.Pattern:
        return re.compile(rf"^(?:{self._any('polite_before')})(?:(?<=\s)|(?!{_LETTER}))[\s,!.，。！]{{0,3}}")

    @cached_property
    def polite_after(self) -> re.Pattern:
        return re.compile(rf"[\s,，.。!！、-]{{0,4}}(?:{self._any('polite_after')})[\s.!。！]{{0,4}}\Z")

    @cached_property
    def courtesy(self) -> re.Pattern:
        return self._words("courtesies")

    @cached_property
    def wish(self) -> re.Pattern:
        return self._words("wishes")

    @cached_property
    def goes_on(self) -> re.Pattern:
        """Behind a request: another clause begins, or it is urged."""
        spaced, glued = self._any("goes_on", glued=False), self._any("goes_on", glued=True)
        return re.compile(rf"\s*(?:[,;:.!()\-–—，、。！]|(?:{spaced})\b|{glued}|.{{1,3}}$)")

    @cached_property
    def for_now(self) -> re.Pattern:
        return self._words("for_now")

    @cached_property
    def otherwise(self) -> re.Pattern:
        return self._words("otherwise")

    @cached_property
    def limit(self) -> re.Pattern:
        return self._words("limits")

    @cached_property
    def denial(self) -> re.Pattern:
        return self._words("denies")

    @cached_property
    def quantity(self) -> re.Pattern:
        """A number of pieces."""
        return re.compile(rf"\d\s?(?:k )?(?:{self._any('units')})(?![^\W\d_])")

    @cached_property
    def business(self) -> re.Pattern:
        """Prices, and codes as goods have them."""
        return re.compile(f"{self._words('prices').pattern}|{_CODE}")

    @cached_property
    def channel(self) -> re.Pattern:
        return self._words("channels")

    @cached_property
    def law(self) -> re.Pattern:
        return self._words("laws")

    @cached_property
    def whence(self) -> tuple[re.Pattern, re.Pattern]:
        """The question where we have an address from, to its question mark, in text as it came: with blanks between words, and without."""
        spaced, glued = self._any("whence", glued=False), self._any("whence", glued=True)
        return (
            re.compile(rf"(?i)\b((?:{spaced})[^?.!\n]{{0,80}})\?\s{{0,3}}"),
            re.compile(rf"((?:{glued})[^？?。！\n]{{0,30}})[？?]\s{{0,3}}"),
        )

    @cached_property
    def article(self) -> re.Pattern:
        """"Article 21", in text as it came."""
        return re.compile(rf"(?i)\b(?:{self._any('articles')})(?= \d)")

    @cached_property
    def speaks_about(self) -> re.Pattern:
        return re.compile(self._any("speaks_about"))

    @cached_property
    def twice(self) -> re.Pattern:
        return re.compile(self._any("twice"))

    def _words(self, field: str) -> re.Pattern:
        """One of the words, whole where its language has edges."""
        return re.compile(rf"\b(?:{self._any(field, glued=False)})\b|{self._any(field, glued=True)}")

    def _any(self, field: str, *, glued: bool | None = None) -> str:
        return "|".join(self._listed(field, glued)) or "(?!)"

    def _listed(self, field: str, glued: bool | None = None) -> tuple[str, ...]:
        languages = (each for each in self._languages if glued is None or (each.code in GLUED) == glued)
        return tuple(dict.fromkeys(pattern for language in languages for pattern in getattr(language.unsubscribe_beside, field)))
