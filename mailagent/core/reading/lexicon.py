"""The words of all configured languages, compiled once.

A mail does not say which language it is in, and an Italian writes "Best regards" under German text. So the lists of
all languages are put together into a few patterns; which language a phrase came from is remembered where it matters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from mailagent.core.model.policy import Language
from mailagent.core.reading.anchors import Anchors
from mailagent.core.reading.clues import WholeWords
from mailagent.core.reading.literals import ALWAYS, anchors_of, spelt_out

#: Writing without spaces between words: a phrase counts wherever it stands.
UNSPACED = ("zh", "ja", "ko")


@dataclass(frozen=True)
class Request:
    """One language's way to ask for silence.

    Attributes:
        whole, inside: patterns for a text that is the request, and for one that holds it.
        ambiguous: words that are a request only as the whole mail.
        denied: what speaks about unsubscribing.
        anchors: what ``whole`` and ``inside`` need, ambiguous words aside.
    """

    language: str
    whole: re.Pattern
    inside: re.Pattern
    ambiguous: frozenset[str]
    denied: re.Pattern | None
    anchors: Anchors


@dataclass(frozen=True)
class Lexicon:
    """Patterns over the words of every language; see ``Language`` for what each list means.

    Attributes:
        ambiguous: a word that is a request only as the whole mail, and the languages in which it is one.
        anchors: name of a pattern (or ``stop:`` and a language) → the strings one of which it needs; see ``clues``.
    """

    closing: re.Pattern
    mobile_tail: re.Pattern
    automatic_subject: re.Pattern
    absent: re.Pattern
    left: re.Pattern
    return_word: re.Pattern
    inclusive: re.Pattern
    bounce: re.Pattern
    running: re.Pattern
    solicits: re.Pattern
    wants: re.Pattern
    months: Mapping[str, int]
    month: re.Pattern
    requests: tuple[Request, ...]
    ambiguous: Mapping[str, tuple[Request, ...]]
    ambiguous_words: WholeWords
    anchors: Mapping[str, Collection[str]]


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
        lexicon = _build(languages)
        _last = (languages, lexicon)
    return lexicon


def _build(languages: Mapping[str, Language]) -> Lexicon:
    every = tuple(languages.values())
    months = {fold(name): number for language in every for name, number in language.months.items()}
    requests = tuple(_request(language) for language in every)
    ambiguous = frozenset(word for request in requests for word in request.ambiguous)
    return Lexicon(
        closing=_phrases([p for language in every for p in language.closings]),
        mobile_tail=_phrases([p for language in every for p in language.mobile_tails]),
        automatic_subject=_phrases([p for language in every for p in language.automatic_subjects]),
        absent=_phrases([p for language in every for p in language.absent]),
        left=_phrases([p for language in every for p in language.left]),
        return_word=_phrases([p for language in every for p in language.return_words]),
        inclusive=_phrases([p for language in every for p in language.inclusive_words]),
        bounce=_phrases([p for language in every for p in language.bounce_words]),
        running=_phrases([p for language in every for p in language.running]),
        solicits=_phrases([p for language in every for p in language.solicits]),
        wants=_phrases([p for language in every for p in language.wants]),
        months=months,
        month=_phrases(list(months)),
        requests=requests,
        ambiguous={word: tuple(r for r in requests if word in r.ambiguous) for word in ambiguous},
        ambiguous_words=WholeWords(ambiguous),
        anchors={
            "absent": _folded(language.absent for language in every),
            "running": _folded(language.running for language in every),
            "solicits": _folded(language.solicits for language in every),
            "wants": _folded(language.wants for language in every),
            "automatic_subject": _folded(language.automatic_subjects for language in every),
            "ambiguous": ambiguous,
            **{f"stop:{language.code}": _request_anchors(language) for language in every},
        },
    )


def _folded(lists: Iterable[Iterable[str]]) -> frozenset[str]:
    return frozenset(fold(phrase) for phrases in lists for phrase in phrases if phrase.strip())


def _request_anchors(language: Language) -> frozenset[str]:
    """What a request needs, ambiguous words aside: those are no request inside a text, only as the whole of it."""
    alone = frozenset(fold(word) for word in language.unsubscribe_whole_only)
    patterns = [p for p in language.unsubscribe_strong if not (spelt_out(p) or ALWAYS) <= alone]
    anchors = anchors_of(_any_of(patterns)) if patterns else frozenset()
    # Before these patterns are tried, links are cut out and "http" put in their place.
    return ALWAYS if any("http" in anchor for anchor in anchors) else anchors


def _phrases(phrases: list[str]) -> re.Pattern:
    """One pattern over plain phrases, longest first; those with Latin or Cyrillic letters only as whole words.

    The phrases are grouped by their first character, and the look behind it comes after it: so the engine skips at once
    every place where no phrase can begin.
    """
    groups: dict[str, list[str]] = {}
    for phrase in sorted({fold(p) for p in phrases if p.strip()}, key=len, reverse=True):
        end = r"(?!\w)" if phrase[-1].isalnum() and not _is_unspaced(phrase[-1]) else ""
        groups.setdefault(phrase[0], []).append(re.escape(phrase[1:]).replace(r"\ ", " ") + end)
    parts = []
    for first, rests in groups.items():
        letter = re.escape(first)
        alone = rf"(?<!\w{letter})" if first.isalnum() and not _is_unspaced(first) else ""
        parts.append(f"{letter}{alone}(?:{'|'.join(rests)})")
    return re.compile("|".join(parts) or r"(?!)")


def _is_unspaced(character: str) -> bool:
    return "\u3040" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7af"


def _request(language: Language) -> Request:
    strong = _any_of(language.unsubscribe_strong)
    ambiguous = frozenset(fold(word) for word in language.unsubscribe_whole_only)
    edge_before, edge_after = ("", "") if language.code in UNSPACED else (r"(?<!\w)", r"(?!\w)")
    denied = "|".join(f"(?:{pattern})" for pattern in language.unsubscribe_not)
    return Request(
        language=language.code,
        whole=re.compile(rf"(?:{strong})\Z"),
        inside=re.compile(f"{edge_before}(?:{strong}){edge_after}"),
        ambiguous=ambiguous,
        denied=re.compile(denied) if denied else None,
        anchors=Anchors({language.code: _request_anchors(language)}),
    )


def _any_of(patterns: Iterable[str]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)"
