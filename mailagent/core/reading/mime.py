"""The parts of a mail: a fast way over the bytes for ordinary mail, and the standard library's parser for all the rest.

Theory. The library's ``compat32`` parser knows every oddity of thirty years, but it handles a mail line by line and compiles
a pattern for each boundary: a third of a millisecond for a short letter. Ordinary mail needs none of that: its head
ends at the first empty line, its parts lie between lines that can be found with ``bytes.find``. So ``_Reader`` reads a mail only
as long as every byte of structure is of the plain kind, and gives up (``_Unsure``) at the first that is not: a bare CR,
a header line without a name, a boundary that is missing, empty, repeated or used twice, a digest, too many parts. Then
``of_message`` turns what the library found into the same ``Part``. The library is the reference: the tests read every mail
they can find, and mutilated ones, in both ways and ask for equal parts.
"""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import Message
from functools import lru_cache

from mailagent.core.reading import charset, headers, repair, transfer

MAX_HEAD = 256 * 1024
MAX_PARTS = 500
MAX_DEPTH = 30

_NAME = re.compile("[!-9;-~]+")
# type/subtype and parameters without comments, escapes or RFC 2231: what the library would read in the same way.
_TOKEN = r"[^\s;\"'\\()<>@,*%=/]+"
_PLAIN_MEDIA = re.compile(rf"{_TOKEN}(?:/{_TOKEN})?(?:\s*;\s*[A-Za-z][\w-]*=(?:\"[^\"\\;]*\"|[^\s;\"'\\()<>@,*%]+))*\s*;?\s*")
# What stands before the parameters where no semicolon does, or more than type/subtype.
_SLOPPY_MEDIA = re.compile(rf"\s*\"?({_TOKEN}/{_TOKEN})\"?\s*(?:\([^()]{{0,100}}\)\s*)?[;,]?\s*")
_PARAMETER = re.compile(r";\s*([A-Za-z][\w-]*)=(?:\"([^\"]*)\"|([^\s;]+))")
_FOLDED_BOUNDARY = re.compile(rb"(?i)(\bboundary=\"[^\"\r\n]{1,69})\r?\n[ \t]([^\"\r\n]{1,69}\")")
# A line that begins like a boundary, with the head of a part below it.
_LIKELY_BOUNDARY = re.compile(rb"(?:^|\n)--([^\r\n\"\\]{1,70}?)[ \t]*\r?\n(?=[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-)")
_WORD = re.compile(r"[\w-]+")
#: Types whose text is the header lines of another mail, in groups (RFC 3464 §2.1).
STATUS = ("message/delivery-status", "message/global-delivery-status")


