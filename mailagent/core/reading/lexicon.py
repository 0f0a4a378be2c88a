"""The words of all configured languages, compiled once.

A mail does not say which language it is in, and an Italian writes "Best regards" under German text. So the lists of
all languages are put together into a few patterns; which language a phrase came from is remembered where it matters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

from mailagent.core.model.policy import Language
from mailagent.core.reading.anchors import Anchors
from mailagent.core.reading.clues import WholeWords
from mailagent.core.reading.literals import ALWAYS, Rows, needs_of
from mailagent.core.reading.unsubscribe_beside import Beside

#: Writing without spaces between words: a phrase counts wherever it stands.
UNSPACED = ("zh", "ja", "ko", "th")
#: How the names of advertisers' words and of bulk mail's begin among the clues: each has its own, because they are counted.
ADVERT, BULK = "advert:", "bulk:"


class Request:
    """One language's way to ask for silence.

    Its patterns are large, and most mails hold no anchor of any: each is compiled when it is first asked for.

    Attributes:
        clue, clue_of_parts: under which names its strings and those of its parts stand among the clues.
        ambiguous: words that are a request only as the whole mail.
        needs: what ``inside`` needs, ambiguous words aside: one of these, and of that one string of every row.
        anchors: what any sentence that it matches holds.
        needs_of_parts: as ``needs``, for ``parts``.
    """

    def __init__(self, language: Language) -> None:
        self.language = language.code
        self.clue, self.clue_of_parts = f"stop:{self.language}", f"parts:{self.language}"
        self.ambiguous = frozenset(fold(word) for word in language.unsubscribe_whole_only)
        self.needs = _needs(language, self.ambiguous)
        self.anchors = Anchors({language.code: frozenset().union(*(rows[0] for rows in self.needs))})
        self._strong, self._not = language.unsubscribe_strong, language.unsubscribe_not
        self._goods, self._mail = language.goods_words, language.mail_words
        self._parts = language.unsubscribe_words
        self.needs_of_parts = _needs_of_parts(language)

    @cached_property
    def inside(self) -> re.Pattern:
        """For a text that holds the request; if it is the request, it matches as a whole."""
        edge_before, edge_after = ("", "") if self.language in UNSPACED else (r"(?<!\w)", r"(?!\w)")
        return re.compile(f"{edge_before}(?:{_any_of(self._strong)}){edge_after}")

    @cached_property
    def denied(self) -> re.Pattern | None:
        """What speaks about unsubscribing."""
        return re.compile(_any_of(self._not)) if self._not else None

    @cached_property
    def parts(self) -> dict[str, re.Pattern]:
        """What a request is made of, by the name of each part."""
        found = {name: _with_gaps(list(words), whole=name == "self") for name, words in self._parts.items()}
        # "I don't know what to write": one word must not be two parts.
        other = tuple(word for name in ("send", "lists") for word in self._parts.get(name, ()))
        return {**found, "mail": _phrases([word for word in self._mail if not word.startswith(other)], whole=False)}

    @cached_property
    def goods(self) -> re.Pattern:
        """What a running business speaks of. Beginnings of words, so only those of the writer's own language."""
        return _phrases(list(self._goods), whole=False)

    @cached_property
    def mail(self) -> re.Pattern:
        """What somebody no longer wants who wants silence."""
        return _phrases(list(self._mail), whole=False)


class Lexicon:
    """Patterns over the words of every language; see ``Language`` for what each list means.

    Each is compiled when it is first asked for: most mails are no bounces, and nobody in them is absent.

    Attributes:
        requests: how each language asks for silence.
        months, weekdays: the name of a month or a day of the week → its number; 0 is "tomorrow".
        request_in: the same requests by their language.
        beside: what stands beside a request.
        ambiguous: a word that is a request only as the whole mail, and the languages in which it is one.
        anchors: name of a pattern (or ``stop:`` and a language) → the strings one of which it needs, or rows of them; see ``clues``.
        asks_for_silence: the names among them without any of which nobody does.
    """

    def __init__(self, languages: Iterable[Language]) -> None:
        self._languages = tuple(languages)
        self.months = {fold(name): number for language in self._languages for name, number in language.months.items()}
        self.weekdays = {fold(name): number for language in self._languages for name, number in language.weekdays.items()}
        self.requests = tuple(map(Request, self._languages))
        self.request_in = {request.language: request for request in self.requests}
        self.beside = Beside(self._languages)
        ambiguous = frozenset(word for request in self.requests for word in request.ambiguous)
        self.ambiguous = {word: tuple(r for r in self.requests if word in r.ambiguous) for word in ambiguous}
        self.ambiguous_words = WholeWords(ambiguous)
        self.anchors: Mapping[str, Collection[str | Rows]] = {
            "running": self._folded("running"),
            "solicits": self._folded("solicits"),
            "wants": self._folded("wants"),
            "automatic_subject": self._folded("automatic_subjects"),
            "ambiguous": ambiguous,
            **self.beside.anchors,
            **{f"{ADVERT}{phrase}": (phrase,) for phrase in self._folded("advertises")},
            **{f"{BULK}{phrase}": (phrase,) for phrase in self._folded("newsletter")},
            **{request.clue: request.needs for request in self.requests},
            **{request.clue_of_parts: request.needs_of_parts for request in self.requests},
        }
        self.asks_for_silence = frozenset(("ambiguous", *(clue for each in self.requests for clue in (each.clue, each.clue_of_parts))))

    @cached_property
    def closing(self) -> re.Pattern:
        return self._pattern("closings")

    @cached_property
    def closing_starts(self) -> frozenset[str]:
        """The first two letters of every closing formula in ASCII."""
        return frozenset(phrase[:2] for phrase in self._folded("closings") if phrase[:2].isascii())

    @cached_property
    def mobile_tail(self) -> re.Pattern:
        return self._pattern("mobile_tails")

    @cached_property
    def automatic_subject(self) -> re.Pattern:
        return self._pattern("automatic_subjects")

    @cached_property
    def absent(self) -> re.Pattern:
        return self._pattern("absent")

    @cached_property
    def left(self) -> re.Pattern:
        return self._pattern("left")

    @cached_property
    def return_word(self) -> re.Pattern:
        return self._pattern("return_words")

    @cached_property
    def inclusive(self) -> re.Pattern:
        return self._pattern("inclusive_words")

    @cached_property
    def bounce(self) -> re.Pattern:
        return self._pattern("bounce_words")

    @cached_property
    def running(self) -> re.Pattern:
        return self._pattern("running")

    @cached_property
    def solicits(self) -> re.Pattern:
        return self._pattern("solicits")

    @cached_property
    def advertises(self) -> re.Pattern:
        return self._pattern("advertises")

    @cached_property
    def newsletter(self) -> re.Pattern:
        return self._pattern("newsletter")

    @cached_property
    def wants(self) -> re.Pattern:
        return self._pattern("wants")

    @cached_property
    def month(self) -> re.Pattern:
        return _phrases(list(self.months))

    @cached_property
    def weekday(self) -> re.Pattern:
        return _phrases(list(self.weekdays))

    def _pattern(self, field: str) -> re.Pattern:
        return _with_gaps(self._listed(field), whole=True)

    def _folded(self, field: str) -> frozenset[str]:
        return frozenset(_anchor(phrase) for phrase in self._listed(field) if phrase.strip())

    def _listed(self, field: str) -> list[str]:
        return [phrase for language in self._languages for phrase in getattr(language, field)]


