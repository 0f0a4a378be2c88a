"""Domains that could be taken for another one by somebody in a hurry (STANDARDS §7.3).

Comparing goes over a *skeleton*: letters that look alike become one letter, so ``rnicrosoft`` and ``microsoft`` are the same to the
machine as they are to the eye. Known domains are found by their *shapes*, which are written down once: the skeleton, and the
skeleton without each one of its letters. Two names that differ in one letter, or in the order of two, have a shape in common.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

Likeness = Literal["same look", "one letter", "added word", "other ending"]

LOOKALIKES = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("0", "o"), ("1", "l"), ("i", "l"), ("5", "s"), ("-", ""), ("_", ""))
#: Letters of other alphabets, and rare ones of ours, beside those for which they are taken.
CONFUSABLE = str.maketrans(
    "аеорсухіјѕԁһӏոυνοκтвмнαρτιεɡɑɪıⅼϲԛԝѵ",
    "aeopcyxijsdhlnuvoktbmhaptiegaiilcqwv",
)
#: Shorter names differ in one letter from many honest ones.
SHORTEST, SHORTEST_SLIP = 4, 6
LONGEST = 63


def label_of(domain: str) -> str:
    """The name in a registrable domain: what stands before its suffix, in the letters that people see."""
    label = domain.split(".")[0]
    if label.startswith("xn--"):
        try:
            return label[4:].encode("ascii").decode("punycode")
        except (UnicodeError, ValueError):
            pass
    return label


@lru_cache(maxsize=5_000)
def skeleton(domain: str) -> str:
    """What the eye sees of a registrable domain's name: look-alike letters become one, marks and the ending fall away."""
    flat = unicodedata.normalize("NFKD", label_of(domain)).casefold().translate(CONFUSABLE)
    flat = "".join(letter for letter in flat if not unicodedata.combining(letter))
    for seen, meant in LOOKALIKES:
        flat = flat.replace(seen, meant)
    return flat[:LONGEST]


def shapes(domain: str) -> frozenset[str]:
    """The strings under which a known domain is found again: every look-alike with at most one slip has one of them, too."""
    own = skeleton(domain)
    if len(own) < SHORTEST_SLIP:
        return frozenset((own,)) if len(own) >= SHORTEST else frozenset()
    return frozenset((own, *(own[:i] + own[i + 1 :] for i in range(len(own)))))


def likeness(domain: str, known: str, added: Iterable[str] = ()) -> Likeness | None:
    """How a registrable domain resembles a known one; None if it does not, or is the same.

    Args:
        added: words that are put beside a name to make a second one of it ("group", "trade").
    """
    if domain == known:
        return None
    theirs, own = skeleton(domain), skeleton(known)
    if len(own) < SHORTEST:
        return None
    if theirs == own:
        return "other ending" if label_of(domain) == label_of(known) else "same look"
    rest = theirs.removeprefix(own) if theirs.startswith(own) else theirs.removesuffix(own) if theirs.endswith(own) else None
    if rest and rest in _skeletons(tuple(added)):
        return "added word"
    return "one letter" if len(own) >= SHORTEST_SLIP and _one_slip(theirs, own) else None


def without_added(domain: str, added: Iterable[str]) -> frozenset[str]:
    """The skeletons that are left of a name when a word that is put beside others is taken off its beginning or end."""
    theirs = skeleton(domain)
    words = _skeletons(tuple(added))
    rests = {theirs.removesuffix(word) for word in words} | {theirs.removeprefix(word) for word in words}
    return frozenset(rest for rest in rests if len(rest) >= SHORTEST and rest != theirs)


@lru_cache(maxsize=8)
def _skeletons(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(skeleton(word) for word in words)


def _one_slip(left: str, right: str) -> bool:
    """At most one letter added, lost, changed, or two neighbours swapped."""
    if abs(len(left) - len(right)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    a, b = left[start:], right[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
