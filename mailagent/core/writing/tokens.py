"""The marks by which our letters are known again when something comes back.

A Message-ID of ours carries the letter's ULID and a MAC over it. Whoever answers shows that id in In-Reply-To, so
the id itself is the reply token; the MAC keeps a stranger from inventing one (STANDARDS §1.1.1). The unsubscribe
token is signed likewise and never expires: an old letter must still be able to say "stop" (STANDARDS §4.2).
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote

from itsdangerous import BadData, Signer, URLSafeSerializer
from itsdangerous.encoding import base64_encode

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID = re.compile(rf"[0-7][{_CROCKFORD}]{{25}}")
_OURS = re.compile(r"fu\.([0-9a-z]{26})\.([a-z2-7]{10})@[^@\s]{1,255}", re.IGNORECASE)


def new_ulid(now: datetime, randomness: bytes) -> str:
    """A new id for a letter: ids of later letters sort later.

    Args:
        now: aware time of creation; milliseconds count.
        randomness: ten random bytes, from ``os.urandom(10)``.
    """
    if len(randomness) != 10:
        raise ValueError("a ULID takes exactly ten random bytes")
    value = int(now.timestamp() * 1000) << 80 | int.from_bytes(randomness)
    return "".join(_CROCKFORD[value >> shift & 31] for shift in range(125, -1, -5))


def message_id(ulid: str, key: bytes, domain: str) -> str:
    """The Message-ID of the letter for its whole life, without brackets: ``fu.<ulid>.<mac>@<domain>``.

    Args:
        key: secret of at least 16 bytes that serves this purpose only.
        domain: the domain of the From address, ASCII.
    """
    if not _ULID.fullmatch(ulid):
        raise ValueError(f'"{ulid}" is not a ULID')
    return f"fu.{ulid}.{_mac(ulid, key)}@{domain}"


def verify(message_id: str, key: bytes) -> str | None:
    """The ULID of the letter if this Message-ID is truly one of ours, else None.

    Gateways that change upper and lower case do no harm.
    """
    found = _OURS.fullmatch(message_id.strip("<> "))
    if not found:
        return None
    ulid, mac = found[1].upper(), found[2].lower()
    return ulid if hmac.compare_digest(mac, _mac(ulid, key)) else None


#: A number, a dot and a signature.
SHORTEST_TOKEN = 20


def unsubscribe_token(contact_id: int, keys: Sequence[bytes], lead_id: int | None = None) -> str:
    """What a letter carries so that its reader can stop all letters with one click.

    Args:
        keys: secrets, oldest first; the last one signs, all of them are accepted later.
        lead_id: the matter that the letter is about, for the page that offers to stop it alone.
    """
    said = str(contact_id) if lead_id is None else f"[{contact_id},{lead_id}]"
    # What ``dumps`` does, but for looking whether the few digits are shorter compressed.
    return _stamp(tuple(keys)).sign(base64_encode(said)).decode("ascii")


def read_unsubscribe_token(token: str, keys: Sequence[bytes]) -> int | None:
    """The contact who wants to stop, or None when the token is not ours."""
    named = read_unsubscribe_link(token, keys)
    return named[0] if named else None


def read_unsubscribe_link(token: str, keys: Sequence[bytes]) -> tuple[int, int | None] | None:
    """The contact and, where the token names one, the matter; None when the token is not ours. It never expires (STANDARDS §4.2)."""
    # Nearly every word is none: what has not the shape of one need not be verified.
    if "." not in token or len(token) < SHORTEST_TOKEN:
        return None
    try:
        said = _signer(tuple(keys)).loads(token[:500])
    except BadData:
        return None
    contact, lead = said if isinstance(said, list) and len(said) == 2 else (said, None)
    return (contact, lead) if isinstance(contact, int) and isinstance(lead, int | None) else None


def unsubscribe_mailto(address: str, token: str) -> str:
    """The link for List-Unsubscribe: a mail to ourselves whose subject carries the token (RFC 2369 §3.2)."""
    return f"mailto:{quote(address, safe='@.+-_')}?subject=unsubscribe%20{quote(token, safe='')}"


def unsubscribe_url(public_url: str, language: str, token: str) -> str:
    """The https link for List-Unsubscribe (RFC 8058 §3.1); the language is that of the letter, so that the page speaks it."""
    return f"{public_url}/u/{language}/{token}"


def _mac(ulid: str, key: bytes) -> str:
    if len(key) < 16:
        raise ValueError("the key for Message-IDs must have at least 16 bytes")
    return base64.b32encode(hmac.digest(key, ulid.encode("ascii"), sha256)).decode("ascii")[:10].lower()


# Its keys are derived when it is made, which takes longer than a signature.
@lru_cache(maxsize=8)
def _signer(keys: tuple[bytes, ...]) -> URLSafeSerializer:
    return URLSafeSerializer(list(keys), salt="unsubscribe-v1", signer_kwargs={"digest_method": sha256})


@lru_cache(maxsize=8)
def _stamp(keys: tuple[bytes, ...]) -> Signer:
    return _signer(keys).make_signer()
