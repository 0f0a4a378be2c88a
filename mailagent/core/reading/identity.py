"""Whether a buyer who came through a platform and one who writes himself are the same person (DOMAIN §6)."""

from __future__ import annotations

import re

from mailagent.core.model.address import MASKED_DOMAIN, is_masked
from mailagent.core.model.message import InboundMessage
from mailagent.core.reading.labels import folded

#: Words that half of all companies bear.
_COMMON = frozenset((
    "co", "company", "ltd", "limited", "inc", "llc", "gmbh", "corp", "corporation",
    "group", "trading", "trade", "international", "import", "export", "imports", "exports", "industries",
    "industrial", "enterprise", "enterprises", "supplies", "hardware", "the", "and", "of", "de",
    "la", "el", "sa", "srl", "ag", "kg", "sarl", "general", "global",
))  # fmt: skip
_WORD = re.compile(r"\w{2,30}")
LONGEST_READ = 6000


def is_same_buyer(message: InboundMessage, email: str, company: str) -> bool:
    """Whether a known person of the sender's name is the sender.

    A name alone is no proof. With it must go the same company; or, for a buyer of whom a platform showed no company, that
    he names the platform. One of the two addresses must be hidden by a platform: two open ones are two persons.

    Args:
        email, company: the known person's address and his company's name; "" if unknown.
    """
    if not (message.masked or is_masked(email)):
        return False
    own = folded(message.relay_fields.get("company", ""))
    if message.masked:
        return bool(own) and own == folded(company)
    said = folded_text(f"{message.subject}\n{message.words}\n{message.signature}\n{own}", LONGEST_READ)
    if company:
        names = [word for word in _WORD.findall(folded(company)) if word not in _COMMON]
        house = message.sender.domain.replace("-", "")
        return bool(names) and (all(name in said.split() for name in names) or "".join(names[:2]) in house)
    platform = email.rpartition("@")[2].removesuffix("." + MASKED_DOMAIN).partition("-")[0]
    return len(message.sender.name.split()) > 1 and len(platform) > 3 and platform in said


def folded_text(text: str, limit: int) -> str:
    """A longer text in the spelling of labels, piece by piece."""
    return " ".join(folded(line) for line in text[:limit].splitlines())
