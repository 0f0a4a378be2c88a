"""Which of our products a mail names: by their codes (``codes``), and by their names, other names and families, which are phrases.

What looks like a model number but is not in the catalogue is a *concrete requirement* (``models``): the buyer knows what he wants,
and a person must see whether we make it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

from mailagent.core.model.lead import Fact
from mailagent.core.model.policy import Catalogue
from mailagent.core.reading import endings
from mailagent.core.reading.codes import Coded, Codes, squash
from mailagent.core.reading.phrases import Match
from mailagent.core.reading.text import Text

# A word of so many letters may go on, and be in the plural.
SHORTEST_OPEN = 4
LETTERS = re.compile(r"[^\W\d_]+\*?")
MOST_PRODUCTS = 40
# In contact data: "33100 Tampere".
POSTCODE = re.compile(r"\d{4,6} [^\W\d_a-z]")
# An address of Ohio looks like a code of the series OH.
ZIP = re.compile(r"OH \d{5}")
# The address of a page, from its beginning to the number in it.
LONGEST_ADDRESS = 200


def names(catalogue: Catalogue) -> Iterator[tuple[str, str, str]]:
    """The words of the catalogue for the phrasebook: product names, families, and the trade's own words."""
    for product in catalogue.product:
        for phrase in (*product.name.values(), *product.aliases):
            yield "names_product", product.code, in_plural(phrase)
            if re.search(r"(?<![^\W\d_])[a-z]{3}$", phrase, re.IGNORECASE):
                # A short last word has its plural spelt out: "watering cans".
                yield "names_product", product.code, in_plural(phrase) + "s"
    for family, words in catalogue.families.items():
        # A series is looked up among the codes: as a phrase "OH###" would be found in "Toledo, OH 43605".
        for phrase in (family, *(word for word in words if "#" not in word)):
            yield "names_product", family, in_plural(phrase)
    for ending, words in catalogue.endings.items():
        for phrase in words:
            yield "@ending", ending, phrase
    for phrase in catalogue.industry:
        yield "industry_only", phrase, in_plural(phrase)


def in_plural(phrase: str) -> str:
    """The phrase with room for the plural: every longer word of letters may go on ("bearing*")."""
    return LETTERS.sub(lambda match: _open_ended(match[0]), phrase)


def _open_ended(word: str) -> str:
    """A word with room for its other endings: "bearing*", "konewk*" (konewka, konewki), "лейк*"."""
    if len(word) < SHORTEST_OPEN or "\u3040" <= word[0] <= "\ud7af" or word[0] >= "\uf900":
        return word
    ends = "аяоеьйиіуюы" if word[0] >= "\u0400" else "aoyą"
    return f"{word[:-1]}*" if word[-1].lower() in ends and len(word) >= (5 if word[0] >= "\u0400" else 6) else f"{word}*"


def named(
    text: Text, codes: Codes, found: list[Match], coded: Sequence[Coded], counted: frozenset[int], apart: Sequence[tuple[int, int]] = ()
) -> list[Fact]:
    """The products of ours that the text names, each once, in the order in which they appear.

    Args:
        coded: where codes of ours stand.
        counted: where in the text the numbers of quantities begin: "6204 pcs" is no product.
        apart: places (from, to) that hold contact data: a postcode is no product.
    """
    facts: dict[str, Fact] = {}
    written: dict[str, Fact] = {}
    places = [one for one in coded if not _is_other_number(text, one, counted, apart)]
    named = [endings.Named(text.start(first), text.stop(last - 1), designation(text, codes, first, last)) for first, last, _ in places]
    others = {one.start: endings.in_short(text, one, codes.look_up, counted) for one in named[: endings.MOST_ENDED]}
    endings.complete(text, named, found)
    for (_, last, code), one in zip(places, named, strict=True):
        begin, name = one.start, one.name
        short = squash(name)
        if code in facts and short in written:
            continue
        said = text.evidence(begin, text.stop(last - 1))
        facts.setdefault(code, Fact("names_product", code, said))
        written.setdefault(short, Fact("designation", name, said))
        for other in others.get(begin, ()):
            written.setdefault(squash(other), Fact("designation", other, said))
    for match in found:
        if match.name == "names_product" and match.value not in facts:
            facts[match.value] = Fact("names_product", match.value, text.said(match.first, match.last))
    # "6204" beside "6204-2RS" is the same bearing, named in short. What begins with it stands right behind it in order.
    ordered = sorted(written)
    shortened = {short for short, following in pairwise(ordered) if following.startswith(short)}
    whole = [fact for short, fact in written.items() if short not in shortened]
    # The family stands by the words of the spelling that is kept, so that one bearing is not told twice.
    for code, fact in facts.items():
        short = next((short for short in ordered if short in shortened and written[short].evidence == fact.evidence), "")
        longer = next((other for other in ordered if short and other != short and other.startswith(short) and other not in shortened), "")
        if longer:
            facts[code] = Fact(fact.name, fact.value, written[longer].evidence)
    return [*list(facts.values())[:MOST_PRODUCTS], *whole[:MOST_PRODUCTS]]


def _is_other_number(text: Text, one: Coded, counted: frozenset[int], apart: Sequence[tuple[int, int]]) -> bool:
    """A number of pieces, a postcode, or a part of the address of a page."""
    first, last, _ = one
    begin = text.start(first)
    if last == first + 1 and begin in counted or ZIP.fullmatch(text.text, begin, text.stop(last - 1)):
        return True
    if text.text[begin - 1 : begin] == "/" and "://" in text.text[max(0, begin - LONGEST_ADDRESS) : begin].rsplit(None, 1)[-1]:
        return True
    return POSTCODE.match(text.text, begin) is not None and any(low <= begin < high for low, high in apart)


def designation(text: Text, codes: Codes, first: int, last: int) -> str:
    """A code as the trade writes it: "6204-2RS C3" for "6204 2rs/c3"; as the catalogue has it where it has this very one."""
    written = text.written(first, last)
    known = codes.known.get(squash(written))
    if known:
        return known
    name = " ".join(unicodedata.normalize("NFKC", written).upper().split())
    # "6206s" are several of them.
    if written[-1:] == "s" and written[-2:-1].isdigit():
        name = name[:-1]
    # Letters before the digits belong to them ("UCP 205"), what follows them is a suffix ("6204 2RS"), clearance stands apart.
    name = re.sub(r"^([A-Z]{1,6})[ .-](?=\d)", r"\1", name)
    name = re.sub(r"(?<=\d)(?:[ ._](?=\d?[A-Z])|(?<=\d{3})(?=(?:ZZ|2?RS)\b))", "-", name, count=1)
    return re.sub(r"[-_./ ]{1,3}(C\d)\b", r" \1", name)
