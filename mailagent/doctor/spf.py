"""What a domain's SPF record comes to when all it includes is read (RFC 7208)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

#: More questions to the DNS than this, and receivers give up (RFC 7208 §4.6.4).
MOST_LOOKUPS = 10
#: A record that includes itself ends here.
DEEPEST = 12
_ASKS = re.compile(r"[+?~-]?(include|a|mx|ptr|exists)(?::([^/\s]+))?(?:/\S*)?|(redirect)=(\S+)", re.IGNORECASE)
_ALL = re.compile(r"([+?~-]?)all", re.IGNORECASE)


@dataclass
class Spf:
    """What was found.

    Attributes:
        records: of the domain itself; more than one is an error (RFC 7208 §4.5).
        names: everything that is included, however deep, in small letters.
        lookups: questions that a receiver must ask.
        last: how it ends: "-", "~", "?", "+", or "" without "all".
        broken: included names that have no SPF record of their own.
    """

    records: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    lookups: int = 0
    last: str = ""
    broken: list[str] = field(default_factory=list)


def read(domain: str, texts: Callable[[str], list[str]]) -> Spf:
    """Read the record of a domain and all that it includes. What ``texts`` raises goes through."""
    found = Spf(records=records_of(domain, texts))
    if len(found.records) == 1:
        _follow(domain, found.records[0], found, texts, 0)
    return found


def records_of(domain: str, texts: Callable[[str], list[str]]) -> list[str]:
    return [text for text in texts(domain) if re.match(r"v=spf1(?: |$)", text, re.IGNORECASE)]


def _follow(domain: str, record: str, found: Spf, texts: Callable[[str], list[str]], depth: int) -> None:
    redirect = ""
    for term in record.split()[1:]:
        if ends := _ALL.fullmatch(term):
            if depth == 0 or not found.last:
                found.last = found.last or ends[1] or "+"
            break
        asks = _ASKS.fullmatch(term)
        if asks is None:
            continue
        if asks[3]:
            redirect = asks[4]
            continue
        found.lookups += 1
        if asks[1].lower() == "include" and asks[2]:
            _include(asks[2], found, texts, depth, keeps_end=False)
    else:
        if redirect:
            found.lookups += 1
            _include(redirect, found, texts, depth, keeps_end=True)


def _include(name: str, found: Spf, texts: Callable[[str], list[str]], depth: int, *, keeps_end: bool) -> None:
    name = name.lower().rstrip(".")
    found.names.add(name)
    # A macro depends on each mail; what it comes to is not known here (RFC 7208 §7).
    if "%" in name or depth >= DEEPEST or found.lookups > 4 * MOST_LOOKUPS:
        return
    records = records_of(name, texts)
    if len(records) != 1:
        found.broken.append(name)
        return
    inner = Spf(lookups=found.lookups, names=found.names, broken=found.broken)
    _follow(name, records[0], inner, texts, depth + 1)
    found.lookups = inner.lookups
    if keeps_end:
        found.last = inner.last