class Part:
    """One part of a mail, or the mail itself.

    Attributes:
        fields: the header lines in order as (lower-case name, value on one line; raw 8-bit bytes read as text).
        kind: type/subtype in lower case; what RFC 2045 §5.2 says when the header is missing or nonsense.
        parts: the parts inside; the mail in a ``message/rfc822``; the field groups of a delivery status; None for a leaf.
    """

    __slots__ = ("_end", "_first", "_raw", "_start", "fields", "kind", "parts")

    def __init__(
        self, fields: list[tuple[str, str]], raw: bytes = b"", start: int = 0, end: int | None = None, *, missing: str = "text/plain"
    ) -> None:
        """A leaf; ``missing`` is the type of a part that names none."""
        self.fields = fields
        self.parts: tuple[Part, ...] | None = None
        # The body is not cut out of the mail before somebody asks for it: attachments are most of the bytes.
        self._raw, self._start, self._end = raw, start, len(raw) if end is None else end
        self._first = dict(reversed(fields))
        self.kind = _kind(self._first["content-type"]) if "content-type" in self._first else missing

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Part):
            return NotImplemented
        return (self.fields, self.kind, self.body, self.parts) == (other.fields, other.kind, other.body, other.parts)

    __hash__ = None

    def __repr__(self) -> str:
        return f"Part({self.kind}, {self.fields}, {self.body[:60]!r}, {self.parts})"

    def __contains__(self, name: str) -> bool:
        return name in self._first

    def first(self, name: str) -> str:
        """The first value of a header, or ""."""
        return self._first.get(name, "")

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a header, in order."""
        return tuple(value for each, value in self.fields if each == name) if name in self._first else ()

    def parameter(self, name: str, header: str = "content-type") -> str:
        """A parameter of a structured header, RFC 2231 resolved; "" if there is none."""
        value = self._first.get(header)
        return parameters(value).get(name, "") if value else ""

    @property
    def body(self) -> bytes:
        """The bytes as they were sent, transfer encoding included."""
        return b"" if self.parts is not None else self._raw[self._start : self._end]

    def start_of_body(self, count: int) -> bytes:
        """The first ``count`` bytes as they were sent, without copying the rest of a large file."""
        return b"" if self.parts is not None else self._raw[self._start : min(self._end, self._start + count)]

    @property
    def size(self) -> int:
        """About how many bytes the body has without its transfer encoding; counted, not decoded."""
        if self.parts is not None:
            return 0
        length = self._end - self._start
        if self.encoding == "base64":
            return max(0, length * 3 // 4 - self._raw.count(b"\n", self._start, self._end))
        return length

    @property
    def encoding(self) -> str:
        """The transfer encoding in lower case, without what some programs write around it."""
        value = self._first.get("content-transfer-encoding", "")
        found = _WORD.search(value)
        return found[0].lower() if found else ""

    def decoded(self) -> bytes:
        """The body without its transfer encoding, read as far as it can be read.

        Raises:
            ValueError: the encoding is broken beyond that.
        """
        return transfer.decode(self.body, self.encoding)

    def trim(self, count: int) -> None:
        """Take bytes off the end of the body."""
        self._end -= count

    def walk(self, limit: int = 200):
        """This part and all parts inside it, but not what is inside a mail in the mail."""
        stack = [self]
        while stack and limit:
            part = stack.pop()
            limit -= 1
            yield part
            if part.parts and part.kind.startswith("multipart/"):
                stack.extend(reversed(part.parts))


def read(raw: bytes, defects: list[str]) -> tuple[Part, bytes]:
    """The mail as parts, and the bytes that they were read from: mended where only the library can tell, and it could not either.

    Args:
        defects: what had to be cut off is added here.
    Raises:
        RecursionError: parts nested a thousand deep.
    """
    mail = read_plainly(raw)
    if mail is not None:
        return mail, raw
    mended = repair.mend(raw, defects)
    mail = read_plainly(mended) if mended is not raw else None
    return mail or read_by_the_library(mended), mended


def read_by_guess(part: Part) -> Part | None:
    """A multipart whose boundary is not the one that its header names, or that names none; None if no line looks like one."""
    body = part.body
    found = _LIKELY_BOUNDARY.search(body)
    if found is None:
        return None
    kind = b"alternative" if part.kind == "multipart/alternative" else b"mixed"
    raw = b'Content-Type: multipart/%b; boundary="%b"\r\n\r\n%b' % (kind, found[1], body)
    guessed = read(raw, [])[0]
    return guessed if guessed.parts else None


def read_by_the_library(raw: bytes) -> Part:
    """The mail as parts, read by the reference parser.

    Raises:
        RecursionError: parts nested a thousand deep.
    """
    # It takes the line end in a folded boundary for a part of it.
    return of_message(message_from_bytes(_FOLDED_BOUNDARY.sub(rb"\1 \2", raw)))


def read_plainly(raw: bytes) -> Part | None:
    """The mail as parts, if it is ordinary; None when only the library's parser can tell."""
    try:
        return _Reader(raw).part(0, len(raw), (), False)
    except _Unsure:
        return None


def of_message(message: Message, depth: int = 0) -> Part:
    """The same parts out of what the library's ``compat32`` parser made of a mail."""
    fields = [
        (charset.scrub(str(name)).lower()[:200], charset.header_text(headers.unfold(str(value))[:MAX_HEAD]))
        for name, value in message.raw_items()
    ]
    if message.is_multipart():
        inside = [each for each in message.get_payload() if isinstance(each, Message)] if depth <= MAX_DEPTH else []
        parts = tuple(of_message(each, depth + 1) for each in inside)
        part = Part(fields, missing=message.get_default_type())
        # The library makes a group of nothing out of each empty line too many.
        part.parts = tuple(p for p in parts if p.fields) if part.kind == STATUS[0] else parts
        return part
    # Without the header that names an encoding the library hands out the bytes as they were sent.
    del message["content-transfer-encoding"]
    body = message.get_payload(decode=True) or b""
    return Part(fields, body, missing=message.get_default_type())


