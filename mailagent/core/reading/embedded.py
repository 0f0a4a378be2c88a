"""What old programs put into the text itself: uuencoded and yEnc files, and the armour of PGP around words that are only signed."""

from __future__ import annotations

import re
from collections.abc import Callable

MAX_FILES = 50
# A line of uuencode says its length in its first sign: "M" is 45 bytes, which is what all but the last one have.
_UUENCODED = re.compile(
    r"^begin [0-7]{3,4} ([^\n]{1,200})\n((?:M[ -`]{59,61}\n){0,400000})((?:[ -L`][ -`]{0,62}\n){0,3})end[ \t]*(?:\n|\Z)", re.M
)
_YENC = re.compile(r"^=ybegin [^\n]{0,200}?size=(\d{1,12})[^\n]{0,100}? name=([^\n]{1,200})\n", re.M)
_YENC_END = re.compile(r"^=yend [^\n]{0,200}(?:\n|\Z)", re.M)
_SIGNED = re.compile(r"^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\n", re.M)
_SIGNATURE = re.compile(r"^-----BEGIN PGP SIGNATURE-----\n", re.M)
_SIGNATURE_END = re.compile(r"^-----END PGP SIGNATURE-----[ \t]*(?:\n|\Z)", re.M)
_HASH_LINES = re.compile(r"(?:(?:Hash|Charset|NotDashEscaped)[^\n]{0,200}\n){0,9}\n?")


def take_out(text: str) -> tuple[str, list[tuple[str, int]]]:
    """The words of a text, and the files in it as (name, bytes).

    Args:
        text: a plain text, its lines ended by LF.
    """
    files: list[tuple[str, int]] = []
    if "begin " in text and (text.startswith("begin ") or "\nbegin " in text) and "\nend" in text:
        text = _UUENCODED.sub(lambda found: _uuencoded(found, files), text)
    if "=ybegin " in text and "\n=yend " in text:
        text = _without(text, _YENC, _YENC_END, lambda found: _put(found, files, found[2], int(found[1])))
    if "-----BEGIN PGP SIGNED" in text:
        text = _without(_unarmoured(text), _SIGNATURE, _SIGNATURE_END, lambda found: "")
    return text, files


def _without(text: str, begins: re.Pattern, ends: re.Pattern, instead: Callable[[re.Match], str]) -> str:
    """The text without what stands between two lines, read once from its beginning to its end."""
    out, place = [], 0
    while found := begins.search(text, place):
        closed = ends.search(text, found.end())
        if closed is None:
            break
        kept = instead(found)
        out += text[place : found.start()], kept, text[found.end() : closed.end()] if kept else ""
        place = closed.end()
    return "".join(out) + text[place:]


def _uuencoded(found: re.Match, files: list[tuple[str, int]]) -> str:
    return _put(found, files, found[1], found[2].count("\n") * 45 + sum((ord(line[0]) - 32) % 64 for line in found[3].splitlines()))


def _put(found: re.Match, files: list[tuple[str, int]], name: str, size: int) -> str:
    if len(files) >= MAX_FILES:
        return found[0]
    files.append((name.strip(), size))
    return ""


def _unarmoured(text: str) -> str:
    """Text without the lines that begin what is signed; there a dash at the beginning of a line is doubled (RFC 9580 §7.2)."""
    pieces = _SIGNED.split(text)
    return pieces[0] + "".join(re.sub(r"(?m)^- -", "-", piece[_HASH_LINES.match(piece).end() :]) for piece in pieces[1:])
