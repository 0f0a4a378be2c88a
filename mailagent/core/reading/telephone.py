"""Telephone numbers, however people group their digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from mailagent.core.model.lead import Fact
from mailagent.core.reading.text import small

FEWEST_DIGITS = 6
LONGEST_LINE_READ = 400
LONGEST_ALONE = 24
PHONE_WORD = (
    r"(?:\b(?:tel|telf|tél|teléfono|telefono|telefone|telefon|phone|ph|mob|mobile|mobil|cell|cel|celular|handy|gsm|fax|fon|fono|whats ?app|"
    r"tlf|tfn|telp|hp|puh|đt|điện thoại|τηλ|fone|mobiel|mobiele|cellulare|cellulaire|portable|móvil|movil|komórka|telefonas|whatsap|"
    r"wa|wechat|call|viber|contact no|т|тел|моб|телефон)\b|电话|電話|手机|手機|微信|전화|휴대폰|هاتف|جوال|واتساب|تلفن|โทร|טל)"
)
# For lines in small letters.
PHONE = re.compile(
    # With a country code; with an area code in brackets; behind a word for telephone; or grouped as telephone numbers are.
    r"(?:\+|(?<!\d)00)\(?\d(?:[\s().\-/]{0,3}\d){6,15}(?!\d)|"
    r"\(\d{2,5}\)\s?\d(?:[\s.\-]{0,2}\d){4,10}(?!\d)|" + PHONE_WORD + r"[^\d\n+]{0,12}\+?\(?\d(?:[\s().\-/]{0,3}\d){5,15}(?!\d)|"
    r"(?<![\d.,\-/])(?:1[3-9]\d(?:\d{8}|[\s\-]\d{4}[\s\-]\d{4})|0\d{1,4}[\s\-/]\d{2,4}(?:[\s\-]?\d{2,4}){1,3})(?![\d.,])|"
    # As North America writes them; and in groups, unless more numbers stand in the row ("6203 300 6204 400").
    r"(?<![\d.,\-/])[2-9]\d\d([\-.])[2-9]\d\d\1\d{4}(?![\d\-])|"
    r"(?<![\d.,\-/])(?<!\d )\d{2,4} \d{3} \d{3,4}(?![\d.,]| \d)",
)
# A line that is nothing but a number, as it stands below a name: in the groups of India, Brazil, Mexico, Japan, China, the Gulf.
ALONE = re.compile(
    r"(?:[a-z]{1,4}\s?[.:/]\s?)?(\(?\d{2,3}\)?[ .\-]\d{3,4}[ .\-]\d{4}|[6-9]\d{4}[ \-]?\d{5}|\d{3,4}[ \-]\d{6,7}|"
    r"\d{2,3}[ \-]\d{3}[ \-]\d{2}[ \-]\d{2}|\d{2}(?: \d{2}){4}|\d{3}[ \-]\d{3}[ \-]\d{3}|\d{2} \d{7}|[05-9]\d{8,10})"
)
# What every one of them holds: six digits with little between them. Without it the long pattern need not be tried.
#: A number with its country's code.
INTERNATIONAL = re.compile(r"(?:\+|(?<!\d)00)\s?\(?(\d[\d\s().\-/]{6,24}\d)")
NATIONAL = re.compile(r"\(?\d[\d\s().\-/]{4,24}\d")
DIGITS = re.compile(r"\d(?:[\s().\-/]{0,3}\d){5}")
NO_DIGITS = bytes(set(range(256)) - set(b"0123456789"))
ASCII_DIGITS = re.compile(r"[0-9](?:[\s().\-/]{0,3}[0-9]){5}")


def may_hold(text: str) -> bool:
    """Whether there are digits enough in a text, or line, for a telephone number."""
    if text.isascii():
        return len(text.encode().translate(None, NO_DIGITS)) >= FEWEST_DIGITS and ASCII_DIGITS.search(text) is not None
    return DIGITS.search(text) is not None


def lines(text: str) -> Iterator[str]:
    """The lines of a text that may hold a telephone number, each once."""
    done = 0
    for digits in (ASCII_DIGITS if text.isascii() else DIGITS).finditer(text):
        if digits.start() < done:
            continue
        start, end = text.rfind("\n", 0, digits.start()) + 1, text.find("\n", digits.end())
        done = end if end >= 0 else len(text)
        # Digits may go on in the next line, where a number of its own begins.
        yield from text[start:done].split("\n")


def first(line: str) -> str:
    """The first telephone number of a line, or ""."""
    found = PHONE.search(small(line[:LONGEST_LINE_READ])) if may_hold(line) else None
    return line[found.start() : found.end()] if found else ""


def alone(line: str) -> str:
    """The number that a line below a name is made of, with no word and no country to tell it ("81 5550 1934"); "" if it is none."""
    found = ALONE.fullmatch(small(line)) if FEWEST_DIGITS < len(line) <= LONGEST_ALONE and may_hold(line) else None
    return line[found.start(1) : found.end(1)] if found else ""


def places(line: str) -> Iterator[tuple[int, int]]:
    """Where telephone numbers stand in a line: (from, to) of each."""
    if may_hold(line):
        yield from (found.span() for found in PHONE.finditer(small(line[:LONGEST_LINE_READ])))


def without_label(phone: str) -> str:
    """A found number without the word before it ("Tel.: +49 30 …")."""
    return phone[next((place for place, character in enumerate(phone) if character in "+(" or character.isdigit()), 0) :]


def located(facts: tuple[Fact, ...], place: Fact | None) -> tuple[Fact, ...]:
    """Facts in which the telephone number says its country: its own code, or that of the country he writes from.

    Args:
        place: that country as a fact; None if nobody knows it.
    """
    given = next((nth for nth, fact in enumerate(facts) if fact.name == "gives_phone"), None)
    if given is None:
        return facts
    phone = facts[given]
    found = INTERNATIONAL.search(phone.value)
    written = phone.value
    if found:
        region = region_of(re.sub(r"\D", "", found[1]))
    else:
        region = place.value if place else ""
        national = NATIONAL.search(phone.value)
        written = international(national[0], region) if national and region else ""
    if not region or not written:
        return facts
    completed = phone if found else Fact(phone.name, written, phone.evidence)
    return (*facts[:given], completed, *facts[given + 1 :], Fact("phone_country", region, phone.evidence))


@lru_cache(maxsize=512)
def region_of(digits: str) -> str:
    """The country of a number, two letters, from its digits with the country's code (E.164); "" if there is none."""
    # Late: the numbering plans of the world are large, and most mails hold no telephone number.
    import phonenumbers

    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(number.country_code) or ""


@lru_cache(maxsize=512)
def international(phone: str, region: str) -> str:
    """A number as it is dialled from abroad ("0371 5550101" in China is "+86 371 5550 101"); "" if there is no such number.

    Args:
        region: the country whose number it is, two letters.
    """
    import phonenumbers

    try:
        number = phonenumbers.parse(phone, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