class _Unsure(Exception):
    """The mail is not of the plain kind: ask the library."""


class _Reader:
    """One walk over the bytes of one mail, from outside to inside."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.count = 0
        self.has_crlf = b"\r" in raw and b"\r\n" in raw

    def part(self, start: int, end: int, around: tuple[bytes, ...], inside: bool) -> Part:
        """The part between two places; ``around`` are the boundaries of its parents.

        Args:
            inside: the part stands in a multipart: the line end before the next boundary is not its own (RFC 2046 §5.1.1).
        """
        self.count += 1
        if self.count > MAX_PARTS:
            raise _Unsure
        raw = self.raw
        fields, begin = self._head(start, end)
        part = Part(fields, raw, begin, end)
        kind = part.kind
        # The library finds no parts in a type that is written in an odd way.
        if kind.startswith(("multipart/", "message/")) and part.first("content-type").partition(";")[0].strip().lower() != kind:
            raise _Unsure
        if len(around) > MAX_DEPTH and kind.startswith(("multipart/", "message/")):
            part.parts = ()
        elif kind.startswith("multipart/"):
            part.parts = self._parts(part, begin, end, around)
        elif kind == STATUS[0]:
            part.parts = self._groups(begin, end)
        elif kind.startswith("message/"):
            part.parts = (self.part(begin, end, (*around, b""), inside),)
        elif inside and end > begin and raw[end - 1] in b"\r\n":
            part.trim(2 if raw.endswith(b"\r\n", begin, end) else 1)
        return part

    def _head(self, start: int, end: int) -> tuple[list[tuple[str, str]], int]:
        """The header lines at a place, and where the body behind them begins."""
        raw = self.raw
        if raw.startswith(b"\n", start, end):
            return [], start + 1
        if raw.startswith(b"\r\n", start, end):
            return [], start + 2
        if start == end:
            raise _Unsure
        limit = min(end, start + MAX_HEAD)
        crlf = raw.find(b"\n\r\n", start, limit) if self.has_crlf else -1
        bare = raw.find(b"\n\n", start, limit if crlf < 0 else crlf + 1)
        stop, begin = (bare, bare + 2) if bare >= 0 else (crlf, crlf + 3)
        if stop < 0:
            # A mail or part of header lines only.
            if limit != end:
                raise _Unsure
            stop = begin = end
        return self.fields(raw[start : min(stop + 1, end)]), begin

    def fields(self, head: bytes) -> list[tuple[str, str]]:
        """Header lines as names and values."""
        if b"\r" in head and head.count(b"\r") != head.count(b"\r\n"):
            raise _Unsure
        lines = head.decode("ascii", "surrogateescape").rstrip("\r\n")
        if self.has_crlf:
            lines = lines.replace("\r\n", "\n")
        if lines.startswith("From "):
            lines = lines.partition("\n")[2]
        if "\n " in lines or "\n\t" in lines:
            lines = lines.replace("\n ", " ").replace("\n\t", " ")
        found, is_plain = [], lines.isascii() and "\x1b" not in lines
        for line in lines.split("\n"):
            name, colon, value = line.partition(":")
            lowered = _lowered(name)
            if not lowered or not colon:
                raise _Unsure
            value = value.strip()
            found.append((lowered, value if is_plain else charset.header_text(value)))
        return found

    def _parts(self, part: Part, begin: int, end: int, around: tuple[bytes, ...]) -> tuple[Part, ...]:
        """The parts between the boundary lines of a multipart."""
        boundary = part.parameter("boundary").rstrip()
        # The parts of a digest have another type when they name none.
        if not boundary or not boundary.isascii() or part.kind == "multipart/digest":
            raise _Unsure
        separator = b"--" + boundary.encode("ascii")
        if separator in around:
            raise _Unsure
        # The library ends a line at a bare CR as well, so that a boundary may stand behind one.
        if b"\r" in self.raw and self.raw.find(b"\r" + separator, begin, end) >= 0:
            raise _Unsure
        raw, inner, opened, parts, others = self.raw, (*around, separator), -1, [], 0
        place = begin if raw.startswith(separator, begin, end) else self._next(separator, begin, end)
        while place >= 0:
            behind = place + len(separator)
            closes = raw.startswith(b"--", behind, end)
            line_end = raw.find(b"\n", behind, end)
            rest = raw[behind + 2 * closes : min(line_end if line_end >= 0 else end, behind + 1000)]
            # A bare CR may end the line as well.
            if b"\r" in rest[:-1]:
                raise _Unsure
            if rest.strip(b" \t\r"):
                # A longer word that begins like the boundary.
                others += 1
                if others > MAX_PARTS:
                    raise _Unsure
                place = self._next(separator, behind, end)
                continue
            # The library skips a boundary that follows another at once; one that closes before any part it does not understand.
            if opened == place or opened < 0 and closes:
                raise _Unsure
            if opened >= 0:
                parts.append(self.part(opened, place, inner, True))
            if closes:
                return tuple(parts)
            opened = line_end + 1 if line_end >= 0 else end
            place = opened if raw.startswith(separator, opened, end) else self._next(separator, opened, end)
        if opened < 0:
            raise _Unsure
        parts.append(self.part(opened, end, inner, True))
        return tuple(parts)

    def _next(self, separator: bytes, begin: int, end: int) -> int:
        """Where the next line begins that starts with the boundary; -1 if none does."""
        # One byte before, because the line end of the line before may stand just there.
        found = self.raw.find(b"\n" + separator, max(0, begin - 1), end)
        return found + 1 if found >= 0 else -1

    def _groups(self, begin: int, end: int) -> tuple[Part, ...]:
        """The groups of a delivery status, parted by empty lines."""
        groups, block = [], self.raw[begin:end]
        if block.count(b"\r") != block.count(b"\r\n"):
            raise _Unsure
        for group in block.replace(b"\r\n", b"\n").split(b"\n\n"):
            group = group.strip(b"\n")
            if not group:
                continue
            fields = self.fields(group)
            if len(groups) >= MAX_PARTS or any(name == "content-type" for name, _ in fields):
                raise _Unsure
            groups.append(Part(fields))
        return tuple(groups)


@lru_cache(maxsize=4096)
def _lowered(name: str) -> str:
    """A header name in lower case; "" if it is none (RFC 5322 §2.2)."""
    return name.lower()[:200] if len(name) < 1000 and _NAME.fullmatch(name) else ""


@lru_cache(maxsize=512)
def _kind(value: str) -> str:
    kind = value.partition(";")[0].strip().lower()
    if not kind.replace("/", "").isalnum() and (sloppy := _SLOPPY_MEDIA.match(kind)):
        kind = sloppy[1]
    return kind[:100] if kind.count("/") == 1 else "text/plain"


@lru_cache(maxsize=1024)
def parameters(value: str) -> dict[str, str]:
    """The parameters of a Content-Type or Content-Disposition value by lower-case name; the first of two counts."""
    if len(value) < 2000 and _PLAIN_MEDIA.fullmatch(value):
        pairs = [(name, quoted or bare) for name, quoted, bare in _PARAMETER.findall(value)]
    else:
        value = value[: headers.MAX_HEADER]
        sloppy = _SLOPPY_MEDIA.match(value)
        pairs = _parameters_by_the_library(f"{sloppy[1]}; {value[sloppy.end() :]}" if sloppy else value)
    return {name.lower(): text for name, text in reversed(pairs)}


def _parameters_by_the_library(value: str) -> list[tuple[str, str]]:
    holder = Message()
    try:
        holder["Content-Type"] = value
        pairs = holder.get_params() or []
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return []
    # A name that says its charset is the better one of two (RFC 6266 §4.3).
    pairs.sort(key=lambda pair: isinstance(pair[1], str))
    return [(name, _plain_value(text)) for name, text in pairs]


def _plain_value(text: str | tuple) -> str:
    """A value as text; RFC 2231 names the charset, and its label lies like any other."""
    if isinstance(text, str):
        return text
    label, _, value = text
    return charset.decode((value or "").encode("latin-1", "replace"), label or "")[0]
