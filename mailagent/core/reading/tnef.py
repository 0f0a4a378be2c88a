"""``winmail.dat``: what Outlook wraps up when it believes that the other side is an Exchange as well (MS-OXTNEF).

The file is a row of attributes; two of them hold MAPI properties: of the mail (its text, its HTML, or compressed RTF) and of
each attachment (its name). Those few are read. The bytes come from strangers, so nothing is believed: every count and length is
held against what is really there, and the walk never goes back (``tnefparse``, measured, counts to four billion when told so).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from mailagent.core.model.message import Attachment
from mailagent.core.reading import charset, headers, rtf

MAX_BYTES = 30_000_000
MAX_ATTRIBUTES = 3_000
MAX_PROPERTIES = 5_000
MAX_ATTACHMENTS = 200
MAX_TEXT = 2_000_000
_SIGNATURE = b"\x78\x9f\x3e\x22"

# Attributes (MS-OXTNEF §2.1.3.2).
_BODY, _CODEPAGE, _MESSAGE_PROPERTIES = 0x800C, 0x9007, 0x9003
_ATTACHMENT_BEGINS, _ATTACHMENT_TITLE, _ATTACHMENT_DATA, _ATTACHMENT_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
# MAPI properties (MS-OXPROPS).
_TEXT, _COMPRESSED_RTF, _HTML, _INTERNET_CODEPAGE = 0x1000, 0x1009, 0x1013, 0x3FDE
_DISPLAY_NAME, _DATA, _SHORT_NAME, _LONG_NAME, _MIME_TYPE = 0x3001, 0x3701, 0x3704, 0x3707, 0x370E
# Types of values: how many bytes each takes; the others say their length themselves.
_FIXED = {0x02: 2, 0x0B: 2, 0x03: 4, 0x04: 4, 0x0A: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x14: 8, 0x40: 8, 0x48: 16}
_MEASURED = (0x00, 0x0D, 0x1E, 0x1F, 0x102)
_UNICODE, _MANY, _NAMED = 0x1F, 0x1000, 0x8000
#: Code pages that Windows numbers and Python names otherwise.
_CODEPAGES = {65001: "utf-8", 20127: "us-ascii", 20866: "koi8-r", 21866: "koi8-u", 28591: "iso-8859-1", 54936: "gb18030"}


@dataclass(frozen=True)
class Unwrapped:
    """What was inside; texts as (kind, text), attachments by their real names."""

    texts: tuple[tuple[str, str], ...]
    attachments: tuple[Attachment, ...]


def is_wrapped(kind: str, name: str) -> bool:
    """Whether a part is such a file, by its type or its name."""
    return kind in ("application/ms-tnef", "application/vnd.ms-tnef") or name.lower() == "winmail.dat"


def unwrap(raw: bytes) -> Unwrapped | None:
    """Text and attachment names out of the bytes of a ``winmail.dat``; None if they are none. Never raises."""
    if not raw.startswith(_SIGNATURE) or len(raw) > MAX_BYTES:
        return None
    try:
        return _unwrapped(raw)
    except (struct.error, ValueError, LookupError):
        return None


def _unwrapped(raw: bytes) -> Unwrapped:
    label, texts, found = "windows-1252", {}, []
    for name, start, end in _attributes(raw):
        if name == _CODEPAGE and end - start >= 4:
            label = _label(_number(raw, start))
        elif name == _BODY:
            texts.setdefault("text/plain", _text(raw[start : min(end, start + MAX_TEXT)], label))
        elif name == _MESSAGE_PROPERTIES:
            texts.update(_texts(raw, start, end, label))
        elif name == _ATTACHMENT_BEGINS and len(found) < MAX_ATTACHMENTS:
            found.append({"size": 0})
        elif found and name == _ATTACHMENT_TITLE:
            found[-1]["title"] = _text(raw[start : min(end, start + 1000)], label)
        elif found and name == _ATTACHMENT_DATA:
            found[-1]["size"] = end - start
        elif found and name == _ATTACHMENT_PROPERTIES:
            found[-1].update(_of_attachment(raw, start, end, label))
    return Unwrapped(
        tuple((kind, text) for kind, text in texts.items() if text.strip()),
        tuple(
            Attachment(
                headers.clean(each.get("long") or each.get("short") or each.get("title") or "", 255).replace("\\", "/").rpartition("/")[2],
                headers.clean(each.get("kind", ""), 100).lower() or "application/octet-stream",
                each["size"],
            )
            for each in found
        ),
    )


def _attributes(raw: bytes) -> Iterator[tuple[int, int, int]]:
    """The attributes as (id, start, end of the data), as far as they are whole."""
    place = 6
    for _ in range(MAX_ATTRIBUTES):
        if place + 11 > len(raw):
            return
        # Level, id, type, length; behind the data a checksum.
        _, name, _, length = struct.unpack_from("<BHHI", raw, place)
        start = place + 9
        if start + length > len(raw):
            return
        yield name, start, start + length
        place = start + length + 2


def _properties(raw: bytes, place: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """The first value of each MAPI property as (id, type, start, end); stops at the first that does not fit."""
    count = min(_number(raw, place), MAX_PROPERTIES)
    place += 4
    for _ in range(count):
        if place + 8 > end:
            return
        kind, name = struct.unpack_from("<HH", raw, place)
        place += 4
        if name >= _NAMED:
            place += 16
            by_name = _number(raw, place)
            place += 8 + (_padded(_number(raw, place + 4)) if by_name else 0)
        values = 1
        many, kind = kind & _MANY, kind & ~_MANY
        if many or kind in _MEASURED:
            values, place = _number(raw, place), place + 4
        if kind in _FIXED:
            size = _FIXED[kind]
            if place + size * values > end:
                return
            yield name, kind, place, place + size
            place += _padded(size * values)
        elif kind in _MEASURED:
            for number in range(min(values, MAX_PROPERTIES)):
                length = _number(raw, place)
                place += 4
                if place + length > end:
                    return
                if number == 0:
                    yield name, kind, place, place + length
                place += _padded(length)
        else:
            return


def _texts(raw: bytes, start: int, end: int, label: str) -> dict[str, str]:
    found: dict[int, tuple[int, bytes]] = {}
    html_label = label
    for name, kind, begin, stop in _properties(raw, start, end):
        if name == _INTERNET_CODEPAGE and stop - begin == 4:
            html_label = _label(_number(raw, begin))
        elif name in (_TEXT, _HTML, _COMPRESSED_RTF):
            found[name] = (kind, raw[begin : min(stop, begin + 2 * MAX_TEXT)])
    texts: dict[str, str] = {}
    if _TEXT in found:
        texts["text/plain"] = _value(*found[_TEXT], label)
    if _HTML in found:
        texts["text/html"] = _value(*found[_HTML], html_label)
    if not any(text.strip() for text in texts.values()) and _COMPRESSED_RTF in found:
        texts["text/plain"] = rtf.to_text(rtf.decompress(found[_COMPRESSED_RTF][1], MAX_TEXT))
    return texts


def _of_attachment(raw: bytes, start: int, end: int, label: str) -> dict:
    keys = {_LONG_NAME: "long", _SHORT_NAME: "short", _DISPLAY_NAME: "title", _MIME_TYPE: "kind"}
    found: dict = {}
    for name, kind, begin, stop in _properties(raw, start, end):
        if name in keys and kind in _MEASURED:
            found[keys[name]] = _value(kind, raw[begin : min(stop, begin + 1000)], label)
        elif name == _DATA and kind in _MEASURED:
            found["size"] = stop - begin
    return found


def _value(kind: int, raw: bytes, label: str) -> str:
    return _text(raw, "utf-16-le" if kind == _UNICODE else label)


def _text(raw: bytes, label: str) -> str:
    text = charset.decode(raw, label)[0].replace("\r\n", "\n").replace("\r", "\n")
    return text.partition("\x00")[0][:MAX_TEXT]


def _label(codepage: int) -> str:
    return _CODEPAGES.get(codepage, f"cp{codepage}")


def _number(raw: bytes, place: int) -> int:
    return struct.unpack_from("<I", raw, place)[0]


def _padded(length: int) -> int:
    return length + -length % 4
