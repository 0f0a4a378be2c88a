"""Where codes of our catalogue stand in a text, however the buyer writes them.

A code is compared *squashed*: "6204-2RS", "6204 2rs" and "６２０４／２ＲＳ" all become ``62042rs``. In the text up to six
neighbouring pieces are joined and looked up, the longest first, so the catalogue may be as long as it likes.
A ``#`` in a code or alias stands for one digit: ``62##`` is a whole series.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product as combinations

from mailagent.core.model.policy import Catalogue
from mailagent.core.reading.anchors import Anchors
from mailagent.core.reading.text import Text, fold

# Where a code stands: its first word, its last (exclusive), and the code that is meant.
Coded = tuple[int, int, str]

PIECES_JOINED = 6
# So far before a place a web address is looked for that it may stand in.
LONGEST_LINK = 300
SHORTEST_CODE = 3
# What may follow the digits of a series: "6204" and "2RSC3" of "62##".
LONGEST_TAIL = 8
# What may stand behind the digits of a series: with a blank before it only what looks like a suffix.
JOINTS = "-_/.·－／．"
LONGEST_SUFFIX = 8
# "7,200" is a number and no code.
THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
SUFFIX = re.compile(r"\d?[A-Z]{1,3}|\d[A-Z]{2,4}\d?|[A-Z]{1,4}\d{1,2}X?")
# Words in some languages, and endings of codes if no other code follows: "22218 E", "1208 K".
ALSO_ENDINGS = frozenset({"E", "K", "A"})
CODE_BEHIND = re.compile(r"\s{1,3}[A-Z]{0,5} ?\d{3,}|\s{1,3}[A-ZÀ-Þ]{3,}")
SMALL_SUFFIX = re.compile(r"zz|2z|z|2?rs|2?rs[rh1]|ddu?|2?llu?|c[2-5]|nr|w33|p[4-6]")
SMALL_WORDS = frozenset(
    ("na", "no", "nr", "n", "in", "an", "on", "or", "of", "to", "by", "de", "da", "do", "di", "du", "la", "le", "el", "es",
     "is", "as", "at", "a", "e")
)
SMALL_WORDS_IN_CAPITALS = frozenset(
    ("E", "Y", "O", "A", "EA", "PC", "OR", "TO", "BY", "US", "NO", "IN", "OF", "KG", "MT", "T", "ET", "AT", "IS", "K",
     "1K", "2K", "3K", "4K", "5K",
    "6K", "7K", "8K", "9K", "1T", "2T", "3T", "5T", "2PCS", "4PCS", "5PCS", "6PCS", "8PCS", "2SET", "5SET", "1PC", "ON", "MY", "WE", "AS",
     "PCS", "SET", "FOB", "CIF", "CFR", "EXW", "DDP", "DAP", "USD", "EUR", "RMB", "AND", "FOR", "QTY", "NOS", "THE", "OUR", "ALL", "BOX",
     "CTN", "PLS", "DAY", "NEW", "UND", "CON", "PER", "POR", "ET", "ILE", "VE", "PRO", "MIT", "MOQ", "TT",
     "LC", "AIR", "SEA", "OK", "NOW", "I", "DO", "IF", "SO", "BE", "IT", "UP", "HAS", "CAN", "ARE", "WAS", "HOW", "ANY", "YOU", "BUT",
     "OFF",
     "LOT", "ONE", "TWO", "VIA", "GET", "OUT", "PO", "PI", "FCA", "CPT", "CIP", "MAX", "MIN", "ALSO", "CNY", "RMB", "REF")
)  # fmt: skip

# "Toledo OH 43605": the postcodes of the United States.
LENGTH_OF_ZIP = 5
ZIP_BEFORE = re.compile(
    r"(?<!\w)(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])\.? $"
)
# What may stand between the pieces of one code.
JOINT = re.compile(r"[\s\-_/.·－／．]{0,3}")
# Numbers of something else: papers, standards, addresses, colours, dates, telephone lines, money.
NOT_A_MODEL_BEFORE = re.compile(
    r"(?:\b(?:po|p\.o|pi|order|orders|invoice|inv|ref|iso|iatf|astm|din|en|ansi|jis|gb|ral|pantone|lot|batch|no|nr|tel|ph|phone|fax|mob|mobile|zip|box|port|year|since|"
    r"in|usd|eur|rmb|cny|rfq|quotation|tender|hs|code|container|dhl|account|a/c|ticket|case|est|founded|plot|street|road|id|cas|whatsapp|suite|room|unit)\b"
    r"|[€$£¥№#+]|电话|手机|订单|合同|单号|注文|番号)[\s.:#№-]{0,4}$",
    re.IGNORECASE,
)
NOT_A_MODEL_AFTER = re.compile(
    r"^\s{0,2}(?:[%€$£¥元]|usd|eur|rmb|dollars?|kg|mt|tons?|hrs?|rpm|v\b|w\b|k\b|lm\b|kelvin|mm\b|cm\b|days?|weeks?|months?|years?|km|people|staff|"
    r"employees|年|月|日|天|小时|公里|点)",
    re.IGNORECASE,
)
# In ASCII: what is no part of a squashed code.
NO_CODE = bytes(code for code in range(128) if not chr(code).isalnum())


@lru_cache(maxsize=4_000)
def squash(code: str) -> str:
    """A code without anything but letters and digits, folded: what two spellings of one code have in common."""
    return "".join(character for character in fold(code) if character.isalnum() or character == "#")


@dataclass(frozen=True)
class Codes:
    """The catalogue's codes, prepared once.

    Attributes:
        known: squashed code or alias → the code as the catalogue writes it.
        series: one pattern of all spellings with ``#``, a group for each; ``series_of`` says what each group stands for.
        heads: the first two characters of everything that could be looked up with success; ``possible``: these, or one.
        longest: the length of the longest of it.
    """

    known: dict[str, str]
    series: re.Pattern | None
    series_of: tuple[str, ...]
    heads: frozenset[str]
    possible: frozenset[str]
    longest: int

    @cached_property
    def _anchors(self) -> Anchors:
        return Anchors({"code": self.known})

    def may_stand_in(self, written: str) -> bool:
        """Whether one of the codes may stand in a text; a look at all its letters and digits together tells, and never denies one."""
        if not written.isascii():
            return self.longest > 0
        squeezed = written.encode().translate(None, NO_CODE).lower().decode()
        return bool(self._anchors.present(squeezed)) or self.series is not None and self.series.search(squeezed) is not None

    def look_up(self, squashed: str) -> str:
        """The code that is meant, or ""."""
        if squashed in self.known:
            return self.known[squashed]
        match = self.series.fullmatch(squashed) if self.series else None
        return self.series_of[match.lastindex - 1] if match else ""


def prepare(catalogue: Catalogue) -> Codes:
    """The codes, aliases and stems of a catalogue, ready to be looked up.

    A stem is the first part of a code when it already says which series is meant: ``6204`` of ``6204-2RS``.
    """
    known: dict[str, str] = {}
    stems: dict[str, str] = {}
    series: list[tuple[str, str]] = []
    patterns: list[str] = []
    written = [(product.code, spelling) for product in catalogue.product for spelling in (product.code, *product.aliases)]
    written += [(family, word) for family, words in catalogue.families.items() for word in words]
    for meant, spelling in written:
        short = squash(spelling)
        if len(short) < SHORTEST_CODE or not any(c.isdigit() or c == "#" for c in short) or short.isdigit() and len(short) < 4:
            continue
        if "#" in short:
            series.append((re.escape(short).replace(r"\#", r"\d") + f"[a-z0-9]{{0,{LONGEST_TAIL}}}", meant))
            patterns.append(short)
        else:
            known.setdefault(short, meant)
    for product in catalogue.product:
        stem = re.split(r"[\s\-_/]", product.code, maxsplit=1)[0]
        if len(stem) >= 4 and any(c.isdigit() for c in stem) and squash(stem) != squash(product.code):
            stems.setdefault(squash(stem), stem)
    pattern = re.compile("|".join(f"({spelling})" for spelling, _ in series)) if series else None
    known = {**stems, **known}
    heads = {short[:2] for short in known} | {head for head in _heads(short for short in patterns)}
    longest = max((*map(len, known), *(len(short) + LONGEST_TAIL for short in patterns)), default=0)
    possible = heads | {head[:1] for head in heads} | {""}
    return Codes(known, pattern, tuple(meant for _, meant in series), frozenset(heads), frozenset(possible), longest)


def _heads(series: Iterator[str]) -> Iterator[str]:
    """The first two characters that the members of series can have."""
    for short in series:
        yield from map("".join, combinations(*("0123456789" if character == "#" else character for character in short[:2])))


def coded(text: Text, codes: Codes) -> list[Coded]:
    """Where codes of ours stand: the first word, the last (exclusive), and the code."""
    places: list[Coded] = []
    if not codes.longest:
        return places
    done = checked = 0
    # A code holds a digit: where none follows nearby, nothing need be put together.
    for number in text.numbers:
        for place in range(max(checked, number - PIECES_JOINED + 1), number + 1):
            word = text.words[place]
            # A folded word of plain letters is squashed already.
            head = word if word.isascii() and word.isalpha() else squash(word)
            if place < done or not word[0].isalnum() or len(word) > 1 and head[:2] not in codes.possible:
                continue
            if THOUSANDS.fullmatch(word):
                continue
            last, code = _longest(text, codes, place)
            if code:
                places.append((place, last, code))
                done = last
        checked = number + 1
    return places


def _longest(text: Text, codes: Codes, place: int) -> tuple[int, str]:
    """The longest run of pieces from ``place`` on that is a code of ours."""
    words, start = text.words, text.start
    joined, run, has_digit, loose = "", [], False, 0
    for i in range(place, min(place + PIECES_JOINED, len(words))):
        if i > place and not JOINT.fullmatch(text.text, text.stop(i - 1), start(i)):
            break
        if i > place and not loose and not _goes_on(text, codes, place, i):
            # "6204 500 pcs": what follows is something else, unless the catalogue has this very code.
            loose = i + 1
        piece = squash(words[i])
        if not piece:
            # The dot between two Japanese codes ("30206・30207") stands as a word of its own.
            break
        joined += piece
        if len(joined) > codes.longest or (len(joined) > 1 and joined[:2] not in codes.heads):
            break
        has_digit = has_digit or text.is_number(i)
        if has_digit:
            run.append((i + 1, joined))
    if not run or place and _glued(text, place):
        # In the middle of a longer word or number nothing begins.
        return 0, ""
    for last, short in reversed(run):
        whole = last == len(words) or not _glued(text, last) or words[last].isalpha()
        known = codes.look_up if not loose or last < loose else lambda one: codes.known.get(one, "")
        code = known(short) if whole and len(short) >= SHORTEST_CODE else ""
        if code and not (short.isdigit() and (counts_something(text, start(place), text.stop(last - 1)) or _in_link(text, start(place)))):
            return last, code
    return 0, ""


def _in_link(text: Text, start: int) -> bool:
    """Whether a place stands inside a web address, in which bare digits name articles and pages."""
    before = text.text[max(0, start - LONGEST_LINK) : start].rsplit(maxsplit=1)
    return bool(before) and not text.text[start - 1].isspace() and ("://" in before[-1] or "www." in before[-1].lower())


def _goes_on(text: Text, codes: Codes, first: int, place: int) -> bool:
    """Whether the piece at ``place`` is a part of the code of a series that begins at ``first``: "UCP 205", "6204 2RS", "6205/C3"."""
    joint = text.text[text.stop(place - 1) : text.start(place)]
    if not joint:
        return True
    words = text.words
    if not any(text.is_number(i) for i in range(first, place)):
        # Letters before the digits, in whatever way they are joined; a small "na 6205" is Polish and no needle bearing.
        is_word = joint.isspace() and words[place - 1] in SMALL_WORDS and text.written(place - 1, place).islower()
        return text.is_number(place) and not is_word
    last = place + 1
    while last < len(words) and last - place < 4 and text.start(last) == text.stop(last - 1) and words[last][0] < "\u3040":
        last += 1
    suffix = text.written(place, last)
    if len(joint) == 1 and joint in JOINTS:
        if suffix.isdigit():
            return len(suffix) <= 2
        # "513121-type" ends before the word; a code behind a hyphen is another one.
        is_suffix = suffix.isupper() or any(map(str.isdigit, suffix)) or SMALL_SUFFIX.fullmatch(suffix)
        return len(suffix) <= LONGEST_SUFFIX and bool(is_suffix) and not codes.look_up(squash(suffix))
    if joint not in (" ", "\u00a0"):
        return False
    if suffix in ALSO_ENDINGS:
        return CODE_BEHIND.match(text.text, text.stop(last - 1)) is None
    if suffix in SMALL_WORDS_IN_CAPITALS:
        return False
    return bool(SUFFIX.fullmatch(suffix) or SMALL_SUFFIX.fullmatch(suffix))


def _glued(text: Text, place: int) -> bool:
    """Whether a piece and the one before it are one word ("6204" and "RS" in "6204RS"); a Chinese character beside a number is another."""
    start = text.start(place)
    return text.stop(place - 1) == start and text.text[start - 1 : start + 1].isascii()


def counts_something(text: Text, start: int, end: int) -> bool:
    """Whether a number counts something else, or names it: a paper, a street, a page."""
    before, after = text.text[max(0, start - 16) : start], text.text[end : end + 14]
    if end - start == LENGTH_OF_ZIP and ZIP_BEFORE.search(before):
        return True
    return bool(NOT_A_MODEL_BEFORE.search(before) or NOT_A_MODEL_AFTER.match(after))