def fold(text: str) -> str:
    """The form in which words are compared: NFKC, case folded, straight apostrophes, single spaces."""
    if text.isascii():
        return " ".join(text.lower().split())
    # Most texts that are not ASCII have nothing in them that changes but this blank; without it they pass at once.
    text = unicodedata.normalize("NFKC", text.replace("\xa0", " ")).casefold().replace("’", "'").replace("ʼ", "'")
    return " ".join(text.split())


_last: tuple[Mapping[str, Language] | None, Lexicon | None] = (None, None)


def of(languages: Mapping[str, Language]) -> Lexicon:
    """The lexicon of these languages; the last one is kept, because a programme has one policy at a time."""
    global _last
    known, lexicon = _last
    if lexicon is None or known is not languages:
        lexicon = Lexicon(languages.values())
        _last = (languages, lexicon)
    return lexicon


def _needs(language: Language, ambiguous: frozenset[str]) -> frozenset[Rows]:
    """What a request needs, ambiguous words aside: those are no request inside a text, only as the whole of it."""
    found: set[Rows] = set()
    for pattern in language.unsubscribe_strong:
        rows, spelt = needs_of(pattern)
        if not (spelt or ALWAYS) <= ambiguous:
            # Before these patterns are tried, links are cut out and "http" put in their place.
            found.add(tuple(row for row in rows if not any("http" in anchor for anchor in row)) or (ALWAYS,))
    return frozenset(found)


def _needs_of_parts(language: Language) -> frozenset[Rows]:
    words = {name: frozenset(map(_anchor, listed)) for name, listed in language.unsubscribe_words.items()}
    mail = frozenset(map(fold, language.mail_words))
    return frozenset(((words["remove"], words["lists"]), (words["stop"], words["send"] | mail))) if words else frozenset()


def _anchor(phrase: str) -> str:
    """What any text holds in which a phrase stands: of one with a gap its longest part."""
    return fold(max(phrase.split("…"), key=len))


def _with_gaps(phrases: list[str], *, whole: bool) -> re.Pattern:
    """As ``_any_phrase``; a phrase may have a gap of up to five words, or ten characters of a writing without blanks: "keine … mehr"."""
    plain = _any_phrase([phrase for phrase in phrases if "…" not in phrase], whole=whole)
    parted = [[_any_phrase([part], whole=len(part.strip()) <= 3) for part in phrase.split("…")] for phrase in phrases if "…" in phrase]
    return re.compile("|".join([plain, *(r"\w{0,20}(?:\s\S{1,40}){0,5}?\s?".join(parts) for parts in parted)]))


def _phrases(phrases: list[str], *, whole: bool = True) -> re.Pattern:
    return re.compile(_any_phrase(phrases, whole=whole))


def _any_phrase(phrases: list[str], *, whole: bool = True) -> str:
    """A pattern over plain phrases, longest first; those of an alphabet only as whole words, or else as beginnings of words.

    The phrases are grouped by their first character, and the look behind it comes after it: so the engine skips at once
    every place where no phrase can begin.
    """
    groups: dict[str, list[str]] = {}
    for phrase in sorted({fold(p) for p in phrases if p.strip()}, key=len, reverse=True):
        end = r"(?!\w)" if whole and phrase[-1].isalnum() and not _is_unspaced(phrase[-1]) else ""
        groups.setdefault(phrase[0], []).append(re.escape(phrase[1:]).replace(r"\ ", " ") + end)
    parts = []
    for first, rests in groups.items():
        letter = re.escape(first)
        alone = rf"(?<!\w{letter})" if first.isalnum() and not _is_unspaced(first) else ""
        parts.append(f"{letter}{alone}(?:{'|'.join(rests)})")
    return "|".join(parts) or r"(?!)"


def _is_unspaced(character: str) -> bool:
    return "\u3040" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7af" or "\u0e00" <= character <= "\u0e7f"


def _any_of(patterns: Iterable[str]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)"
