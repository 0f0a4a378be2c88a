"""Endings of codes that stand apart from them: "6201, 6202, 6203 ZZ", "6205 with rubber seals", "6312要C3游隙", "UC 207 and 208".

What the trade writes behind a code says which of its kinds is meant. Buyers write it once for a whole list, or in words; the words of
seals stand in the catalogue (``[endings]``), the classes of clearance are the same all over the world.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mailagent.core.reading.phrases import Match
from mailagent.core.reading.text import Text

# A code of digits without any ending, and one with nothing but a shield or seal.
BARE = re.compile(r"S?\d{3,5}")
ENDED = re.compile(r"S?\d{3,5}-?(?P<ending>ZZ|2Z|Z|2RS|RS|2RZ|DDU|LLU)(?P<more>(?: C\d)?)")
# Between the members of one list, and the next one in short.
BETWEEN = re.compile(r"[\s,/、،&+]{0,3}(?:(?:and|y|e|et|und|en|i|и|ve|o|or|和|及|與|与|và|dan|و)\s{0,2})?")
SHORT = re.compile(r"(?:\s?[,/&]\s?|\s(?:and|y|e|et|und|en|i|и|ve|or)\s)(?P<digits>\d{2,3})(?![\w.,/-]?\d|\w|\s?(?:pcs|mm|kg|%|x\d))")
# A class of clearance that no code stands right before; nothing is wanted where it is asked or compared.
CLASS = re.compile(
    r"(?:(?:jeu|luz|holgura|juego|folga|gioco|зазор\w{0,2}|lagerluft|luft|speling|vůle|hézag|luz\w?|游隙|遊隙|clearance|all|open|"
    r"in|要|type)[ :]{0,2}|[,;(]\s?)"
    r"(?P<ending>C[2-5])(?![\w/])|(?P<before>C[2-5])[- ]?(?:clearance|boşluk|spiel|lagerluft|游隙|遊隙|すきま|隙間|の\s?すきま|"
    r"틈새|luz|gioco)",
    re.IGNORECASE,
)
ASKED = re.compile(r"\b(?:whether|if|or|is|versus|vs|instead of|oder|ob|ou|si|o)\s[^.\n]{0,12}\Z|\bnot\s\Z", re.IGNORECASE)
ASKED_BEHIND = re.compile(r"\s?(?:\bor\b|\boder\b|\bou\b|还是|還是|\bis standard|\?|exigé)", re.IGNORECASE)
HAS_CLASS = re.compile(r"C\d\b")
MOST_ENDED, MOST_SHORT = 60, 8
# "UC 207", "6204", "22216/17/18": the letters and digits that a model in short goes on with.
MODEL = re.compile(r"(?P<head>[A-Z]{0,5})(?P<digits>\d{3,5})(?P<more>(?:/\d\d)*)")


@dataclass
class Named:
    """A code as it stands in the text: from, to, and its designation, which may get an ending."""

    start: int
    stop: int
    name: str
    given: bool = False


def complete(text: Text, named: list[Named], found: Sequence[Match]) -> None:
    """Give the codes of a text the endings that stand elsewhere in it.

    Args:
        named: the codes in order; their designations are changed.
        found: what the phrasebook found; ``@ending`` are the words of endings.
    """
    written = text.text
    if not named or len(named) > MOST_ENDED:
        return
    # "6201 6202 6203 2rs": what stands apart behind the last is meant for all.
    for place in range(len(named) - 1, 0, -1):
        one, before = named[place], named[place - 1]
        ended = ENDED.fullmatch(one.name)
        if not ended or not BARE.fullmatch(before.name) or not BETWEEN.fullmatch(written, before.stop, one.start):
            continue
        apart = re.search(r"\d[ (]{1,2}\d?[A-Za-z]", written[one.start : one.stop])
        if apart or one.given:
            before.name = f"{before.name}-{ended['ending']}{ended['more']}"
            before.given = True
    for match in found:
        if match.name == "@ending":
            for one in _meant(text, named, text.start(match.first)):
                if BARE.fullmatch(one.name):
                    one.name = f"{one.name}-{match.value}"
    for match in CLASS.finditer(written):
        begin = match.start("ending" if match["ending"] else "before")
        if any(one.start <= begin < one.stop for one in named):
            continue
        if ASKED.search(written, max(0, match.start() - 24), match.start()) or ASKED_BEHIND.match(written, match.end()):
            continue
        for one in _meant(text, named, begin):
            if not HAS_CLASS.search(one.name):
                one.name = f"{one.name} {(match['ending'] or match['before']).upper()}"


def in_short(text: Text, one: Named, is_code: Callable[[str], object], counted: frozenset[int]) -> list[str]:
    """The models that are written in short behind one: "UC 207 and 208", "6204, 05 and 06"; its own name loses what is another's.

    Args:
        is_code: says whether a squashed text is a product's code.
        counted: where in the text the numbers of quantities begin.
    """
    model = MODEL.fullmatch(one.name)
    if model is None:
        return []
    head, digits, more = model["head"], model["digits"], model["more"].split("/")[1:]
    if more and not head:
        one.name = digits
    short, at = [] if head else more, one.stop
    while len(short) < MOST_SHORT:
        match = SHORT.match(text.text, at)
        if match is None or match.start("digits") in counted:
            break
        short.append(match["digits"])
        at = match.end()
    names = []
    for tail in short:
        whole = head + digits[: -len(tail)] + tail if len(tail) <= len(digits) else ""
        # Of a number without letters three digits may as well count pieces.
        if whole and (head or len(tail) == 2) and (tail[0] == "0" or len(tail) > 2 or len(digits) > 4) and is_code(whole.lower()):
            names.append(whole)
    return names


def _meant(text: Text, named: list[Named], place: int) -> list[Named]:
    """The codes of the sentence in which something is said; of the one before it if it begins its own."""
    number = text.sentence(place)
    low, high = (text.ends[number - 1] if number else 0), text.ends[number]
    here = [one for one in named if low <= one.start < high]
    if here:
        # Behind the last code that it may mean: "6312和NU312 ... 6312要C3".
        near = [one for one in here if one.stop <= place]
        last = near[-1] if near else here[0]
        line = text.text.rfind("\n", low, place) + 1
        same = [one for one in near if one.start >= line] or [last]
        return same if "\n" in text.text[here[0].start : here[-1].stop] else here
    if number and place - low <= 24:
        lower = text.ends[number - 2] if number > 1 else 0
        return [one for one in named if lower <= one.start < low]
    return []
