"""What looks like a model number or a size and is not in the catalogue: a concrete requirement that a person must look at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from mailagent.core.model.lead import Fact
from mailagent.core.reading.codes import Codes, counts_something, squash
from mailagent.core.reading.products import MOST_PRODUCTS
from mailagent.core.reading.text import Text

# Letters and digits mixed, or a number of four to six digits: the look of a model number. What must not stand before it is
# asked behind its first character, so that the search skips small letters at the speed of C.
MODEL = re.compile(
    r"[A-Z\d](?<![\w@.,/#+-].)(?:(?<=[A-Z])[A-Z]{0,5}[ -]?\d{2,7}[A-Z0-9]{0,8}|"
    r"(?<=\d)(?:\d{2,5}-?[A-Z]{1,8}\d{0,4}[A-Z]{0,3}|\d{3,5}))"
    r"(?:[-/][A-Z0-9]{1,8}){0,3}(?![\w@]|[.,]\d)"
)
# A year, a word in capitals with a number behind it ("SINCE 1987"), or a colour temperature.
YEAR = re.compile(r"(?:19|20)\d\d(?:[-–/](?:(?:19|20)\d\d|\d\d))?|[A-Z]{4,6} \d{2,7}|[1-9]\d{3,4}K")
# Neighbours of a number that make it a telephone number.
PHONE_BEFORE = re.compile(r"\d[ -]$")
PAPER = re.compile(
    r"(?:PO|PI|OA|KW|DP|DA|ETA|ETD|NET|RFQ|ISO|IATF|EN|DIN|UN|HS|SN|ID|RAL|MSKU|INV|FY|CO|BL|LC|TT|GB|CE|"
    r"COVID)[ -]?\d.{0,20}"
)
# A size with a unit ("25x52x15 mm", "1 inch", "150W") says what is wanted almost as well as a number.
SIZE = re.compile(
    r"\d(?<!\w.)(?:\d{0,3}(?:[.,]\d{1,3})?(?:\s?[x×*]\s?\d{1,4}(?:[.,]\d{1,3})?){1,2}\s?(?:mm|cm|inch|in|\")?|"
    r"\d{0,3}\s?(?:inch(?:es)?|watts?|W|lm|lumens?)\b)",
    re.IGNORECASE,
)
MOST_SIZES = 10


def unknown_models(text: Text, codes: Codes, counted: frozenset[int], apart: Sequence[tuple[int, int]] = ()) -> list[Fact]:
    """What looks like a model number and is not in the catalogue.

    Args:
        counted: where in the text the numbers of quantities begin: "5000 pcs" is no model.
        apart: places (from, to) that hold contact data: a postcode is no model.
    """
    facts: dict[str, Fact] = {}
    for match in MODEL.finditer(text.text) if text.numbers else ():
        code = match.group().strip()
        if code.isdigit() and PHONE_BEFORE.search(text.text[max(0, match.start() - 2) : match.start()]):
            continue
        if any(low <= match.start() < high for low, high in apart):
            continue
        if match.start() in counted or YEAR.fullmatch(code) or PAPER.fullmatch(code) or counts_something(text, match.start(), match.end()):
            continue
        if not any(codes.look_up(part) for part in (squash(code), *map(squash, re.split(r"[-/ ]", code)[:1]))):
            facts.setdefault(code, Fact("names_model", code, text.evidence(match.start(), match.end())))
        if len(facts) >= MOST_PRODUCTS:
            break
    return list(facts.values())


def sizes(text: Text) -> list[Fact]:
    """Dimensions or ratings that describe one product: "25x52x15", "1 inch", "150W"."""
    found = islice(SIZE.finditer(text.text), MOST_SIZES) if text.numbers else ()
    return [Fact("gives_size", match.group().strip(), text.evidence(match.start(), match.end())) for match in found]
