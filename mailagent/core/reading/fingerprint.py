"""Whether two requests are the same text with small changes: another name below it, another greeting, a few other words.

**The idea.** A text is cut into pairs of neighbouring words (of characters, where a language has no blanks). Two texts are as
alike as the share of pairs that both have (Jaccard). To find the alike ones without reading all texts again, the pairs are
thrown into a few buckets by a hash, and the smallest hash of each bucket is the text's *mark* there (one-permutation
min-hashing): the chance that two texts have one mark in common is their likeness. Marks are numbers in an indexed column.
"""

from __future__ import annotations

import re
from functools import lru_cache
from zlib import crc32

BUCKETS = 8
#: Fewer pairs than this say what anybody says: "please send your price list".
FEWEST_PAIRS = 20
LONGEST_TEXT = 4_000
#: With so many marks in common two texts are worth comparing; from such a likeness on they are one request.
MARKS_ALIKE, ALIKE = 3, 0.6

#: In a text without other letters: what is neither letter nor digit is a blank.
_BETWEEN = bytes(code if chr(code).isalnum() and code < 128 else 32 for code in range(256))
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")


# A mail is compared with several others, and then remembered.
@lru_cache(maxsize=32)
def pairs(words: str) -> frozenset[int]:
    """The pairs of neighbouring words of a text, as numbers."""
    text = words[:LONGEST_TEXT].casefold()
    if text.isascii():
        found = text.encode().translate(_BETWEEN).split()
    else:
        found = [word.encode("utf-8", "replace") for word in _WORD.findall(text)]
    return frozenset(map(crc32, map(b" ".join, zip(found, found[1:], strict=False))))


@lru_cache(maxsize=32)
def marks(words: str) -> tuple[int, ...]:
    """The marks of a text, each with the number of its bucket in it; none for a text that is too short to be recognised."""
    found = pairs(words)
    if len(found) < FEWEST_PAIRS:
        return ()
    smallest: dict[int, int] = {}
    # From the smallest on: after some thirty numbers every bucket has met its first, which is its smallest.
    for number in sorted(found):
        if smallest.setdefault(number % BUCKETS, number) is number and len(smallest) == BUCKETS:
            break
    return tuple(number for _, number in sorted(smallest.items()))


def likeness(one: str, other: str) -> float:
    """The share of pairs that two texts have in common, 0 to 1."""
    left, right = pairs(one), pairs(other)
    return len(left & right) / len(left | right) if left and right else 0.0
