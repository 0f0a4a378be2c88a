"""Addresses: how they are written, compared and told apart.

Three forms of one address, each for one purpose:

* ``email``       as written, only the domain lower-cased: what we send to;
* ``match_key``   casefolded, IDNA domain, plus part and Gmail dots removed: what suppression compares;
* ``company_domain`` the registrable domain: who employs the person (None for freemail).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

SENDABLE = re.compile(r'^[^\s<>()",;:\\@\x00-\x1f\x7f]{1,64}@[^\s@<>()",;:\\\x00-\x1f\x7f]{1,253}\.[^\s@<>()",;:\\.\x00-\x1f\x7f]{2,63}$')

#: Where the addresses lie that stand for buyers whose own a platform hides; nothing can be sent there (RFC 2606 §2).
MASKED_DOMAIN = "masked.invalid"


def is_masked(email: str) -> bool:
    """Whether an address only stands for a buyer whose own one a platform hides."""
    return email.casefold().endswith("." + MASKED_DOMAIN)


@dataclass(frozen=True)
class Address:
    """One mailbox: the name a person chose and the address itself.

    Attributes:
        name: display name, already decoded; may be empty. Never trust it.
        email: ``local@domain`` with the domain in lower case; empty when the header held none.
    """

    name: str
    email: str

    @property
    def key(self) -> str:
        return match_key(self.email)

    @property
    def domain(self) -> str:
        return self.email.rpartition("@")[2]

    @property
    def local(self) -> str:
        return self.email.rpartition("@")[0]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email


def ascii_domain(domain: str) -> str:
    """The domain as DNS sees it (IDNA); one that cannot be encoded is only lower-cased."""
    lowered = domain.strip().rstrip(".").lower()
    if lowered.isascii():
        return lowered
    try:
        import idna

        return idna.encode(lowered, uts46=True).decode("ascii")
    except (UnicodeError, ValueError):
        return lowered


@lru_cache(maxsize=4096)
def match_key(email: str) -> str:
    """The form under which an address is remembered for suppression (STANDARDS §4.4).

    ``Bob+offers@Example.COM`` and ``bob@example.com`` are one person; Gmail ignores dots as well.
    """
    local, at, domain = email.strip().rpartition("@")
    if not at:
        return email.strip().casefold()
    local = local.casefold().partition("+")[0] or local.casefold()
    domain = ascii_domain(domain)
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", "") or local, "gmail.com"
    return f"{local}@{domain}"


#: Suffixes that are a country's, or that every registry has.
_NATIONAL = re.compile(r"(?:^|\.)(?:[a-z]{2}|com|co|net|org)$")
_BEHIND = re.compile(r"\.*[/?#:].*", re.DOTALL)


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    # Late: the list takes 20 ms to read. It is the bundled one, never one from the network (STANDARDS §7.3); without the suffixes of
    # private registries: a customer of a hosting house is not known by it. Encoded suffixes we decode ourselves; see ``_found``.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_unknown=False, only_icann=True, accept_encoded_idn=False)


def _found(domain: str) -> tuple[str, str]:
    """Of a lower-cased domain: the registrable one, "" if it is a suffix itself; and its suffix, "" if that is unknown."""
    spoken = ".".join(map(_decoded, domain.split("."))) if "xn--" in domain else domain
    suffix = _suffixes().publicsuffix(spoken)
    if not suffix:
        return "", ""
    labels, count = domain.split("."), suffix.count(".") + 1
    return ".".join(labels[-count - 1 :]) if len(labels) > count else "", suffix


def _decoded(label: str) -> str:
    import idna

    try:
        return idna.decode(label)
    except (UnicodeError, IndexError):
        return label


@lru_cache(maxsize=2_000)
def registrable_domain(domain: str) -> str:
    """``mail.eu.acme.co.uk`` → ``acme.co.uk``; a domain of no known suffix keeps its last two labels.

    Under an unknown ending stands what looks like a national suffix of its own (``acme.com.pk.internal``): then that
    suffix counts, or all companies of a country would be one.
    """
    lowered = ascii_domain(domain)
    # What people write behind a domain (a port, a path, "?subject=") is none of its own.
    host = _BEHIND.sub("", lowered)
    found, suffix = _found(host)
    if found:
        return found
    rest, _, ending = lowered.rpartition(".")
    inner, inner_suffix = _found(rest)
    if not suffix and inner and _NATIONAL.search(inner_suffix):
        return f"{inner}.{ending}"
    return ".".join(lowered.split(".")[-2:])


def company_domain(email: str, freemail: frozenset[str]) -> str | None:
    """The domain that names the sender's company; None for freemail and for no address at all."""
    domain = email.rpartition("@")[2]
    if not domain:
        return None
    registrable = registrable_domain(domain)
    return None if registrable in freemail or domain.lower() in freemail else registrable
