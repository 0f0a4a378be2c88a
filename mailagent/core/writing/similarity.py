"""How like another letter a letter is: no two customers get the same one on a day, and no customer the same one twice (DOMAIN §5).

Compared is what we say, not whom we greet and who signs: a letter that differs in these alone is the same letter. Names and figures
of the goods count, because they are what a letter is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: Longer letters are compared by their beginnings.
MAX_TEXT = 4000


@dataclass(frozen=True)
class Likeness:
    """The nearest of some letters.

    Attributes:
        share: 0 is nothing in common, 1 word for word the same.
        letter_id: which letter it is; None without any.
    """

    share: float = 0.0
    letter_id: int | None = None


def essence(body: str) -> str:
    """What a letter says: without greeting, signature, and white space that means nothing."""
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", body[:MAX_TEXT].strip()) if part.strip()]
    # The first is the greeting; the last two are the closing and the name with what stands below it.
    kept = paragraphs[1:-2] if len(paragraphs) > 3 else paragraphs[1:-1] or paragraphs
    return " ".join(" ".join(kept).split()).casefold()


def nearest(body: str, others: Mapping[int, str]) -> Likeness:
    """The letter that is most like this one.

    Args:
        others: number of a letter → its text.
    """
    if not others:
        return Likeness()
    # Late: it is asked only when a letter is written.
    from rapidfuzz import fuzz, process

    found = process.extractOne(essence(body), {number: essence(text) for number, text in others.items()}, scorer=fuzz.ratio)
    return Likeness(found[1] / 100, found[2]) if found else Likeness()


def spread(bodies: Iterable[str]) -> float:
    """How like each other the two most similar of some letters are."""
    texts = list(bodies)
    return max((nearest(text, dict(enumerate(texts[:number]))).share for number, text in enumerate(texts)), default=0.0)
