"""Addresses that must not be written to. Compared by a keyed hash, so that an erased person stays remembered."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from sqlite_utils import Database

from mailagent.core.model.address import match_key
from mailagent.ledger.db import from_text

#: Of a longer domain only the last labels are asked for; nobody owns one that is deeper.
DEEPEST = 5


def key_hash(email: str, key: bytes) -> str:
    """What remains of an address after erasure: an HMAC of its match key (STANDARDS §4.4)."""
    return _keyed(match_key(email), key)


def mail_key(message_id: str, key: bytes) -> str:
    """What remains of an erased mail's Message-ID."""
    return _keyed(f"message-id:{message_id}", key)


@lru_cache(maxsize=4096)
def _keyed(text: str, key: bytes) -> str:
    # In one call, and not as an object that could be fed piece by piece: two addresses and a Message-ID are asked for with every mail.
    return hmac.digest(key, text.encode("utf-8", "replace"), "sha256").hex()


def reason_for(db: Database, email: str, key: bytes) -> str:
    """Why this address (or its whole domain) must not be written to; "" if it may."""
    asked = [key_hash(email, key), *(_keyed(f"@{domain}", key) for domain in domains_above(email))]
    # A list would be made into a table first, for every address anew.
    one = "SELECT reason FROM suppressions WHERE key_hash = ? AND lifted_at IS NULL"
    found = {row[0] for row in db.execute(" UNION ALL ".join([one] * len(asked)), asked)}
    return min(found, key=lambda reason: (reason == "hard_bounce", reason), default="")


def matter_key(lead_id: int) -> str:
    """Under which a wish that regards one matter alone is kept (STANDARDS §4.4, "campaign"). It names no person, so it needs no hash."""
    return f"campaign:{lead_id}"


def reason_in_matter(db: Database, lead_id: int | None) -> str:
    """Why nobody must be written to in this matter, though he may be in others; "" if nothing stands against it."""
    if lead_id is None:
        return ""
    query = "SELECT reason FROM suppressions WHERE key_hash = ? AND lifted_at IS NULL LIMIT 1"
    row = db.execute(query, [matter_key(lead_id)]).fetchone()
    return row[0] if row else ""


def domains_above(email: str) -> list[str]:
    """The domain of an address and those that it lies in, as far as a company may own them: eu.acme.example, acme.example."""
    labels = match_key(email).rpartition("@")[2].split(".")
    return [".".join(labels[start:]) for start in range(max(len(labels) - DEEPEST, 0), max(len(labels) - 1, 1))]


def silenced_since(db: Database, email: str, hash_address: Callable[[str], str], lead_id: int) -> datetime | None:
    """When an address, a domain above it, or this one matter of his was silenced last; None if it is not."""
    asked = [hash_address(email), *(hash_address(f"@{domain}") for domain in domains_above(email)), matter_key(lead_id)]
    query = f"SELECT MAX(created_at) FROM suppressions WHERE key_hash IN ({', '.join('?' * len(asked))}) AND lifted_at IS NULL"
    return from_text(db.execute(query, asked).fetchone()[0])


def checker(db: Database, key: bytes) -> Callable[[str], str]:
    """``reason_for`` with ledger and key filled in: address → reason or ""."""
    return lambda email: reason_for(db, email, key)


def listing(db: Database, limit: int = -1) -> list[dict]:
    """All live suppressions, the newest first."""
    return [dict(r) for r in db.execute("SELECT * FROM suppressions WHERE lifted_at IS NULL ORDER BY id DESC LIMIT ?", [limit])]


def is_permitted(db: Database, lead_id: int | None, round_: int, basis: str) -> bool:
    """Did a person let this answer go to somebody who asked for silence? A follow-up is never permitted (STANDARDS §4.4)."""
    if lead_id is None or basis != "answer":
        return False
    return db.execute("SELECT 1 FROM permissions WHERE lead_id = ? AND round = ?", [lead_id, round_]).fetchone() is not None
