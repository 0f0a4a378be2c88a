"""Making a stranger's text harmless for a line of ours, without changing what it says.

Names, subjects and product words come out of mail, and mail is hostile text: it may hold line breaks that would
start a new header, characters that turn the reading direction, or a megabyte where a name belongs.
"""

from __future__ import annotations

import re
import unicodedata

#: Marks that turn the reading direction or hide between letters: a name written with them reads as another one.
BIDI = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def one_line(text: str, limit: int = 200) -> str:
    """The text on one line: white space collapsed, control and direction marks removed, cut at a word.

    Args:
        text: anything; only its first 10,000 characters are looked at.
        limit: characters to keep; a cut is marked by "…" (STANDARDS §7.4).
    """
    # Line breaks of every kind (U+2028 too) are white space to split(); they must go before control characters do.
    joined = " ".join(text[:10_000].split())
    visible = BIDI.sub("", "".join(c for c in joined if unicodedata.category(c) not in ("Cc", "Cs", "Zl", "Zp")))
    if len(visible) <= limit:
        return visible
    cut = visible[: limit - 1]
    # A cut inside a word is worse than a shorter text, unless the language writes without spaces.
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > limit // 2 else cut).rstrip(" ,;") + "…"


def is_safe_header(text: str) -> bool:
    """Whether the text may stand in a header as it is: no line break, control or direction mark (STANDARDS §7.4)."""
    if text.isascii() and text.isprintable():
        return True
    return not BIDI.search(text) and not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in text)


def dictionary_of_day(day) -> dict[str, int]:
    """A date as plain numbers, so that each language's templates can write it in their own way."""
    return {"year": day.year, "month": day.month, "day": day.day}
