"""What a DKIM key record of the DNS says (RFC 6376 §3.6.1, RFC 8301, RFC 8463)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

#: An RSA key below this is refused everywhere (RFC 8301 §3.2); one below the second figure by some.
LEAST_BITS, USUAL_BITS = 1024, 2048


@dataclass(frozen=True)
class Key:
    """A published key.

    Attributes:
        kind: rsa or ed25519.
        bits: of an RSA key; 0 if it cannot be read.
        public: the key itself, base64 without spaces.
        is_revoked: the domain took it back: p is empty.
        is_testing: receivers are asked not to believe it yet.
        is_for_mail: false where it is for another service, or not for SHA-256.
    """

    kind: str
    bits: int
    public: str
    is_revoked: bool = False
    is_testing: bool = False
    is_for_mail: bool = True

    @property
    def is_readable(self) -> bool:
        return self.kind == "ed25519" and len(_bytes(self.public)) == 32 or self.kind == "rsa" and self.bits > 0


def read(text: str) -> Key | None:
    """The key of a TXT record; None for a text that is none."""
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    tags = {name.strip(): "".join(value.split()) for name, _, value in pairs}
    if tags.get("v", "DKIM1") != "DKIM1" or "p" not in tags:
        return None
    kind, public = tags.get("k", "rsa").lower(), tags["p"]
    return Key(
        kind,
        rsa_bits(_bytes(public)) if kind == "rsa" else 0,
        public,
        is_revoked=not public,
        is_testing="y" in tags.get("t", "").split(":"),
        is_for_mail=bool({"*", "email"} & set(tags.get("s", "*").split(":"))) and "sha256" in tags.get("h", "sha256").split(":"),
    )


def rsa_bits(der: bytes) -> int:
    """How many bits the modulus of an RSA public key has (SubjectPublicKeyInfo or PKCS #1, DER); 0 for anything else."""
    try:
        inner, _ = _element(der, 0x30)
        if inner[:1] == b"\x30":
            _algorithm, rest = _element(inner, 0x30)
            bit_string, _ = _element(rest, 0x03)
            inner, _ = _element(bit_string[1:], 0x30)
        modulus, _ = _element(inner, 0x02)
    except (IndexError, ValueError):
        return 0
    return int.from_bytes(modulus).bit_length()


def _element(der: bytes, tag: int) -> tuple[bytes, bytes]:
    """The contents of the first element, and what follows it."""
    if der[0] != tag:
        raise ValueError("another element")
    length, start = der[1], 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4:
            raise ValueError("no length")
        length, start = int.from_bytes(der[2 : 2 + count]), 2 + count
    if len(der) < start + length:
        raise ValueError("cut off")
    return der[start : start + length], der[start + length :]


def _bytes(public: str) -> bytes:
    try:
        return base64.b64decode(public, validate=True)
    except (binascii.Error, ValueError):
        return b""
