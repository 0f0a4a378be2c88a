"""Where the buyer sits, and how we know: what a notice says, the phone in his signature, the country he names, his domain.

The surest sign comes first. The offset of a Date header names a meridian, not a country: it is asked last, together with the
language. A country decides about the buyer's working hours and never about his tier (DOMAIN §1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from mailagent.core.model.lead import Fact
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy
from mailagent.core.reading import telephone

#: What people write besides the official names.
ALSO = {"usa": "US", "u.s.a.": "US", "uk": "GB", "england": "GB", "scotland": "GB", "uae": "AE", "u.a.e.": "AE", "ksa": "SA", "korea": "KR"}
#: Names that are words, persons' names or other places as well: only a line of their own counts.
COMMON = {"jordan", "chad", "georgia", "turkey", "guinea", "mali", "niger", "oman", "peru", "china", "中国"}
#: Country-code domains that the whole world uses as if they were general ones.
#: Two letters as a flag.
FLAG_A = 0x1F1E6
FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
#: How sure each witness is.
SURENESS = {
    "notice": "sure", "phone": "sure", "address": "sure", "domain": "sure", "words": "likely", "town": "likely", "destination": "likely",
    "clock": "guess",
}  # fmt: skip
RESERVED = re.compile(r"\.(?:example|invalid|test)$")
GENERIC = {"io", "co", "me", "tv", "cc", "ai", "ws", "to", "fm", "ly", "gg", "sh", "vc", "biz"}


def find(message: InboundMessage, facts: tuple[Fact, ...], policy: Policy) -> Fact | None:
    """The buyer's country as a fact (value: two letters), with the words that say so; None if nothing does.

    Args:
        facts: what was found in the mail already; a phone number among them is the best witness.
    """
    known = policy.calendar.places
    return next((fact for _, fact in witnesses(message, facts) if fact.value in known), None)


def find_with_source(message: InboundMessage, facts: tuple[Fact, ...], policy: Policy) -> tuple[Fact | None, Fact | None]:
    """The same, and how it is known and how sure that is, as a fact, e.g. "phone sure" or "clock guess"."""
    known = policy.calendar.places
    for name, fact in witnesses(message, facts):
        if fact.value in known:
            return fact, Fact("country_source", f"{name} {SURENESS[name]}", fact.evidence)
    return None, None


def witnesses(message: InboundMessage, facts: tuple[Fact, ...]) -> Iterator[tuple[str, Fact]]:
    """Everything that tells a country, the surest first; each is asked only if the ones before it have no answer."""
    hints = {fact.name: fact for fact in reversed(facts) if fact.name[0] == "@"}
    looks = {
        "notice": lambda: by_notice(message), "phone": lambda: by_phone(facts), "address": lambda: by_name(message),
        "domain": lambda: by_domain(message), "words": lambda: hints.get("@mention"), "town": lambda: hints.get("@town"),
        "destination": lambda: hints.get("@destination"), "clock": lambda: _by_clock(message),
    }  # fmt: skip
    for name, look in looks.items():
        fact = look()
        if fact:
            yield name, Fact("country", fact.value, fact.evidence)


def _by_clock(message: InboundMessage) -> Fact | None:
    # Late: that module asks this one.
    from mailagent.core.reading.where import by_clock

    return by_clock(message)


def by_notice(message: InboundMessage) -> Fact | None:
    """A platform or form says it in a field of its own."""
    stated = message.relay_fields.get("country", "").strip()
    code = named(stated)
    return Fact("country", code, stated) if code else None


def named(stated: str) -> str:
    """The country that a field names, two letters: "CL", "Chile", "United States (US)", "Lima, Peru", a flag; "" for none."""
    stated = stated.strip(" .,;\t")[:120]
    if not stated:
        return ""
    flag = FLAG.search(stated)
    if flag:
        return "".join(chr(ord(sign) - FLAG_A + ord("A")) for sign in flag[0])
    known = names()
    if re.fullmatch(r"[A-Z]{2}", stated.upper()) and stated.upper() in known.values():
        return stated.upper()
    found = known.get(stated.casefold(), "")
    if found:
        return found
    turned = ", ".join(reversed(stated.split(", ")))
    parts = [part.strip(" .") for part in re.split(r"[,()（）/|;，、–]|\s-\s", stated)]
    tries = (turned.replace(", ", " "), *reversed([part for part in parts if part]))
    return next((known[one.casefold()] for one in tries if len(one) > 2 and one.casefold() in known), "") or next(
        (part for part in parts if re.fullmatch(r"[A-Z]{2}", part) and part in known.values()), ""
    )


def by_phone(facts: tuple[Fact, ...]) -> Fact | None:
    """The country code of the phone in his signature (E.164)."""
    for fact in facts:
        found = telephone.INTERNATIONAL.search(fact.value or fact.evidence) if fact.name == "gives_phone" else None
        if not found:
            continue
        code = telephone.region_of(re.sub(r"\D", "", found[1]))
        if code:
            return Fact("country", code, fact.evidence or found[0])
    return None


def by_name(message: InboundMessage) -> Fact | None:
    """A country's name at the end of a short line near the end: the address in a signature."""
    signature = "" if message.words.endswith(message.signature) else message.signature
    lines = [line.strip(" \t.,;|-–") for line in (signature or message.words[-600:]).splitlines()]
    for line in [line for line in lines if 0 < len(line) <= 90][-10:]:
        name = re.split(r"[,;|/\-–·()（），、]", line)[-1].strip(" \t.").casefold()
        if name in names() and (name not in COMMON or name == line.casefold() or "," in line):
            return Fact("country", names()[name], line)
    return None


def by_domain(message: InboundMessage) -> Fact | None:
    """The country code of his domain."""
    host = message.sender.email.lower()
    # A reserved name (RFC 2606) stands for the domain before it, as in examples.
    suffix = RESERVED.sub("", host).rpartition(".")[2]
    if len(suffix) != 2 or suffix in GENERIC:
        return None
    return Fact("country", {"uk": "GB"}.get(suffix, suffix.upper()), message.sender.email)


@lru_cache(maxsize=1)
def names() -> dict[str, str]:
    """Names of countries in the buyers' languages → two letters."""
    # Late: most mails say in a surer way where they come from.
    from mailagent.core.reading.country_names import NAMES

    return NAMES | ALSO
