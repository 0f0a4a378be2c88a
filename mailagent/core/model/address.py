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

SENDABLE = re.compile(r'^[^\s<>()",;:\\@\x00-\x1f\x7f]{1,64}@[^\s@<>()",;:\\\x00-\x1f\x7f]{1,253}\.[^\s@<>()",;:\\.\x00-\x1f\x7f]{2,63}$')


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


@lru_cache(maxsize=1)
def _suffixes():
    import tldextract

    # The bundled public suffix list: the default constructor would fetch a new one (STANDARDS §7.3).
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


@lru_cache(maxsize=20_000)
def registrable_domain(domain: str) -> str:
    """``mail.eu.acme.co.uk`` → ``acme.co.uk``; a domain of no known suffix keeps its last two labels.

    Under an unknown ending stands what looks like a national suffix of its own (``acme.com.pk.internal``): then that
    suffix counts, or all companies of a country would be one.
    """
    lowered = ascii_domain(domain)
    found = _suffixes()(lowered)
    if found.suffix and found.domain:
        return f"{found.domain}.{found.suffix}"
    rest, _, ending = lowered.rpartition(".")
    inner = _suffixes()(rest)
    if not found.suffix and inner.domain and inner.suffix and _NATIONAL.search(inner.suffix):
        return f"{inner.domain}.{inner.suffix}.{ending}"
    return ".".join(lowered.split(".")[-2:])


def company_domain(email: str, freemail: frozenset[str]) -> str | None:
    """The domain that names the sender's company; None for freemail and for no address at all."""
    domain = email.rpartition("@")[2]
    if not domain:
        return None
    registrable = registrable_domain(domain)
    return None if registrable in freemail or domain.lower() in freemail else registrable
