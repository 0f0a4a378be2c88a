"""Text whose bytes look like ASCII and are not: ISO-2022 with its escapes, HZ, UTF-7, and UTF-16 with a NUL beside each letter.

Their labels lie like all others: Japanese mail says ISO-2022-JP and holds the circled numbers and the names that only Windows
knows (no strict decoder takes them), old gateways drop the label and keep the escapes, and UTF-16 comes in the other order of
bytes, or is a label alone.
"""

from __future__ import annotations

import re

#: Python's names of the charsets of which ASCII bytes are not the ASCII text.
CODECS = frozenset(["utf_7", "hz", "utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be"])
_SAMPLE = 20_000
# What switches the set of characters in Japanese mail (RFC 1468, RFC 2237, and half-wide kana).
_ESCAPE = re.compile(rb"\x1b(\$[@B]|\$\([@BDOQ]|\([BJHI])|([\x0e\x0f])")
_LINE = re.compile(rb"(?<=[\r\n])")
_WIDE_MARK = re.compile("[\u3000-\u303f\uff00-\uffef]")


def is_disguised(raw: bytes, codec: str) -> bool:
    """Whether the bytes need a look from here: their label says so, or an escape or a NUL is among them."""
    # Nearly every text is UTF-8 or says nothing.
    if codec not in ("utf_8", "") and (codec in CODECS or codec.startswith("iso2022")):
        return True
    return b"\0" in raw or b"\x1b$" in raw or raw[:2] in (b"\xff\xfe", b"\xfe\xff")


def decode(raw: bytes, codec: str) -> str | None:
    """The text; None where the bytes are of another kind, whatever their label says.

    Args:
        codec: Python's name of the charset that the mail names, "" for none.
    """
    if codec.startswith("utf_16") or not codec.startswith("utf_32") and (b"\0" in raw or raw[:2] in (b"\xff\xfe", b"\xfe\xff")):
        text = _utf16(raw, codec)
        if text is not None:
            return text
    if b"\x1b$" in raw and not codec.startswith(("iso2022_cn", "iso2022_kr")) and raw.isascii():
        korean = _strict(raw, "iso2022_kr") if b"\x1b$)C" in raw else None
        return korean if korean is not None else _strict(raw, "iso2022_jp_ext") or _japanese(raw)
    if codec.startswith("iso2022_jp"):
        return _strict(raw, codec) or (_japanese(raw) if raw.isascii() else None)
    if codec.startswith("utf_16") or codec not in CODECS and not codec.startswith("iso2022"):
        return None
    return _strict(raw, codec)


def _strict(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec)
    except (UnicodeError, ValueError, LookupError):
        return None


# ── UTF-16 ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _utf16(raw: bytes, codec: str) -> str | None:
    """UTF-16 by its mark, or by where its NULs stand; None if it is none."""
    raw = raw[: len(raw) // 2 * 2]
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _strict(raw, "utf-16")
    sample = raw[:_SAMPLE]
    first, second = sample[0::2].count(0), sample[1::2].count(0)
    if not codec.startswith("utf_16"):
        # Western text: every other byte is a NUL.
        enough = len(sample) // 2 * 2 // 3
        if len(sample) < 8 or max(first, second) < enough or min(first, second) * 10 > enough:
            return None
    elif not first and not second and raw.isascii() and (b" " in raw or b"\n" in raw or len(raw) > 16):
        return None
    elif codec != "utf_16":
        return _strict(raw, codec)
    elif first == second:
        little, big = (sample.decode(order, "replace") for order in ("utf-16-le", "utf-16-be"))
        first, second = len(_WIDE_MARK.findall(big)), len(_WIDE_MARK.findall(little))
        if first == second:
            return _strict(raw, "utf-16-le")
    return _strict(raw, "utf-16-be" if first > second else "utf-16-le")


# ── Japanese ────────────────────────────────────────────────────────────────────────────────────────────────────


def _japanese(raw: bytes) -> str:
    """ISO-2022-JP with what Windows adds to it, by way of Shift-JIS, which has a place for all of it."""
    out: list[str] = []
    for line in _LINE.split(raw):
        # A line begins in ASCII (RFC 1468), also when the one before forgot to go back.
        state, shifted, place = b"(B", False, 0
        for escape in _ESCAPE.finditer(line):
            out.append(_run(line[place : escape.start()], state, shifted))
            if escape[1]:
                state = escape[1]
            else:
                shifted = escape[2] == b"\x0e"
            place = escape.end()
        out.append(_run(line[place:], state, shifted))
    return "".join(out)


def _run(piece: bytes, state: bytes, shifted: bool) -> str:
    if not piece:
        return ""
    if shifted or state == b"(I":
        # Half-wide kana.
        return bytes(byte | 0x80 if 0x21 <= byte <= 0x5F else byte for byte in piece).decode("cp932", "replace")
    if not state.startswith(b"$"):
        return piece.decode("ascii", "replace")
    if state == b"$(D":
        marked = b"".join(b"\x8f" + bytes((a | 0x80, b | 0x80)) for a, b in zip(piece[0::2], piece[1::2], strict=False))
        return marked.decode("euc_jp", "replace")
    end = len(piece.rstrip(b"\r\n"))
    out = bytearray()
    for high, low in zip(piece[0:end:2], piece[1:end:2], strict=False):
        if not (0x21 <= high <= 0x7E and 0x21 <= low <= 0x7E):
            out += bytes((high, low))
            continue
        lead = (high - 0x21) // 2 + (0x81 if high < 0x5F else 0xC1)
        trail = low + (0x7E if not high % 2 else 0x20 if low >= 0x60 else 0x1F)
        out += bytes((lead, trail))
    return out.decode("cp932", "replace") + piece[end:].decode("ascii", "replace")
