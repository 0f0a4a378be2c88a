"""Transfer encodings taken off (RFC 2045 §6): quoted-printable, base64 and uuencode, as far as the bytes can be read at all."""

from __future__ import annotations

import binascii
import re
from email.message import Message

_UUENCODED = ("x-uuencode", "uuencode", "uue", "x-uue")
# Gateways fill lines with spaces; behind the sign that the line goes on they mean nothing (RFC 2045 §6.7, rule 3).
_SPACED_BREAK = re.compile(rb"=[ \t]{1,1000}(?=\r?\n)")
_FILLED = re.compile(rb"[ \t]{2,1000}")
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_WEB_LETTERS = bytes.maketrans(b"-_", b"+/")
_PIECE = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
#: Prose has a space behind every fifth to tenth letter; base64 has line ends and, where it was quoted or filled, two signs a line.
_MOST_FOREIGN = 0.06


def decode(body: bytes, encoding: str) -> bytes:
    """A body without its transfer encoding.

    Args:
        encoding: its name in lower case; one that is not known is no encoding.
    Raises:
        ValueError: what is there is not of this encoding.
    """
    if encoding == "quoted-printable":
        return binascii.a2b_qp(_SPACED_BREAK.sub(b"=", body) if b"= " in body or b"=\t" in body else body)
    if encoding == "base64":
        try:
            return binascii.a2b_base64(body.translate(None, b"\r\n"), strict_mode=True)
        except binascii.Error:
            return _odd_base64(body)
    return _uudecoded(body, encoding) if encoding in _UUENCODED else body


def _odd_base64(body: bytes) -> bytes:
    """Base64 with signs that do not belong to it, cut short, or put together from several pieces that each end for themselves."""
    if (b"-" in body or b"_" in body) and not (b"+" in body or b"/" in body) and not body.translate(None, _LETTERS + b"-_=\r\n"):
        body = body.translate(_WEB_LETTERS)
    # What fills a line is one sign, however long it is.
    body = _FILLED.sub(b" ", body)
    letters = body.translate(None, b"\r\n")
    foreign = len(letters.translate(None, _LETTERS + b"="))
    if foreign > _MOST_FOREIGN * len(letters):
        letters, foreign = _first_lines(body), 0
        if len(letters) < 16:
            raise ValueError("no base64")
    if foreign:
        # What stands behind the end is what a mailing list adds; the library stops there, too.
        return _whole(re.sub(rb"[^A-Za-z0-9+/=]", b"", letters if b"=" not in letters else letters[: _end(letters)]))
    return b"".join(_whole(piece) for piece in _PIECE.findall(letters)[:100_000])


def _first_lines(body: bytes) -> bytes:
    """The lines of base64 above the first line that is something else."""
    found = []
    for line in body.split(b"\n"):
        line = line.strip()
        if line.translate(None, _LETTERS + b"="):
            break
        found.append(line)
    return b"".join(found)


def _end(letters: bytes) -> int:
    """Where the padding ends that closes the text."""
    closed = re.search(rb"={1,2}(?=[^A-Za-z0-9+/=]|$)|==", letters)
    return closed.end() if closed else len(letters)


def _whole(piece: bytes) -> bytes:
    """The bytes of one piece, padded as it should be; one letter too many says nothing."""
    piece = piece.rstrip(b"=")
    if len(piece) % 4 == 1:
        piece = piece[:-1]
    return binascii.a2b_base64(piece + b"=" * (-len(piece) % 4))


def _uudecoded(body: bytes, encoding: str) -> bytes:
    holder = Message()
    holder["Content-Transfer-Encoding"] = "uuencode"
    holder.set_payload(body.decode("ascii", "surrogateescape"))
    try:
        return holder.get_payload(decode=True) or b""
    except (TypeError, LookupError, AssertionError, UnicodeError) as error:
        raise ValueError(f"broken {encoding}") from error
