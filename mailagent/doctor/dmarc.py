"""Which DMARC record counts for a domain: the walk up the tree of RFC 9989 §4.10, which took the place of the list of suffixes.

``pct``, ``rf`` and ``ri`` are no longer part of it; ``t`` (testing), ``np`` (names that do not exist) and ``psd`` (a public suffix) are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

POLICIES = ("none", "quarantine", "reject")
#: Tags that receivers no longer look at.
FORMER = ("pct", "rf", "ri")
#: A longer name is cut to its last labels before the walk goes on (RFC 9989 §4.10).
LONGEST_WALK, CUT_TO = 8, 7


@dataclass(frozen=True)
class Dmarc:
    """The record that counts.

    Attributes:
        found_at: the domain at which it stands.
        tags: name → value, names in small letters.
        policy: what receivers are asked to do with mail of this domain that fails: none, quarantine or reject.
        is_several: there are several records at the domain itself, so that none of them counts.
    """

    found_at: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    policy: str = ""
    is_several: bool = False

    def tag(self, name: str) -> str:
        return dict(self.tags).get(name, "")

    @property
    def is_testing(self) -> bool:
        return self.tag("t").lower() == "y"


def read(domain: str, texts: Callable[[str], list[str]]) -> Dmarc | None:
    """The record that counts for mail from this domain; None if there is none. What ``texts`` raises goes through."""
    walked: list[tuple[str, dict[str, str]]] = []
    several = False
    for place in places(domain):
        records = [tags for text in texts(f"_dmarc.{place}") if (tags := parse(text)) is not None]
        several = several or place == domain and len(records) > 1
        if len(records) != 1:
            continue
        walked.append((place, records[0]))
        mark = records[0].get("psd", "u").lower()
        if mark == "n" or mark == "y" and place != domain:
            break
    if not walked:
        return Dmarc(is_several=True) if several else None
    if walked[0][0] == domain:
        place, tags = walked[0]
        return Dmarc(place, tuple(tags.items()), _policy(tags, ("p",)), several)
    place, tags = _organisation(domain, walked)
    return Dmarc(place, tuple(tags.items()), _policy(tags, ("sp", "p")), several)


def places(domain: str) -> list[str]:
    """The names at which is looked, from the domain itself up to its top label."""
    labels = domain.lower().rstrip(".").split(".")
    walk = [".".join(labels)]
    labels = labels[-CUT_TO:] if len(labels) >= LONGEST_WALK else labels[1:]
    while labels:
        walk.append(".".join(labels))
        labels = labels[1:]
    return walk


def parse(text: str) -> dict[str, str] | None:
    """The tags of a record; None for a text that is none. ``v=DMARC1`` must come first."""
    if not re.match(r"v\s*=\s*DMARC1\s*(?:;|$)", text):
        return None
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _organisation(domain: str, walked: list[tuple[str, dict[str, str]]]) -> tuple[str, dict[str, str]]:
    """The record of the organisation (RFC 9989 §4.10.2).

    It is at the name that says it is no public suffix; else one label below a public suffix; else nearest to the top. Where the
    organisation has none, that of the public suffix counts.
    """
    place, tags = walked[-1]
    if tags.get("psd", "").lower() != "y":
        return place, tags
    below = ".".join(domain.split(".")[-len(place.split(".")) - 1 :])
    return next((found for found in walked if found[0] == below), (place, tags))


def _policy(tags: dict[str, str], names: tuple[str, ...]) -> str:
    chosen = next((tags[name].lower() for name in names if name in tags), "")
    # Without a valid policy a record only asks for reports (RFC 9989 §4.10).
    return chosen if chosen in POLICIES else "none"
