"""What the library's parser would take for the end of the head, or could not read in good time, mended before it sees the mail.

Gateways double the CR of every line, put a space before a colon, or wrap a long header line without the space that says so. The
library takes the first such line for the beginning of the text: then the mail has no sender, and what stands in base64 stays so.
Every mail program reads them, so we do. Only mail that ``mime.read_plainly`` left is seen here.
"""

from __future__ import annotations

import re
from itertools import takewhile

#: The library needs a third of a microsecond and a hundred bytes of memory for each line; 25 MB of base64 have fewer.
MAX_LINES = 400_000
#: More lines that begin like a boundary cost the library seconds.
MAX_BOUNDARIES = 2_000
_BOUNDARY = re.compile(rb"(?m)^--[^\s-][^\r\n]{0,100}")
_LINE_END = re.compile(rb"\r\n?|\n")
_HEADER = re.compile(rb"[!-9;-~]{1,200}:")
_NAME = (
    rb"(?:from|to|cc|bcc|subject|date|sender|reply-to|message-id|in-reply-to|references|mime-version|content-[a-z-]{2,30}|return-path|"
    rb"received|x-[a-z0-9-]{1,60}|importance|priority|precedence|list-[a-z-]{1,30}|auto-submitted|delivered-to|thread-[a-z]{1,20})"
)
_SPACED_NAME = re.compile(rb"(?i)(" + _NAME + rb")[ \t]{1,10}(?=:)")
_KNOWN = re.compile(rb"(?i)" + _NAME + rb"(?=[ \t]{0,10}:)")
#: Names that stand in a head and not in the few lines by which a mail program quotes one.
_TECHNICAL = (b"content-type", b"content-transfer-encoding", b"mime-version", b"message-id", b"received", b"return-path")


def mend(raw: bytes, defects: list[str]) -> bytes:
    """The bytes that the library may see; what had to be cut off is named in ``defects``."""
    if b"\r\r\n" in raw[:4_000] and raw.count(b"\r\r\n") * 2 > raw.count(b"\n"):
        raw = raw.replace(b"\r\r\n", b"\r\n")
    raw = _with_few_boundaries(_with_whole_head(raw), defects)
    if raw.count(b"\n") + raw.count(b"\r") > MAX_LINES:
        for count, end in enumerate(_LINE_END.finditer(raw), 1):
            if count == MAX_LINES:
                if end.end() < len(raw):
                    defects.append("text_too_long")
                return raw[: end.end()]
    return raw


def _with_few_boundaries(raw: bytes, defects: list[str]) -> bytes:
    """The bytes up to where there are more boundaries than the library's parser reads in good time."""
    if raw.count(b"\n--") > MAX_BOUNDARIES:
        for count, match in enumerate(_BOUNDARY.finditer(raw)):
            if count > MAX_BOUNDARIES:
                defects.append("too_many_parts")
                return raw[: match.start()]
    return raw


def _with_whole_head(raw: bytes) -> bytes:
    """The mail with a head in which each line is a header or goes on with one, as far as it is one."""
    lines: list[bytes] = []
    start = 0
    for ended in _LINE_END.finditer(raw):
        line = raw[start : ended.end()]
        if not line.strip(b"\r\n"):
            break
        lines.append(line)
        start = ended.end()
        if len(lines) > 4_000:
            return raw
    if all(line[:1] in b" \t" or _HEADER.match(line) or line.startswith(b"From ") for line in lines):
        return raw
    seen: set[bytes] = set()
    for place, line in enumerate(lines):
        if line[:1] in b" \t":
            continue
        spaced = _SPACED_NAME.match(line)
        if spaced:
            lines[place] = line = spaced[1] + line[spaced.end() :]
        if _HEADER.match(line):
            seen.add(line.partition(b":")[0].lower())
        elif not line.startswith(b"From ") or place:
            if line.startswith(b"--") or not _goes_on(lines[place + 1 : place + 201], seen):
                break
            # The rest of the header above; before the first one it is nothing.
            lines[place] = b" " + line if place else b""
    return b"".join(lines) + raw[start:]


def _goes_on(below: list[bytes], seen: set[bytes]) -> bool:
    """Whether the head goes on below a line that is none of it: a header comes that it did not have yet."""
    # Behind a boundary they are headers of a part.
    head = takewhile(lambda line: not line.startswith(b"--"), below)
    names = {found[0].lower() for line in head if (found := _KNOWN.match(line))}
    if any(name in names and name not in seen for name in _TECHNICAL):
        return True
    return b"from" in names and b"from" not in seen and any(name in seen for name in _TECHNICAL)
