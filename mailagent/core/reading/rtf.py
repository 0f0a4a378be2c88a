"""Rich text as plain text: the one form in which Outlook sometimes wraps the only copy of what somebody wrote.

Two steps: the LZFu compression (MS-OXRTFCP) is taken off, then the control words are read away. Groups that
hold no text (fonts, colours, pictures, and all that begin with ``\\*``) are passed over.
"""

from __future__ import annotations

import re
from itertools import islice

from mailagent.core.reading import charset

MAX_TEXT = 2_000_000
MAX_TOKENS = 300_000
# What every dictionary begins with (MS-OXRTFCP §2.1.2.1).
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbolArial"
    b"Times New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_TOKEN = re.compile(rb"\\'([0-9A-Fa-f]{2})|\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.S)
_SILENT = frozenset([b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"header", b"footer", b"listtable", b"xmlnstbl"])
_WRITTEN = {b"par": "\n", b"line": "\n", b"row": "\n", b"sect": "\n", b"page": "\n", b"tab": "\t", b"cell": " | "}
_SIGNS = {b"emdash": "—", b"endash": "–", b"bullet": "•", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”"}


def decompress(raw: bytes, limit: int = MAX_TEXT) -> bytes:
    """RTF without its compression; what is not compressed comes back as it is.

    Args:
        limit: how many bytes to give at most; a few bytes can be made to stand for very many.
    """
    kind = raw[8:12]
    if kind == b"MELA":
        return raw[16 : 16 + limit]
    if kind != b"LZFu":
        return raw[:limit]
    window = bytearray(4096)
    window[: len(_DICTIONARY)] = _DICTIONARY
    write, place, out = len(_DICTIONARY), 16, bytearray()
    while place < len(raw) and len(out) < limit:
        control = raw[place]
        place += 1
        for bit in range(8):
            if not control >> bit & 1:
                piece = raw[place : place + 1]
                place += 1
                if not piece:
                    return bytes(out)
                out += piece
                window[write] = piece[0]
                write = (write + 1) % 4096
                continue
            pair = raw[place : place + 2]
            place += 2
            offset, length = (pair[0] << 4 | pair[1] >> 4, (pair[1] & 15) + 2) if len(pair) == 2 else (write, 0)
            if offset == write:
                return bytes(out)
            for _ in range(length):
                letter = window[offset]
                out.append(letter)
                window[write] = letter
                offset, write = (offset + 1) % 4096, (write + 1) % 4096
    return bytes(out[:limit])


def to_text(raw: bytes) -> str:
    """The words of a rich text; "" if there are none."""
    out: list[str] = []
    label, waiting = "windows-1252", bytearray()
    # What each open group does: whether it is silent, and how many letters follow a Unicode one for old readers.
    silent, spare, groups, skip = False, 1, [], 0
    for match in islice(_TOKEN.finditer(raw[: 2 * MAX_TEXT]), MAX_TOKENS):
        code, word, number, symbol, brace, text = match.groups()
        if code:
            if skip:
                skip -= 1
            elif not silent:
                waiting += bytes.fromhex(code.decode())
            continue
        if waiting:
            # A character may take two codes: they are read together.
            out.append(charset.decode(bytes(waiting), label)[0])
            waiting.clear()
        if brace == b"{":
            groups.append((silent, spare))
            skip = 0
        elif brace == b"}":
            silent, spare = groups.pop() if groups else (False, 1)
            skip = 0
        elif symbol:
            if symbol == b"*":
                silent = True
            elif not silent:
                out.append({b"~": " ", b"_": "-", b"-": "", b"\n": "\n", b"\r": "\n"}.get(symbol, symbol.decode("latin-1")))
        elif word:
            if word == b"ansicpg" and number:
                label = "utf-8" if number == b"65001" else f"cp{int(number)}"
            elif word == b"uc":
                spare = min(int(number or 1), 8)
            elif word in _SILENT:
                silent = True
            elif silent:
                continue
            elif word == b"u" and number:
                out.append(chr(int(number) % 65536))
                skip = spare
            else:
                out.append(_WRITTEN.get(word, _SIGNS.get(word, "")))
        elif text and not silent:
            out.append(text[skip:].decode("latin-1"))
            skip = max(0, skip - len(text))
    if waiting:
        out.append(charset.decode(bytes(waiting), label)[0])
    return charset.scrub("".join(out).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")).strip("\x00 \t\n")
