"""Which language a buyer writes in, so that we can answer in it.

**Script first.** Kana means Japanese, Hangul Korean, Chinese characters without kana Chinese; Arabic, Cyrillic, Greek,
Hebrew and Thai letters leave few candidates. Only Latin letters need statistics: ``py3langid``, restricted to the
languages of the trade, because a model that may answer "Latin" or "Volapük" does so for a line of part numbers. Short
words ("OK, 6204, 500 pcs") say nothing: there the hint wins, the language of the thread or of the country
(STANDARDS §9.4).
"""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST_SAMPLE = 4_000
# Below so many letters statistics are a guess.
FEWEST_LETTERS = 20
SURE, GUESS = 0.95, 0.3

LATIN = ("en", "es", "de", "fr", "pt", "it", "tr", "nl", "pl", "sv", "da", "no", "fi", "cs", "sk", "hu", "ro", "hr", "id", "vi", "lt")
CYRILLIC = ("ru", "uk", "bg", "sr", "kk")
ARABIC = ("ar", "fa", "ur")
ALONE = (
    ("el", "\u0370", "\u03ff"),
    ("he", "\u0590", "\u05ff"),
    ("th", "\u0e00", "\u0e7f"),
    ("hi", "\u0900", "\u097f"),
    ("ka", "\u10a0", "\u10ff"),
    ("hy", "\u0530", "\u058f"),
)
HINT = re.compile(r"[a-z]{2,3}")
# What is no language: addresses, links, codes, numbers.
NOISE = re.compile(r"https?://\S{1,300}|www\.\S{1,200}|\S{1,64}@\S{1,200}|\b\w{0,20}\d\w{0,20}\b|\b[A-Z&/]{2,6}\b")
# A few letters that only one of our languages has settle a short text.
LETTERS = {
    "tr": "ğşıİ", "de": "ß", "pt": "ãõ", "es": "ñ¿¡", "pl": "łąęśźż", "cs": "řěů", "ro": "ățţ", "hu": "őű", "vi": "ơưđ",
    "uk": "іїєґ", "kk": "қңғұ",
}  # fmt: skip


def detect(words: str, hint: str = "") -> tuple[str, float]:
    """The language a text is written in, and how sure that is.

    Args:
        words: what the writer himself wrote, without quotation and signature.
        hint: the code to take when the text is too short to tell: the thread's or the country's language. What is no
            code is ignored.

    Returns:
        A code as "en", and a confidence from 0 to 1. Without letters and without a hint: ("", 0.0).
    """
    hint = hint if HINT.fullmatch(hint) else ""
    raw = words[:LONGEST_SAMPLE]
    sample = NOISE.sub(" ", raw)
    letters = [c for c in sample if c.isalpha()]
    if not letters:
        # A mail all in capitals looks like one long code.
        letters = [c for c in raw if c.isalpha()]
        sample = raw
    if not letters:
        return hint, GUESS if hint else 0.0
    if all(c.isupper() for c in letters):
        sample = re.sub(r"\S{0,64}\d\S{0,64}|\S{1,64}@\S{1,200}", " ", raw)
        letters = [c for c in sample if c.isalpha()] or letters
    return _by_script(sample, letters, hint)


def _by_script(sample: str, letters: list[str], hint: str) -> tuple[str, float]:
    total = len(letters)
    kana = _count(letters, "\u3040", "\u30ff")
    hangul = _count(letters, "\uac00", "\ud7af")
    han = _count(letters, "\u3400", "\u9fff")
    # One Chinese character carries as much as three Latin letters.
    if kana and kana * 8 >= han and (kana + han) * 3 >= total - kana - han:
        return "ja", SURE
    if hangul * 3 >= total - hangul and hangul:
        return "ko", SURE
    if han * 3 >= total - han and han:
        return "zh", SURE
    for code, low, high in ALONE:
        if _count(letters, low, high) * 2 > total:
            return code, SURE
    for low, high, candidates in (("\u0400", "\u04ff", CYRILLIC), ("\u0600", "\u06ff", ARABIC)):
        if _count(letters, low, high) * 2 > total:
            return _among(candidates, sample, letters, hint)
    return _among(LATIN, sample, letters, hint)


def _among(candidates: tuple[str, ...], sample: str, letters: list[str], hint: str) -> tuple[str, float]:
    marks = set(letters)
    told = [code for code in candidates if len(marks & set(LETTERS.get(code, ""))) >= (1 if code in ("de", "tr", "es") else 2)]
    if len(letters) < FEWEST_LETTERS and hint in candidates and not told:
        return hint, GUESS
    code, confidence = _statistics(candidates, sample.lower())
    if len(told) == 1 and confidence < SURE:
        return told[0], max(confidence, 0.8)
    if len(letters) < FEWEST_LETTERS:
        # A guess worse than this is no better than the most usual language of the script.
        code, confidence = (code, min(confidence, 0.6)) if confidence >= 0.4 else (candidates[0], GUESS)
    return code, confidence


def _statistics(candidates: tuple[str, ...], sample: str) -> tuple[str, float]:
    code, confidence = _identifier(candidates).classify(sample)
    return str(code), round(float(confidence), 3)


@lru_cache(maxsize=4)
def _identifier(candidates: tuple[str, ...]):
    # Late: the model takes most of a second to load.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(candidates))
    return identifier


def _count(letters: list[str], low: str, high: str) -> int:
    return sum(low <= letter <= high for letter in letters)
