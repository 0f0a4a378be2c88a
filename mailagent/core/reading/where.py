"""Where a buyer seems to sit when no surer witness says so: the country he names in a sentence, his town, the port of his goods, his
language together with the clock of his mail program.

``country.py`` asks these after the notice, the telephone, the address and the domain. What they say is told with how sure it is: a
country decides about working hours only, never about a tier (DOMAIN §1).
"""

from __future__ import annotations

import re
from collections.abc import Container
from functools import lru_cache

from mailagent.core.model.lead import Fact
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy
from mailagent.core.reading import country
from mailagent.core.reading.anchors import Anchors
from mailagent.core.reading.phrases import Match
from mailagent.core.reading.text import Text, fold

#: Words that say that what follows is where he is.
LOCAL = frozenset(
    ("from", "in", "based", "located", "aus", "de", "del", "da", "en", "em", "au", "du", "из", "в", "uit", "från", "fra", "z", "ze", "w",
     "dari",
    "di", "من", "في", "来自", "在")
)  # fmt: skip
# Behind these a country is a market, an origin or a destination, and no home.
ELSEWHERE = frozenset(
    ("to", "made", "export", "exports", "market", "markets", "buy", "buys", "suppliers", "supplier", "factory", "factories", "port",
     "import", "imports",
    "imported", "visit", "visiting", "trip", "fob", "exw", "goods", "origin", "ship", "shipped", "produced", "manufactured", "agent")
)  # fmt: skip
LONGEST_READ = 6_000
DESTINATION_TERMS = frozenset({"CIF", "CFR", "CNF", "C&F", "CPT", "CIP", "DAP", "DDP", "DDU", "DPU", "DAT"})
STATES = frozenset(
    ("al", "ak", "az", "ar", "ca", "co", "ct", "de", "fl", "ga", "hi", "id", "il", "in", "ia", "ks", "ky", "la", "me", "md", "ma", "mi",
     "mn", "ms", "mo",
    "mt", "ne", "nv", "nh", "nj", "nm", "ny", "nc", "nd", "oh", "ok", "or", "pa", "ri", "sc", "sd", "tn", "tx", "ut", "vt", "va", "wa",
     "wv", "wi", "wy")
)  # fmt: skip
# Language and the clock of the mail program (minutes east of UTC): which country they are together, and whether that is likely.
BY_CLOCK: dict[tuple[str, int], str] = {
    ("ru", 180): "RU", ("ru", 420): "RU", ("ru", 480): "RU", ("ru", 600): "RU",
    ("ja", 540): "JP", ("ko", 540): "KR", ("tr", 180): "TR", ("pl", 60): "PL", ("pl", 120): "PL",
    ("cs", 60): "CZ", ("cs", 120): "CZ",
    ("it", 60): "IT", ("it", 120): "IT", ("sv", 60): "SE", ("sv", 120): "SE", ("da", 60): "DK", ("da", 120): "DK", ("nb", 60): "NO",
    ("no", 60): "NO", ("no", 120): "NO", ("nb", 120): "NO", ("fi", 120): "FI", ("fi", 180): "FI", ("hu", 60): "HU", ("hu", 120): "HU",
    ("ro", 120): "RO", ("ro", 180): "RO", ("el", 120): "GR", ("el", 180): "GR", ("uk", 120): "UA", ("uk", 180): "UA", ("bg", 120): "BG",
    ("he", 120): "IL", ("he", 180): "IL", ("fa", 210): "IR", ("th", 420): "TH", ("vi", 420): "VN", ("id", 420): "ID", ("pt", -180): "BR",
    ("pt", -120): "BR", ("pt", 0): "PT", ("de", 60): "DE", ("de", 120): "DE", ("fr", 60): "FR", ("fr", 120): "FR", ("es", 60): "ES",
    ("es", 120): "ES", ("nl", 60): "NL", ("nl", 120): "NL", ("zh", 480): "CN", ("hi", 330): "IN", ("en", 330): "IN", ("en", 345): "NP",
    ("en", 300): "PK", ("en", 210): "IR", ("en", -480): "US", ("en", -420): "US", ("en", -360): "US", ("en", -300): "US",
    ("en", -240): "US", ("en", 600): "AU", ("en", 660): "AU", ("en", 570): "AU", ("en", 720): "NZ", ("en", 780): "NZ",
}  # fmt: skip


