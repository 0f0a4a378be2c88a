"""The mail inside an S/MIME signature that does not leave it readable beside itself (``smime.p7m``, RFC 8551 §3.5.2).

Nothing is verified and nothing is decrypted: the signed mail is cut out of the CMS structure around it (RFC 5652 §5), which
comes from strangers, in definite or indefinite lengths.
"""

from __future__ import annotations

MAX_ELEMENTS = 200_000
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_SEQUENCE, _OBJECT, _CONTENT, _OCTETS, _OCTETS_IN_PIECES = 0x30, 0x06, 0xA0, 0x04, 0x24


def is_wrapped(kind: str, name: str) -> bool:
    """Whether a part may be such a mail, by its type or its name."""
    return kind in ("application/pkcs7-mime", "application/x-pkcs7-mime") or name.lower() == "smime.p7m"


def unwrap(raw: bytes) -> bytes | None:
    """The bytes of the mail that is signed; None where it is encrypted, detached or nonsense. Never raises."""
    try:
        return _signed(raw)
    except (IndexError, ValueError):
        return None


def _signed(raw: bytes) -> bytes | None:
    place = _into(raw, 0, _SEQUENCE)
    start, end = _span(raw, place)
    if raw[place] != _OBJECT or raw[start:end] != _SIGNED_DATA:
        return None
    place = _into(raw, _into(raw, end, _CONTENT), _SEQUENCE)
    # The version and the names of the digests come before what is signed, and its type before its bytes.
    place = _into(raw, _behind(raw, _behind(raw, place)), _SEQUENCE)
    place = _into(raw, _behind(raw, place), _CONTENT)
    if raw[place] == _OCTETS:
        start, end = _span(raw, place)
        return raw[start:end]
    start, end = _span(raw, place)
    if raw[place] != _OCTETS_IN_PIECES:
        return None
    pieces = []
    while start < (len(raw) if end < 0 else end) and raw[start] == _OCTETS and len(pieces) < MAX_ELEMENTS:
        begin, start = _span(raw, start)
        pieces.append(raw[begin:start])
    return b"".join(pieces)


def _span(raw: bytes, place: int) -> tuple[int, int]:
    """Where the value of the element at a place begins and ends; it ends at -1 if only a mark says where."""
    length, start = raw[place + 1], place + 2
    if length == 0x80:
        return start, -1
    if length > 0x80:
        size = length & 0x7F
        if size > 4:
            raise ValueError("no such length")
        length, start = int.from_bytes(raw[start : start + size], "big"), start + size
    return start, start + length


def _into(raw: bytes, place: int, tag: int) -> int:
    """The place of the first element inside the one at a place, which must be of a kind."""
    if raw[place] != tag:
        raise ValueError("another element")
    return _span(raw, place)[0]


def _behind(raw: bytes, place: int) -> int:
    """The place behind the element at a place."""
    open_elements = 0
    for _ in range(MAX_ELEMENTS):
        if raw[place] == raw[place + 1] == 0 and open_elements:
            open_elements, place = open_elements - 1, place + 2
        else:
            start, end = _span(raw, place)
            open_elements, place = (open_elements + 1, start) if end < 0 else (open_elements, end)
        if not open_elements:
            return place
    raise ValueError("too many elements")
