"""Telephone numbers, however people group their digits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailagent.core.reading.text import small

FEWEST_DIGITS = 6
LONGEST_LINE_READ = 400
PHONE_WORD = (
    r"(?:\b(?:tel|telf|tél|teléfono|telefono|telefone|telefon|phone|ph|mob|mobile|mobil|cell|cel|celular|handy|gsm|fax|fon|fono|whats ?app|"
    r"wa|wechat|call|viber|contact no|т|тел|моб|телефон)\b|电话|電話|手机|手機|微信|전화|휴대폰|هاتف|جوال|واتساب)"
)
# For lines in small letters.
PHONE = re.compile(
    # With a country code; with an area code in brackets; behind a word for telephone; or grouped as telephone numbers are.
    r"(?:\+|(?<!\d)00)\(?\d(?:[\s().\-/]{0,3}\d){6,15}(?!\d)|"
    r"\(\d{2,5}\)\s?\d(?:[\s.\-]{0,2}\d){4,10}(?!\d)|" + PHONE_WORD + r"[^\d\n+]{0,12}\+?\(?\d(?:[\s().\-/]{0,3}\d){5,15}(?!\d)|"
    r"(?<![\d.,\-/])(?:1[3-9]\d{9}|0\d{1,4}[\s\-/]\d{2,4}(?:[\s\-]?\d{2,4}){1,3})(?![\d.,])|"
    r"(?<![\d.,\-/])\d{2,4} \d{3} \d{3,4}(?![\d.,])",
)
# What every one of them holds: six digits with little between them. Without it the long pattern need not be tried.
DIGITS = re.compile(r"\d(?:[\s().\-/]{0,3}\d){5}")
NO_DIGITS = bytes(set(range(256)) - set(b"0123456789"))
ASCII_DIGITS = re.compile(r"[0-9](?:[\s().\-/]{0,3}[0-9]){5}")


def may_hold(text: str) -> bool:
    """Whether there are digits enough in a text, or line, for a telephone number."""
    if text.isascii():
        return len(text.encode().translate(None, NO_DIGITS)) >= FEWEST_DIGITS and ASCII_DIGITS.search(text) is not None
    return DIGITS.search(text) is not None


def first(line: str) -> str:
    """The first telephone number of a line, or ""."""
    found = PHONE.search(small(line[:LONGEST_LINE_READ])) if may_hold(line) else None
    return line[found.start() : found.end()] if found else ""


def places(line: str) -> Iterator[tuple[int, int]]:
    """Where telephone numbers stand in a line: (from, to) of each."""
    if may_hold(line):
        yield from (found.span() for found in PHONE.finditer(small(line[:LONGEST_LINE_READ])))