def hints(message: InboundMessage, text: Text, found: list[Match], facts: list[Fact], policy: Policy) -> list[Fact]:
    """What a mail's words say of its country, for ``country.find``; nothing where a surer witness will be asked anyway.

    Returns:
        Facts named ``@mention``, ``@town`` and ``@destination``; they serve ``country.find`` and are not kept.
    """
    if any(fact.name == "gives_phone" and fact.value.startswith(("+", "00")) for fact in facts) or country.by_domain(message):
        return []
    ours = policy.company.country.upper() or "CN"
    given = (
        ("@mention", by_mention(text, country.COMMON, ours)),
        ("@town", by_town(text, found, ours)),
        ("@destination", by_destination(found, text, tuple(facts), ours)),
    )
    return [Fact(name, fact.value, fact.evidence) for name, fact in given if fact]


def by_mention(text: Text, common: Container[str], ours: str) -> Fact | None:
    """A country in a sentence that says where he is: "we are importers in Peru", "(España)", "Lima, Perú".

    Args:
        common: names in small letters that mean something else as well.
        ours: our own country, two letters: whoever names it mostly speaks of us.
    """
    joined = text.joined[:LONGEST_READ]
    for start, stop, owners in sorted(_anchors().spans(joined), key=lambda span: (-span[0], span[0] - span[1])):
        place, last = joined.count(" ", 0, start + 1) - 1, joined.count(" ", 0, stop) - 1
        for code in owners - {ours}:
            if _is_home(text, place, joined[start + 1 : stop - 1] in common):
                return Fact("country", code, text.said(place, last))
    return None


@lru_cache(maxsize=1)
def _anchors() -> Anchors:
    """The names of all countries as they stand among the joined words of a text."""
    owned: dict[str, set[str]] = {}
    for name, code in country.names().items():
        words = Text(name).words
        if words and len(name) > 3:
            owned.setdefault(code, set()).add(f" {' '.join(words)} ")
    return Anchors(owned)


def _is_home(text: Text, place: int, is_common: bool) -> bool:
    start = text.start(place)
    if not (text.text[start].isupper() or text.text[start] >= "\u0590"):
        return False
    before = text.text[max(0, start - 2) : start]
    earlier = text.words[max(0, place - 3) : place]
    if ELSEWHERE & set(earlier):
        return False
    if before.endswith(("(", "（")) or before in (", ", "- ") and place:
        return True
    if is_common:
        return False
    return bool(earlier) and (earlier[-1] in LOCAL or earlier[-1] in ("the", "la", "el") and len(earlier) > 1 and earlier[-2] in LOCAL)


def by_town(text: Text, found: list[Match], ours: str) -> Fact | None:
    """The town that he names, unless it is in our own country; the last one is nearest to his signature."""
    for match in reversed(found):
        if match.name == "@city" and match.value != ours:
            return Fact("country", match.value, text.said(match.first, match.last))
    for place in text.numbers:
        # "Toledo, OH 43604": a state of the United States and its postcode.
        if len(text.words[place]) == 5 and place and text.words[place - 1] in STATES and text.written(place - 1, place).isupper():
            return Fact("country", "US", text.said(place - 1, place + 1))
    return None


def by_destination(found: list[Match], text: Text, facts: tuple[Fact, ...], ours: str) -> Fact | None:
    """The country of the port to which the goods shall go; nothing where we only deliver to a port of ours (FOB)."""
    if not any(fact.name == "incoterm" and fact.value in DESTINATION_TERMS for fact in facts):
        return None
    ports = {fold(fact.value) for fact in facts if fact.name == "port"}
    for match in found:
        if match.name == "@port" and match.value != ours:
            name = fold(text.written(match.first, match.last))
            if any(port.startswith(name) for port in ports):
                return Fact("country", match.value, text.said(match.first, match.last))
    return None


def by_clock(message: InboundMessage) -> Fact | None:
    """The country in which his language is spoken and his clock goes so; a guess."""
    if message.utc_offset is None or message.relayed_by:
        return None
    code = BY_CLOCK.get((message.language, message.utc_offset))
    if code == "CN" and re.search(r"[價報詢單樣產貨認證們這個進際]", message.words[:600]):
        # Traditional characters at that clock: Taiwan or Hong Kong.
        return None
    offset = f"UTC{message.utc_offset / 60:+g}"
    return Fact("country", code, f"{message.language} {offset}") if code else None
